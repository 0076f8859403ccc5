#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/limits/bytes.h"
#include "cmd/limits/cost.h"
#include "cmd/limits/fits.h"
#include "cmd/limits/fleet.h"
#include "cmd/limits/prove.h"
#include "os/bounds.h"
#include "os/holder.h"
#include "os/memory.h"
#include "tcp/call.h"
#include "words/report.h"

enum {
	TURN_MS = 100,
	SECOND_US = 1000000,
	ENOUGH = 10000, /* connections, for their memory to be seen among others' */
};

static const struct fleet_stage open_beat_close[] = {
    {FLEET_OPEN, UINT64_MAX}, {FLEET_BEAT, 0}, {FLEET_CLOSE, 0}};

struct proof {
	int stop;
	struct fleet fleet;
	struct fleet_count count;
	struct memory before;
	struct cost cost;
	int64_t began_us, told_us, open_us, beat_us, close_us;
	int64_t kernel_bytes, own_bytes; /* -1: not known */
	int64_t sources;                 /* likewise */
	uint64_t counted;                /* connections in the kernel's own table */
	bool short_of_memory, census_failed;
};

/* ---- under way ---- */

static void tell_json(const struct fleet_count *count)
{
	json_open("progress");
	json_number("opened", (int64_t)count->opened);
	json_number("echoed", (int64_t)count->echoed);
	json_end();
}

/* One line: count, rate, memory, time left. */
static void tell_text(const char *what, uint64_t done, uint64_t of, int64_t since_us)
{
	const double seconds = clock_seconds(clock_us() - since_us);
	const double rate = seconds > 0 ? (double)done / seconds : 0;
	char line[160], text[BYTES_TEXT];
	struct memory memory;
	int n = snprintf(line, sizeof line, "%s %llu of %llu, %.0f/s", what,
	    (unsigned long long)done, (unsigned long long)of, rate);

	memory_read(&memory);
	if (memory.available >= 0)
		n += snprintf(line + n, sizeof line - (size_t)n, ", %s free",
		    bytes_print(text, memory.available));
	if (rate > 0 && of >= done)
		snprintf(line + n, sizeof line - (size_t)n, ", %.0f s left",
		    (double)(of - done) / rate + 0.5);
	if (out_live())
		out_again("%s", line);
	else
		out_line("%s", line);
}

static uint64_t done_of(const struct proof *proof, int stage)
{
	return stage == 0   ? proof->count.opened
	       : stage == 1 ? proof->count.echoed
			    : proof->count.closed;
}

static void tell(struct proof *proof, int stage, int64_t since_us)
{
	static const char *const words[] = {"opened", "echoed", "closed"};
	const int64_t now = clock_us();
	const bool live = !out_json() && out_live();

	if (out_quiet() || now - proof->told_us < (live ? SECOND_US / 5 : SECOND_US))
		return;
	if (!live && !out_json() && !out_verbose())
		return;
	proof->told_us = now;
	if (out_json())
		tell_json(&proof->count);
	else
		tell_text(words[stage], done_of(proof, stage),
		    stage == 0 ? proof->fleet.plan.connections : proof->count.opened, since_us);
}

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
	    "%s of memory are left, less than a tenth: no more are opened",
	    bytes_print(free_text, memory.available));
}

/* Takes the fleet through one stage. Returns 0, or -1 where it ends here. */
static int pass(struct proof *proof, int stage, int64_t *took_us)
{
	const int64_t since_us = clock_us();
	enum fleet_state state;

	if (stop_wanted()) /* while the processes were started, or the table read */
		return -1;
	proof->told_us = since_us;
	fleet_begin(&proof->fleet, stage);
	do {
		state = fleet_turn(&proof->fleet, stage, TURN_MS, proof->stop);
		fleet_count(&proof->fleet, &proof->count);
		if (stop_wanted() || out_lost())
			return -1;
		if (stage == 0)
			keep_memory(proof);
		if (state == FLEET_BUSY)
			tell(proof, stage, since_us);
		if (stage > 0 && fleet_fault(&proof->fleet))
			return -1;
	} while (state == FLEET_BUSY);
	*took_us = clock_us() - since_us;
	if (state == FLEET_DONE && out_json() && !out_quiet())
		tell_json(&proof->count);
	return state == FLEET_DONE ? 0 : -1;
}

