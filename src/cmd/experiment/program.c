#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/program.h"
#include "os/process.h"

enum {
	MORE_WORDS = 5,   /* than its command */
	END_US = 3000000, /* for its end, before it is killed */
	LIFE_S = 60,      /* it ends then, where the system cannot tell that nobody is left */
};

/* In the process: becomes the command, all of whose output goes to the pipe. Returns its status. */
static int become(const struct crew *crew, struct running running[], int at,
    const struct program *program, char *const words[])
{
	const int report = running[at].member.report;
	const struct command *command = command_find(words[0]);
	char *argv[PROGRAM_WORDS + MORE_WORDS];
	int argc = 0;

	for (; words[argc]; argc++)
		argv[argc] = words[argc];
	argv[argc++] = "--json";
	argv[argc++] = "--explain";
	if (program->server >= 0) {
		argv[argc++] = "--interval";
		argv[argc++] = "60";
	}
	argv[argc] = NULL;
	for (int i = 0; i < at; i++)
		close(running[i].member.report);
	close(crew->stop); /* so that the first socket is 3, as by hand */
	dup2(report, STDOUT_FILENO);
	dup2(report, STDERR_FILENO);
	close(report);
	unsetenv("NOTIFY_SOCKET"); /* a service manager waits for nothing of ours */
	/* The command knows of no crew, and does not look whether the first process lives. */
	orphan_ends();
	alarm(LIFE_S);
	return command->run(argc, argv);
}

int program_start(struct crew *crew, struct running running[], int at,
    const struct program *program, char *const words[])
{
	struct running *process = &running[at];

	*process = (struct running){.program = program};
	switch (crew_fork(crew, &process->member)) {
	case 1:
		_exit(become(crew, running, at, program, words));
	case 0:
		return 0;
	}
	return -1;
}

/* Moves the first whole line out of what was said. */
static bool cut_line(struct running *process, char line[PROGRAM_ROOM])
{
	const char *end = memchr(process->said, '\n', process->len);

	if (!end) {
		if (process->len == PROGRAM_ROOM)
			process->len = 0; /* no line of ours */
		return false;
	}
	const size_t len = (size_t)(end - process->said);
	memcpy(line, process->said, len);
	line[len] = 0;
	process->len -= len + 1;
	memmove(process->said, end + 1, process->len);
	return true;
}

int program_line(struct running *process, int64_t until_us, int stop, char line[PROGRAM_ROOM])
{
	struct pollfd fds[2] = {
	    {.fd = process->member.report, .events = POLLIN}, {.fd = stop, .events = POLLIN}};

	if (stop_wanted())
		return -1;
	while (!cut_line(process, line)) {
		const int64_t left_us = until_us - clock_us();
		const int n = poll(fds, 2, clock_poll_ms(left_us));
		if (stop_wanted() || (n == 0 && left_us <= 0))
			return -1;
		if (n <= 0 || !fds[0].revents)
			continue;
		const ssize_t got =
		    read(fds[0].fd, process->said + process->len, PROGRAM_ROOM - process->len);
		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return 0;
		process->len += got > 0 ? (size_t)got : 0;
	}
	return 1;
}

void program_stop(struct running *process)
{
	const int64_t until_us = clock_us() + END_US;
	struct pollfd report = {.fd = process->member.report, .events = POLLIN};
	char ignored[512];

	kill(process->member.pid, SIGTERM);
	for (;;) {
		const int64_t left_us = until_us - clock_us();
		const int n = poll(&report, 1, clock_poll_ms(left_us));
		if (n > 0 && read(report.fd, ignored, sizeof ignored) <= 0)
			break;
		if (left_us <= 0) {
			kill(process->member.pid, SIGKILL);
			break;
		}
	}
	crew_reap(&process->member);
}
