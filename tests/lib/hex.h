/* Recorded bytes, written as digits. */
#ifndef REUSE_TEST_HEX_H
#define REUSE_TEST_HEX_H

#include <stdlib.h>

/* Writes the bytes of `hex` to `into`; returns how many. Ends the test where there is no room. */
static size_t hex_read(const char *hex, unsigned char *into, size_t room)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		const char digits[] = {hex[0], hex[1], 0};
		char *end;
		const unsigned long byte = strtoul(digits, &end, 16);
		if (n == room || end != digits + 2)
			exit(99);
		into[n++] = (unsigned char)byte;
	}
	return n;
}

#endif
