/* POSIX, and what sysctlbyname(3) tells on the BSDs and macOS: names that one of them does not have are
 * not known there. */
#include "config.h"
#if HAVE_SYSCTLBYNAME
#include <sys/types.h>
#include <sys/sysctl.h>
#endif
#include <stdio.h>

#include "os/bounds.h"
#include "os/memory.h"

static int64_t ask_sysctl(const char *name)
{
#if HAVE_SYSCTLBYNAME
	/* Some are an int, some a long. */
	union {
		int narrow;
		int64_t wide;
	} value = {0};
	size_t len = sizeof value;
	if (sysctlbyname(name, &value, &len, NULL, 0) == 0)
		return len == sizeof value.narrow ? value.narrow : value.wide;
#else
	(void)name;
#endif
	return BOUND_UNKNOWN;
}

static void read_one(struct bound *bound, const char *name)
{
	char words[BOUND_TEXT];

	snprintf(words, sizeof words, "sysctl %s", name);
	bounds_set(bound, ask_sysctl(name), 0, words);
	snprintf(words, sizeof words, "sysctl %s=", name);
	bounds_raise(bound, words, INT32_MAX);
}

void bounds_read(struct bound bounds[BOUND_COUNT])
{
	struct memory memory;

	bounds_read_posix(bounds, BOUND_UNLIMITED);
	read_one(&bounds[BOUND_FILES_CEILING], "kern.maxfilesperproc");
	read_one(&bounds[BOUND_FILES_SYSTEM], "kern.maxfiles");
	read_one(&bounds[BOUND_THREADS], "kern.maxproc");
	read_one(&bounds[BOUND_BACKLOG], "kern.ipc.somaxconn");

	const int64_t first = ask_sysctl("net.inet.ip.portrange.first");
	const int64_t last = ask_sysctl("net.inet.ip.portrange.last");
	if (first > 0 && last >= first) {
		bounds_set(&bounds[BOUND_PORTS], last - first + 1, 0,
		    "sysctl net.inet.ip.portrange.first net.inet.ip.portrange.last");
		snprintf(bounds[BOUND_PORTS].raise, BOUND_TEXT,
		    "sysctl net.inet.ip.portrange.first=1024");
	}
	memory_read(&memory);
	if (memory.available >= 0)
		bounds_set(&bounds[BOUND_MEMORY], memory.available, 0, "sysconf(3)");
}
