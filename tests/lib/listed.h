/* holders_read, for a test with wrap=holders_read: the kernel lists those sockets that the test wrote down. */
#ifndef REUSE_TEST_LISTED_H
#define REUSE_TEST_LISTED_H

#include <stdlib.h>
#include <string.h>

#include "os/holder.h"

enum { LISTED_MOST = 16 };

static struct holder listed[LISTED_MOST];
static size_t listed_count;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);

int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)protocols;
	(void)port;
	*holders = (struct holders){.count = listed_count};
	holders->list = calloc(LISTED_MOST, sizeof *holders->list);
	if (!holders->list)
		return -1;
	memcpy(holders->list, listed, listed_count * sizeof *listed);
	return 0;
}

#endif
