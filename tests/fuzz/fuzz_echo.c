/* tcp/echo over a kernel that does as the input says. */
#include "tcp/echo.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sim.h"

enum { TURNS = 300, FAIR_TURNS = 3000, WAIT_MS = 100 };

struct told {
	int opened, closed;
};

static void hear(void *who, const struct echo_event *event)
{
	struct told *told = who;

	told->opened += event->what == ECHO_OPENED;
	told->closed += event->what == ECHO_CLOSED;
	HOLD(told->closed <= told->opened, "%d closed of %d", told->closed, told->opened);
}

/* Turn by turn as the schedule says, then in fair weather until all are served. */
static void serve(struct echo *echo, bool stops)
{
	for (int i = 0; i < TURNS && !sim_over(); i++)
		echo_turn(echo, WAIT_MS);
	if (stops) {
		sim_stopping();
		echo_stop(echo);
		for (int i = 0; i < TURNS && !sim_over(); i++)
			echo_turn(echo, WAIT_MS);
	}
	sim_clear_up();
	for (int i = 0; i < FAIR_TURNS && (echo_open(echo) || sim_waiting()); i++)
		echo_turn(echo, WAIT_MS);
	HOLD(echo_open(echo) == 0 && sim_waiting() == 0, "%llu stay open, %u wait",
	    (unsigned long long)echo_open(echo), sim_waiting());
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct told told = {0};
	struct echo_plan plan = {.stop = {-1, -1},
	    .tells = ECHO_OPENED | ECHO_HEARD | ECHO_CLOSED | ECHO_FULL,
	    .tell = hear,
	    .who = &told};

	sim_begin(bytes, len);
	const unsigned drawn = sim_draw();
	plan.poller = drawn & 1 && ready_known(READY_EPOLL) ? READY_EPOLL : READY_POLL;
	plan.most = drawn & 2 ? 2 : 0;
	plan.idle_us = drawn & 4 ? 2000000 : 0;
	struct echo *echo = echo_new(&plan);
	const bool begun = echo && echo_add(echo, SIM_LISTENER) == 0;
	if (begun)
		serve(echo, drawn & 8);
	HOLD(!begun || told.closed == told.opened, "%d closed of %d", told.closed, told.opened);
	sim_freeing();
	echo_free(echo);
	sim_end(begun);
	return 0;
}
