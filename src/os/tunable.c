#include <stdlib.h>

#include "os/tunable.h"

long tunable_number(const char *name, long otherwise)
{
	char text[TUNABLE_TEXT];

	return tunable_read(name, text) == 0 && *text ? strtol(text, NULL, 10) : otherwise;
}
