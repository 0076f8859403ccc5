/* reuse why alone: which addresses and ports are shared now. */
#ifndef REUSE_CMD_WHY_SHARED_H
#define REUSE_CMD_WHY_SHARED_H

/* Returns an enum status. */
int shared_show(void);

#endif
