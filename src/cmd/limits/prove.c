#include <errno.h>
#include <string.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/fits.h"
#include "cmd/limits/proof_view.h"
#include "cmd/limits/prove.h"
#include "os/bounds.h"
#include "os/holder.h"
#include "os/memory.h"
#include "tcp/call.h"
#include "words/report.h"

enum {
	ENOUGH = 10000, /* connections, for their memory to be seen among others' */
	CENSUS_US = 30000000,
};

static const struct fleet_stage open_beat_close[] = {
    {FLEET_OPEN, UINT64_MAX}, {FLEET_BEAT, 0}, {FLEET_CLOSE, 0}};

/* A tenth of the memory stays free: then no more are opened. */
static void keep_memory(struct proof *proof)
{
	char free_text[BYTES_TEXT];
	struct memory memory;

	memory_read(&memory);
	if (proof->short_of_memory || memory.available < 0 || memory.total < 0 ||
	    memory.available >= memory.total / ROOM_KEPT)
		return;
	proof->short_of_memory = true;
	atomic_store(&proof->fleet.board->halt, true);
	report_words("socket", ENOMEM, NULL, NULL,
	    "only %s of memory left, less than a tenth: opening no more",
	    bytes_print(free_text, memory.available));
}

/* Takes the fleet through one stage. Returns 0, or -1 where it ends here. */
static int pass_stage(struct proof *proof, int stage, int64_t *took_us)
{
	const int64_t since_us = clock_us();
	enum fleet_state state;

	if (stop_wanted()) /* while the processes were started, or the table read */
		return -1;
	proof->told_us = since_us;
	fleet_begin(&proof->fleet, stage);
	do {
		state = fleet_turn(&proof->fleet, stage, proof->stop);
		fleet_count(&proof->fleet, &proof->count);
		if (stop_wanted() || out_lost())
			return -1;
		if (stage == 0)
			keep_memory(proof);
		if (state == FLEET_BUSY)
			proof_view_progress(proof, stage, since_us);
		if (stage > 0 && fleet_fault(&proof->fleet))
			return -1;
	} while (state == FLEET_BUSY);
	*took_us = clock_us() - since_us;
	if (state == FLEET_DONE && out_json() && !out_quiet())
		proof_view_count(&proof->count);
	return state == FLEET_DONE ? 0 : -1;
}

/* What all of them take, while they stand. */
static void weigh(struct proof *proof)
{
	struct memory now;

	memory_read(&now);
	const int64_t grown = now.kernel - proof->before.kernel;
	const int64_t expected = proof->cost.kernel_bytes * (int64_t)proof->count.opened;
	const bool likely = expected <= 0 || (grown > expected / 2 && grown < 2 * expected);
	if (now.kernel < 0)
		proof->kernel_bytes = -1;
	else if (proof->count.opened >= ENOUGH && likely)
		proof->kernel_bytes = grown;
	else if (expected > 0)
		/* Few find room in what others left, and others use memory meanwhile: what a
		 * thousand took stands for them. */
		proof->kernel_bytes = expected;
	proof->own_bytes = fleet_memory(&proof->fleet);
}

/* The kernel's own table, while they stand. */
static void count_sources(struct proof *proof)
{
	unsigned char ports[CROWD_PORTS];
	struct census census;

	for (int i = 0; i < CROWD_PORTS; i++)
		ports[i] = atomic_load(&proof->fleet.board->ports[i]);
	struct census_query query = {.to = proof->fleet.plan.source,
	    .ports = ports,
	    .until_us = clock_us() + CENSUS_US,
	    .stop = proof->stop};
	query.bytes = query.to.any.sa_family == AF_INET6 ? sizeof query.to.v6.sin6_addr
							 : sizeof query.to.v4.sin_addr;
	if (!proof->fleet.plan.by_port) {
		query.to = addr_loopback(AF_INET, 0);
		query.bytes = 1; /* of 127.0.0.0/8 */
	}
	if (census_take(&query, &census) < 0) {
		proof->census_failed = true;
		return;
	}
	proof->sources = census.sources;
	proof->counted = census.connections;
	proof->census_cut = census.cut;
}

/* All stages. Returns 0, or -1 where they could not all be passed. */
static int open_and_beat(struct proof *proof)
{
	if (pass_stage(proof, 0, &proof->open_us) < 0)
		return -1;
	proof_view_stage("opened", proof->count.opened, proof->open_us);
	if (fleet_fault(&proof->fleet)) {
		cost_complain(&proof->fleet);
		fleet_forgive(&proof->fleet); /* those that are open echo all the same */
	}
	count_sources(proof);
	const int result = pass_stage(proof, 1, &proof->beat_us);
	if (result == 0)
		proof_view_stage("echoed", proof->count.echoed, proof->beat_us);
	weigh(proof);
	return result;
}

static int close_all(struct proof *proof, int result)
{
	const uint64_t asked = proof->fleet.plan.connections;

	if (result == 0)
		result = pass_stage(proof, 2, &proof->close_us);
	const bool broken = result < 0 && !stop_wanted() && !out_lost();
	if (broken)
		cost_complain(&proof->fleet);
	return broken || proof->count.opened < asked || proof->count.echoed < asked ? STATUS_FAIL
										    : STATUS_OK;
}

static int prove(struct proof *proof, const struct fleet_plan *plan)
{
	const char *call;
	int status;

	if (fleet_start(&proof->fleet, plan, &call) < 0) {
		report_call(call, errno);
		return STATUS_FAIL;
	}
	if (!out_json() && !out_quiet()) {
		char text[ADDR_TEXT];
		out_line("from %s, %llu process%s", addr_print(&plan->source, text),
		    (unsigned long long)proof->fleet.processes,
		    proof->fleet.processes == 1 ? "" : "es");
	}
	memory_read(&proof->before);
	proof->began_us = clock_us();
	const int result = open_and_beat(proof);
	status = close_all(proof, result);
	if (proof->close_us > 0 && !stop_wanted())
		proof_view_stage("closed", proof->count.closed, proof->close_us);
	struct fleet ended = proof->fleet;
	fleet_end(&ended);
	proof_view(proof);
	return stop_wanted() ? STATUS_INTERRUPTED : status;
}

int prove_run(uint64_t asked, const union addr *source, int force, int stop)
{
	struct fleet_plan plan;
	struct proof proof = {.stop = stop, .kernel_bytes = -1, .own_bytes = -1, .sources = -1};
	static struct bound bounds[BOUND_COUNT];
	int status = STATUS_FAIL;

	bounds_read(bounds);
	const int held = cost_place(&plan, source);
	if (held < 0)
		return STATUS_FAIL;
	const int measured = cost_measure(&proof.cost, &plan, bounds, stop);
	struct fleet_stage stages[3];
	memcpy(stages, open_beat_close, sizeof stages);
	stages[0].upto = asked;
	plan.connections = asked;
	plan.stages = stages;
	plan.stage_count = 3;
	if (measured == 0) {
		if (room_suffices(&plan, &proof.cost) || force)
			status = prove(&proof, &plan);
		else
			say("--force tries anyway");
	} else if (stop_wanted()) { /* the summary all the same: nothing was opened */
		proof.fleet.plan = plan;
		proof.began_us = clock_us();
		proof_view(&proof);
	}
	call_close(held);
	return stop_wanted() ? STATUS_INTERRUPTED : status;
}
