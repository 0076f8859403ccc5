/* reuse connect: the heartbeat client. */
#include <string.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/read.h"
#include "cli/say.h"
#include "clock.h"
#include "cmd/connect/session.h"
#include "words/endpoint.h"
#include "words/start.h"

struct connect_opts {
	struct common common;
	struct session_wanted session;
	bool asked; /* any operand at all */
	struct endpoint source, server;
};

#define AT(field) offsetof(struct connect_opts, field)

static const struct opt opts[] = {
    {0, "no-reuseaddr", NULL, AT(session.settings.no_reuseaddr), NULL, 1, "leave SO_REUSEADDR off"},
    {0, "no-reuseport", NULL, AT(session.settings.no_reuseport), NULL, 1, "leave SO_REUSEPORT off"},
    {'i', "interval", "D", AT(session.every_us), opt_duration_or_none, 0,
	"between heartbeats (default: 5s; 0: at once)"},
    {'c', "count", "N", AT(session.count), opt_count, 0,
	"stop after N heartbeats (default: never)"},
    {'s', "size", "N", AT(session.size), opt_count, 0, "N bytes of a pattern instead of DATA"},
    {'W', "timeout", "D", AT(session.settings.timeout_us), opt_duration, 0,
	"longest wait for the connection and for each echo (default: 5s)"},
    {0, "reconnect", NULL, AT(session.reconnect), NULL, 1,
	"connect again from the same source; when the connection ends or cannot be made, after a "
	"longer wait each time (at most 5 s)"},
    {0, "keepalive", "D", AT(session.settings.keepalive_us), settings_keepalive, 0,
	"first keepalive probe after D of silence (SO_KEEPALIVE)"},
    {0, "device", "IF", AT(session.settings.device), settings_device, 0, "use only that interface"},
    {0},
};

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
		o->session.data = words[used];
	if (!*o->session.data) {
		say("data '': empty");
		return STATUS_USAGE;
	}
	return count > used + 1 ? command_unexpected(words[used + 1]) : STATUS_OK;
}

static int run_connect(int argc, char **argv)
{
	static struct session session; /* large */
	static struct connect_opts o = {.session.every_us = 5LL * SECOND_US,
	    .session.settings.timeout_us = 5LL * SECOND_US,
	    .session.data = "hi",
	    .source.what = "address",
	    .server.what = "server"};
	int status;

	if (!start_command(&cmd_connect, &o.common, argc, argv, &status))
		return status;
	if (!o.asked)
		return command_help(&cmd_connect);
	session.wanted = &o.session;
	session.stop = start_stop(STATUS_FAIL);
	session.interim = session.stop < 0 ? -1 : start_interim();
	if (session.interim < 0)
		return STATUS_FAIL;
	session.pairs =
	    endpoint_pairs(&o.source, &o.server, &o.common, session.sources, session.servers);
	if (session.pairs < 0)
		return STATUS_FAIL;
	const bool as_asked = session_run(&session);
	if (out_end() < 0)
		return STATUS_FAIL;
	return as_asked && session.echoed > 0 ? STATUS_OK : STATUS_FAIL;
}

const struct command cmd_connect = {
    .name = "connect",
    .summary = "Heartbeat client with a source address and port of your choice",
    .search = "echo client, source port, TCP hole punching",
    .operands = "ADDR PORT SERVER SERVER-PORT [DATA]",
    .about =
	"Binds ADDR and PORT with SO_REUSEADDR and SO_REUSEPORT, connects to SERVER and\n"
	"SERVER-PORT, sends DATA (default hi) at once and then every 5 seconds, and reads until all\n"
	"of it is back. Several such connections may share one source address and port, as long as\n"
	"their servers differ in address or port. With PORT 0 the kernel picks one. ADDR:PORT\n"
	"SERVER:PORT in two words works too.\n"
	"\n"
	"An echo that is late, wrong or too long ends the connection, and so does the server when\n"
	"it closes. SIGINT (ctrl-c) ends it cleanly, with a summary like ping's; SIGQUIT (ctrl-\\)\n"
	"prints the summary so far without ending it. Status 0: it ended as asked, by count or\n"
	"signal, and at least one echo came back; 1: it did not.",
    .example = "reuse connect 127.0.0.1 3001 127.0.0.1 3000 hello\n"
	       "reuse connect 127.0.0.1 3001 127.0.0.1 3000 -i 0.2 -c 5 --explain",
    .opts = opts,
    .run = run_connect,
    .read = connect_read,
    .notes =
	"No option allows two connections with the same source and the same server address and\n"
	"port: the second connect(2) returns EADDRNOTAVAIL on Linux, EADDRINUSE on BSD. EADDRINUSE\n"
	"from bind(2) means that another socket has the source, but not the option that this one\n"
	"has.\n"
	"\n"
	"Unlike ping, connect ends at a lost heartbeat, because the next bytes could belong to\n"
	"either echo. The interval is measured from one heartbeat to the next.",
};
