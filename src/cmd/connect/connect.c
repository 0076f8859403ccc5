/* reuse connect: the heartbeat client. */
#include <errno.h>
#include <string.h>

#include "cli/command.h"
#include "cli/doc/help.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/connect/view.h"
#include "tcp/beat.h"
#include "tcp/call.h"
#include "tcp/rtt.h"
#include "tcp/sock.h"
#include "words/endpoint.h"
#include "words/report.h"
#include "words/settings.h"
#include "words/start.h"

enum {
	SECOND_US = 1000000,
	RETRY_FIRST_US = 100000, /* before the first --reconnect; then twice as long each time, */
	RETRY_MOST_US = 5 * SECOND_US, /* to this */
};

struct connect_opts {
	struct common common;
	struct settings_wanted settings; /* its timeout_us is -W */
	int64_t every_us;
	uint64_t count, size; /* 0: for ever; DATA */
	int reconnect;
	bool asked; /* any operand at all */
	struct endpoint source, server;
	const char *data;
};

#define AT(field) offsetof(struct connect_opts, field)

static const struct opt opts[] = {
    {0, "no-reuseaddr", NULL, AT(settings.no_reuseaddr), NULL, 1, "leave SO_REUSEADDR off"},
    {0, "no-reuseport", NULL, AT(settings.no_reuseport), NULL, 1, "leave SO_REUSEPORT off"},
    {'i', "interval", "D", AT(every_us), opt_duration_or_none, 0,
	"between heartbeats (default: 5s; 0: at once)"},
    {'c', "count", "N", AT(count), opt_count, 0, "stop after N heartbeats (default: never)"},
    {'s', "size", "N", AT(size), opt_count, 0, "N bytes of a pattern instead of DATA"},
    {'W', "timeout", "D", AT(settings.timeout_us), opt_duration, 0,
	"longest wait for the connection and for each echo (default: 5s)"},
    {0, "reconnect", NULL, AT(reconnect), NULL, 1,
	"when the connection ends or cannot be made, connect again from the same source, waiting "
	"longer each time (at most 5 s)"},
    {0, "keepalive", "D", AT(settings.keepalive_us), settings_keepalive, 0,
	"SO_KEEPALIVE, first probe after D of silence"},
    {0, "device", "IF", AT(settings.device), settings_device, 0, "only by way of that interface"},
    {0},
};

/* One run of the command, over all its connections. */
struct session {
	const struct connect_opts *o;
	int stop;
	struct plan plan;
	struct setting settings[SETTINGS_MOST];
	bool connected; /* once at least */
	int refused;    /* the errno of the last connection that could not be made, or 0 */
	uint64_t sent, echoed;
	struct rtt rtt;
	struct connect_view view;
};

/* A connection from the chosen source, blocking; -1 after a complaint. */
static int dial(struct session *session)
{
	struct fault fault;
	const int64_t began_ns = clock_ns();
	const int64_t wait_us = session->o->settings.timeout_us;
	const int fd = sock_open(&session->plan, &fault);

	if (fd >= 0 && sock_settle(fd, &session->plan.peer, wait_us, session->stop, &fault) == 0) {
		const int64_t took_ns = clock_ns() - began_ns;
		sock_blocking(fd, true); /* fcntl on a socket that is open does not fail */
		/* From now on the same source, also where the kernel chose it. */
		session->plan.local = sock_local(fd);
		if (!out_quiet() || !session->connected)
			connect_view_connected(&session->view, fd, took_ns);
		session->connected = true;
		return fd;
	}
	const union addr local = fd < 0 ? session->plan.local : sock_local(fd);
	if (fd >= 0)
		call_close(fd);
	if (!stop_wanted())
		report_fault(&fault, &local, &session->plan.peer, fault.error != session->refused);
	session->refused = fault.error;
	return -1;
}

static bool finished(const struct session *session)
{
	return session->o->count && session->sent >= session->o->count;
}

/* Heartbeats on one connection until it ends; returns why it did: BEAT_ECHOED, all are sent. */
static enum beat_end live(struct session *session, int fd)
{
	const struct connect_opts *o = session->o;
	struct beat beat = {.fd = fd,
	    .stop = session->stop,
	    .timeout_us = o->settings.timeout_us,
	    .data = o->size ? NULL : o->data,
	    .len = session->view.len,
	    .limit_us = o->settings.timeout_us};
	struct beat_result result = {0};
	enum beat_end end = BEAT_ECHOED;
	bool in_heartbeat = false;

