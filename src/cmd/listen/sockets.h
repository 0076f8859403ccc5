/* The sockets that listen serves: those that it opens, or those that the service manager hands over. One
 * function says what each is prepared with. */
#ifndef REUSE_CMD_LISTEN_SOCKETS_H
#define REUSE_CMD_LISTEN_SOCKETS_H

#include <stdint.h>

#include "words/settings.h"

/* How connections are dealt out among workers, in the words of --spread. */
enum spread { SPREAD_HASH, SPREAD_RANDOM, SPREAD_CPU };
#define SPREADS "hash|random|cpu"

#define BACKLOG_UNASKED UINT64_MAX

struct sockets_wanted {
	struct settings_wanted settings;
	int v6only;       /* 1, 0, or -1: the system's default */
	uint64_t backlog; /* BACKLOG_UNASKED: the system's most */
	uint64_t workers; /* a socket for each; 0: none but this process */
	enum spread spread;
};

/* A listening socket for each worker, or one, all on one address and port, dealt out to as asked; on the heap.
 * NULL after a complaint. */
int *sockets_open(const struct sockets_wanted *wanted, const union addr *local);

/* What each connection to such sockets, whoever opened them, needs. Returns how many settings. */
size_t sockets_settings(const struct sockets_wanted *wanted, struct setting into[SETTINGS_MOST]);

/* The first of the options that has no meaning for sockets that the service manager has bound; NULL: none was
 * given. Static. */
const char *sockets_meaningless(const struct sockets_wanted *wanted);

/* Takes over the `count` descriptors that the service manager hands over; on the heap. NULL after a
 * complaint. */
int *sockets_take(const struct sockets_wanted *wanted, unsigned count);

#endif
