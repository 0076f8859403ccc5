/* SIGQUIT as a descriptor: somebody wants the summary so far, as of ping. */
#ifndef REUSE_CLI_INTERIM_H
#define REUSE_CLI_INTERIM_H

#include <stdbool.h>

/* From now on a SIGQUIT makes the descriptor returned readable until interim_asked, also one that was inherited as
 * blocked or ignored. The descriptor lives as long as the process. Returns -1 with errno where there is none to be
 * had. */
int interim_open(void);

/* Whether a SIGQUIT came since the last call. */
bool interim_asked(void);

#endif
