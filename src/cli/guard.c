#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/guard.h"
#include "clock.h"

enum {
	GUARD_US = 1000,   /* until a write is interrupted */
	PAUSE_US = 100000, /* after that, until the next is tried */
};

static void interrupt_write(int number)
{
	(void)number;
}

ssize_t guard_write(int fd, const char *text, size_t len, int64_t *pause_until_us)
{
	const struct timeval soon = {.tv_usec = GUARD_US};
	const struct itimerval guard = {.it_value = soon, .it_interval = soon};
	struct itimerval timer_before;
	struct sigaction action = {.sa_handler = interrupt_write}, action_before;
	sigset_t alarms, mask_before;

	if (clock_us() < *pause_until_us) {
		errno = EAGAIN;
		return -1;
	}
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, &action_before);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarms, &mask_before);
	setitimer(ITIMER_REAL, &guard, &timer_before);
	const ssize_t n = write(fd, text, len);
	const int error = errno;
	setitimer(ITIMER_REAL, &timer_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	sigaction(SIGALRM, &action_before, NULL);
	if (n < 0 ? error == EINTR : (size_t)n < len)
		*pause_until_us = clock_us() + PAUSE_US;
	errno = error;
	return n;
}
