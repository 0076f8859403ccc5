/* Input placed so that its last byte is the last one of a page, with an unmapped page behind: one
 * byte read too far ends the test. */
#ifndef REUSE_TEST_EDGE_H
#define REUSE_TEST_EDGE_H

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A copy of bytes[0..len), len at most a page. Valid until the next call. */
static const char *edge_copy(const void *bytes, size_t len)
{
	static char *page;
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);

	if (!page) {
		page = mmap(
		    NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED || mprotect(page + size, size, PROT_NONE) < 0)
			_exit(99);
	}
	memcpy(page + size - len, bytes, len);
	return page + size - len;
}

#endif
