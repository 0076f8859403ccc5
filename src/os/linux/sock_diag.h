/* NETLINK_SOCK_DIAG, the one place that asks for it: sock_diag(7). */
#ifndef REUSE_OS_LINUX_SOCK_DIAG_H
#define REUSE_OS_LINUX_SOCK_DIAG_H

#include "os/parse/diag.h"

/* A descriptor to ask by, of the network namespace that this process is in now. -1 with errno. */
int sock_diag_open(void);

/* Tells `each` the sockets that match. Returns 0, or -1 with errno; also 0 where `each` had heard enough:
 * then `fd` is to be closed, as the rest of the answer may still come. */
int sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who);

/* Whether the kernel refused for lack of it. */
bool sock_diag_lacks(int error);

#endif
