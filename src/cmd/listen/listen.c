/* reuse listen: the echo server. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/listen/rivals.h"
#include "cmd/listen/serve.h"
#include "cmd/listen/sockets.h"
#include "cmd/listen/view.h"
#include "cmd/listen/workers.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "os/service.h"
#include "tcp/sock.h"
#include "words/endpoint.h"
#include "words/report.h"
#include "words/settings.h"
#include "words/start.h"

enum { DEFAULT_PORT = 3000, OWED_USUAL = 64000000 };

#define POLLERS "auto|poll|epoll|kqueue" /* in the order of enum ready_kind */

struct listen_opts {
	struct common common;
	struct sockets_wanted sockets;
	uint64_t most, most_owed;
	int64_t idle_us, drain_us;
	struct account user;
	enum ready_kind poller;
	int no_sandbox;
	struct endpoint endpoint;
	int handed; /* sockets by the service manager; -1: it is not to be understood */
};

/* opt_parse: a user's name. */
static int parse_user(const char *word, void *into, char why[OPT_WHY])
{
	if (user_find(word, into))
		return 0;
	snprintf(why, OPT_WHY, "no such user");
	return -1;
}

/* opt_parse: an enum spread. */
static int parse_spread(const char *word, void *into, char why[OPT_WHY])
{
	const int at = opt_choice(SPREADS, word, why);

	if (at < 0)
		return -1;
	*(enum spread *)into = (enum spread)at;
	return 0;
}

/* opt_parse: an enum ready_kind. */
static int parse_poller(const char *word, void *into, char why[OPT_WHY])
{
	const int at = opt_choice(POLLERS, word, why);

	if (at < 0)
		return -1;
	if (!ready_known((enum ready_kind)at)) {
		snprintf(why, OPT_WHY, "this system does not have it");
		return -1;
	}
	*(enum ready_kind *)into = (enum ready_kind)at;
	return 0;
}

/* opt_parse: how many workers. */
static int parse_workers(const char *word, void *into, char why[OPT_WHY])
{
	uint64_t n;

	if (opt_count(word, &n, why) < 0)
		return -1;
	if (n > CREW_MOST) {
		snprintf(why, OPT_WHY, "more than %d", CREW_MOST);
		return -1;
	}
	*(uint64_t *)into = n;
	return 0;
}

#define AT(field) offsetof(struct listen_opts, field)

static const struct opt opts[] = {
    {0, "no-reuseaddr", NULL, AT(sockets.settings.no_reuseaddr), NULL, 1, "leave SO_REUSEADDR off"},
    {0, "no-reuseport", NULL, AT(sockets.settings.no_reuseport), NULL, 1, "leave SO_REUSEPORT off"},
    {'w', "workers", "N", AT(sockets.workers), parse_workers, 0,
	"N processes that share the port; each with its own listening socket"},
    {0, "spread", SPREADS, AT(sockets.spread), parse_spread, 0,
	"how the kernel picks the worker (Linux); hash is its default"},
    {'m', "max-connections", "N", AT(most), opt_count, 0,
	"at most N connections; further ones wait in the queue until one closes"},
    {0, "idle-timeout", "D", AT(idle_us), opt_duration, 0,
	"close a connection after D without data"},
    {0, "backlog", "N", AT(sockets.backlog), opt_number, 0,
	"length of the accept queue (default: the system's maximum)"},
    {0, "keepalive", "D", AT(sockets.settings.keepalive_us), settings_keepalive, 0,
	"first keepalive probe after D of silence (SO_KEEPALIVE)"},
    {0, "device", "IF", AT(sockets.settings.device), settings_device, 0, "use only that interface"},
    {0, "v6only", NULL, AT(sockets.v6only), NULL, 1, ":: does not accept IPv4 (IPV6_V6ONLY)"},
    {0, "no-v6only", NULL, AT(sockets.v6only), NULL, 0, ":: accepts IPv4 too"},
    {0, "poller", POLLERS, AT(poller), parse_poller, 0,
	"how to wait for events; auto: poll(2), and with many connections epoll or kqueue"},
    {0, "drain", "D", AT(drain_us), opt_duration_or_none, 0,
	"time to finish after SIGINT or SIGTERM; what has arrived is still echoed (default: 5s)"},
    {0, "max-owed", "N", AT(most_owed), opt_count, 0,
	"bytes buffered for peers that do not read; for all connections together (default: 64M)"},
    {'u', "user", "NAME", AT(user), parse_user, 0, "after bind, become that user (only root can)"},
    {0, "no-sandbox", NULL, AT(no_sandbox), NULL, 1,
	"keep all privileges after bind; by default the server drops those it never needs"},
    {0},
};