static void tell_stage(const char *what, uint64_t count, int64_t took_us)
{
	if (out_json() || out_quiet())
		return;
	out_line("%s %llu in %.1f s, %.1f us each", what, (unsigned long long)count,
	    clock_seconds(took_us), count ? (double)took_us / (double)count : 0);
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
	union addr to = proof->fleet.plan.source;
	size_t bytes =
	    to.any.sa_family == AF_INET6 ? sizeof to.v6.sin6_addr : sizeof to.v4.sin_addr;
	if (!proof->fleet.plan.by_port) {
		to = addr_loopback(AF_INET, 0);
		bytes = 1; /* of 127.0.0.0/8 */
	}
	if (census_take(&to, bytes, ports, &census) < 0) {
		proof->census_failed = true;
		return;
	}
	proof->sources = census.sources;
	proof->counted = census.connections;
}

/* All stages. Returns 0, or -1 where they could not all be passed. */
static int run(struct proof *proof)
{
	if (pass(proof, 0, &proof->open_us) < 0)
		return -1;
	tell_stage("opened", proof->count.opened, proof->open_us);
	if (fleet_fault(&proof->fleet)) {
		cost_complain(&proof->fleet);
		fleet_forgive(&proof->fleet); /* those that are open echo all the same */
	}
	count_sources(proof);
	const int result = pass(proof, 1, &proof->beat_us);
	if (result == 0)
		tell_stage("echoed", proof->count.echoed, proof->beat_us);
	weigh(proof);
	return result;
}

/* ---- at the end ---- */

static int64_t each(int64_t bytes, uint64_t connections)
{
	return bytes < 0 || connections == 0 ? -1 : bytes / (int64_t)connections;
}

static void show_json(const struct proof *proof)
{
	const struct fleet_count *count = &proof->count;
	const int64_t own = each(proof->own_bytes, count->opened);
	const int64_t kernel = each(proof->kernel_bytes, count->opened);
	char text[ADDR_TEXT];

	json_open("proof");
	json_number("asked", (int64_t)proof->fleet.plan.connections);
	json_number("opened", (int64_t)count->opened);
	json_number("echoed", (int64_t)count->echoed);
	json_decimal("seconds", clock_seconds(clock_us() - proof->began_us), 3);
	json_text("source", addr_print(&proof->fleet.plan.source, text));
	if (proof->sources < 0)
		json_null("sources");
	else
		json_number("sources", proof->sources);
	if (own < 0)
		json_null("own_bytes_each");
	else
		json_number("own_bytes_each", own);
	if (kernel < 0)
		json_null("kernel_bytes_each");
	else
		json_number("kernel_bytes_each", kernel);
	json_end();
}

static void show_text(const struct proof *proof)
{
	const struct fleet_count *count = &proof->count;
	const int64_t own = each(proof->own_bytes, count->opened);
	const int64_t kernel = each(proof->kernel_bytes, count->opened);
	char text[ADDR_TEXT];

	out_after_interrupt(stop_wanted());
	if (stop_wanted())
		out_line("interrupted: all are closed");
	out_line("--- %s ---", addr_print(&proof->fleet.plan.source, text));
	out_line("%llu asked, %llu opened, %llu echoed, %.1f s",
	    (unsigned long long)proof->fleet.plan.connections, (unsigned long long)count->opened,
	    (unsigned long long)count->echoed, clock_seconds(clock_us() - proof->began_us));
	if (proof->open_us > 0 && count->opened > 0) {
		out_start("%.1f us a connection", (double)proof->open_us / (double)count->opened);
		if (kernel >= 0)
			out_start("; kernel %lld bytes each, both ends", (long long)kernel);
		if (own >= 0)
			out_start("; own %lld bytes", (long long)own);
		out_line("%s", "");
	}
	if (proof->sources >= 0)
		out_line("%s%llu connections, distinct sources: %lld%s, in the kernel's own table",
		    out_paint(OUT_BOLD), (unsigned long long)proof->counted,
		    (long long)proof->sources, *out_paint(OUT_BOLD) ? out_paint(OUT_PLAIN) : "");
	else if (proof->census_failed)
		out_line("the kernel's own table of connections cannot be read here");
}

static void show(const struct proof *proof)
{
	if (out_json())
		show_json(proof);
	else
		show_text(proof);
}

static int finish(struct proof *proof, int result)
{
	const uint64_t asked = proof->fleet.plan.connections;

	if (result == 0)
		result = pass(proof, 2, &proof->close_us);
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
	const int result = run(proof);
	const int64_t closing_us = clock_us();
	status = finish(proof, result);
	struct fleet ended = proof->fleet;
	fleet_end(&ended);
	if (result == 0 && !stop_wanted())
		tell_stage("closed", proof->count.closed, clock_us() - closing_us);
	show(proof);
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
			say("--force tries all the same");
	} else if (stop_wanted()) { /* the summary all the same: nothing was opened */
		proof.fleet.plan = plan;
		proof.began_us = clock_us();
		show(&proof);
	}
	call_close(held);
	return stop_wanted() ? STATUS_INTERRUPTED : status;
}
