/* A system of which we do not know how it tells who holds a port. */
#include <errno.h>

#include "os/holder.h"

int holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)protocols;
	(void)port;
	*holders = (struct holders){0};
	errno = ENOTSUP;
	return -1;
}

int holders_read_listeners(struct holders *holders, unsigned port)
{
	return holders_read(holders, HOLDERS_TCP, port);
}

void holders_know(struct holders *holders, bool patient)
{
	(void)holders;
	(void)patient;
}

int holders_read_elsewhere(struct holders *holders, unsigned protocols, unsigned port)
{
	return holders_read(holders, protocols, port);
}

void holders_free(struct holders *holders)
{
	*holders = (struct holders){0};
}

int census_take(const struct census_query *query, struct census *census)
{
	(void)query;
	*census = (struct census){0};
	errno = ENOTSUP;
	return -1;
}
