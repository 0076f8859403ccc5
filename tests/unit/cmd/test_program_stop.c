/* ctest: wrap=kill wrap=clock_us wrap=command_find */
/* cmd/experiment/program: how a process of an experiment is started and ended. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "clock.h"
#include "cmd/experiment/program.h"
#include "tests/lib/test.h"

enum { OUTPUT = 200000 }; /* more than a pipe has room for */

static int terms, kills;
static int64_t ahead_us; /* of the clock at each look */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __real_kill(pid_t pid, int sig);
int __wrap_kill(pid_t pid, int sig);
int64_t __real_clock_us(void);
int64_t __wrap_clock_us(void);
const struct command *__wrap_command_find(const char *name);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_kill(pid_t pid, int sig)
{
	terms += sig == SIGTERM;
	kills += sig == SIGKILL;
	return __real_kill(pid, sig);
}

int64_t __wrap_clock_us(void)
{
	static int64_t passed_us;

	return __real_clock_us() + (passed_us += ahead_us);
}

static int tell_words(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf(" %s", argv[i]);
	printf("\n");
	return fflush(stdout);
}

/* A command that tells how it was called. */
const struct command *__wrap_command_find(const char *name)
{
	static const struct command telling = {.run = tell_words};

	(void)name;
	return &telling;
}

/* Forks a member that heeds SIGTERM by writing so much before it ends; 0: not at all. */
static void fork_member(struct running *process, size_t output)
{
	struct crew crew;
	char byte = 0;
	sigset_t term;
	int sig;

	*process = (struct running){0};
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (crew_open(&crew) < 0)
		abort();
	const int forked = crew_fork(&crew, &process->member);
	if (forked < 0)
		abort();
	if (forked == 1) {
		alarm(30); /* it outlives no test */
		sigprocmask(SIG_BLOCK, &term, NULL);
		if (write(process->member.report, "", 1) != 1)
			_exit(1);
		while (sigwait(&term, &sig) != 0 || output == 0)
			continue;
		while (output-- > 0)
			if (write(process->member.report, "", 1) != 1)
				_exit(1);
		_exit(0);
	}
	if (read(process->member.report, &byte, 1) != 1)
		abort();
	crew_close(&crew);
	terms = kills = 0;
}

static void what_it_writes_at_its_end_is_read(void)
{
	struct running process;

	ahead_us = 0;
	fork_member(&process, OUTPUT);
	program_stop(&process);
	CHECK(terms == 1 && kills == 0, "SIGTERM %d times, SIGKILL %d times", terms, kills);
}

/* The time that it has passes in two looks. */
static void what_does_not_end_is_killed(void)
{
	struct running process;

	ahead_us = 2990000;
	fork_member(&process, 0);
	program_stop(&process);
	CHECK(terms == 1 && kills == 1, "SIGTERM %d times, SIGKILL %d times", terms, kills);
}

/* Of more bytes without a newline than a line has room for. */
static void a_line_begins_anew_behind_what_is_none(void)
{
	static struct running process;
	static char junk[PROGRAM_ROOM], line[PROGRAM_ROOM];
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	process = (struct running){.member = {.report = ends[0]}};
	memset(junk, 'x', sizeof junk);
	CHECK(write(ends[1], junk, sizeof junk) == sizeof junk &&
		  write(ends[1], "first\nsecond\n", 13) == 13,
	    "not written");
	close(ends[1]);
	ahead_us = 0;
	for (int i = 0; i < 2; i++) {
		CHECK(program_line(&process, clock_us() + 10000000, -1, line) == 1, "line %d", i);
		CHECK_TEXT(line, i ? "second" : "first");
	}
	CHECK(program_line(&process, clock_us() + 10000000, -1, line) == 0, "no end");
	close(ends[0]);
}

/* A second heartbeat would come at another place on each machine. */
static void a_client_sends_one_heartbeat_while_it_is_looked_at(void)
{
	static const struct program server = {.server = -1}, client = {.server = 0};
	static struct running processes[2];
	char *listen[] = {"listen", "0", NULL}, *connect[] = {"connect", "127.0.0.1", "0", NULL};
	char line[PROGRAM_ROOM];
	struct crew crew;

	ahead_us = 0;
	if (crew_open(&crew) < 0)
		abort();
	CHECK(program_start(&crew, processes, 0, &server, listen) == 0, "the server");
	CHECK(program_start(&crew, processes, 1, &client, connect) == 0, "the client");
	CHECK(program_line(&processes[0], clock_us() + 10000000, -1, line) == 1, "the server's");
	CHECK_TEXT(line, " listen 0 --json --explain");
	CHECK(program_line(&processes[1], clock_us() + 10000000, -1, line) == 1, "the client's");
	CHECK_TEXT(line, " connect 127.0.0.1 0 --json --explain --interval 60");
	for (int i = 0; i < 2; i++)
		program_stop(&processes[i]);
	crew_close(&crew);
}

int main(void)
{
	TEST(a_client_sends_one_heartbeat_while_it_is_looked_at);
	TEST(what_it_writes_at_its_end_is_read);
	TEST(what_does_not_end_is_killed);
	TEST(a_line_begins_anew_behind_what_is_none);
	return test_failures != 0;
}
