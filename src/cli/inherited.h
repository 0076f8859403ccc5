/* What the process was given at its start and main puts in order; for a command that becomes another
 * program, which is to find all as it was. */
#ifndef REUSE_CLI_INHERITED_H
#define REUSE_CLI_INHERITED_H

#include <stdbool.h>

/* A descriptor from 0 to 2 that the caller left closed gets a stand-in, so that it cannot become a socket; a
 * write to a closed pipe ends in EPIPE and one beyond `ulimit -f` in EFBIG, not in a signal. Returns 0, or -1
 * without a stand-in. */
int inherited_order(void);

/* Whether the caller left it closed. */
bool inherited_closed(int fd);

/* Undoes inherited_order. */
void inherited_restore(void);

#endif
