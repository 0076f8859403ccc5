#include <stdio.h>
#include <string.h>

#include "os/shell.h"

bool shell_add(char *text, size_t size, const char *word)
{
	const char *plain =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-";
	const size_t before = strlen(text);
	size_t n = before;

	if (*word && strspn(word, plain) == strlen(word)) {
		n += (size_t)snprintf(text + n, size - n, " %s", word);
	} else {
		n += (size_t)snprintf(text + n, size - n, " '");
		for (; *word && n < size; word++)
			n += (size_t)snprintf(
			    text + n, size - n, *word == '\'' ? "'\\''" : "%c", *word);
		if (n < size)
			n += (size_t)snprintf(text + n, size - n, "'");
	}
	if (n >= size)
		text[before] = 0;
	return n < size;
}
