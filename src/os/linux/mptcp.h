/* MPTCP connections that their processes have closed. */
#ifndef REUSE_OS_LINUX_MPTCP_H
#define REUSE_OS_LINUX_MPTCP_H

#include "os/linux/collect.h"

/* Of the TCP sockets of an MPTCP connection that its process has closed the kernel goes on to name an inode, as if a
 * process had them, and the state in which they are. Gives those in the collection no inode, the state of the connection,
 * and how long it lasts. Where the kernel does not tell they stay as they are. */
void mptcp_mark_closed(int fd, struct collection *c);

#endif
