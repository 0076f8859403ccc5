/* reuse limits: how many connections can this machine hold? */
#include <errno.h>
#include <string.h>

#include "answer/brief.h"
#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cmd/limits/audit.h"
#include "cmd/limits/ports.h"
#include "cmd/limits/ports_view.h"
#include "cmd/limits/prove.h"
#include "cmd/limits/view.h"
#include "tcp/call.h"
#include "words/endpoint.h"
#include "words/report.h"
#include "words/start.h"

struct limits_opts {
	struct common common;
	uint64_t prove;
	const char *source, *to, *from;
	int force;
	struct endpoint end;  /* the source of --prove, or the destination of --to */
	struct endpoint near; /* the source of --to */
};

#define AT(field) offsetof(struct limits_opts, field)

static const struct opt opts[] = {
    {0, "prove", "N", AT(prove), opt_count, 0,
	"open N connections over loopback; all from one source address and port"},
    {0, "source", "ADDR:PORT", AT(source), opt_word, 0,
	"with --prove: the source (default: 127.0.0.1 and a free port)"},
    {0, "to", "ADDR:PORT", AT(to), opt_word, 0,
	"how many more connections can go to that destination; and what uses the ports"},
    {0, "from", "ADDR", AT(from), opt_word, 0,
	"with --to: the source (default: the address that the kernel chooses)"},
    {0, "force", NULL, AT(force), NULL, 1,
	"with --prove: try anyway; even where memory, descriptors or processes are too few"},
    {0},
};

/* The source as typed, or the default. Returns an enum status. */
static int read_source(const struct limits_opts *o, struct endpoint *place)
{
	place->addr = addr_loopback(o->common.family == 6 ? AF_INET6 : AF_INET, 0);
	if (o->source) {
		if (!endpoint_is_whole(o->source)) {
			say("--source %s: not an address and a port, like 127.0.0.1:3001",
			    say_quote(o->source));
			return STATUS_USAGE;
		}
		if (endpoint_read_whole(place, &o->common, o->source) < 0)
			return STATUS_USAGE;
		if (!*place->name && addr_is_any(&place->addr)) {
			say("--source %s: expected one address, not the wildcard",
			    say_quote(o->source));
			return STATUS_USAGE;
		}
	}
	return STATUS_OK;
}

/* --to and --from as typed. Returns an enum status. */
static int read_route(struct limits_opts *o)
{
	if (!endpoint_is_whole(o->to)) {
		say("--to %s: not an address and a port, like 192.0.2.1:443", say_quote(o->to));
		return STATUS_USAGE;
	}
	if (endpoint_read_whole(&o->end, &o->common, o->to) < 0)
		return STATUS_USAGE;
	if (o->end.port == 0) {
		say("--to %s: port 0 cannot be a destination", say_quote(o->to));
		return STATUS_USAGE;
	}
	if (!*o->end.name && o->end.addr.any.sa_family == AF_UNSPEC) {
		say("--to %s: the address is missing", say_quote(o->to));
		return STATUS_USAGE;
	}
	if (o->from && endpoint_read(&o->near, &o->common, o->from, strlen(o->from)) < 0)
		return STATUS_USAGE;
	if (!o->from || *o->end.name || *o->near.name)
		return STATUS_OK;
	const union addr to = addr_unmap(&o->end.addr), from = addr_unmap(&o->near.addr);
	if (to.any.sa_family != from.any.sa_family) {
		say("--to %s and --from %s: one is IPv4, the other IPv6", say_quote(o->to),
		    say_quote(o->from));
		return STATUS_USAGE;
	}
	o->end.addr = to;
	o->near.addr = from;
	return STATUS_OK;
}

/* --to: the ports towards one destination. Returns an enum status. */
static int show_ports(const union addr *to, const union addr *from)
{
	struct route route;
	struct ports ports;
	struct fault fault;
	const char *call;

	if (route_find(&route, to, from, &fault) < 0) {
		brief_fault(&fault, from, to);
		return STATUS_FAIL;
	}
	if (ports_read(&ports, &route, &call) < 0) {
		report_call(call, errno);
		return STATUS_FAIL;
	}
	if (out_json())
		ports_json(&ports, &route);
	else
		ports_view(&ports, &route);
	const bool some = ports.left > 0 || ports.left_to_bind > 0;
	ports_free(&ports);
	return some ? STATUS_OK : STATUS_FAIL;
}