	while (end == BEAT_ECHOED && !out_lost()) {
		const int64_t began_us = clock_us();
		session->sent++;
		connect_view_lub(&session->view);
		end = beat_once(&beat, session->sent, &result);
		in_heartbeat = end != BEAT_ECHOED;
		if (in_heartbeat) {
			connect_view_lost(&session->view, session->sent, end, &result);
			break;
		}
		session->echoed++;
		rtt_add(&session->rtt, result.rtt_ns);
		connect_view_dub(&session->view, session->sent, &result);
		if (finished(session))
			break;
		end = beat_rest(&beat, began_us + o->every_us - clock_us(), &result);
	}
	connect_view_closed(&session->view, end, &result, in_heartbeat);
	if (!in_heartbeat && (end == BEAT_ECHOED || end == BEAT_STOPPED))
		beat_part(&beat);
	/* What is out of step is reset, so that no TIME_WAIT holds the pair of ends. */
	if (end == BEAT_ECHOED || end == BEAT_STOPPED || end == BEAT_PEER)
		call_close(fd);
	else
		sock_reset(fd);
	return end;
}

/* Connects and beats until the end of all. Returns whether it ended as asked. */
static bool run_session(struct session *session)
{
	int64_t retry_us = RETRY_FIRST_US;
	struct beat nobody = {.fd = -1, .stop = session->stop};
	struct beat_result ignored;

	for (;;) {
		const int fd = dial(session);
		const uint64_t echoed = session->echoed;
		if (fd >= 0) {
			const enum beat_end end = live(session, fd);
			if (end == BEAT_ECHOED || end == BEAT_STOPPED)
				return true;
		}
		if (stop_wanted())
			return true;
		if (finished(session))
			return false; /* the last one was lost */
		if (!session->o->reconnect || out_lost())
			return false;
		if (session->echoed > echoed)
			retry_us = RETRY_FIRST_US;
		if (beat_rest(&nobody, retry_us, &ignored) == BEAT_STOPPED)
			return true;
		retry_us = 2 * retry_us < RETRY_MOST_US ? 2 * retry_us : RETRY_MOST_US;
	}
}

/* ADDR PORT SERVER SERVER-PORT, or ADDR:PORT SERVER:PORT. Returns how many words they are, or -1 after a
 * complaint. */
static int read_ends(struct connect_opts *o, int count, char **words)
{
	static const char *const names[] = {"ADDR", "PORT", "SERVER", "SERVER-PORT"};
	struct endpoint *const source = &o->source, *const server = &o->server;
	const struct common *const common = &o->common;
	int used = 4;

	if (endpoint_is_whole(words[0])) {
		used = 2;
		if (count < 2) {
			say("operand SERVER:PORT is missing");
			return -1;
		}
		if (endpoint_read_whole(source, common, words[0]) < 0)
			return -1;
		if (!endpoint_is_whole(words[1])) {
			say("server %s: not SERVER:PORT", say_quote(words[1]));
			return -1;
		}
		if (endpoint_read_whole(server, common, words[1]) < 0)
			return -1;
	} else if (count < 4) {
		say("operand %s is missing", names[count]);
		return -1;
	} else if (endpoint_read_port(source, common, "port", words[1]) < 0 ||
		   endpoint_read_port(server, common, "server port", words[3]) < 0 ||
		   endpoint_read(source, common, words[0], strlen(words[0])) < 0 ||
		   endpoint_read(server, common, words[2], strlen(words[2])) < 0) {
		return -1;
	}
	const int server_family = server->addr.any.sa_family;
	if (!server->name[0] && server_family == AF_UNSPEC) {
		say("server %s: its address is missing", say_quote(words[1]));
		return -1;
	}
	const int source_family = source->addr.any.sa_family;
	if (source_family != AF_UNSPEC && server_family != AF_UNSPEC &&
	    source_family != server_family) {
		say("server %s: not an %s address, as the source is",
		    say_quote(words[used == 4 ? 2 : 1]),
		    source_family == AF_INET ? "IPv4" : "IPv6");
		return -1;
	}
	return used;
}

