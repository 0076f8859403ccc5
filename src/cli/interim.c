#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/interim.h"
#include "cli/stop.h"

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
