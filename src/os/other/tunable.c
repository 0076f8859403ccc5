#include <errno.h>

#include "os/tunable.h"

int tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	(void)name;
	*text = 0;
	errno = ENOTSUP;
	return -1;
}

bool tunable_port_range(unsigned *low, unsigned *high)
{
	*low = *high = 0;
	return false;
}
