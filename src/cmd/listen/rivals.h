/* Other listeners on the same address and port, between which and ours the kernel deals connections
 * out. */
#ifndef REUSE_CMD_LISTEN_RIVALS_H
#define REUSE_CMD_LISTEN_RIVALS_H

#include <stddef.h>

/* Says on stderr which others listen exactly where the sockets fds[0..count) do; nothing where
 * there are none, or where this system does not tell. fds[] are ours, and all of one address. */
void rivals_warn(const int *fds, size_t count);

#endif
