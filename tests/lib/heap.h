/* The heap, counted, and used up where a test wants it: wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free. */
#ifndef REUSE_TEST_HEAP_H
#define REUSE_TEST_HEAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static long heap_pieces; /* asked for and not given back */
static int heap_left;    /* so many are given yet, after that none; -1: no limit */
static int heap_depth;   /* above 0: a static libc calls these itself, within one of them */

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
	if (heap_depth > 0)
		return false;
	if (heap_left == 0) {
		errno = ENOMEM;
		return true;
	}
	heap_left -= heap_left > 0;
	return false;
}

/* Counts a piece that the libc gave, once. */
static void *heap_given(void *memory, bool new)
{
	heap_depth--;
	heap_pieces += heap_depth == 0 && memory && new;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	if (heap_used_up())
		return NULL;
	heap_depth++;
	return heap_given(__real_malloc(size), true);
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (heap_used_up())
		return NULL;
	heap_depth++;
	return heap_given(__real_calloc(count, size), true);
}

void *__wrap_realloc(void *old, size_t size)
{
	if (heap_used_up())
		return NULL;
	heap_depth++;
	return heap_given(__real_realloc(old, size), !old);
}

char *__wrap_strndup(const char *text, size_t len)
{
	if (heap_used_up())
		return NULL;
	heap_depth++;
	return heap_given(__real_strndup(text, len), true);
}

void __wrap_free(void *memory)
{
	heap_pieces -= heap_depth == 0 && memory;
	heap_depth++;
	__real_free(memory);
	heap_depth--;
}

#endif
