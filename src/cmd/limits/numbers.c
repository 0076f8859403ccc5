#include <stdio.h>

#include "cmd/limits/numbers.h"

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

const char *grouped_print(char text[GROUPED_TEXT], int64_t number)
{
	char digits[GROUPED_TEXT - 8];
	const int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
	int at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = 0;
	return text;
}
