/* reuse listen: the echo server. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/thin.h"
#include "cmd/place.h"
#include "cmd/report.h"
#include "cmd/settings.h"
#include "command.h"
#include "os/descriptors.h"
#include "os/user.h"
#include "tcp/clock.h"
#include "tcp/echo.h"
#include "tcp/errname.h"
#include "tcp/sock.h"

enum { SECOND_US = 1000000, DEFAULT_PORT = 3000 };

struct listen_opts {
	struct common common;
	struct settings_wanted settings;
	int v6only; /* 1, 0, or -1: the system's default */
	uint64_t most, backlog;
	int64_t idle_us, drain_us;
	struct user user;
};

/* opt_parse: a user's name. */
static int parse_user(const char *word, void *into, char why[OPT_WHY])
{
	if (user_find(word, into))
		return 0;
	memcpy(why, "no such user", sizeof "no such user");
	return -1;
}

#define AT(field) offsetof(struct listen_opts, field)

static const struct opt opts[] = {
    {0, "no-reuseaddr", NULL, AT(settings.no_reuseaddr), NULL, 1, "leave SO_REUSEADDR off"},
    {0, "no-reuseport", NULL, AT(settings.no_reuseport), NULL, 1, "leave SO_REUSEPORT off"},
    {'m', "max-connections", "N", AT(most), opt_count, 0,
	"at N connections in all leave further ones in the queue until one closes"},
    {0, "idle-timeout", "D", AT(idle_us), opt_duration, 0, "close what has been silent for D"},
    {0, "backlog", "N", AT(backlog), opt_number, 0,
	"how many may wait to be accepted (default: the system's most)"},
    {0, "keepalive", "D", AT(settings.keepalive_us), opt_duration, 0,
	"SO_KEEPALIVE, first probe after D of silence"},
    {0, "device", "IF", AT(settings.device), settings_device, 0, "only by way of that interface"},
    {0, "v6only", NULL, AT(v6only), NULL, 1, "IPV6_V6ONLY: :: takes no IPv4"},
    {0, "no-v6only", NULL, AT(v6only), NULL, 0, ":: takes IPv4 too"},
    {0, "drain", "D", AT(drain_us), opt_duration_or_none, 0,
	"after SIGINT or SIGTERM, the time to send back what was read (default: 5s)"},
    {'u', "user", "NAME", AT(user), parse_user, 0, "after bind, become that user (only root can)"},
    {0},
};

/* What is shown of the server. */
struct view {
	const struct listen_opts *o;
	struct echo *echo;
	struct thin thin;
	int64_t began_us, full_us; /* full_us: when it last complained of running short */
};

static const char *reason_text(const struct echo_event *event)
{
	static const char *const texts[] = {
	    [ECHO_PEER] = "closed by peer",
	    [ECHO_RESET] = "reset by peer",
	    [ECHO_IDLE] = "idle",
	    [ECHO_STOPPED] = "stopped",
	};
	return event->reason == ECHO_FAULT ? errname(event->error) : texts[event->reason];
}

static const char *reason_word(const struct echo_event *event)
{
	static const char *const words[] = {
	    [ECHO_PEER] = "peer",
	    [ECHO_RESET] = "reset",
	    [ECHO_IDLE] = "idle",
	    [ECHO_STOPPED] = "stopped",
	};
	return event->reason == ECHO_FAULT ? errname(event->error) : words[event->reason];
}

static void show_json(const struct echo_event *event)
{
	char text[ADDR_TEXT];
	union addr local;

	json_open(event->what == ECHO_OPENED  ? "opened"
		  : event->what == ECHO_HEARD ? "heard"
					      : "closed");
	json_text("peer", addr_print(event->peer, text));
	if (event->what == ECHO_OPENED) {
		local = sock_local(event->fd);
		json_text("local", addr_print(&local, text));
	} else {
		json_number("bytes", (int64_t)event->bytes);
	}
	if (event->what == ECHO_CLOSED)
		json_text("reason", reason_word(event));
	json_end();
}

