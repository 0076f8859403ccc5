/* What an errno means from a socket call. */
#ifndef REUSE_LORE_ERRORS_H
#define REUSE_LORE_ERRORS_H

#include "tcp/fault.h"

/* One sentence without full stop, or NULL where there is none. */
const char *errors_meaning(enum tcp_call call, int error);

#endif
