#include <errno.h>

#include "os/cpu.h"

int cpu_pin(unsigned number)
{
	(void)number;
	errno = ENOTSUP;
	return -1;
}
