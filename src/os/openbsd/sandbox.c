/* pledge(2) and unveil(2). Written after the manual pages, not run there yet. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/sandbox.h"

/* accept(2) and setsockopt(2) belong to "inet". */
static const char *const promises[] = {
    [SANDBOX_SERVER] = "stdio inet",
    [SANDBOX_CREW] = "stdio inet proc",
};

void sandbox_prepare(void)
{
}

void sandbox_enter(enum sandbox_role role, char without[SANDBOX_WITHOUT])
{
	*without = 0;
	/* The last call of unveil; with no path unveiled before it there is none left. */
	if (unveil("/", "") < 0 || unveil(NULL, NULL) < 0 || pledge(promises[role], "") < 0)
		snprintf(without, SANDBOX_WITHOUT, "pledge (%s)", strerror(errno));
}

void sandbox_narrow(void)
{
	pledge(promises[SANDBOX_SERVER], "");
}
