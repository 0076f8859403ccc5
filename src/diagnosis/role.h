/* What a socket does on its port: what its state, its owner and its neighbours say together. */
#ifndef REUSE_DIAGNOSIS_ROLE_H
#define REUSE_DIAGNOSIS_ROLE_H

#include "os/holder.h"

enum role {
	ROLE_LISTENER,
	ROLE_BOUND,     /* bound, and nothing more */
	ROLE_SELF,      /* connected to itself */
	ROLE_ACCEPTED,  /* a connection of a listener that is still there */
	ROLE_ALONE,     /* a connection whose listener is gone */
	ROLE_OUTGOING,  /* a connection to somewhere, from a port that somebody chose */
	ROLE_EPHEMERAL, /* the same from a port that the kernel picked */
	ROLE_PENDING,   /* a connection that is not accepted yet */
	ROLE_ORPHAN,    /* closed by its process, and not yet by both ends */
	ROLE_REMNANT,   /* TIME_WAIT, and FIN_WAIT2 that the kernel keeps a note of */
	ROLE_SPENT, /* the same of a connection to somewhere, from a port that the kernel picked */
	ROLE_COUNT,
};

/* Whether all that is left is a note of the kernel's. */
static inline bool role_is_remnant(enum role role)
{
	return role == ROLE_REMNANT || role == ROLE_SPENT;
}

/* Writes the role of each of holders->list to roles[], which has room for all. Among them must be all
 * sockets of their ports; or `all` (else NULL) are all of this machine. Where only the other end can tell
 * who called whom, it is looked for among `all`, or its port is looked up, for a few of them.
 * ROLE_ACCEPTED, ALONE, OUTGOING, EPHEMERAL and SPENT are inferred; the others observed. */
void role_find(const struct holders *holders, const struct holders *all, enum role roles[]);

#endif
