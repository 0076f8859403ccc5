#include <errno.h>

#include <string.h>

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

void tunable_reserved_ports(unsigned char ports[8192])
{
	memset(ports, 0, 8192);
}

int64_t tunable_late_ms(int64_t timer_ms)
{
	(void)timer_ms;
	return 0;
}
