/* What sysconf(3) tells; _SC_PHYS_PAGES and _SC_AVPHYS_PAGES are no POSIX, but widespread. */
#include <unistd.h>

#include "os/memory.h"

static int64_t page_bytes(long pages)
{
	const long page = sysconf(_SC_PAGESIZE);

	return pages < 0 || page <= 0 ? -1 : (int64_t)pages * page;
}

void memory_read(struct memory *memory)
{
	*memory = (struct memory){.total = -1, .available = -1, .kernel = -1};
#ifdef _SC_PHYS_PAGES
	memory->total = page_bytes(sysconf(_SC_PHYS_PAGES));
#endif
#ifdef _SC_AVPHYS_PAGES
	memory->available = page_bytes(sysconf(_SC_AVPHYS_PAGES));
#endif
}

int64_t memory_of(pid_t pid)
{
	(void)pid;
	return -1;
}
