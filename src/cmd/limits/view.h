/* What reuse limits shows: which limit is hit first, all of them, how to raise them. */
#ifndef REUSE_CMD_LIMITS_VIEW_H
#define REUSE_CMD_LIMITS_VIEW_H

#include "cmd/limits/audit.h"

/* To a person, in lines of 80 columns; where the terminal is wider, fewer of them. */
void audit_view(const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT],
    const struct cost *cost);

/* The same as JSON: an event for each limit, and a verdict for each use. */
void audit_json(const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT]);

#endif
