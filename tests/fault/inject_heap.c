/* The heap, likewise. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/schedule.h"

#define WRAP(type, name, parameters)                                                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters

WRAP(void *, malloc, (size_t size));
WRAP(void *, calloc, (size_t count, size_t size));
WRAP(void *, realloc, (void *old, size_t size));
WRAP(char *, strdup, (const char *text));
WRAP(char *, strndup, (const char *text, size_t len));

static int used_up(void)
{
	const int error = schedule_next(FAULTY_MEMORY);

	if (error)
		errno = error;
	return error;
}

void *__wrap_malloc(size_t size)
{
	return used_up() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return used_up() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return used_up() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return used_up() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return used_up() ? NULL : __real_strndup(text, len);
}
