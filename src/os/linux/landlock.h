/* Landlock: what a process forbids itself, as landlock(7) has it. */
#ifndef REUSE_OS_LINUX_LANDLOCK_H
#define REUSE_OS_LINUX_LANDLOCK_H

/* No file may be opened, made or changed from now on; from Linux 6.7 on no TCP socket bound or
 * connected, from 6.12 on no process outside signalled. Wants no_new_privs. Returns 0, or -1 with
 * errno: ENOSYS or EOPNOTSUPP where the kernel has none of it. */
int landlock_forbid(void);

#endif