/* Gives up what is no longer needed: root, and nearly all that a process may ask of the kernel.
 * Returns 0, or -1 after a complaint. */
static int confine(const struct listen_opts *o)
{
	char without[SANDBOX_WITHOUT] = "";
	const char *call;

	if (!o->no_sandbox)
		sandbox_prepare();
	if (o->user.name[0] && user_become(&o->user, &call) < 0) {
		report_call(call, errno);
		return -1;
	}
	if (o->no_sandbox)
		return 0;
	addr_note_interfaces();
	sandbox_enter(o->sockets.workers ? SANDBOX_CREW : SANDBOX_SERVER, without);
	if (*without && out_verbose())
		say("sandbox: without %s", without);
	return 0;
}

/* Serves with the sockets, `handed` of them over, alone or by workers, from the first line to the
 * summary. `notify`: to the service manager, or none. Returns an enum status. */
static int serve_all(const struct listen_opts *o, const int fds[], unsigned handed, int stop,
    int interim, int notify)
{
	struct served *served = calloc(o->sockets.workers + 1, sizeof *served);
	const unsigned places = handed ? handed : 1;
	union addr *locals = calloc(places, sizeof *locals);
	struct setting settings[SETTINGS_MOST];
	const struct serving serving = {
	    .plan = {.stop = {stop, -1},
		.most = o->most,
		.most_owed = o->most_owed,
		.idle_us = o->idle_us,
		.leaves_queue = handed > 0,
		.settings = settings,
		.setting_count = sockets_settings(&o->sockets, settings),
		.poller = o->poller},
	    .drain_us = o->drain_us,
	    .v6only = handed || o->sockets.v6only == 1,
	    .sandbox = !o->no_sandbox,
	    .notify = notify,
	    .watchdog_us = service_watchdog_us(),
	    .worker = LISTEN_VIEW_ALONE,
	    .locals = locals,
	    .places = places,
	    .began_us = clock_us(),
	    .interim = interim,
	    .served = served};
	const unsigned workers = (unsigned)o->sockets.workers;
	int status;

	if (!served || !locals) {
		free(served);
		free(locals);
		report_call("malloc", errno);
		return STATUS_FAIL;
	}
	for (unsigned i = 0; i < places; i++)
		locals[i] = sock_local(fds[i]);
	writer_wait_until(0);
	if (workers)
		status = crew_serve(
		    &serving, fds, workers, stop, o->sockets.spread == SPREAD_CPU, served);
	else
		status = serve(&serving, fds, places);
	serve_summary(&serving, served, workers);
	free(served);
	free(locals);
	/* A stdout that was closed ends it quietly. */
	if (status == SERVE_UNHEARD)
		status = STATUS_OK;
	return out_end() ? STATUS_FAIL : status;
}

/* Reads the operands [PORT [ADDR]]. Returns 0, or -1 after a complaint. */
static int read_place(struct listen_opts *o, int count, char **words)
{
	const struct common *common = &o->common;
	struct endpoint *const endpoint = &o->endpoint;

	endpoint->addr = addr_any(common->family == 6 ? AF_INET6 : AF_INET, endpoint->port);
	if (count == 1 && endpoint_is_whole(words[0]))
		return endpoint_read_whole(endpoint, common, words[0]);
	if (count > 0 && endpoint_read_port(endpoint, common, "port", words[0]) < 0)
		return -1;
	if (count > 1 && endpoint_read(endpoint, common, words[1], strlen(words[1])) < 0)
		return -1;
	return 0;
}

static int listen_read(void *into, int count, char **words)
{
	struct listen_opts *const o = into;

	if (o->sockets.v6only >= 0 && o->common.family == 0)
		o->common.family = 6;
	if (count > 2)
		return command_unexpected(words[2]);
	if (read_place(o, count, words) < 0)
		return STATUS_USAGE;
	if (o->sockets.v6only >= 0 && o->common.family == 4) {
		say("--%sv6only: not with -4", o->sockets.v6only ? "" : "no-");
		return STATUS_USAGE;
	}
	if (o->sockets.workers > 1 && o->sockets.settings.no_reuseport) {
		say("--no-reuseport: %llu workers cannot share the port without it",
		    (unsigned long long)o->sockets.workers);
		return STATUS_USAGE;
	}
	o->handed = service_descriptors();
	const char *surplus = count > 0 ? say_quote(words[0]) : sockets_meaningless(&o->sockets);
	if (o->handed > 0 && surplus) {
		say("%s: the service manager hands over sockets (LISTEN_FDS) that are bound",
		    surplus);
		return STATUS_USAGE;
	}

	descriptors_close(SERVICE_FIRST + (o->handed > 0 ? o->handed : 0));
	/* What stands before the first line may wait a while for its reader. */
	writer_never_wait();
	writer_wait_until(clock_us() + o->drain_us);
	return STATUS_OK;
}

