#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/text.h"
#include "clock.h"
#include "cmd/connect/view.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "words/settings.h"

static double ms(double ns)
{
	return ns / 1e6;
}

/* What ended a connection, as JSON has it. */
static const char *end_word(enum beat_end end, const struct beat_result *result)
{
	switch (end) {
	case BEAT_ECHOED:
		return "done";
	case BEAT_TIMEOUT:
		return "timeout";
	case BEAT_MISMATCH:
		return "mismatch";
	case BEAT_SURPLUS:
		return "surplus";
	case BEAT_PEER:
		return "peer";
	case BEAT_RESET:
		return "reset";
	case BEAT_STOPPED:
		return "stopped";
	case BEAT_FAULT:
		break;
	}
	return errname(result->error);
}

/* Why a connection ended, for the complaint. `from` is the peer as text. */
static void end_text(char text[256], const struct connect_view *view, enum beat_end end,
    const struct beat_result *result, const char *from)
{
	switch (end) {
	case BEAT_TIMEOUT:
		snprintf(text, 256, "no whole echo within %g s", clock_seconds(view->timeout_us));
		break;
	case BEAT_MISMATCH:
		snprintf(text, 256,
		    "byte %llu came back as 0x%02x instead of 0x%02x (counted from 0)",
		    (unsigned long long)result->at, result->got, result->want);
		break;
	case BEAT_SURPLUS:
		snprintf(
		    text, 256, "%s sent more than it received, first 0x%02x", from, result->got);
		break;
	case BEAT_PEER:
		snprintf(text, 256, "%s closed the connection", from);
		break;
	case BEAT_RESET:
		snprintf(text, 256, "%s reset the connection", from);
		break;
	case BEAT_FAULT:
		snprintf(text, 256, "%s (%s)", strerror(result->error), errname(result->error));
		break;
	case BEAT_ECHOED:
	case BEAT_STOPPED:
		*text = 0;
	}
}

void connect_view_begin(struct connect_view *view, const char *data)
{
	if (data && view->len <= CONNECT_VIEW_SHOWN)
		text_escape(view->shown, sizeof view->shown, data, view->len);
	else
		snprintf(
		    view->shown, sizeof view->shown, "%llu bytes", (unsigned long long)view->len);
}

void connect_view_connected(const struct connect_view *view, int fd, int64_t took_ns)
{
	const union addr local = sock_local(fd);
	char local_text[ADDR_TEXT], peer_text[ADDR_TEXT], names[SETTINGS_NAMES];

	addr_print(&local, local_text);
	addr_print(view->peer, peer_text);
	if (out_json()) {
		json_open("connected");
		json_text("local", local_text);
		json_text("peer", peer_text);
		json_decimal("ms", ms((double)took_ns));
		json_end();
		return;
	}
	out_line("%s%s%s -> %s connected in %.3f ms", out_paint(OUT_MAGENTA), local_text,
	    out_paint(OUT_PLAIN), peer_text, ms((double)took_ns));
	if (!out_verbose())
		return;
	out_line("  %s, %llu bytes each %g s, waiting %g s at most", settings_names(fd, names),
	    (unsigned long long)view->len, clock_seconds(view->every_us),
	    clock_seconds(view->timeout_us));
}

void connect_view_lub(struct connect_view *view)
{
	view->waits = true;
	if (out_json() || out_quiet())
		return;
	out_start("Lub %s...", view->shown);
	if (!call_trace_traffic) /* whose lines would stand behind it */
		out_show();
}

void connect_view_dub(struct connect_view *view, uint64_t seq, const struct beat_result *result)
{
	view->waits = false;
	if (out_quiet())
		return;
	if (!out_json()) {
		out_line(" Dub %s (%.3f ms)", view->shown, ms((double)result->rtt_ns));
		return;
	}
	json_open("beat");
	json_number("seq", (int64_t)seq);
	json_number("bytes", (int64_t)view->len);
	json_decimal("rtt_ms", ms((double)result->rtt_ns));
	json_end();
}

void connect_view_lost(
    struct connect_view *view, uint64_t seq, enum beat_end end, const struct beat_result *result)
{
	char text[256], from[ADDR_TEXT];

	view->waits = false;
	end_text(text, view, end, result, addr_print(view->peer, from));
	if (!out_json() && !out_quiet())
		out_line(" %s%s%s", out_paint(OUT_RED), end == BEAT_STOPPED ? "stopped" : "lost",
		    out_paint(OUT_PLAIN));
	if (out_json() && (*text || !out_quiet())) {
		json_open("lost");
		json_number("seq", (int64_t)seq);
		json_text("reason", end_word(end, result));
		if (end == BEAT_MISMATCH) {
			json_number("at", (int64_t)result->at);
			json_number("want", result->want);
			json_number("got", result->got);
		}
		json_end();
	}
	if (*text)
		say("heartbeat %llu lost: %s", (unsigned long long)seq, text);
}

void connect_view_closed(const struct connect_view *view, enum beat_end end,
    const struct beat_result *result, bool in_heartbeat)
{
	char text[256], from[ADDR_TEXT];

	end_text(text, view, end, result, addr_print(view->peer, from));
	if (*text && !in_heartbeat)
		say("%s", text);
	if (!out_json() || (out_quiet() && !*text))
		return;
	json_open("closed");
	json_text("reason", end_word(end, result));
	json_end();
}

void connect_view_summary(
    const struct connect_view *view, uint64_t sent, uint64_t echoed, const struct rtt *rtt)
{
	const uint64_t lost = sent - echoed - (view->waits ? 1 : 0);
	char local[ADDR_TEXT], peer[ADDR_TEXT], times[128] = "";

	if (out_json()) {
		json_open("summary");
		json_number("sent", (int64_t)sent);
		json_number("echoed", (int64_t)echoed);
		json_number("lost", (int64_t)lost);
		if (rtt->count == 0) {
			json_null("rtt_ms");
		} else {
			json_object("rtt_ms");
			json_decimal("min", ms((double)rtt->min));
			json_decimal("avg", ms(rtt_avg(rtt)));
			json_decimal("max", ms((double)rtt->max));
			json_decimal("mdev", ms(rtt_mdev(rtt)));
			json_decimal("p50", ms(rtt_percentile(rtt, 50)));
			json_decimal("p99", ms(rtt_percentile(rtt, 99)));
			json_close();
		}
		json_end();
		return;
	}
	if (rtt->count > 0)
		snprintf(times, sizeof times, ", rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms",
		    ms((double)rtt->min), ms(rtt_avg(rtt)), ms((double)rtt->max),
		    ms(rtt_mdev(rtt)));
	const double percent = sent ? 100.0 * (double)lost / (double)sent : 0;
	if (view->waits && !out_quiet())
		out_line("%s", "");
	out_line("--- %s -> %s ---", addr_print(view->local, local), addr_print(view->peer, peer));
	out_line("%llu sent, %llu echoed, %.3g%% lost%s", (unsigned long long)sent,
	    (unsigned long long)echoed, percent, times);
}
