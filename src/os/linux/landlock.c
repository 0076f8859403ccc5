#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "os/linux/landlock.h"
#include "tcp/fault.h"

/* The same on every machine that Linux's asm-generic/unistd.h speaks for, and on x86. */
enum { CALL_LANDLOCK_CREATE = 444, CALL_LANDLOCK_RESTRICT = 446 };

/* linux/landlock.h, which not every libc ships. */
struct landlock {
	uint64_t files, net, scope; /* what is handled, and refused, as no rule allows any of it */
};

enum { LANDLOCK_ASK_VERSION = 1 };

/* By version of the interface: Documentation/userspace-api/landlock.rst. */
static const struct {
	int version;
	struct landlock rights;
	size_t size;
} landlocks[] = {
    {6, {0xffff, 3, 3}, 24}, /* signals and abstract sockets of others */
    {5, {0xffff, 3, 0}, 16}, /* ioctl on devices */
    {4, {0x7fff, 3, 0}, 16}, /* TCP: bind, connect */
    {3, {0x7fff, 0, 0}, 8},  /* truncate */
    {2, {0x3fff, 0, 0}, 8},  /* rename to elsewhere */
    {1, {0x1fff, 0, 0}, 8},
};

int landlock_forbid(void)
{
	const long version = syscall(CALL_LANDLOCK_CREATE, NULL, (size_t)0, LANDLOCK_ASK_VERSION);
	size_t i = 0;

	if (version < 1)
		return -1;
	while (landlocks[i].version > version)
		i++;
	const long fd = syscall(CALL_LANDLOCK_CREATE, &landlocks[i].rights, landlocks[i].size, 0);
	if (fd < 0)
		return -1;
	const long result = syscall(CALL_LANDLOCK_RESTRICT, (int)fd, 0);
	fault_close((int)fd);
	return (int)result;
}