/* Without --prove: each limit, what it allows, which is hit first. Returns an enum status. */
static int audit(int stop)
{
	static struct bound bounds[BOUND_COUNT];
	struct audit_row rows[BOUND_COUNT];
	struct cost cost = {.kernel_bytes = -1};
	struct fleet_plan place;
	const union addr source = addr_loopback(AF_INET, 0);
	int status = STATUS_OK;

	/* Read before the soft limit is raised to measure the cost. */
	bounds_read(bounds);
	const int held = cost_place(&place, &source);
	if (held < 0 || cost_measure(&cost, &place, bounds, stop) < 0)
		status = STATUS_FAIL;
	if (held >= 0)
		call_close(held);
	if (stop_wanted())
		return STATUS_INTERRUPTED;

	audit_judge(bounds, &cost, rows);
	if (out_json())
		audit_json(bounds, rows);
	else
		audit_view(bounds, rows, &cost);
	return status;
}

static int limits_read(void *into, int count, char **words)
{
	struct limits_opts *const o = into;

	if (count > 0)
		return command_unexpected(words[0]);
	if (o->prove && (o->to || o->from)) {
		say("--%s: not with --prove", o->to ? "to" : "from");
		return STATUS_USAGE;
	}
	if (o->from && !o->to) {
		say("--from: only with --to");
		return STATUS_USAGE;
	}
	if (!o->prove && (o->source || o->force)) {
		say("--%s: only with --prove", o->source ? "source" : "force");
		return STATUS_USAGE;
	}
	return o->to ? read_route(o) : read_source(o, &o->end);
}

static int run_limits(int argc, char **argv)
{
	struct limits_opts o = {.end.what = "address", .near.what = "address"};
	int status;

	if (!start_command(&cmd_limits, &o.common, argc, argv, &status))
		return status;
	const int stop = start_stop(STATUS_INTERRUPTED);
	if (stop < 0)
		return STATUS_FAIL;
	if ((o.from ? endpoint_find_pair(&o.end, &o.near, &o.common)
		    : endpoint_find(&o.end, &o.common)) < 0)
		return STATUS_FAIL;
	if (o.to) {
		status = show_ports(&o.end.addr, &o.near.addr);
		if (out_end() < 0)
			return STATUS_FAIL;
		return stop_wanted() ? STATUS_INTERRUPTED : status;
	}
	status = o.prove ? prove_run(o.prove, &o.end.addr, o.force, stop) : audit(stop);
	return out_end() ? STATUS_FAIL : status;
}

const struct command cmd_limits = {
    .name = "limits",
    .summary = "Show what limits the number of connections, and prove it",
    .search = "ephemeral ports, EADDRNOTAVAIL, too many open files",
    .operands = "",
    .about =
	"Shows which limit on the number of connections of this machine is hit first; then every\n"
	"limit: its value, where it is set, how many connections it permits for a client of one\n"
	"destination, a client of many and a server, and the command that raises it. The memory\n"
	"that a connection needs is measured with a thousand real ones over loopback.\n"
	"\n"
	"--prove N opens N connections that all share one source address and port, in as many\n"
	"processes as the descriptor limit makes necessary, sends a heartbeat over each, compares\n"
	"what comes back, counts the sources in the kernel's own table, and resets them all. It\n"
	"never leaves the loopback, refuses beforehand what memory cannot hold, and keeps a tenth\n"
	"of the memory free. With IPv6, and where not all of 127.0.0.0/8 is local, the destinations\n"
	"are ports of one address, 64512 at most. Status 0: all N opened and echoed, if asked; 1:\n"
	"not all.\n"
	"\n"
	"--to ADDR:PORT shows how many more connections can be made to that destination now, from\n"
	"one source address: what is left of the ephemeral ports for connect without bind, with\n"
	"IP_BIND_ADDRESS_NO_PORT, and for bind to port 0; what takes the others, and what would\n"
	"give more. Nothing is sent to it, and nobody needs to listen there. The kernel is asked\n"
	"port by port, over the loopback, whether a port was bound (Linux 6.3); elsewhere it is\n"
	"inferred. Status 0: some port is left; 1: none.",
    .example = "reuse limits\n"
	       "reuse limits --prove 100000\n"
	       "reuse limits --prove 1M --source 127.0.0.1:3001\n"
	       "reuse limits --to 192.0.2.10:443",
    .opts = opts,
    .run = run_limits,
    .read = limits_read,
};
