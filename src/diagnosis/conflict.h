/* The rule, asked of the sockets of a port: which of them are in the way of one more. Asks no kernel. */
#ifndef REUSE_DIAGNOSIS_CONFLICT_H
#define REUSE_DIAGNOSIS_CONFLICT_H

#include "diagnosis/findings.h"
#include "tcp/probe.h"
#include "tcp/rule.h"

/* Who wants to bind. */
struct newcomer {
	union addr local;
	bool udp;
	unsigned set;         /* the options that it has, as PROBE_* */
	unsigned device;      /* bound to that interface; 0: to none */
	long uid;             /* its effective user */
	uint64_t inode;       /* its own socket, where that is among the findings; 0: it is not */
	bool seen, bound;     /* its own socket was looked at, and has a port already */
	struct fault refused; /* what it was told; CALL_NONE: it has not asked yet */
};

/* What the rule says, as far as options and users of the others were read. */
enum may {
	MAY_NOT,
	MAY,
	MAY_OR_NOT, /* it depends on what was not read */
};

/* The interface that bind to this address binds the socket to as well, whatever it was bound to; 0: none. */
unsigned conflict_device(const union addr *local);

/* Whether the socket is in the way of the newcomer without SO_REUSEADDR and SO_REUSEPORT. */
bool conflict_blocks(const struct newcomer *newcomer, const struct holder *holder);

/* Whether it is in the way only if it came from a :: that takes IPv4 as well, which was not read. */
bool conflict_guessed(const struct newcomer *newcomer, const struct holder *holder);

/* Whether holder i lets the newcomer in with the options that it has. */
enum may conflict_with(const struct findings *findings, const struct newcomer *newcomer, size_t i);

/* Whether a socket with `set` of user `uid` may bind there. gone[]: those that are taken to be there no
 * more (NULL: none). */
enum may conflict_may(const struct findings *findings, const struct newcomer *newcomer,
    unsigned set, long uid, const bool gone[]);

/* The same as if all in the way that have a process had `set` too. */
enum may conflict_may_both(
    const struct findings *findings, const struct newcomer *newcomer, unsigned set);

/* The options of holder i, or of the listener in whose queue it waits: the set; -1: not read. */
int conflict_options(const struct findings *findings, size_t i);

/* Whether every socket of the port is among the findings. */
bool conflict_complete(const struct findings *findings);

#endif