/* The ends, then [DATA]. Nothing at all is asked for by no words. */
static int connect_read(void *into, int count, char **words)
{
	struct connect_opts *const o = into;

	if (count == 0)
		return STATUS_OK;
	o->asked = true;
	const int used = read_ends(o, count, words);
	if (used < 0)
		return STATUS_USAGE;
	if (count > used)
		o->data = words[used];
	if (!*o->data) {
		say("data '': empty");
		return STATUS_USAGE;
	}
	return count > used + 1 ? command_unexpected(words[used + 1]) : STATUS_OK;
}

/* Looks up what is a name. Returns 0, or -1 after a complaint. */
static int find_ends(struct connect_opts *o)
{
	struct endpoint *const source = &o->source, *const server = &o->server;

	if (source->name[0] || source->addr.any.sa_family != AF_UNSPEC)
		return endpoint_find_pair(source, server, &o->common);
	/* ":3001" is that port of whatever address leads there. */
	if (endpoint_find(server, &o->common) < 0)
		return -1;
	source->addr = addr_any(server->addr.any.sa_family, source->port);
	return 0;
}

static int run(int argc, char **argv)
{
	static struct session session; /* large */
	static struct connect_opts o = {.every_us = 5LL * SECOND_US,
	    .settings.timeout_us = 5LL * SECOND_US,
	    .source.what = "address",
	    .server.what = "server",
	    .data = "hi"};
	int status;

	session.o = &o;
	if (!start_command(&cmd_connect, &o.common, argc, argv, &status))
		return status;
	if (!o.asked)
		return command_help(&cmd_connect);
	if (find_ends(&o) < 0)
		return STATUS_FAIL;
	session.stop = start_stop();
	if (session.stop < 0)
		return STATUS_FAIL;

	session.plan = (struct plan){.local = o.source.addr,
	    .peer = o.server.addr,
	    .settings = session.settings,
	    .backlog = SOCK_NO_LISTEN,
	    .setting_count = settings_write(&o.settings, session.settings)};
	session.view = (struct connect_view){.local = &session.plan.local,
	    .peer = &session.plan.peer,
	    .len = o.size ? o.size : strlen(o.data),
	    .every_us = o.every_us,
	    .timeout_us = o.settings.timeout_us};
	connect_view_begin(&session.view, o.size ? NULL : o.data);
	const bool as_asked = run_session(&session);
	if (session.connected) {
		out_after_interrupt(stop_wanted());
		connect_view_summary(&session.view, session.sent, session.echoed, &session.rtt);
	}
	if (out_end() < 0)
		return STATUS_FAIL;
	return as_asked && session.echoed > 0 ? STATUS_OK : STATUS_FAIL;
}

const struct command cmd_connect = {
    .name = "connect",
    .summary = "Heartbeat client with a source address and port of your choice",
    .operands = "ADDR PORT SERVER SERVER-PORT [DATA]",
    .about =
	"Binds ADDR and PORT with SO_REUSEADDR and SO_REUSEPORT, connects to SERVER and\n"
	"SERVER-PORT, sends DATA (default hi) at once and then every 5 seconds, and reads until\n"
	"all of it is back. Several such connections may share one source address and port, as\n"
	"long as their servers differ in address or port. With PORT 0 the kernel picks one.\n"
	"ADDR:PORT SERVER:PORT in two words is understood as well.\n"
	"\n"
	"An echo that is late, wrong or too long ends the connection, and so does the server's\n"
	"closing, at once. SIGINT (ctrl-c) ends it in order, with a summary as ping's. Status 0:\n"
	"it ended as asked, by count or signal, and at least one echo came; 1: it did not.",
    .example = "reuse connect 127.0.0.1 3001 127.0.0.1 3000 hello\n"
	       "reuse connect 127.0.0.1 3001 127.0.0.1 3000 -i 0.2 -c 5 --explain",
    .opts = opts,
    .run = run,
    .read = connect_read,
    .notes =
	"The same four (source address and port, server address and port) twice is what no option\n"
	"allows: connect(2) then says EADDRNOTAVAIL on Linux, EADDRINUSE on BSD. An EADDRINUSE from\n"
	"bind(2) means that another socket holds the source without the option that this one has.\n"
	"\n"
	"Unlike ping, a heartbeat that is lost ends the connection, as nothing tells whose echo\n"
	"the next bytes would be. The interval is measured from one heartbeat to the next.",
};
