#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/writer.h"
#include "clock.h"
#include "cmd/run/aside.h"

enum {
	READY_MS = 1000, /* the program stands still so long at most */
	ALL_S = 3,       /* then the child is ended */
};

static const char ready[] = "ready\n"; /* the first line, which is for the tracer */

/* The tracer has all signals blocked. */
static void hear_the_clock(void)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(ALL_S);
}

int aside_begin(struct aside *aside)
{
	int ends[2]; /* neither process runs another program */

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -1;
	aside->pid = fork();
	if (aside->pid == 0) {
		close(ends[0]);
		aside->other = ends[1];
		hear_the_clock();
		writer_redirect(ends[1]);
		return 0;
	}
	close(ends[1]);
	aside->other = ends[0];
	if (aside->pid < 0)
		close(ends[0]);
	return aside->pid < 0 ? -1 : 0;
}

void aside_ready(const struct aside *aside)
{
	char word;

	writer_put(WRITER_OUT, ready, strlen(ready));
	while (recv(aside->other, &word, sizeof word, 0) < 0 && errno == EINTR)
		continue;
}

void aside_end(void)
{
	_exit(0);
}

void aside_await(const struct aside *aside)
{
	const int64_t until_us = clock_us() + READY_MS * INT64_C(1000);
	struct pollfd line = {.fd = aside->other, .events = POLLIN};
	int64_t left_us;

	while ((left_us = until_us - clock_us()) > 0 &&
	       poll(&line, 1, clock_poll_ms(left_us)) < 0 && errno == EINTR)
		continue;
}

int aside_relay(struct aside *aside)
{
	const char word = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool first = true;
	int status = 0;

	while (send(aside->other, &word, sizeof word, MSG_NOSIGNAL) < 0 && errno == EINTR)
		continue;
	FILE *lines = fdopen(aside->other, "r");
	while (lines && (len = getline(&line, &size, lines)) > 0) {
		if (!first && line[len - 1] == '\n')
			writer_put(WRITER_OUT, line, (size_t)len);
		first = false;
	}
	free(line);
	if (lines)
		fclose(lines);
	else
		close(aside->other);
	while (waitpid(aside->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
