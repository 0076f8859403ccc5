#include <limits.h>
#include <sys/resource.h>

#include "os/descriptors.h"

uint64_t descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	/* rlim_t has a sign on FreeBSD. */
	const uint64_t before = (uint64_t)limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return (uint64_t)limit.rlim_cur;
#ifdef OPEN_MAX
	/* macOS refuses more than OPEN_MAX although the hard limit says infinity: getrlimit(2) there. */
	limit.rlim_cur = OPEN_MAX;
	if (before < OPEN_MAX && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return (uint64_t)limit.rlim_cur;
#endif
	return before;
}
