/* How many descriptors this process has open: for tests that none is left behind. */
#ifndef REUSE_TEST_OPEN_H
#define REUSE_TEST_OPEN_H

#include <fcntl.h>

/* Of those from `first` on, below `end`. */
static int open_count(int first, int end)
{
	int count = 0;

	for (int fd = first; fd < end; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

#endif
