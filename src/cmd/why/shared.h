/* reuse why alone: which addresses and ports are shared now. */
#ifndef REUSE_CMD_WHY_SHARED_H
#define REUSE_CMD_WHY_SHARED_H

#include <stdbool.h>

/* `bind`: whether a bind may be made to find out. Returns an enum status. */
int shared_show(bool bind);

#endif
