/* capsicum(4). Written after the manual pages, not run there yet. */
#include <sys/capsicum.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/sandbox.h"

void sandbox_prepare(void)
{
}

void sandbox_enter(enum sandbox_role role, char without[SANDBOX_WITHOUT])
{
	*without = 0;
	/* In capability mode there are no process numbers to wait for: the first process of a crew
	 * stays outside, its members go in. */
	if (role == SANDBOX_SERVER && cap_enter() < 0)
		snprintf(without, SANDBOX_WITHOUT, "capsicum (%s)", strerror(errno));
}

void sandbox_narrow(void)
{
	/* Where the kernel was built without it the first process would have failed as well. */
	if (cap_enter() < 0)
		return;
}
