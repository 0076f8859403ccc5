#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/stop.h"
#include "clock.h"

/* A second signal within that time is the same request: timeout(1) signals its child and then the
 * group that both are in. Nobody's finger is so fast. */
enum { SAME_REQUEST_US = 5000 };

static volatile sig_atomic_t wanted; /* the signal that came first, or 0 */
static int64_t came_us;
static int ends[2];
static volatile sig_atomic_t at_once;
static int early_status;

static void hear(int number)
{
	const int saved = errno;

	if (at_once)
		_exit(early_status);
	/* clock_gettime, which is all that clock_us calls, is async-signal-safe: POSIX 2008. */
	if (wanted && clock_us() - came_us < SAME_REQUEST_US)
		return;
	if (wanted) {
		signal(number, SIG_DFL);
		raise(number); /* is delivered when this handler returns */
	}
	came_us = clock_us();
	wanted = number;
	/* The pipe is empty before the first write, so it cannot be full. */
	if (write(ends[1], "", 1) < 0)
		_exit(128 + number);
	errno = saved;
}

/* A pipe for a signal's handler to write to, its ends out of the way of sockets and closed by exec. Returns 0, or -1
 * with errno. */
static int stop_pipe(int both[2])
{
	if (pipe(both) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		/* Out of the way, so that the first socket is 3 in what --explain shows. */
		const int high = fcntl(both[i], F_DUPFD, 10);
		if (high >= 0) {
			close(both[i]);
			both[i] = high;
		}
		fcntl(both[i], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

int stop_open(int early)
{
	/* SA_RESTART for the sake of stdio; poll is never restarted, so nobody sleeps on. */
	struct sigaction action = {.sa_handler = hear, .sa_flags = SA_RESTART}, inherited;

	if (stop_pipe(ends) < 0)
		return -1;
	early_status = early;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	/* A shell starts a job in the background with SIGINT ignored. */
	sigaction(SIGINT, NULL, &inherited);
	if (inherited.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A signal that is pending, as the parent had blocked it, comes now. */
	sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
	return ends[0];
}

void stop_at_once(bool on)
{
	at_once = on;
	if (on && wanted)
		_exit(early_status);
}

int stop_descriptor(void)
{
	return ends[0] > 0 ? ends[0] : -1;
}

int stop_wanted(void)
{
	return (int)wanted;
}

/* --- the summary so far --- */

static volatile sig_atomic_t asked;
static int asked_ends[2];

static void note_quit(int number)
{
	const int saved = errno;

	(void)number;
	/* One byte at most lies in the pipe, so it cannot be full. */
	if (!asked && write(asked_ends[1], "", 1) == 1)
		asked = 1;
	errno = saved;
}

int interim_open(void)
{
	struct sigaction action = {.sa_handler = note_quit, .sa_flags = SA_RESTART};

	if (stop_pipe(asked_ends) < 0)
		return -1;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGQUIT);
	sigaction(SIGQUIT, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
	return asked_ends[0];
}

bool interim_asked(void)
{
	char byte;

	if (!asked || read(asked_ends[0], &byte, 1) != 1)
		return false;
	/* A signal between the two is the same question. */
	asked = 0;
	return true;
}
