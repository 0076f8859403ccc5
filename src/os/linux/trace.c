/* How a watch begins. strace -D is the model: the program keeps the process that the shell has started. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/linux/pidfd.h"
#include "os/linux/trace_calls.h"
#include "os/linux/trace_thread.h"
#include "os/trace.h"
#include "tcp/version.h"

enum {
	OLDEST = VERSION_OF(5, 6, 0), /* pidfd_getfd */

	/* linux/ptrace.h */
	SEIZE = 0x4206,
	INTERRUPT = 0x4207,
	DETACH = 17,
	OPTIONS = 1 /* TRACESYSGOOD */ | 2 /* FORK */ | 4 /* VFORK */ | 8 /* CLONE */ |
		  16 /* EXEC */ | 128 /* SECCOMP */ | 1 << 20 /* EXITKILL */,
	AT_EXIT = 64, /* EXIT */
	/* linux/seccomp.h, linux/prctl.h */
	MODE_FILTER = 1,
	NO_SLOWER = 1 << 2,     /* SECCOMP_FILTER_FLAG_SPEC_ALLOW: this filter is no prison */
	LET_TRACE = 0x59616d61, /* PR_SET_PTRACER */
	ARE_ORPHANS_OURS = 37,  /* PR_GET_CHILD_SUBREAPER */
};

/* What the two say to each other. */
struct word {
	long pid, bound;
	int value, error;
};

