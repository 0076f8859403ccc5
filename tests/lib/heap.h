/* The heap, counted, and used up where a test wants it: wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free. */
#ifndef REUSE_TEST_HEAP_H
#define REUSE_TEST_HEAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static long heap_pieces; /* asked for and not given back */
static int heap_left;    /* so many are given yet, after that none; -1: no limit */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t len);
char *__wrap_strndup(const char *text, size_t len);
void __real_free(void *memory);
void __wrap_free(void *memory);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* Whether there is none any more. */
static bool heap_used_up(void)
{
	if (heap_left == 0) {
		errno = ENOMEM;
		return true;
	}
	heap_left -= heap_left > 0;
	return false;
}

void *__wrap_malloc(size_t size)
{
	void *memory = heap_used_up() ? NULL : __real_malloc(size);

	heap_pieces += memory != NULL;
	return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *memory = heap_used_up() ? NULL : __real_calloc(count, size);

	heap_pieces += memory != NULL;
	return memory;
}

void *__wrap_realloc(void *old, size_t size)
{
	void *memory = heap_used_up() ? NULL : __real_realloc(old, size);

	heap_pieces += memory && !old;
	return memory;
}

char *__wrap_strndup(const char *text, size_t len)
{
	char *copy = heap_used_up() ? NULL : __real_strndup(text, len);

	heap_pieces += copy != NULL;
	return copy;
}

void __wrap_free(void *memory)
{
	heap_pieces -= memory != NULL;
	__real_free(memory);
}

#endif
