#include <stdlib.h>

#include "os/tunable.h"

long tunable_number(const char *name, long otherwise)
{
	char text[TUNABLE_TEXT];

	return tunable_read(name, text) == 0 && *text ? strtol(text, NULL, 10) : otherwise;
}

unsigned tunable_reserved_count(unsigned low, unsigned high)
{
	unsigned char ports[8192];
	unsigned count = 0;

	tunable_reserved_ports(ports);
	for (unsigned port = low; port <= high; port++)
		count += ports[port / 8] >> port % 8 & 1;
	return count;
}
