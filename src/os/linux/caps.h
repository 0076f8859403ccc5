/* Root's powers, one by one: capabilities(7). */
#ifndef REUSE_OS_LINUX_CAPS_H
#define REUSE_OS_LINUX_CAPS_H

#include <stdbool.h>

/* No program that is executed from now on gets any back. Silently without effect for one who may not
 * (CAP_SETPCAP). */
void caps_bound(void);

/* Gives all up. Returns 0, or -1 with errno. */
int caps_drop(void);

enum { CAPS_SYS_PTRACE = 19 };

/* Whether this process has it, in its user namespace. */
bool caps_has(unsigned capability);

#endif
