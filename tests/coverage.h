/* Included before every file by cmake/preset/coverage.cmake. Counts are written at the end of a program
 * by exit, which is not for a forked process: it leaves with _exit, and they would be lost. */
#ifndef COVERAGE_H
#define COVERAGE_H
#include <unistd.h>

void __gcov_dump(void); /* libgcov */

static inline __attribute__((noreturn)) void counted_exit(int status)
{
	__gcov_dump();
	_exit(status);
}
#define _exit(status) counted_exit(status)

#endif
