#include <stdio.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/proof_view.h"

void proof_view_count(const struct fleet_count *count)
{
	json_open("progress");
	json_number("opened", (int64_t)count->opened);
	json_number("echoed", (int64_t)count->echoed);
	json_end();
}

/* One line: count, rate, memory, time left. */
static void progress_text(const char *what, uint64_t done, uint64_t of, int64_t since_us)
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

void proof_view_progress(struct proof *proof, int stage, int64_t since_us)
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
		proof_view_count(&proof->count);
	else
		progress_text(words[stage], done_of(proof, stage),
		    stage == 0 ? proof->fleet.plan.connections : proof->count.opened, since_us);
}

void proof_view_stage(const char *what, uint64_t count, int64_t took_us)
{
	if (out_json() || out_quiet())
		return;
	out_line("%s %llu in %.1f s, %.1f us each", what, (unsigned long long)count,
	    clock_seconds(took_us), count ? (double)took_us / (double)count : 0);
}

static int64_t each(int64_t bytes, uint64_t connections)
{
	return bytes < 0 || connections == 0 ? -1 : bytes / (int64_t)connections;
}

static void proof_json(const struct proof *proof)
{
	const struct fleet_count *count = &proof->count;
	const int64_t own = each(proof->own_bytes, count->opened);
	const int64_t kernel = each(proof->kernel_bytes, count->opened);
	char text[ADDR_TEXT];

	json_open("proof");
	json_number("asked", (int64_t)proof->fleet.plan.connections);
	json_number("opened", (int64_t)count->opened);
	json_number("echoed", (int64_t)count->echoed);
	json_decimal("seconds", clock_seconds(clock_us() - proof->began_us));
	json_text("source", addr_print(&proof->fleet.plan.source, text));
	json_known("sources", proof->census_cut ? -1 : proof->sources);
	json_known("own_bytes_each", own);
	json_known("kernel_bytes_each", kernel);
	json_end();
}

static void proof_text(const struct proof *proof)
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
	if (proof->sources >= 0 && proof->census_cut)
		out_line(
		    "%llu connections, distinct sources: %lld, in the part of the kernel's own table that was read",
		    (unsigned long long)proof->counted, (long long)proof->sources);
	else if (proof->sources >= 0)
		out_line("%s%llu connections, distinct sources: %lld%s, in the kernel's own table",
		    out_paint(OUT_BOLD), (unsigned long long)proof->counted,
		    (long long)proof->sources, out_paint(OUT_PLAIN));
	else if (proof->census_failed)
		out_line("the kernel's own table of connections cannot be read here");
}

void proof_view(const struct proof *proof)
{
	if (out_json())
		proof_json(proof);
	else
		proof_text(proof);
}
