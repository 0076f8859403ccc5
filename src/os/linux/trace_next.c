/* What a watch goes on with: the stops of all threads, one after the other, each let go as soon as it may. */
#include <errno.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/trace_thread.h"
#include "os/trace.h"

enum {
	/* linux/ptrace.h */
	RESUME = 7,            /* PTRACE_CONT */
	RESUME_TO_EXIT = 24,   /* PTRACE_SYSCALL */
	STAY_STOPPED = 0x4208, /* PTRACE_LISTEN */
	EVENT_MESSAGE = 0x4201,
	EVENT_EXEC = 4,
	EVENT_SECCOMP = 7,
	EVENT_STOP = 128,
	SYSCALL_STOP = SIGTRAP | 0x80,
};

/* One thread within a call, and what the watcher was told of it. */
struct within {
	struct traced call; /* first: found by its thread */
	enum trace_what told;
};

static int by_thread(const void *a, const void *b)
{
	const struct traced *one = a, *other = b;

	return (one->thread > other->thread) - (one->thread < other->thread);
}

static struct within *find_within(struct trace *trace, long thread)
{
	const struct traced key = {.thread = thread};
	struct within *const *found = tfind(&key, &trace->threads, by_thread);

	return found ? *found : NULL;
}

/* NULL without memory: then the call goes on unseen. */
static struct within *make_within(struct trace *trace, long thread)
{
	struct within *within = find_within(trace, thread);

	if (within)
		return within;
	within = calloc(1, sizeof *within);
	if (!within)
		return NULL;
	within->call.thread = thread;
	within->call.sock = -1;
	if (!tsearch(within, &trace->threads, by_thread)) {
		free(within);
		return NULL;
	}
	return within;
}

static void give_back(struct traced *call)
{
	if (call->sock >= 0)
		close(call->sock);
	call->sock = -1;
}

static void forget_within(struct trace *trace, long thread)
{
	struct within *within = find_within(trace, thread);

	if (!within)
		return;
	tdelete(within, &trace->threads, by_thread);
	give_back(&within->call);
	free(within);
}

/* A thread that was killed meanwhile cannot be let go: its end will be told. */
static void resume(long thread, int how, int signal_number)
{
	trace_ask(how, thread, 0, (uintptr_t)signal_number);
}

static bool is_stop_signal(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static enum trace_what at_entry(struct trace *trace, long thread, struct traced **call)
{
	struct within *within = make_within(trace, thread);
	enum trace_read found = TRACE_READ_OTHER;

	if (within) {
		within->call.refuse = 0;
		*within->call.program = 0;
		within->call.unrefused = false;
		found = trace_read_entry(&within->call);
	}
	if (found == TRACE_READ_OTHER) {
		forget_within(trace, thread);
		resume(thread, RESUME, 0);
		return TRACE_QUIET;
	}
	trace_read_pid(&within->call);
	if (found == TRACE_READ_FILTER) {
		within->told = TRACE_FILTER;
		resume(thread, RESUME_TO_EXIT, 0);
		return TRACE_QUIET;
	}
	within->told = found == TRACE_READ_CALL   ? TRACE_ENTRY
		       : found == TRACE_READ_RING ? TRACE_RING
						  : TRACE_BLIND;
	*call = &within->call;
	return within->told;
}

static enum trace_what at_exit(struct trace *trace, long thread, struct traced **call)
{
	struct within *within = find_within(trace, thread);

	if (within && trace_read_exit(&within->call)) {
		*call = &within->call;
		if (within->told == TRACE_FILTER && within->call.result >= 0)
			return TRACE_FILTER;
		if (within->told == TRACE_FILTER) {
			trace_go(trace, *call);
			return TRACE_QUIET;
		}
		if (within->call.refuse && trace_give(thread, within->call.refuse) == 0) {
			within->call.result = -1;
			within->call.error = within->call.refuse;
		}
		within->told = TRACE_EXIT;
		return TRACE_EXIT;
	}
	resume(thread, RESUME, 0);
	return TRACE_QUIET;
}

/* A process is another program now; of its threads this one alone is left, with the process's number. */
static enum trace_what at_exec(struct trace *trace, long thread, struct traced **call)
{
	unsigned long former = 0;

	if (trace_ask(EVENT_MESSAGE, thread, 0, (uintptr_t)&former) == 0)
		forget_within(trace, (long)former);
	forget_within(trace, thread);
	if (trace->bound && trace_privileged(thread)) {
		struct within *within = make_within(trace, thread);
		if (within) {
			within->call.pid = thread;
			within->told = TRACE_EXEC;
			*call = &within->call;
			return TRACE_EXEC;
		}
	}
	resume(thread, RESUME, 0);
	return TRACE_QUIET;
}

/* One report of the kernel's. TRACE_QUIET: nothing that concerns the watcher. */
static enum trace_what hear_of(struct trace *trace, long thread, int status, struct traced **call)
{
	if (!WIFSTOPPED(status)) {
		forget_within(trace, thread);
		return thread == trace->pid ? TRACE_OVER : TRACE_QUIET;
	}
	const int number = WSTOPSIG(status);
	switch ((unsigned)status >> 16) {
	case EVENT_SECCOMP:
		return at_entry(trace, thread, call);
	case EVENT_EXEC:
		return at_exec(trace, thread, call);
	case EVENT_STOP:
		/* A group stop lasts until SIGCONT; else a new thread, or the end of one. */
		resume(thread, is_stop_signal(number) ? STAY_STOPPED : RESUME, 0);
		return TRACE_QUIET;
	case 0:
		if (number == SYSCALL_STOP)
			return at_exit(trace, thread, call);
		resume(thread, RESUME, number); /* a signal on its way to the program */
		return TRACE_QUIET;
	default:
		resume(thread, RESUME, 0);
		return TRACE_QUIET;
	}
}

static void wake(int number)
{
	(void)number;
}

/* Sleeps until a report may have come, `fd` can be written to, or the time is over. */
static void sleep_for(int fd, int wait_ms)
{
	struct pollfd out = {.fd = fd, .events = POLLOUT};
	struct sigaction hear = {.sa_handler = wake};
	const struct timespec time = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
	sigset_t mask;

	sigaction(SIGCHLD, &hear, NULL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigdelset(&mask, SIGCHLD);
	ppoll(&out, 1, wait_ms < 0 ? NULL : &time, &mask);
}

enum trace_what trace_next(struct trace *trace, struct traced **call, int fd, int wait_ms)
{
	const bool patient = fd < 0 && wait_ms < 0;
	bool slept = false;
	int status;

	for (;;) {
		const pid_t thread = waitpid(-1, &status, __WALL | (patient ? 0 : WNOHANG));
		if (thread > 0) {
			const enum trace_what what = hear_of(trace, thread, status, call);
			if (what != TRACE_QUIET)
				return what;
		} else if (thread < 0 && errno != EINTR)
			return TRACE_GONE; /* ECHILD */
		else if (thread == 0 && slept)
			return TRACE_QUIET;
		else if (thread == 0) {
			sleep_for(fd, wait_ms);
			slept = true;
		}
	}
}

void trace_go(struct trace *trace, struct traced *call)
{
	struct within *within = find_within(trace, call->thread);
	const long thread = call->thread;

	give_back(call);
	if (!within)
		return;
	if (within->told != TRACE_ENTRY) {
		forget_within(trace, thread);
		resume(thread, RESUME, 0);
		return;
	}
	if (call->refuse && trace_skip(thread) < 0) {
		call->refuse = 0;
		call->unrefused = true;
	}
	resume(thread, RESUME_TO_EXIT, 0);
}
