/* write(2) that does not wait for long, on a descriptor that may. */
#ifndef REUSE_CLI_GUARD_H
#define REUSE_CLI_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* write(2) that a timer interrupts. The caller's alarm(2) and its handler are put back. After one that found no
 * room it fails with EAGAIN until `*pause_until_us`, which begins as 0. */
ssize_t guard_write(int fd, const char *text, size_t len, int64_t *pause_until_us);

#endif
