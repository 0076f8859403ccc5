#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/text.h"

size_t text_character(const char *s, size_t len)
{
	if (len == 0)
		return 0;
	const unsigned char *u = (const unsigned char *)s;
	if (u[0] < 0x80)
		return 1;

	/* The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF;
	 * the table in RFC 3629, section 4. */
	unsigned char low = 0x80, high = 0xbf;
	size_t size;
	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		size = 2;
	else if (u[0] >= 0xe0 && u[0] <= 0xef)
		size = 3;
	else if (u[0] >= 0xf0 && u[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0;
	if (u[0] == 0xed)
		high = 0x9f;
	if (u[0] == 0xf0)
		low = 0x90;
	if (u[0] == 0xf4)
		high = 0x8f;

	if (len < size || u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if (u[i] < 0x80 || u[i] > 0xbf)
			return 0;
	return size;
}

int text_control(const char *s, size_t size)
{
	const unsigned char *u = (const unsigned char *)s;
	return (size == 1 && (u[0] < 0x20 || u[0] == 0x7f)) ||
	       (size == 2 && u[0] == 0xc2 && u[1] < 0xa0);
}

size_t text_escape(char *into, size_t size, const char *s, size_t len)
{
	size_t taken = 0;
	while (taken < len) {
		size_t n = text_character(s + taken, len - taken);
		const int plain = n > 0 && !text_control(s + taken, n);
		if (n == 0)
			n = 1;
		const size_t need = plain ? n : 4 * n;
		if (need >= size)
			break;
		if (plain)
			memcpy(into, s + taken, n);
		else
			for (size_t i = 0; i < n; i++)
				snprintf(into + 4 * i, 5, "\\x%02x", (unsigned char)s[taken + i]);
		into += need;
		size -= need;
		taken += n;
	}
	*into = 0;
	return taken;
}

void text_add(char *text, size_t size, const char *format, ...)
{
	const size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + n, size - n, format, args);
	va_end(args);
}
