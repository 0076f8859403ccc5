/* ctest: os=Linux native wrap=syscall */
/* os/linux/trace: what the tracer keeps open, also on a kernel without close_range. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/trace.h"
#include "tests/lib/test.h"

enum { MOST = 64, ARGUMENTS = 6, HOLE = 10 };

static bool lacks_close_range;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

long __wrap_syscall(long number, ...)
{
	long a[ARGUMENTS];
	va_list args;

#ifdef SYS_close_range
	if (lacks_close_range && number == SYS_close_range) {
		errno = ENOSYS;
		return -1;
	}
#endif
	va_start(args, number);
	for (int i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* What the tracer has open. */
struct open {
	int above; /* stderr */
	bool line;
};

static struct open count_open(int line)
{
	struct open seen = {.line = fcntl(line, F_GETFD) >= 0};

	for (int fd = STDERR_FILENO + 1; fd < MOST; fd++)
		seen.above += fcntl(fd, F_GETFD) >= 0;
	return seen;
}

/* All that may be is open, but for two between others. Returns the writing end of `ends`, a pipe. */
static int fill(int ends[2])
{
	if (pipe(ends) < 0)
		abort();
	while (dup(ends[0]) >= 0)
		continue;
	close(HOLE);
	close(HOLE + 2);
	return ends[1];
}

static void the_tracer_keeps_its_line_and_stdout_alone(void)
{
	for (int lacks = 0; lacks < 2; lacks++) {
		struct trace trace;
		struct open seen = {0};
		int ends[2];
		lacks_close_range = lacks;
		const enum trace_side side = trace_fork(&trace, false, fill(ends));
		if (side == TRACE_TRACER) {
			seen = count_open(trace.line);
			_exit(write(STDOUT_FILENO, &seen, sizeof seen) != sizeof seen);
		}
		for (int fd = STDERR_FILENO + 1; fd < MOST; fd++)
			if (fd != ends[0])
				close(fd);
		if (trace.bar != TRACE_FREE) {
			printf("skip: no program can be watched here\n");
			exit(77);
		}
		CHECK(read(ends[0], &seen, sizeof seen) == (ssize_t)sizeof seen, "it said nothing");
		CHECK(seen.line && seen.above == 1, "lacks %d: line %d, %d open", lacks, seen.line,
		    seen.above);
		close(ends[0]);
	}
}

int main(void)
{
	const struct rlimit few = {.rlim_cur = MOST, .rlim_max = MOST};

	setrlimit(RLIMIT_NOFILE, &few);
	TEST(the_tracer_keeps_its_line_and_stdout_alone);
	return test_failures != 0;
}
