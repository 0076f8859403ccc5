#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/fits.h"
#include "os/bounds.h"
#include "os/memory.h"
#include "words/report.h"

enum { OWN_OF_PROCESS = 300000 }; /* bytes, about: to begin with, before it is measured */

/* The command that raises the limit: to twice its value, or to `least` where that is more. */
static void say_raise(const struct bound *bound, uint64_t least)
{
	const uint64_t twice = 2 * (uint64_t)bound->value;
	char figure[24];

	snprintf(figure, sizeof figure, "%llu", (unsigned long long)twice);
	const char *const at = strstr(bound->raise, figure);
	if (at && least > twice)
		say("to raise it: %.*s%llu%s", (int)(at - bound->raise), bound->raise,
		    (unsigned long long)least, at + strlen(figure));
	else if (*bound->raise)
		say("to raise it: %s", bound->raise);
}

/* How many of the bounds on `needed` it breaks: 0 or 1. */
static int check(
    const struct bound *bound, uint64_t needed, const char *call, int error, const char *what)
{
	if (!bounds_is_figure(bound->value) || bound->exempt)
		return 0;
	if (needed <= (uint64_t)bounds_left(bound))
		return 0;
	report_words(call, error, NULL, NULL, "that needs %llu %s: %s is %lld, and %lld are in use",
	    (unsigned long long)needed, what, bound->name, (long long)bound->value,
	    (long long)bound->used);
	say_raise(bound, needed + (uint64_t)bound->used);
	return 1;
}

static int check_memory(const struct fleet_plan *plan, const struct cost *cost, uint64_t processes)
{
	char need_text[BYTES_TEXT], room_text[BYTES_TEXT], free_text[BYTES_TEXT],
	    kept_text[BYTES_TEXT], each_text[BYTES_TEXT];
	struct memory memory;

	memory_read(&memory);
	if (memory.available < 0 || memory.total < 0)
		return 0;
	/* Where it could not be measured, what it is at least. */
	const bool measured = cost->kernel_bytes >= 0;
	const int64_t each = measured ? cost->kernel_bytes : 2LL * COST_LEAST_END;
	const double need = (double)plan->connections * (double)(each + 8) +
			    (double)processes * (double)OWN_OF_PROCESS;
	const int64_t kept = memory.total / ROOM_KEPT;
	const int64_t room = memory.available > kept ? memory.available - kept : 0;
	if (need <= (double)room)
		return 0;
	report_words("socket", ENOMEM, NULL, NULL,
	    "%llu connections need %s of memory, %s%s each for both ends; there is room for %s: "
	    "%s available, of which %s are kept free",
	    (unsigned long long)plan->connections,
	    bytes_print(need_text, need < 9e18 ? (int64_t)need : INT64_MAX),
	    measured ? "" : "at least ", bytes_print(each_text, each), bytes_print(room_text, room),
	    bytes_print(free_text, memory.available), bytes_print(kept_text, kept));
	return 1;
}

bool room_suffices(const struct fleet_plan *plan, const struct cost *cost)
{
	static struct bound bounds[BOUND_COUNT]; /* 20 kB: too much for a small stack */
	const uint64_t processes = fleet_processes(plan);
	const uint64_t files = 2 * plan->connections + processes * 8;
	int broken = 0;

	bounds_read(bounds);
	broken += check_memory(plan, cost, processes);
	broken += check(&bounds[BOUND_FILES_SYSTEM], files, "socket", ENFILE, "open files");
	for (int i = 0; i < BOUND_COUNT; i++)
		if (bound_rows[i].kind == BOUND_IN_PROCESSES)
			broken += check(&bounds[i], processes, "fork", EAGAIN,
			    processes == 1 ? "process" : "processes");
	if (cost->tracked)
		broken += check(&bounds[BOUND_TRACKED], plan->connections, "connect", ENOMEM,
		    "tracked connections");
	if (plan->by_port && plan->connections > 65536 - CROWD_LOWEST_PORT) {
		report_words("bind", EADDRNOTAVAIL, NULL, NULL,
		    "that needs %llu ports of one address, and there are %d",
		    (unsigned long long)plan->connections, 65536 - CROWD_LOWEST_PORT);
		broken++;
	}
	return broken == 0;
}
