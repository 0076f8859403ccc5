#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/process.h"

int cpu_pin(unsigned number)
{
	cpu_set_t set;

	if (number >= CPU_SETSIZE) {
		errno = EINVAL;
		return -1;
	}
	CPU_ZERO(&set);
	CPU_SET(number, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

void orphan_ends(void)
{
	const pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	/* It may have ended before. Init, or a subreaper, has us then. */
	if (getppid() != parent)
		raise(SIGTERM);
}
