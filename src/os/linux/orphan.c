#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/orphan.h"

void orphan_ends(void)
{
	const pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	/* It may have ended before. Init, or a subreaper, has us then. */
	if (getppid() != parent)
		raise(SIGTERM);
}
