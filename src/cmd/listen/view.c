#include "cli/json.h"
#include "cli/out.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/listen/view.h"
#include "tcp/errname.h"
#include "tcp/option.h"
#include "tcp/sock.h"
#include "words/report.h"

enum { LOOK_AGAIN_MS = 100 };

/* In text and in JSON. */
static const struct {
	const char *text, *word;
} reasons[] = {
    [ECHO_PEER] = {"closed by peer", "peer"},
    [ECHO_RESET] = {"reset by peer", "reset"},
    [ECHO_IDLE] = {"idle", "idle"},
    [ECHO_OWED] = {"owed too much", "owed"},
    [ECHO_STOPPED] = {"stopped", "stopped"},
};

static void listen_json(const struct listen_view *view, const struct echo_event *event)
{
	static const char *const names[] = {
	    [ECHO_OPENED] = "opened", [ECHO_HEARD] = "heard", [ECHO_CLOSED] = "closed"};
	char text[ADDR_TEXT];

	json_open(names[event->what]);
	json_text("peer", addr_print(event->peer, text));
	if (event->what == ECHO_OPENED) {
		const union addr local = sock_local(event->fd);
		json_text("local", addr_print(&local, text));
	} else {
		json_number("bytes", (int64_t)event->bytes);
	}
	if (event->what == ECHO_CLOSED)
		json_text("reason", event->reason == ECHO_FAULT ? errname(event->error)
								: reasons[event->reason].word);
	if (view->worker != LISTEN_VIEW_ALONE)
		json_number("worker", view->worker);
	json_end();
}

static void listen_text(const struct listen_view *view, const struct echo_event *event)
{
	char peer[ADDR_TEXT], local_text[ADDR_TEXT];

	addr_print(event->peer, peer);
	if (event->what == ECHO_HEARD) {
		out_line("  %s %llu bytes", peer, (unsigned long long)event->bytes);
	} else if (event->what == ECHO_CLOSED) {
		const bool bad = event->reason == ECHO_FAULT || event->reason == ECHO_RESET;
		out_line("- %s %llu bytes, %s%s%s", peer, (unsigned long long)event->bytes,
		    bad ? out_paint(OUT_RED) : "",
		    event->reason == ECHO_FAULT ? errname(event->error)
						: reasons[event->reason].text,
		    bad ? out_paint(OUT_PLAIN) : "");
	} else if (out_verbose()) {
		const union addr local = sock_local(event->fd);
		out_start("+ %s at %s, %llu open", peer, addr_print(&local, local_text),
		    (unsigned long long)echo_open(view->echo));
		if (view->worker != LISTEN_VIEW_ALONE)
			out_start(", worker %d", view->worker);
		out_line(" (%s)", echo_poller(view->echo));
	} else {
		out_line("+ %s", peer);
	}
}

/* At most one line a second about newcomers that there is no room for. */
static void show_full(struct listen_view *view, const struct echo_event *event)
{
	const struct fault fault = {.at = CALL_ACCEPT, .error = event->error};
	const union addr local = sock_local(event->fd);
	const int64_t now = clock_us();

	if (view->full_us && now - view->full_us < SECOND_US)
		return;
	view->full_us = now;
	report_fault(&fault, &local, NULL, 0);
}

void listen_view_tell(void *who, const struct echo_event *event)
{
	struct listen_view *view = who;

	if (event->what == ECHO_FULL)
		show_full(view, event);
	else if (!throttle_take(&view->throttle, event->what != ECHO_HEARD))
		return;
	else if (out_json())
		listen_json(view, event);
	else
		listen_text(view, event);
}

unsigned listen_view_tells(void)
{
	return out_quiet() ? ECHO_FULL : ECHO_OPENED | ECHO_HEARD | ECHO_CLOSED | ECHO_FULL;
}

/* Where the line about them finds no room itself they are told of later. */
static void show_left_out(struct listen_view *view, uint64_t lines)
{
	if (lines == 0)
		return;
	if (out_json()) {
		json_open("left_out");
		json_number("lines", (int64_t)lines);
		json_end();
	} else {
		out_line("  (%llu lines left out)", (unsigned long long)lines);
	}
	if (writer_left_out() > 0)
		view->throttle.left_out += lines;
}

int listen_view_wait_ms(int wait_ms)
{
	const bool out_cut = writer_cut(WRITER_OUT), err_cut = writer_cut(WRITER_ERR);

	if ((out_cut || err_cut) && (wait_ms < 0 || wait_ms > LOOK_AGAIN_MS))
		return LOOK_AGAIN_MS;
	return wait_ms;
}

int listen_view_turn(struct listen_view *view)
{
	const int wait_ms = listen_view_wait_ms(-1);

	view->throttle.left_out += writer_left_out();
	/* No look at the clock while there is nothing to thin. */
	if (!throttle_waits(&view->throttle))
		return wait_ms;
	show_left_out(view, throttle_tell(&view->throttle, clock_us()));
	return LOOK_AGAIN_MS;
}

void listen_view_end(struct listen_view *view)
{
	listen_view_wait_ms(0);
	show_left_out(view, view->throttle.left_out + writer_left_out());
}

void listen_view_listening(int fd, bool v6only)
{
	static const enum option shown[] = {OPTION_REUSEADDR, OPTION_REUSEPORT, OPTION_V6ONLY};
	const union addr local = sock_local(fd);
	const char *names[3];
	size_t count = 0;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if ((shown[i] != OPTION_V6ONLY || v6only) && option_get(fd, shown[i]))
			names[count++] = option_name(shown[i]);
	addr_print(&local, text);
	if (out_json()) {
		json_open("listening");
		json_text("local", text);
		json_list("options");
		for (size_t i = 0; i < count; i++)
			json_text(NULL, names[i]);
		json_close();
		json_end();
		return;
	}
	out_start("listening on %s (", text);
	for (size_t i = 0; i < count; i++)
		out_start("%s%s", i ? " " : "", names[i]);
	out_line("%s), ctrl-c to stop", count ? "" : "no options");
}

static void json_summary(const struct served *served, int worker, double seconds)
{
	json_open("summary");
	if (worker != LISTEN_VIEW_ALONE)
		json_number("worker", worker);
	json_number("connections", (int64_t)served->connections);
	json_number("bytes", (int64_t)served->bytes);
	json_decimal("seconds", seconds);
	json_end();
}

void listen_view_summary(const union addr locals[], unsigned places, const struct served served[],
    unsigned workers, const struct served *all, int64_t took_us)
{
	const double seconds = clock_seconds(took_us);
	char text[ADDR_TEXT];

	if (out_json()) {
		for (unsigned i = 0; i < workers; i++)
			json_summary(&served[i], (int)i, seconds);
		json_summary(all, LISTEN_VIEW_ALONE, seconds);
		return;
	}
	out_start("---");
	for (unsigned i = 0; i < places; i++)
		out_start(" %s", addr_print(&locals[i], text));
	out_line(" ---");
	for (unsigned i = 0; i < workers; i++)
		out_line("worker %u: %llu connections, %llu bytes echoed", i,
		    (unsigned long long)served[i].connections, (unsigned long long)served[i].bytes);
	if (out_verbose() && all->dropped >= 0)
		out_line("%lld dropped by the kernel before accept, because its queue was full or "
			 "memory was short (each attempt counts)",
		    (long long)all->dropped);
	out_line("%llu connections, %llu bytes echoed, %.1f s",
	    (unsigned long long)all->connections, (unsigned long long)all->bytes, seconds);
}
