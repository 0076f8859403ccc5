/* What other processes have open: a second descriptor for it, by pidfd_open(2) and pidfd_getfd(2). */
#ifndef REUSE_OS_LINUX_PIDFD_H
#define REUSE_OS_LINUX_PIDFD_H

#include <stdbool.h>

/* A descriptor for the process, or one `thread` of it that has descriptors of its own (Linux 6.9). Returns -1 with
 * errno. */
int pidfd_of(long task, bool thread);

/* Whether /proc is of another PID namespace than this process: after `unshare --pid` without a /proc of its own. */
bool pidfd_proc_is_outer(void);

/* The number that /proc has for a task of this PID namespace; 0 where that cannot be told. */
long pidfd_in_proc(long task);

/* A second descriptor for the process's descriptor `fd`: one more reference, to be given back at once. Returns -1 with
 * errno. */
int pidfd_take(int pidfd, int fd);

/* Whether two tasks have one table of descriptors; false also where the kernel does not tell. */
bool pidfd_same_files(long one, long other);

/* A socket's option at SOL_SOCKET that is an int; -1 where it has none. */
int pidfd_option(int sock, int name);

/* The protocol of a TCP socket: IPPROTO_TCP, or MPTCP's; 0 where it is none. */
int pidfd_tcp(int sock);

#endif