static int run_listen(int argc, char **argv)
{
	struct listen_opts o = {.sockets.v6only = -1,
	    .most_owed = OWED_USUAL,
	    .sockets.backlog = BACKLOG_UNASKED,
	    .drain_us = 5LL * SECOND_US,
	    /* Without effect on a non-blocking socket; set as the original demo does. */
	    .sockets.settings.timeout_us = 5LL * SECOND_US,
	    .endpoint = {.what = "address", .port = DEFAULT_PORT}};
	int status;

	if (!start_command(&cmd_listen, &o.common, argc, argv, &status))
		return status;
	if (o.handed < 0) {
		report_call("LISTEN_FDS", EINVAL);
		return STATUS_FAIL;
	}
	const int stop = start_stop(STATUS_OK);
	const int interim = stop < 0 ? -1 : start_interim();
	if (interim < 0)
		return STATUS_FAIL;
	if (o.handed == 0 && endpoint_find(&o.endpoint, &o.common) < 0)
		return STATUS_FAIL;
	descriptors_raise();

	const unsigned handed = (unsigned)o.handed;
	int *fds =
	    handed ? sockets_take(&o.sockets, handed) : sockets_open(&o.sockets, &o.endpoint.addr);
	if (!fds)
		return STATUS_FAIL;
	for (unsigned i = 0; i < (handed ? handed : 1); i++)
		rivals_warn(&fds[i], o.sockets.workers ? (size_t)o.sockets.workers : 1);
	const int notify = service_open();
	if (notify == -1)
		report_call("NOTIFY_SOCKET: connect", errno);
	status = confine(&o) < 0 ? STATUS_FAIL : serve_all(&o, fds, handed, stop, interim, notify);
	free(fds);
	return status;
}

const struct command cmd_listen = {
    .name = "listen",
    .summary = "Echo server that shares its address and port",
    .search = "echo server, SO_REUSEADDR, SO_REUSEPORT",
    .operands = "[PORT [ADDR]]",
    .about =
	"Listens on ADDR (default 0.0.0.0; with -6 ::) and PORT (default 3000) with SO_REUSEADDR\n"
	"and SO_REUSEPORT, so that several servers may share a port, and sends every byte back on\n"
	"the connection it came on. With port 0 the kernel picks a free one, which is shown.\n"
	"\n"
	"It prints a line when a connection opens (+), receives bytes, and closes (-), with the\n"
	"reason. Under load it leaves out and counts lines, never the echo. SIGINT (ctrl-c) and\n"
	"SIGTERM end the server cleanly: it echoes what it has received, then prints a summary. A\n"
	"second signal ends it at once. SIGQUIT (ctrl-\\) prints the summary so far without ending\n"
	"it. Status 0: it was asked to end; 1: it could not get the port.",
    .example = "reuse listen 3000 127.0.0.1\n"
	       "reuse listen 127.0.0.1:0 --json\n"
	       "reuse listen -6 --v6only 3000",
    .opts = opts,
    .run = run_listen,
    .read = listen_read,
    .notes =
	"On Linux all sockets that share the port need SO_REUSEPORT and the same user, or all of\n"
	"them SO_REUSEADDR, which is not enough once one of them listens. Where several listen on\n"
	"one address and port, the kernel distributes connections by a hash of their ends. A\n"
	"server that starts again while its old connections linger in TIME_WAIT needs the option\n"
	"that they had.\n"
	"\n"
	"--max-owed does not count the kernel's buffers: for each connection up to the third number\n"
	"of net.ipv4.tcp_wmem for what the peer does not read, and of tcp_rmem for what it sends.\n"
	"These settings limit them on Linux (4 and 6 MB or more by default; the server does not set\n"
	"SO_SNDBUF), tcp_mem limits them for all sockets, and MemoryMax= of a unit counts them too.\n"
	"With -v the summary shows how often the kernel dropped a connection because the queue was\n"
	"full.\n"
	"\n"
	"SO_RCVTIMEO and SO_SNDTIMEO are 5 seconds, as in the original demo; they have no effect on\n"
	"non-blocking sockets such as these.",
};
