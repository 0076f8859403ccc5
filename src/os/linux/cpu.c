#include <errno.h>
#include <sched.h>

#include "os/cpu.h"

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
