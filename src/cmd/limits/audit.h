/* What each limit allows, and which is hit first. */
#ifndef REUSE_CMD_LIMITS_AUDIT_H
#define REUSE_CMD_LIMITS_AUDIT_H

#include "cmd/limits/cost.h"
#include "os/bounds.h"

enum audit_use { AUDIT_CLIENT_ONE, AUDIT_CLIENT_MANY, AUDIT_SERVER, AUDIT_USES };

#define AUDIT_NONE INT64_C(-1) /* the limit does not apply, or is not known */

/* How many connections a limit allows, by use. */
struct audit_row {
	int64_t allows[AUDIT_USES];
};

/* Works it out: rows[id] for each limit. */
void audit_judge(const struct bound bounds[BOUND_COUNT], const struct cost *cost,
    struct audit_row rows[BOUND_COUNT]);

/* The limit that allows the least for that use; BOUND_COUNT where none applies. With `together` for
 * as many processes as can be, else for one. */
enum bound_id audit_first(
    const struct audit_row rows[BOUND_COUNT], enum audit_use use, bool together);

#endif
