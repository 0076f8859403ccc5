/* ctest: os=Linux native wrap=syscall wrap=version_here */
/* os/linux/trace: how a watch begins, and what keeps a program from being watched. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "os/linux/trace_thread.h" /* trace_ask */
#include "tcp/version.h"
#include "tests/lib/open.h"
#include "tests/lib/watched.h"
#include "tests/lib/test.h"

enum { ARGUMENTS = 6, SEIZE = 0x4206, GO_ON = 7, ANY = -1 };

static struct watched *seen;

/* The call that the kernel refuses, from the `after`th on, `times` times. */
static struct {
	long number, request; /* of ptrace; ANY */
	int error, after, times;
} refused;
static unsigned kernel;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
unsigned __real_version_here(void);
unsigned __wrap_version_here(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

long __wrap_syscall(long number, ...)
{
	long a[ARGUMENTS];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (refused.times > 0 && number == refused.number &&
	    (refused.request == ANY || a[0] == refused.request) && refused.after-- <= 0) {
		refused.times--;
		errno = refused.error;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

unsigned __wrap_version_here(void)
{
	return kernel ? kernel : __real_version_here();
}

static void refuse(long number, long request, int error, int after, int times)
{
	refused.number = number;
	refused.request = request;
	refused.error = error;
	refused.after = after;
	refused.times = times;
}

/* --- without a tracer ------------------------------------------------------------------- */

static void without_a_second_process_the_program_is_told_why(void)
{
	static const struct {
		unsigned kernel;
		int error, after;
		enum trace_bar bar;
	} rows[] = {
	    {VERSION_OF(5, 5, 999), 0, 0, TRACE_SYSTEM},
	    {VERSION_OF(5, 6, 0), EAGAIN, 0, TRACE_FORK},
	    {0, ENOMEM, 0, TRACE_FORK},
	    /* The process between the two is made, and the tracer is not. */
	    {0, EAGAIN, 1, TRACE_FORK},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct trace trace;
		const int before = open_count(STDERR_FILENO + 1, 64);
		kernel = rows[i].kernel;
		refuse(SYS_clone, ANY, rows[i].error, rows[i].after, rows[i].error ? 1 : 0);
		const enum trace_side side = trace_fork(&trace, true, STDOUT_FILENO);
		CHECK(side == TRACE_PROGRAM && trace.bar == rows[i].bar &&
			  trace.error == rows[i].error && trace.line == -1 && trace.all &&
			  trace.pid == getpid(),
		    "row %zu: side %d, bar %d, %s, line %d", i, (int)side, (int)trace.bar,
		    errname(trace.error), trace.line);
		CHECK(open_count(STDERR_FILENO + 1, 64) == before, "row %zu: %d open, then %d", i,
		    before, open_count(STDERR_FILENO + 1, 64));
		CHECK(waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD,
		    "row %zu: a child is left", i);
	}
	kernel = 0;
	refuse(0, ANY, 0, 0, 0);
}

static void without_a_descriptor_there_is_no_tracer(void)
{
	struct rlimit limit, few;
	struct trace trace;

	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &few);
	const enum trace_side side = trace_fork(&trace, false, STDOUT_FILENO);
	setrlimit(RLIMIT_NOFILE, &limit);
	CHECK(side == TRACE_PROGRAM && trace.bar == TRACE_FORK && trace.error == EMFILE &&
		  trace.line == -1 && !trace.all,
	    "side %d, bar %d, %s", (int)side, (int)trace.bar, errname(trace.error));
}

/* --- what bars it ----------------------------------------------------------------------- */

static int nothing_to_do(struct watched *watched)
{
	(void)watched;
	return 0;
}

static void what_keeps_it_from_being_watched_is_told_to_both(void)
{
	static const struct {
		long number, request;
		int error;
		enum trace_bar bar;
	} rows[] = {
	    {SYS_ptrace, SEIZE, EPERM, TRACE_PTRACE},
	    {SYS_ptrace, SEIZE, EIO, TRACE_PTRACE},
	    {SYS_pidfd_open, ANY, EMFILE, TRACE_GETFD},
	    {SYS_pidfd_getfd, ANY, EPERM, TRACE_GETFD},
	    {SYS_seccomp, ANY, EINVAL, TRACE_SECCOMP},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		refuse(rows[i].number, rows[i].request, rows[i].error, 0, 9);
		watched_scene(seen, &(struct scene){.program = nothing_to_do});
		CHECK(seen->trace.bar == rows[i].bar && seen->trace.error == rows[i].error &&
			  seen->trace.barred_by == 0 && seen->trace.line == -1 &&
			  !seen->trace.bound,
		    "row %zu: bar %d, %s, by %ld", i, (int)seen->trace.bar,
		    errname(seen->trace.error), seen->trace.barred_by);
		CHECK(seen->tracer.bar == rows[i].bar && seen->tracer.error == rows[i].error,
		    "row %zu, tracer: bar %d, %s", i, (int)seen->tracer.bar,
		    errname(seen->tracer.error));
		/* It ends by itself: it has been let go. */
		CHECK(WIFEXITED(seen->status) &&
			  WEXITSTATUS(seen->status) == WATCHED_BARRED + (int)rows[i].bar,
		    "row %zu: status %#x", i, (unsigned)seen->status);
	}
	refuse(0, ANY, 0, 0, 0);
}

static void another_tracer_is_named(void)
{
	int ended, gate[2], status;
	char byte = 0;

	memset(seen, 0, sizeof *seen);
	fflush(stdout);
	if (pipe(gate) < 0)
		abort();
	int ends[2];
	if (pipe(ends) < 0)
		abort();
	const pid_t pid = fork();
	if (pid == 0) {
		if (read(gate[0], &byte, 1) != 1)
			_exit(1);
		watched_run(seen, &(struct scene){.program = nothing_to_do}, ends[1]);
	}
	close(ends[1]);
	ended = ends[0];
	CHECK(trace_ask(SEIZE, pid, 0, 0) == 0, "not seized: %s", errname(errno));
	CHECK(write(gate[1], &byte, 1) == 1, "not written");
	/* What would stop it is let through: its end alone is waited for. */
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		trace_ask(GO_ON, pid, 0, 0);
	seen->status = status;
	while (read(ended, &byte, 1) > 0)
		continue;
	close(ended);
	close(gate[0]);
	close(gate[1]);
	CHECK(seen->trace.bar == TRACE_TRACED && seen->trace.barred_by == getpid() &&
		  seen->trace.error == EPERM,
	    "bar %d by %ld, not %ld, %s", (int)seen->trace.bar, seen->trace.barred_by,
	    (long)getpid(), errname(seen->trace.error));
	CHECK(seen->tracer.bar == TRACE_TRACED && seen->tracer.barred_by == getpid(),
	    "tracer: bar %d by %ld", (int)seen->tracer.bar, seen->tracer.barred_by);
}

/* --- a tracer that ends, or a program ---------------------------------------------------- */

static void end_at_once(struct watched *watched)
{
	watched->numbers[0] = 1;
}

static void say_nothing_more(struct watched *watched)
{
	struct traced *call;

	if (trace_seize(&watched->tracer) < 0)
		return;
	close(watched->tracer.line);
	watched->tracer.line = -1;
	trace_answer(&watched->tracer, TRACE_EXECUTE); /* to nobody */
	while (trace_next(&watched->tracer, &call, -1, -1) != TRACE_GONE)
		continue;
}

static void without_its_tracer_a_program_goes_on_only_unfiltered(void)
{
	static const struct {
		void (*tracer)(struct watched *watched);
		enum trace_order order;
	} rows[] = {{end_at_once, TRACE_ALONE}, {say_nothing_more, TRACE_GIVE_UP}};

	for (size_t i = 0; i < 2; i++) {
		watched_scene(
		    seen, &(struct scene){.program = nothing_to_do, .tracer = rows[i].tracer});
		CHECK(seen->order == rows[i].order, "row %zu: order %d", i, (int)seen->order);
		CHECK(WIFEXITED(seen->status), "row %zu: status %#x", i, (unsigned)seen->status);
	}
}

static void a_program_that_is_gone_is_not_watched(void)
{
	int ends[2];
	char byte;

	memset(seen, 0, sizeof *seen);
	if (pipe(ends) < 0)
		abort();
	const pid_t pid = fork();
	if (pid == 0) {
		struct trace trace;
		if (trace_fork(&trace, false, ends[1]) == TRACE_TRACER) {
			seen->numbers[0] = trace_seize(&trace);
			seen->tracer = trace;
			trace_answer(&trace, TRACE_EXECUTE);
		}
		_exit(0);
	}
	close(ends[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	while (read(ends[0], &byte, 1) > 0)
		continue;
	close(ends[0]);
	CHECK(
	    seen->numbers[0] == -1 && seen->tracer.bar == TRACE_FORK && seen->tracer.error == ESRCH,
	    "%ld, bar %d, %s", seen->numbers[0], (int)seen->tracer.bar,
	    errname(seen->tracer.error));
}

/* --- the tracer's own process ------------------------------------------------------------ */

static void look_at_itself(struct watched *watched)
{
	char directory[WATCHED_TEXT] = "";
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	watched->numbers[0] = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGINT);
	watched->numbers[1] = getsid(0) == getpid();
	watched->numbers[2] = getcwd(directory, sizeof directory) ? (long)strlen(directory) : -1;
	watched->numbers[3] = getppid();
	watched->errors[0] = open_count(STDERR_FILENO + 1, 64) - 1; /* but its line */
	watched->errors[1] = fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE;
	watched->errors[2] = fcntl(STDERR_FILENO, F_GETFD);
}

static void a_tracer_stands_apart_from_the_program(void)
{
	for (int adopts = 0; adopts < 2; adopts++) {
		int ended;
		prctl(PR_SET_CHILD_SUBREAPER, adopts, 0, 0, 0);
		const pid_t pid = watched_begin(seen,
		    &(struct scene){.program = nothing_to_do, .tracer = look_at_itself}, &ended);
		watched_end(seen, pid, ended);
		CHECK(seen->numbers[0] == 1 && seen->numbers[1] == 1 && seen->numbers[2] == 1,
		    "signals blocked %ld, a session %ld, directory of %ld letters",
		    seen->numbers[0], seen->numbers[1], seen->numbers[2]);
		CHECK(seen->numbers[3] != pid, "it is the program's child");
		CHECK(seen->errors[0] == 0 && seen->errors[1] == O_RDWR && seen->errors[2] >= 0,
		    "%d more open, stdin %d, stderr %d", seen->errors[0], seen->errors[1],
		    seen->errors[2]);
		while (waitpid(-1, NULL, 0) > 0)
			continue;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

int main(void)
{
	seen = watched_new();
	if (!watched_able()) {
		printf("skip: no program can be watched here\n");
		return 77;
	}
	TEST(without_a_second_process_the_program_is_told_why);
	TEST(without_a_descriptor_there_is_no_tracer);
	TEST(what_keeps_it_from_being_watched_is_told_to_both);
	TEST(another_tracer_is_named);
	TEST(without_its_tracer_a_program_goes_on_only_unfiltered);
	TEST(a_program_that_is_gone_is_not_watched);
	TEST(a_tracer_stands_apart_from_the_program);
	return test_failures != 0;
}
