#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/stop.h"

static volatile sig_atomic_t wanted;
static int ends[2];

static void hear(int number)
{
	const int saved = errno;

	if (wanted) {
		signal(number, SIG_DFL);
		raise(number); /* is delivered when this handler returns */
	}
	wanted = 1;
	/* The pipe is empty before the first write, so it cannot be full. */
	if (write(ends[1], "", 1) < 0)
		_exit(128 + number);
	errno = saved;
}

int stop_open(void)
{
	struct sigaction action = {.sa_handler = hear};

	if (pipe(ends) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		/* Out of the way, so that the first socket is 3 in what --explain shows. */
		const int high = fcntl(ends[i], F_DUPFD, 10);
		if (high >= 0) {
			close(ends[i]);
			ends[i] = high;
		}
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
	}
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return ends[0];
}

int stop_wanted(void)
{
	return wanted;
}
