/* reuse why ERRNO [CALL]: what it means, and each cause with how to tell. */
#ifndef REUSE_CMD_WHY_CAUSES_H
#define REUSE_CMD_WHY_CAUSES_H

#include <stdbool.h>

#include "tcp/fault.h"

/* `only` is CALL_NONE for every call that may give it. `bind`: whether binds may be
 * made to find out. Returns an enum status: STATUS_FAIL where
 * none does. */
int causes_show(int error, enum tcp_call only, bool bind);

#endif
