/* The sockets of a port, and the role of each. */
#ifndef REUSE_DIAGNOSIS_FINDINGS_H
#define REUSE_DIAGNOSIS_FINDINGS_H

#include "diagnosis/role.h"
#include "os/holder.h"

/* What was found, and of which kind each is. */
struct holding {
	struct holders holders;
	enum kind *kinds;
};

/* holders_read, holders_know and kind_find; with `shared` those alone that share their local address
 * and port with others, in the order of these. Returns 0, or -1 with errno. */
int holding_read(struct holding *holding, unsigned port, bool shared, bool patient);
void holding_free(struct holding *holding);

#endif
