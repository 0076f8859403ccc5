/* ctest: wrap=kill wrap=clock_us */
/* cmd/experiment/program: how a process of an experiment is ended. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

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

int main(void)
{
	TEST(what_it_writes_at_its_end_is_read);
	TEST(what_does_not_end_is_killed);
	TEST(a_line_begins_anew_behind_what_is_none);
	return test_failures != 0;
}
