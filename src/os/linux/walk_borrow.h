/* A second descriptor for what another process has open: pidfd_getfd(2). It makes one more reference: give
 * it back at once. */
#ifndef REUSE_OS_LINUX_WALK_BORROW_H
#define REUSE_OS_LINUX_WALK_BORROW_H

#include "os/linux/walk.h"

/* A descriptor for the task, to borrow by; -1 with errno where that is not permitted or not to be had (of a
 * thread: Linux 6.9). */
int borrow_open(struct walk *walk, const struct task *task);

/* Reads the options of a socket that is descriptor `name`, in digits, of the task behind `process`. */
void borrow_options(struct walk *walk, struct holder *holder, int process, const char *name);

/* Whether descriptor `name` is a TCP socket, or may be: told without borrowing it. */
bool borrow_is_tcp(const struct task *task, const char *name);

/* Adds it to walk->bound where it is a TCP socket of this network on the port asked for: one that no list has is bound, and
 * nothing more. */
void borrow_bound(
    struct walk *walk, const struct task *task, int process, const char *name, uint64_t inode);

#endif
