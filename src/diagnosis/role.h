/* What kind of holder a socket is: what its state, its owner and its neighbours say together. */
#ifndef REUSE_DIAGNOSIS_ROLE_H
#define REUSE_DIAGNOSIS_ROLE_H

#include "os/holder.h"

enum kind {
	KIND_LISTENER,
	KIND_BOUND,     /* bound, and nothing more */
	KIND_SELF,      /* connected to itself */
	KIND_ACCEPTED,  /* a connection of a listener that is still there */
	KIND_LEFT,      /* a connection whose listener is gone */
	KIND_OUTGOING,  /* a connection to somewhere, from a port that somebody chose */
	KIND_EPHEMERAL, /* the same from a port that the kernel picked */
	KIND_PENDING,   /* a connection that is not accepted yet */
	KIND_ORPHAN,    /* closed by its process, and not yet by both ends */
	KIND_REMNANT,   /* TIME_WAIT, and FIN_WAIT2 that the kernel keeps a note of */
	KIND_COUNT,
};

/* Writes the kind of each of holders->list to kinds[], which has room for all. Among them must be all
 * sockets of their ports; or `all` (else NULL) are all of this machine. Where only the other end can tell
 * who called whom, it is looked for among `all`, or its port is looked up, for a few of them.
 * KIND_ACCEPTED, LEFT, OUTGOING and EPHEMERAL are inferred; the others observed. */
void kind_find(const struct holders *holders, const struct holders *all, enum kind kinds[]);

#endif
