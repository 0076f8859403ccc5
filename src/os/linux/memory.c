#include <stdio.h>
#include <unistd.h>

#include "os/linux/file.h"
#include "os/linux/group.h"
#include "os/memory.h"
#include "os/parse/figures.h"

enum { MEMORY_TEXT = 8192, KIB = 1024 };

static int64_t kib(const char *text, ssize_t len, const char *key)
{
	const int64_t value = len > 0 ? figures_keyed(text, (size_t)len, key, NULL) : -1;

	return value < 0 || value > INT64_MAX / KIB ? -1 : value * KIB;
}

void memory_read(struct memory *memory)
{
	char text[MEMORY_TEXT], sockets[MEMORY_TEXT];
	const ssize_t len = file_read("/proc/meminfo", text, sizeof text);
	const ssize_t socket_len = file_read("/proc/net/sockstat", sockets, sizeof sockets);
	struct group_figure group;

	memory->total = kib(text, len, "MemTotal:");
	memory->available = kib(text, len, "MemAvailable:");
	memory->kernel = kib(text, len, "Slab:");
	const int64_t pages =
	    socket_len > 0 ? figures_keyed(sockets, (size_t)socket_len, "TCP:", "mem") : -1;
	if (memory->kernel >= 0 && pages > 0)
		memory->kernel += pages * sysconf(_SC_PAGESIZE);
	if (group_memory(&group)) {
		const int64_t free_bytes = group.limit > group.used ? group.limit - group.used : 0;
		if (memory->total < 0 || group.limit < memory->total)
			memory->total = group.limit;
		if (memory->available < 0 || free_bytes < memory->available)
			memory->available = free_bytes;
	}
}

int64_t memory_of(pid_t pid)
{
	char path[64], text[MEMORY_TEXT];

	snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid); /* Linux 4.14 */
	return kib(text, file_read(path, text, sizeof text), "Pss:");
}
