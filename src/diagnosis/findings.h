/* A holder of a port, told to a person or as JSON. */
#ifndef REUSE_DIAGNOSIS_FINDINGS_H
#define REUSE_DIAGNOSIS_FINDINGS_H

#include "cli/common.h"
#include "diagnosis/role.h"
#include "os/holder.h"

enum { HOLDING_TEXT = 256 };

/* What was found, and of which kind each is. */
struct holding {
	struct holders holders;
	enum kind *kinds;
};

/* holders_read, holders_know and kind_find; with `shared` those alone that share their local address
 * and port with others, in the order of these. Returns 0, or -1 with errno. */
int holding_read(struct holding *holding, unsigned port, bool shared, bool patient);
void holding_free(struct holding *holding);

/* "nc[123] nc[124]", "a process of bob", or "no process". */
const char *holding_who(
    const struct holders *holders, const struct holder *holder, char text[HOLDING_TEXT]);

/* One holder as text, from column `indent` on. */
void holding_line(const struct holding *holding, size_t i, int indent);

/* Its members, into an object that is open. */
void holding_members(const struct holding *holding, size_t i);

#endif
