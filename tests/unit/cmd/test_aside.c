/* ctest: wrap=socketpair wrap=fork wrap=alarm wrap=poll wrap=recv wrap=send wrap=waitpid wrap=fdopen wrap=clock_us */
/* cmd/run/aside: the lines of a child come back in whole, however it ends, and nothing of it is left. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cli/writer.h"
#include "clock.h"
#include "cmd/run/aside.h"
#include "tests/lib/open.h"
#include "tests/lib/shown.h"

/* Which calls fail: the number of times with EINTR, or the errno for good. */
static int poll_interrupted, recv_interrupted, send_interrupted, wait_interrupted;
static int socketpair_error, fork_error, fdopen_error, wait_error;
static ssize_t received;         /* what the last recv returned */
static int ended;                /* the wait status of the last child */
static unsigned alarm_s;         /* what was asked for */
static int64_t now_us, step_us;  /* the clock, and what each poll takes */
static int polls[8], poll_count; /* for how long, in milliseconds */
static bool poll_told;           /* poll is not the kernel's */

static bool interrupted(int *times)
{
	if (*times == 0)
		return false;
	--*times;
	errno = EINTR;
	return true;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __real_socketpair(int family, int type, int protocol, int ends[2]);
int __wrap_socketpair(int family, int type, int protocol, int ends[2]);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
unsigned __wrap_alarm(unsigned seconds);
int __real_poll(struct pollfd *fds, nfds_t count, int wait_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms);
ssize_t __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
int64_t __wrap_clock_us(void);

int __wrap_socketpair(int family, int type, int protocol, int ends[2])
{
	errno = socketpair_error;
	return socketpair_error ? -1 : __real_socketpair(family, type, protocol, ends);
}

pid_t __wrap_fork(void)
{
	errno = fork_error;
	return fork_error ? -1 : __real_fork();
}

unsigned __wrap_alarm(unsigned seconds)
{
	alarm_s = seconds;
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	if (!poll_told)
		return __real_poll(fds, count, wait_ms);
	if (poll_count < 8)
		polls[poll_count++] = wait_ms;
	now_us += step_us;
	return interrupted(&poll_interrupted) ? -1 : fds->events == POLLIN && count == 1;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	received = interrupted(&recv_interrupted) ? -1 : __real_recv(fd, bytes, len, flags);
	return received;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	return interrupted(&send_interrupted) ? -1 : __real_send(fd, bytes, len, flags);
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	if (interrupted(&wait_interrupted))
		return -1;
	const pid_t waited = __real_waitpid(pid, &ended, options);
	errno = wait_error;
	if (wait_error)
		return -1;
	*status = ended;
	return waited;
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
	errno = fdopen_error;
	return fdopen_error ? NULL : __real_fdopen(fd, mode);
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void put(const char *text)
{
	writer_put(WRITER_OUT, text, strlen(text));
}

/* What the child does once it is begun. */
static void (*child)(const struct aside *aside);
static int relayed; /* what aside_relay has returned, -2: aside_begin has failed */

/* All of a child's life. Nothing of it may be left. */
static void show(void)
{
	struct aside aside = {.pid = -5};

	relayed = -2;
	const int begun = aside_begin(&aside);
	if (begun < 0)
		return;
	if (aside.pid == 0) {
		if (begun != 0)
			put("not begun\n");
		child(&aside);
		aside_end();
	}
	put("first\n");
	relayed = aside_relay(&aside);
	put("last\n");
}

static const char *shows(void what(const struct aside *aside))
{
	const int before = open_count(0, 64);

	child = what;
	const char *const shown = shown_as((struct common){0}, show);
	CHECK(open_count(0, 64) == before, "%d descriptors, %d before", open_count(0, 64), before);
	errno = 0;
	CHECK(__real_waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left");
	socketpair_error = fork_error = fdopen_error = wait_error = 0;
	return shown;
}

/* What it may tell only once it is asked for. */
static void say_three(const struct aside *aside)
{
	aside_ready(aside);
	put(received == 1 && recv_interrupted == 0 ? "one\ntwo\n" : "not asked for\n");
	put("\n");
	put("three\n");
}

static void the_lines_come_between_those_of_the_tracer(void)
{
	CHECK_LINES(shows(say_three), "first\none\ntwo\n\nthree\nlast\n");
	CHECK(relayed == 0 && ended == 0, "%d, %d", relayed, ended);
	wait_error = ECHILD; /* who ignores SIGCHLD does not hear how it ended */
	CHECK_LINES(shows(say_three), "first\none\ntwo\n\nthree\nlast\n");
	CHECK(relayed == 0, "%d", relayed);
	recv_interrupted = 2; /* in the child too, which has a copy */
	send_interrupted = 2;
	wait_interrupted = 2;
	CHECK_LINES(shows(say_three), "first\none\ntwo\n\nthree\nlast\n");
	CHECK(relayed == 0 && send_interrupted == 0 && wait_interrupted == 0, "%d: %d, %d", relayed,
	    send_interrupted, wait_interrupted);
	recv_interrupted = 0;
}

static void end_within_a_line(const struct aside *aside)
{
	aside_ready(aside);
	put("one\n");
	put("two, and");
	raise(SIGKILL);
}

static void be_silent(const struct aside *aside)
{
	(void)aside;
	raise(SIGALRM);
}

static void a_child_that_is_killed_is_told_by_its_signal_and_leaves_no_half_line(void)
{
	CHECK_LINES(shows(end_within_a_line), "first\none\nlast\n");
	CHECK(relayed == SIGKILL, "%d", relayed);
	CHECK_LINES(shows(be_silent), "first\nlast\n");
	CHECK(relayed == SIGALRM, "%d", relayed);
}

/* The tracer's signals are blocked, and SIGALRM may be ignored. */
static void say_signals(const struct aside *aside)
{
	static const int numbers[] = {SIGALRM, SIGTERM, SIGINT};
	struct sigaction action;
	sigset_t blocked;
	char text[64];

	aside_ready(aside);
	sigaction(SIGALRM, NULL, &action);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put(sigismember(&blocked, numbers[i]) ? "blocked\n" : "heard\n");
	snprintf(text, sizeof text, "%s after %u s\n",
	    action.sa_handler == SIG_DFL ? "ends" : "goes on", alarm_s);
	put(text);
}

static void a_child_that_takes_too_long_is_ended_by_its_alarm(void)
{
	sigset_t all, before;
	void (*const handler)(int) = signal(SIGALRM, SIG_IGN);

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	CHECK_LINES(shows(say_signals), "first\nheard\nblocked\nblocked\nends after 3 s\nlast\n");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGALRM, handler);
	CHECK(alarm_s == 0, "the tracer has asked for its own end");
}

static void where_there_can_be_no_child_nothing_is_shown(void)
{
	socketpair_error = EMFILE;
	CHECK_LINES(shows(say_three), "");
	CHECK(relayed == -2, "%d", relayed);
	fork_error = EAGAIN;
	CHECK_LINES(shows(say_three), "");
	CHECK(relayed == -2, "%d", relayed);
}

static void read_to_the_end(const struct aside *aside)
{
	char word;

	aside_ready(aside);
	while (__real_recv(aside->other, &word, sizeof word, 0) > 0)
		continue;
}

static void without_memory_for_its_lines_the_child_ends_all_the_same(void)
{
	fdopen_error = ENOMEM;
	CHECK_LINES(shows(read_to_the_end), "first\nlast\n");
	CHECK(relayed == 0 || relayed == SIGPIPE, "%d", relayed);
}

/* The polls of aside_await, the first of them interrupted so often, each of so long. */
static void awaits(int times, int64_t each_us, const int want[], int count)
{
	const struct aside aside = {.other = 0};

	poll_told = true;
	poll_count = 0;
	poll_interrupted = times;
	step_us = each_us;
	aside_await(&aside);
	poll_told = false;
	CHECK(poll_count == count, "%d polls", poll_count);
	for (int i = 0; i < count && i < poll_count; i++)
		CHECK(polls[i] == want[i], "poll %d: %d ms", i, polls[i]);
}

static void the_program_stands_still_for_a_second_at_most(void)
{
	now_us = 77;
	awaits(0, 10, (const int[]){1000}, 1);
	awaits(2, 300000, (const int[]){1000, 700, 400}, 3);
	awaits(9, 400000, (const int[]){1000, 600, 200}, 3);
	awaits(9, 500000, (const int[]){1000, 500}, 2);
	awaits(9, 999999, (const int[]){1000, 1}, 2);
}

int main(void)
{
	TEST(the_lines_come_between_those_of_the_tracer);
	TEST(a_child_that_is_killed_is_told_by_its_signal_and_leaves_no_half_line);
	TEST(a_child_that_takes_too_long_is_ended_by_its_alarm);
	TEST(where_there_can_be_no_child_nothing_is_shown);
	TEST(without_memory_for_its_lines_the_child_ends_all_the_same);
	TEST(the_program_stands_still_for_a_second_at_most);
	return test_failures != 0;
}
