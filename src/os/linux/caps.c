#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/caps.h"

/* linux/capability.h, which not every libc ships. */
enum { CAPS_VERSION = 0x20080522, CAPS_WORDS = 2 };

struct caps_header {
	uint32_t version;
	int pid; /* 0: this one */
};

struct caps {
	uint32_t effective, permitted, inheritable;
};

void caps_bound(void)
{
	/* The kernel's highest one is not known here: the one behind it is refused. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;)
		cap++;
}

int caps_drop(void)
{
	const struct caps_header header = {.version = CAPS_VERSION};
	const struct caps none[CAPS_WORDS] = {{0}};

	/* The ambient ones go with the inheritable ones: capabilities(7). */
	return (int)syscall(SYS_capset, &header, none);
}

bool caps_has(unsigned capability)
{
	const struct caps_header header = {.version = CAPS_VERSION};
	struct caps words[CAPS_WORDS] = {{0}};

	return syscall(SYS_capget, &header, words) == 0 &&
	       words[capability / 32].effective >> capability % 32 & 1;
}