static bool pass_word(int line, struct word word)
{
	const char *at = (const char *)&word;
	size_t left = sizeof word;

	while (left > 0) {
		const ssize_t n = send(line, at, left, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR) {
			shutdown(line, SHUT_RDWR);
			return false;
		}
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Returns false where the other one is gone. */
static bool take_word(int line, struct word *word)
{
	char *at = (char *)word;
	size_t left = sizeof *word;

	while (left > 0) {
		const ssize_t n = recv(line, at, left, 0);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* --- two processes ---------------------------------------------------------------------- */

/* fork(2) without a signal to the parent when the child ends: SIGCHLD may be blocked, and would then stay
 * pending for the program. */
static long fork_unheard(void)
{
	return syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
}

/* Whether the tracer would become the program's child all the same, and one that wait(2) waits for, which it does
 * not for one that ends unheard. */
static bool inherits_orphans(void)
{
	int value = 0;

	return getpid() == 1 || (prctl(ARE_ORPHANS_OURS, &value, 0, 0, 0) == 0 && value);
}

/* Closes all from `from` on but `line`. */
static void close_others(int from, int line)
{
	const long most = sysconf(_SC_OPEN_MAX);
#ifdef SYS_close_range /* Linux 5.9 */
	if ((line == from ||
		syscall(SYS_close_range, (unsigned)from, (unsigned)line - 1, 0) == 0) &&
	    syscall(SYS_close_range, (unsigned)line + 1, ~0U, 0) == 0)
		return;
#endif
	for (int fd = from; fd < most; fd++)
		if (fd != line)
			close(fd);
}

/* Without /dev/null, as in a bare chroot, a pipe that nobody is at the other end of. */
static int open_nothing(void)
{
	int ends[2];
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0 || pipe(ends) < 0)
		return fd;
	close(ends[1]);
	return ends[0];
}

/* What the caller had open, and the working directory, are the program's alone. The first three are open,
 * so the line is none of them. */
static void let_go_of_all(const struct trace *trace, int to)
{
	dup2(to, STDOUT_FILENO);
	close_others(STDERR_FILENO + 1, trace->line);
	const int nothing = open_nothing();
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDERR_FILENO);
	if (nothing >= 0)
		close(nothing);
	if (chdir("/") < 0)
		return; /* then it stays where it is */
}

/* No signal reaches the tracer: the terminal's are meant for the program, and a service manager sends SIGTERM to
 * both, while the program must live to end in order. */
static void stand_apart(const struct trace *trace, int to)
{
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	let_go_of_all(trace, to);
}

enum trace_side trace_fork(struct trace *trace, bool all, int to)
{
	int line[2], status = 0;

	*trace = (struct trace){.line = -1, .all = all, .pid = getpid()};
	if (version_here() < OLDEST) {
		trace->bar = TRACE_SYSTEM;
		return TRACE_PROGRAM;
	}
	trace->bar = TRACE_FORK;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0) {
		trace->error = errno;
		return TRACE_PROGRAM;
	}
	/* By way of a process between, so that the tracer is no child of the program's. */
	const bool direct = inherits_orphans();
	const long between = fork_unheard();
	if (between == 0) {
		const long tracer = direct ? 0 : fork_unheard();
		if (tracer != 0)
			_exit(tracer < 0 ? errno : 0);
		close(line[0]);
		trace->line = line[1];
		trace->bar = TRACE_FREE;
		stand_apart(trace, to);
		return TRACE_TRACER;
	}
	trace->error = between < 0 ? errno : 0;
	close(line[1]);
	while (between > 0 && !direct && waitpid((pid_t)between, &status, __WALL) < 0 &&
	       errno == EINTR)
		continue;
	if (between > 0 && !direct && WIFEXITED(status))
		trace->error = WEXITSTATUS(status);
	if (trace->error) {
		close(line[0]);
		return TRACE_PROGRAM;
	}
	trace->line = line[0];
	trace->bar = TRACE_FREE;
	return TRACE_PROGRAM;
}

/* --- in the program --------------------------------------------------------------------- */

/* Returns 0 or the errno. */
static int take_filter(bool all, bool *bound)
{
	static struct filter_step steps[TRACE_CALLS_STEPS];
	struct {
		unsigned short count;
		struct filter_step *steps;
	} program; /* struct sock_fprog */

	memset(&program, 0, sizeof program);
	program.count = (unsigned short)trace_calls_filter(all, steps);
	program.steps = steps;
	*bound = false;
	if (syscall(SYS_seccomp, (long)MODE_FILTER, (long)NO_SLOWER, &program) == 0)
		return 0;
	/* seccomp(2): without CAP_SYS_ADMIN only for one who gives up what programs could grant. */
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	*bound = true;
	return syscall(SYS_seccomp, (long)MODE_FILTER, (long)NO_SLOWER, &program) == 0 ? 0 : errno;
}

/* All that is said to and by the tracer. Returns false where it fell silent. */
static bool agree(struct trace *trace, bool *filtered, enum trace_order *order)
{
	struct word word;

	if (!take_word(trace->line, &word))
		return false;
	/* Where Yama lets only ancestors trace. */
	prctl(LET_TRACE, (unsigned long)word.pid, 0, 0, 0);
	if (!pass_word(trace->line, (struct word){.pid = trace->pid, .value = trace->line}) ||
	    !take_word(trace->line, &word))
		return false;
	trace->bar = (enum trace_bar)word.value;
	trace->barred_by = word.pid;
	trace->error = word.error;
	if (trace->bar == TRACE_FREE) {
		trace->error = take_filter(trace->all, &trace->bound);
		*filtered = trace->error == 0;
		if (!*filtered)
			trace->bar = TRACE_SECCOMP;
		if (!pass_word(
			trace->line, (struct word){.error = trace->error, .bound = trace->bound}))
			return false;
	}
	if (!take_word(trace->line, &word))
		return false;
	*order = (enum trace_order)word.value;
	return true;
}

enum trace_order trace_ready(struct trace *trace)
{
	enum trace_order order;
	bool filtered = false;

	/* A filter without a tracer lets no call through. */
	if (!agree(trace, &filtered, &order))
		order = filtered ? TRACE_GIVE_UP : TRACE_ALONE;
	prctl(LET_TRACE, 0, 0, 0, 0);
	close(trace->line);
	trace->line = -1;
	return order;
}

/* --- in the tracer ---------------------------------------------------------------------- */

static int barred(struct trace *trace, enum trace_bar bar, int error)
{
	trace->bar = bar;
	trace->error = error;
	return -1;
}

/* Lets the program go on without being traced, with the signal that it may be about to get. */
static void leave(const struct trace *trace)
{
	int status = 0, signal_number = 0;

	if (trace_ask(INTERRUPT, trace->pid, 0, 0) < 0)
		return;
	while (waitpid((pid_t)trace->pid, &status, __WALL) < 0 && errno == EINTR)
		continue;
	if (WIFSTOPPED(status) && (unsigned)status >> 16 == 0)
		signal_number = WSTOPSIG(status);
	trace_ask(DETACH, trace->pid, 0, (uintptr_t)signal_number);
}

/* Whether a descriptor of the program's can be borrowed: its end of the line is one. */
static int try_to_borrow(const struct trace *trace, int fd)
{
	const int handle = pidfd_of(trace->pid, false);
	const int borrowed = handle < 0 ? -1 : pidfd_take(handle, fd);
	const int error = borrowed < 0 ? errno : 0;

	if (handle >= 0)
		close(handle);
	if (borrowed >= 0)
		close(borrowed);
	return error;
}

static int seize(struct trace *trace, struct word *word)
{
	if (!pass_word(trace->line, (struct word){.pid = getpid()}) ||
	    !take_word(trace->line, word))
		return barred(trace, TRACE_FORK, ESRCH);
	trace->pid = word->pid;
	trace->barred_by = trace_status(trace->pid, "TracerPid");
	/* The end of process 1 is the tracer's as well, which has something to say before: it ends at a stop. */
	if (trace_ask(SEIZE, trace->pid, 0, trace->pid == 1 ? OPTIONS | AT_EXIT : OPTIONS) < 0)
		return barred(trace, trace->barred_by ? TRACE_TRACED : TRACE_PTRACE, errno);
	const int error = try_to_borrow(trace, word->value);
	if (error) {
		leave(trace);
		return barred(trace, TRACE_GETFD, error);
	}
	return 0;
}

int trace_seize(struct trace *trace)
{
	struct word word;
	const int result = seize(trace, &word);
	const bool told = pass_word(trace->line,
	    (struct word){
		.pid = trace->barred_by, .value = (int)trace->bar, .error = trace->error});

	if (result < 0)
		return -1;
	if (!told || !take_word(trace->line, &word)) {
		leave(trace);
		return barred(trace, TRACE_FORK, ESRCH);
	}
	trace->bound = word.bound != 0;
	if (word.error == 0)
		return 0;
	leave(trace);
	return barred(trace, TRACE_SECCOMP, word.error);
}

void trace_answer(struct trace *trace, enum trace_order order)
{
	if (trace->line < 0)
		return;
	pass_word(trace->line, (struct word){.value = (int)order});
	close(trace->line);
	trace->line = -1;
}
