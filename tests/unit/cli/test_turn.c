#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/turn.h"
#include "clock.h"
#include "tests/lib/test.h"

enum { OUTLET = 1 };

/* What a child does with its turn before it ends. */
enum deed { ENDS, DIES, CUTS };

static int take_in_child(enum deed deed, long *pid)
{
	int status = 0;

	fflush(stdout);
	*pid = (long)fork();
	if (*pid == 0) {
		turn_forked();
		const enum turn turn = turn_take(OUTLET, 0);
		if (turn != TURN_OTHERS && deed == ENDS)
			turn_end(OUTLET);
		if (turn != TURN_OTHERS && deed == CUTS)
			turn_cut(OUTLET);
		_exit((int)turn);
	}
	waitpid((pid_t)*pid, &status, 0);
	return WEXITSTATUS(status);
}

static void expect(const char *when, int got, enum turn want)
{
	CHECK(got == (int)want, "%s: %d, want %d", when, got, (int)want);
}

static void nobody_else_writes_until_the_line_is_whole(void)
{
	long pid;

	expect("free", (int)turn_take(OUTLET, 0), TURN_MINE);
	expect("held", take_in_child(ENDS, &pid), TURN_OTHERS);
	turn_cut(OUTLET);
	expect("cut", take_in_child(ENDS, &pid), TURN_OTHERS);
	turn_hold(OUTLET);
	turn_end(OUTLET);
	expect("whole", take_in_child(ENDS, &pid), TURN_MINE);
	expect("free again", (int)turn_take(OUTLET, 0), TURN_MINE);
	turn_end(OUTLET);
}

static void what_a_dead_one_held_is_free(void)
{
	long pid;

	expect("free", take_in_child(DIES, &pid), TURN_MINE);
	expect("not buried", (int)turn_take(OUTLET, 0), TURN_OTHERS);
	turn_bury(pid);
	expect("buried", (int)turn_take(OUTLET, 0), TURN_MINE);
	turn_end(OUTLET);
}

static void what_a_dead_one_has_cut_needs_a_newline(void)
{
	long pid;

	expect("free", take_in_child(CUTS, &pid), TURN_MINE);
	turn_bury(pid);
	expect("buried", (int)turn_take(OUTLET, 0), TURN_NEWLINE);
	expect("newline due, taken", take_in_child(ENDS, &pid), TURN_OTHERS);
	turn_leave_cut(OUTLET);
	expect("newline due again", take_in_child(ENDS, &pid), TURN_NEWLINE);
	expect("newline written", (int)turn_take(OUTLET, 0), TURN_MINE);
	turn_end(OUTLET);
}

static void two_never_have_it_at_once(void)
{
	enum { PROCESSES = 4, TIMES = 500000 };
	atomic_int *const inside = mmap(
	    NULL, 2 * sizeof *inside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (inside == MAP_FAILED) {
		CHECK(false, "no memory");
		return;
	}
	fflush(stdout);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			turn_forked();
			for (int n = 0; n < TIMES; n++) {
				if (turn_take(OUTLET, 0) != TURN_MINE)
					continue;
				inside[1] += atomic_fetch_add(inside, 1);
				atomic_fetch_sub(inside, 1);
				turn_end(OUTLET);
			}
			_exit(0);
		}
	for (int i = 0; i < PROCESSES; i++)
		wait(NULL);
	CHECK(inside[1] == 0, "%d times", inside[1]);
}

int main(void)
{
	turn_share();
	TEST(nobody_else_writes_until_the_line_is_whole);
	TEST(what_a_dead_one_held_is_free);
	TEST(what_a_dead_one_has_cut_needs_a_newline);
	TEST(two_never_have_it_at_once);
	return test_failures != 0;
}
