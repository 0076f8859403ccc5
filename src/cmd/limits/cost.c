#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer/brief.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cmd/limits/cost.h"
#include "cmd/limits/route.h"
#include "os/interfaces.h"
#include "os/memory.h"
#include "os/process.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "words/report.h"

enum {
	ROUNDS = 16, /* of a thousand, at most */
	ROUNDS_AT_LEAST = 4,
	AGREE = 3,                  /* of these rounds must say the same */
	PROCESSES = 64,             /* for more of them no more rounds */
	LEAST = 2 * COST_LEAST_END, /* less, or more, is others' doing */
	MOST = 100000,
	SCARCE = 64000000, /* bytes: with less left the rounds end */
};

static void complain_loopback(const char *name)
{
	const char *lo = *name ? name : "lo";

	report_words("connect", ENETDOWN, NULL, NULL,
	    "%s is down here, and connections over loopback need it (ENETDOWN)", lo);
	say("try 'ip link set %s up'", lo);
}

int cost_place(struct fleet_plan *plan, const union addr *source)
{
	static char device[IF_NAMESIZE];
	struct fault fault;

	if (loopback_find(device) != LOOPBACK_UP) {
		complain_loopback(device);
		return -1;
	}
	const bool many = route_is_of_many(source);
	errno = EADDRNOTAVAIL;
	const int fd = many ? fault_set(&fault, CALL_BIND) : crowd_hold(source, &fault);
	if (fd < 0) {
		brief_fault(&fault, source, NULL);
		return -1;
	}
	*plan = (struct fleet_plan){.source = sock_local(fd),
	    .by_port = source->any.sa_family == AF_INET6 || !loopback_is_wide(),
	    .device = device,
	    .descriptors = descriptors_raise()};
	return fd;
}

void cost_complain(const struct fleet *fleet)
{
	const struct crowd_tally *tally = fleet_fault(fleet);
	const union addr *source = &fleet->plan.source;
	char text[ADDR_TEXT];

	if (!tally)
		report_words("waitpid", 0, source, NULL, "a process of --prove exited too early");
	else if (tally->fault.at == CALL_NONE)
		report_words("recv", 0, source, &tally->peer, "%s: the echo is not what was sent",
		    addr_print(&tally->peer, text));
	else if (fleet->plan.by_port && tally->fault.at == CALL_BIND &&
		 tally->fault.error == EADDRNOTAVAIL)
		report_words("bind", EADDRNOTAVAIL, source, NULL,
		    "no port of %s from %d on is free any more (EADDRNOTAVAIL)",
		    addr_print_host(source, text), CROWD_LOWEST_PORT);
	else
		brief_fault(&tally->fault, source, &tally->peer);
}

static int64_t tracked(void)
{
	static struct bound bounds[BOUND_COUNT]; /* 20 kB: too much for a small stack */

	bounds_read(bounds);
	return bounds[BOUND_TRACKED].value < 0 ? 0 : bounds[BOUND_TRACKED].used;
}

static int by_size(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;

	return (one > two) - (one < two);
}

/* The middle one of those that are possible; -1 where none is. Sorts. */
static int64_t middle(int64_t each[], int count)
{
	int possible = 0;

	for (int i = 0; i < count; i++)
		if (each[i] >= LEAST && each[i] <= MOST)
			each[possible++] = each[i];
	qsort(each, (size_t)possible, sizeof *each, by_size);
	return possible ? each[possible / 2] : -1;
}

/* The middle one of the last AGREE rounds, where these say the same to a tenth; else -1. */
static int64_t agreed(const int64_t each[], int count)
{
	int64_t last[AGREE];

	if (count < AGREE)
		return -1;
	memcpy(last, each + count - AGREE, sizeof last);
	qsort(last, AGREE, sizeof *last, by_size);
	const int64_t one = last[AGREE / 2];
	return last[0] >= LEAST && last[AGREE - 1] - last[0] <= one / 10 ? one : -1;
}

/* A thousand more and again a thousand more. The first of them fill what lies free in the kernel's
 * stores; and others use memory too. So it goes on until some of them agree. */
static int measure_rounds(struct cost *cost, struct fleet *fleet, int stop)
{
	const int rounds = fleet->plan.stage_count - 1;
	const int64_t tracked_before = tracked();
	int64_t each[ROUNDS];
	struct memory before, after;

	memory_read(&before);
	bool last = false, moved = false;
	for (int round = 0; !last && cost->kernel_bytes < 0; round++) {
		enum fleet_state state;
		fleet_begin(fleet, round);
		while ((state = fleet_turn(fleet, round, stop)) == FLEET_BUSY) {
			if (stop_wanted())
				return -1;
			out_busy("measuring what a connection costs, %d of at most %d times %d",
			    round + 1, rounds, COST_CONNECTIONS);
		}
		if (state == FLEET_BROKEN || fleet_fault(fleet))
			return -1;
		memory_read(&after);
		each[round] = (after.kernel - before.kernel) / COST_CONNECTIONS;
		before = after;
		moved = moved || each[round] != 0;
		/* Where it never moves, nothing is to be had of more rounds: gVisor. */
		last = round + 1 == rounds || (!moved && round + 1 == AGREE) ||
		       (after.available >= 0 && after.available < SCARCE);
		cost->kernel_bytes = agreed(each, round + 1);
		if (last && cost->kernel_bytes < 0)
			cost->kernel_bytes = middle(each, round + 1);
	}
	cost->tracked = tracked() - tracked_before >= COST_CONNECTIONS;
	return 0;
}

int cost_measure(struct cost *cost, const struct fleet_plan *place,
    const struct bound bounds[BOUND_COUNT], int stop)
{
	struct fleet_stage stages[FLEET_STAGES];
	struct fleet_plan plan = *place;
	struct fleet fleet;
	const char *call;
	/* Thousands of times the same would hide what --explain is asked for. */
	call_hear *const trace = call_trace, *const traffic = call_trace_traffic;

	*cost = (struct cost){.kernel_bytes = -1};
	const int64_t room = bounds_processes_left(bounds);
	for (int rounds = ROUNDS; rounds >= ROUNDS_AT_LEAST; rounds--) {
		plan.stage_count = rounds + 1;
		plan.connections = (uint64_t)rounds * COST_CONNECTIONS;
		const uint64_t processes = fleet_processes(&plan);
		if (processes > 0 && processes <= PROCESSES && (int64_t)processes <= room)
			break;
	}
	for (int i = 0; i < plan.stage_count; i++)
		stages[i] = (struct fleet_stage){FLEET_OPEN, (uint64_t)(i + 1) * COST_CONNECTIONS};
	stages[plan.stage_count - 1] = (struct fleet_stage){FLEET_CLOSE, 0};
	plan.stages = stages;
	if (fleet_processes(&plan) == 0) {
		report_words("socket", EMFILE, NULL, NULL,
		    "%llu descriptors per process are too few: %llu are needed",
		    (unsigned long long)plan.descriptors, (unsigned long long)fleet_least(&plan));
		return -1;
	}
	if ((int64_t)fleet_processes(&plan) > room)
		return 0; /* not to be measured: what else limits the number can still be told */
	call_trace = call_trace_traffic = NULL;
	const int started = fleet_start(&fleet, &plan, &call);
	call_trace = trace;
	call_trace_traffic = traffic;
	if (started < 0) {
		report_call(call, errno);
		return -1;
	}
	const int result = measure_rounds(cost, &fleet, stop);
	if (result < 0 && !stop_wanted())
		cost_complain(&fleet);
	fleet_end(&fleet);
	return result;
}
