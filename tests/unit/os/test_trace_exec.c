/* ctest: os=Linux native wrap=syscall */
/* os/linux/trace: whose privileges a watch takes, and what is told of that. */
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/linux/trace_thread.h"
#include "tests/lib/open.h"
#include "tests/lib/watched.h"
#include "tests/lib/test.h"

enum { ARGUMENTS = 6 };

static struct watched *seen;
static bool
    wants_no_privileges; /* the kernel, of one who installs a filter; as it does of ordinary users */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

long __wrap_syscall(long number, ...)
{
	long a[ARGUMENTS];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_seccomp && wants_no_privileges &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0) {
		errno = EACCES;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int nothing_to_do(struct watched *watched)
{
	watched->numbers[0] = trace_status(getpid(), "TracerPid");
	watched->numbers[1] = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	watched->numbers[2] = waitpid(-1, NULL, WNOHANG) < 0 ? errno : 0;
	watched->numbers[3] = open_count(STDERR_FILENO + 1, 64);
	return 0;
}

static void privileges_are_given_up_only_where_the_filter_wants_it(void)
{
	for (int wants = 0; wants < 2; wants++) {
		wants_no_privileges = wants;
		watched_scene(seen, &(struct scene){.program = nothing_to_do});
		CHECK(seen->status == 0 && seen->trace.bar == TRACE_FREE, "status %#x, bar %d",
		    (unsigned)seen->status, (int)seen->trace.bar);
		CHECK(seen->trace.bound == wants && seen->tracer.bound == wants &&
			  seen->numbers[1] == wants,
		    "wants %d: bound %d, %d, no_new_privs %ld", wants, seen->trace.bound,
		    seen->tracer.bound, seen->numbers[1]);
		/* It is traced, has no child to wait for, and nothing open but what it had. */
		CHECK(seen->numbers[0] > 0 && seen->numbers[2] == ECHILD && seen->numbers[3] == 1,
		    "traced by %ld, wait %s, %ld open", seen->numbers[0],
		    errname((int)seen->numbers[2]), seen->numbers[3]);
	}
	wants_no_privileges = false;
}

/* --- programs that would be given privileges --------------------------------------------- */

static char privileged[] = "/tmp/reuse_traced_XXXXXX";

static int become_one(struct watched *watched)
{
	(void)watched;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	listen(fd, 1);
	execl(privileged, "true", (char *)NULL);
	return 1;
}

static void a_program_that_gains_nothing_for_the_filters_sake_is_told_of(void)
{
	char bytes[65536];
	ssize_t n;
	const int from = open("/bin/true", O_RDONLY), to = mkstemp(privileged);

	while (from >= 0 && to >= 0 && (n = read(from, bytes, sizeof bytes)) > 0)
		if (write(to, bytes, (size_t)n) != n)
			abort();
	close(from);
	close(to);
	for (int bound = 0; bound < 2; bound++)
		for (int set = 0; set < 2; set++) {
			if (chown(privileged, 65534, 0) < 0)
				abort();
			chmod(privileged, set ? 04755 : 0755);
			wants_no_privileges = bound;
			watched_scene(seen, &(struct scene){.program = become_one});
			CHECK_TEXT(seen->told,
			    bound && set ? "> listen 4 1\n< listen 4 0\nexec\nover\ngone\n"
					 : "> listen 4 1\n< listen 4 0\nover\ngone\n");
			CHECK(seen->status == 0, "status %#x", (unsigned)seen->status);
		}
	unlink(privileged);
	wants_no_privileges = false;
}

int main(void)
{
	seen = watched_new();
	if (!watched_able()) {
		printf("skip: no program can be watched here\n");
		return 77;
	}
	if (geteuid() != 0) { /* who gives up privileges in any case */
		printf("skip: needs root\n");
		return 77;
	}
	TEST(privileges_are_given_up_only_where_the_filter_wants_it);
	TEST(a_program_that_gains_nothing_for_the_filters_sake_is_told_of);
	return test_failures != 0;
}