static void show_text(const struct view *view, const struct echo_event *event)
{
	char text[ADDR_TEXT], local_text[ADDR_TEXT];
	union addr local;

	addr_print(event->peer, text);
	switch (event->what) {
	case ECHO_OPENED:
		if (view->o->common.verbose) {
			local = sock_local(event->fd);
			out_line("+ %s at %s, %llu open", text, addr_print(&local, local_text),
			    (unsigned long long)echo_open(view->echo));
		} else {
			out_line("+ %s", text);
		}
		break;
	case ECHO_HEARD:
		out_line("  %s %llu bytes", text, (unsigned long long)event->bytes);
		break;
	case ECHO_CLOSED:
		out_line("- %s %llu bytes, %s", text, (unsigned long long)event->bytes,
		    reason_text(event));
		break;
	case ECHO_FULL:
		break;
	}
}

/* At most one line a second about newcomers that there is no room for. */
static void show_full(struct view *view, const struct echo_event *event)
{
	const int64_t now = clock_us();

	if (view->full_us && now - view->full_us < SECOND_US)
		return;
	view->full_us = now;
	report_call(&view->o->common, "accept", event->error);
}

static void show(void *who, const struct echo_event *event)
{
	struct view *view = who;

	if (event->what == ECHO_FULL)
		show_full(view, event);
	else if (!thin_take(&view->thin))
		return;
	else if (view->o->common.json)
		show_json(event);
	else
		show_text(view, event);
}

static void show_left_out(const struct view *view, uint64_t lines)
{
	if (lines == 0)
		return;
	if (view->o->common.json) {
		json_open("left_out");
		json_number("lines", (int64_t)lines);
		json_end();
	} else {
		out_line("  (%llu lines left out)", (unsigned long long)lines);
	}
}

