/* What differs, in the fewest and plainest steps. */
#ifndef REUSE_CMD_RULES_SHRINK_H
#define REUSE_CMD_RULES_SHRINK_H

#include "cmd/rules/attempt.h"

/* Takes steps and options out of a sequence that differs as long as it still does, makes its addresses
 * plainer, and gives its sockets names in order. `attempt` is then its run. Returns as attempt_run. */
int shrink(const struct attempts *attempts, struct sequence *sequence, struct attempt *attempt,
    struct fault *fault);

#endif
