#include <stdio.h>

#include "cmd/limits/bytes.h"

const char *bytes_print(char text[BYTES_TEXT], int64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	unsigned unit = 0;

	while (value >= 999.95 && unit < 6) {
		value /= 1000;
		unit++;
	}
	snprintf(text, BYTES_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return text;
}