static void show_listening(const struct listen_opts *o, int fd, const union addr *local)
{
	static const enum option shown[] = {OPTION_REUSEADDR, OPTION_REUSEPORT, OPTION_V6ONLY};
	const char *names[3];
	size_t count = 0;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if ((shown[i] != OPTION_V6ONLY || o->v6only == 1) && option_get(fd, shown[i]))
			names[count++] = option_name(shown[i]);
	addr_print(local, text);
	if (o->common.json) {
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

static void show_summary(const struct view *view, const union addr *local)
{
	const unsigned long long connections = echo_connections(view->echo);
	const unsigned long long bytes = echo_bytes(view->echo);
	const double seconds = (double)(clock_us() - view->began_us) / SECOND_US;
	char text[ADDR_TEXT];

	if (view->o->common.json) {
		json_open("summary");
		json_number("connections", (int64_t)connections);
		json_number("bytes", (int64_t)bytes);
		json_decimal("seconds", seconds, 3);
		json_end();
		return;
	}
	out_line("--- %s ---", addr_print(local, text));
	out_line("%llu connections, %llu bytes echoed, %.1f s", connections, bytes, seconds);
}

/* The listening socket, or -1 after a complaint. */
static int open_listener(const struct listen_opts *o, const union addr *local)
{
	struct setting settings[SETTINGS_MOST];
	struct plan plan = {.local = *local, .settings = settings, .backlog = (int)o->backlog};
	struct fault fault;
	size_t n = settings_write(&o->settings, settings);

	if (o->v6only >= 0)
		settings[n++] = (struct setting){.option = OPTION_V6ONLY, .value = o->v6only};
	plan.setting_count = n;

	const int fd = sock_open(&plan, &fault);
	if (fd < 0)
		report_fault(&o->common, &fault, local, NULL, 0);
	return fd;
}

/* Serves until told to stop. Returns an enum status. */
static int serve(struct view *view)
{
	const bool lines = !view->o->common.quiet;
	int status = STATUS_OK;

	while (!stop_wanted() && !out_lost()) {
		const int wait_ms = lines && thin_waits(&view->thin) ? 100 : -1;
		if (echo_turn(view->echo, wait_ms) < 0) {
			report_call(&view->o->common, "poll", errno);
			status = STATUS_FAIL;
			break;
		}
		if (lines && thin_waits(&view->thin))
			show_left_out(view, thin_tell(&view->thin, clock_us()));
	}
	echo_drain(view->echo, view->o->drain_us);
	show_left_out(view, view->thin.left_out);
	return status;
}

/* Reads the operands [PORT [ADDR]]. Returns 0, or -1 after a complaint. */
static int read_operands(const struct listen_opts *o, int count, char **words, struct place *place)
{
	const struct common *common = &o->common;
	const bool v6 = common->family == 6 || (common->family == 0 && o->v6only >= 0);

	place->addr = addr_any(v6 ? AF_INET6 : AF_INET, place->port);
	if (count > 2) {
		say("surplus operand %s", say_quote(words[2]));
		return -1;
	}
	if (count == 1 && place_is_whole(words[0]))
		return place_read_whole(place, common, words[0]);
	if (count > 0 && place_read_port(place, common, "port", words[0]) < 0)
		return -1;
	if (count > 1 && place_read(place, common, words[1], strlen(words[1])) < 0)
		return -1;
	return 0;
}

static int run(int argc, char **argv)
{
	struct listen_opts o = {.v6only = -1,
	    .backlog = INT_MAX,
	    .drain_us = 5 * SECOND_US,
	    /* Without effect on a non-blocking socket; set as the original demo does. */
	    .settings.timeout_us = 5 * SECOND_US};
	struct place place = {.what = "address", .port = DEFAULT_PORT};
	int status;

	const int first = command_words(&cmd_listen, &o.common, argc, argv, &status);
	if (first < 0)
		return status;
	if (read_operands(&o, argc - first, argv + first, &place) < 0)
		return STATUS_USAGE;
	if (o.v6only >= 0 && place.addr.any.sa_family == AF_INET) {
		say("--%sv6only: %s is not an IPv6 address", o.v6only ? "" : "no-",
		    argv[first + 1]);
		return STATUS_USAGE;
	}

	report_explain(&o.common);
	if (o.common.json)
		json_start("listen");
	if (place_find(&place, &o.common) < 0)
		return STATUS_FAIL;
	const int stop = stop_open();
	if (stop < 0) {
		report_call(&o.common, "pipe", errno);
		return STATUS_FAIL;
	}
	descriptors_raise();

	const int fd = open_listener(&o, &place.addr);
	if (fd < 0)
		return STATUS_FAIL;
	const char *call;
	if (o.user.name[0] && user_become(&o.user, &call) < 0) {
		report_call(&o.common, call, errno);
		return STATUS_FAIL;
	}

	struct view view = {.o = &o, .began_us = clock_us()};
	const struct echo_plan plan = {.stop = stop,
	    .most = o.most,
	    .idle_us = o.idle_us,
	    .tells =
		o.common.quiet ? ECHO_FULL : ECHO_OPENED | ECHO_HEARD | ECHO_CLOSED | ECHO_FULL,
	    .tell = show,
	    .who = &view};
	view.echo = echo_new(&plan);
	if (!view.echo || echo_add(view.echo, fd) < 0) {
		report_call(&o.common, "malloc", errno);
		return STATUS_FAIL;
	}
	const union addr local = sock_local(fd);
	show_listening(&o, fd, &local);
	status = serve(&view);
	show_summary(&view, &local);
	echo_free(view.echo);
	return out_end() ? STATUS_FAIL : status;
}

const struct command cmd_listen = {
    .name = "listen",
    .summary = "Echo every byte back: a TCP server that shares its address and port",
    .operands = "[PORT [ADDR]]",
    .about =
	"Listens on ADDR (default 0.0.0.0; with -6 ::) and PORT (default 3000) with SO_REUSEADDR\n"
	"and SO_REUSEPORT, so that several servers may share a port, and sends every byte back\n"
	"on the connection it came on. With port 0 the kernel picks a free one, which is shown.\n"
	"\n"
	"Each connection has its lines: + opened, how many bytes were heard, - closed and why.\n"
	"Under load lines are left out and counted, never the echo. SIGINT (ctrl-c) and SIGTERM\n"
	"end the server in order: what was read is sent back, then a summary is printed. A second\n"
	"signal ends it at once.",
    .example = "reuse listen 3000 127.0.0.1\n"
	       "reuse listen 127.0.0.1:0 --json\n"
	       "reuse listen -6 --v6only 3000",
    .opts = opts,
    .run = run,
};
