/* This program once more, as a process that another one looks at. */
#ifndef REUSE_TEST_AGAIN_H
#define REUSE_TEST_AGAIN_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct again {
	pid_t pid;
	int go_on; /* it ends when this is closed */
};

/* Starts the program at `path`, this one or a copy of it, with words[], ended by NULL; its main calls
 * again_wait. Returns whether it got there; where not, it is gone. */
static bool again_start(struct again *again, const char *path, const char *const words[])
{
	int begun[2], go_on[2];
	char byte;

	if (pipe2(begun, O_CLOEXEC) < 0 || pipe2(go_on, O_CLOEXEC) < 0)
		abort();
	again->pid = fork();
	if (again->pid == 0) {
		dup2(go_on[0], STDIN_FILENO);
		dup2(begun[1], STDOUT_FILENO);
		execv(path, (char *const *)words);
		_exit(1);
	}
	close(begun[1]);
	close(go_on[0]);
	again->go_on = go_on[1];
	const bool runs = read(begun[0], &byte, 1) == 1;
	close(begun[0]);
	return runs;
}

/* In the program that was started: says that it runs, and waits for its end. Returns what main does. */
static int again_wait(void)
{
	char byte;

	return write(STDOUT_FILENO, "", 1) != 1 || read(STDIN_FILENO, &byte, 1) != 0;
}

static void again_end(const struct again *again)
{
	close(again->go_on);
	waitpid(again->pid, NULL, 0);
}

#endif
