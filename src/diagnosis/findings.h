/* What was found of a port: its sockets in both protocols, and the role of each. */
#ifndef REUSE_DIAGNOSIS_FINDINGS_H
#define REUSE_DIAGNOSIS_FINDINGS_H

#include "diagnosis/role.h"
#include "os/holder.h"

struct findings {
	struct holders holders;
	enum role *roles;         /* of holders.list, in its order */
	int error;                /* why nothing is known of holders; 0: it is */
	struct holders elsewhere; /* in other network namespaces, where they could be looked at */
};

/* The sockets of `port`, listeners first, with their processes; with `elsewhere` those in other network namespaces too.
 * Where this system does not tell, `error` says why. `bind`: whether a bind may be made to find out. Free it with findings_free. */
void findings_read(
    struct findings *findings, unsigned port, bool elsewhere, bool patient, bool bind);

/* All TCP sockets that share their local address and port with others, in the order of these: those of
 * several processes, several listeners, or several connections that one process made from there. Returns
 * 0, or -1 with errno. */
int findings_read_shared(struct findings *findings, bool bind);

void findings_free(struct findings *findings);

#endif
