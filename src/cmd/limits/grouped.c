#include <stdio.h>

#include "cmd/limits/grouped.h"

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
