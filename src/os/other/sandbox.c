#include <stdio.h>

#include "os/sandbox.h"

void sandbox_prepare(void)
{
}

void sandbox_enter(enum sandbox_role role, char without[SANDBOX_WITHOUT])
{
	(void)role;
	snprintf(without, SANDBOX_WITHOUT, "%s", "all of it (none is known for this system)");
}

void sandbox_narrow(void)
{
}
