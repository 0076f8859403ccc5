#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/experiment/needs.h"
#include "os/interfaces.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/option.h"
#include "tcp/system.h"
#include "tcp/trial.h"
#include "tcp/version.h"

#define SECOND_LOOPBACK "127.0.0.2"

enum {
	ADDRESSES = 16,
	STEPS = 5,
	MIGRATION_SINCE = VERSION_OF(5, 14, 0),
	DESCRIPTORS = 16, /* of a part with few sockets or processes */
};

/* The version of this Linux; of another system the greatest. */
static unsigned linux_version(void)
{
	return rule_here() == RULE_LINUX ? version_here() : UINT_MAX;
}

/* How trial steps fare in a row: whether all are ok. */
static bool all_ok(const struct step steps[], size_t count)
{
	const struct trial_plan plan = {
	    .steps = steps, .count = count, .family = AF_INET, .stop = -1};
	struct trial_result results[STEPS];
	struct fault fault;
	call_hear *const trace = call_trace;

	call_trace = NULL; /* nobody asked for these calls */
	bool ok = trial_run(&plan, results, NULL, &fault) == 0;
	call_trace = trace;
	for (size_t i = 0; i < count && ok; i++)
		ok = results[i].fault.at == CALL_NONE;
	return ok;
}

static union addr read_host(const char *host)
{
	union addr addr = {0};
	char why[ADDR_WHY];

	addr_read(host, strlen(host), &addr, why);
	return addr;
}

static bool can_bind(const char *host)
{
	/* Not port 0, which is refused as well where no ephemeral port is left. */
	const struct step bind = {
	    .verb = TRIAL_BIND, .addr = read_host(host), .port = TRIAL_P, .uid = TRIAL_SAME_USER};

	return all_ok(&bind, 1);
}

/* Whether one socket's range of ports can be narrowed. It is read back, for gVisor takes it and does not heed
 * it. */
static bool heeds_port_range(void)
{
	const struct setting range = {
	    .option = OPTION_PORT_RANGE, .value = 40000 + INT64_C(65536) * 40009};
	struct fault fault;
	call_hear *const trace = call_trace;

	if (!option_known(OPTION_PORT_RANGE))
		return false;
	call_trace = NULL; /* nobody asked for these calls */
	const int fd = call_socket(AF_INET);
	const bool heeded =
	    fd >= 0 && option_set(fd, &range, &fault) == 0 && option_get(fd, OPTION_PORT_RANGE);
	if (fd >= 0)
		call_close(fd);
	call_trace = trace;
	return heeded;
}

/* The setting exists before the mechanism, in 5.10.223 and later of that series. */
static bool moves_queues(void)
{
	return linux_version() >= MIGRATION_SINCE;
}

/* Whether a socket on 127.0.0.1 reaches a listener of this machine there. */
static bool reached(const union addr *there)
{
	const union addr here = read_host("127.0.0.1"), all = addr_any(AF_INET, 0);
	const struct step steps[STEPS] = {
	    {.verb = TRIAL_BIND, .addr = all, .port = TRIAL_P, .uid = TRIAL_SAME_USER},
	    {.verb = TRIAL_LISTEN, .backlog = 1, .uid = TRIAL_SAME_USER},
	    {.verb = TRIAL_BIND,
		.socket = 1,
		.addr = here,
		.port = TRIAL_Q,
		.uid = TRIAL_SAME_USER},
	    {.verb = TRIAL_CONNECT,
		.socket = 1,
		.addr = *there,
		.port = TRIAL_P,
		.uid = TRIAL_SAME_USER},
	    {.verb = TRIAL_ACCEPT, .socket = 2, .uid = TRIAL_SAME_USER},
	};

	return all_ok(steps, STEPS);
}

/* Asked once: where what is sent is dropped it takes seconds. */
static bool loopback_answers(void)
{
	static enum { NOT_ASKED, SILENT, ANSWERS } loopback;
	const union addr there = addr_loopback(AF_INET, 0);

	if (loopback == NOT_ASKED)
		loopback = reached(&there) ? ANSWERS : SILENT;
	return loopback == ANSWERS;
}

const char *needs_missing(unsigned needs)
{
	const long descriptors = sysconf(_SC_OPEN_MAX);

	if (descriptors >= 0 && descriptors < DESCRIPTORS)
		return "it needs 16 descriptors, and this process may have fewer. To raise the limit: "
		       "ulimit -n, as root, or /etc/security/limits.conf";
	if (needs & NEED_NO_CONNECT && !can_bind("127.0.0.1"))
		return "127.0.0.1 cannot be bound: the loopback interface may be down. On Linux: sudo "
		       "ip link set lo up";
	if (!(needs & NEED_NO_CONNECT) && !loopback_answers())
		return "nothing on 127.0.0.1 is reached: the loopback interface may be down. On Linux: "
		       "sudo ip link set lo up";
	if (needs & NEED_SECOND_LOOPBACK && !can_bind(SECOND_LOOPBACK))
		return "127.0.0.2 is not an address of this machine. To add it on macOS: sudo ifconfig "
		       "lo0 alias 127.0.0.2; on FreeBSD: sudo ifconfig lo0 alias 127.0.0.2/32";
	if (needs & NEED_IPV6 && !can_bind("::1"))
		return "::1 cannot be bound: IPv6 may be off. On Linux: sudo sysctl "
		       "net.ipv6.conf.lo.disable_ipv6=0 net.ipv6.conf.all.disable_ipv6=0";
	if (needs & NEED_SPREAD && !option_known(OPTION_SPREAD_RANDOM))
		return "no program can choose the listener on this system (SO_ATTACH_REUSEPORT_CBPF: "
		       "Linux can from 4.5 on)";
	if (needs & NEED_MIGRATION && !moves_queues())
		return "Linux moves the queue of a listener that closes from 5.14 on; this one is older, "
		       "even where it has net.ipv4.tcp_migrate_req";
	if (needs & NEED_NO_MIGRATION && moves_queues() &&
	    tunable_number("net.ipv4.tcp_migrate_req", 0) != 0)
		return "this network already moves queues: sudo sysctl net.ipv4.tcp_migrate_req=0";
	return NULL;
}

bool needs_this_version(const struct part *part)
{
	const unsigned here = linux_version();

	return here >= part->since && (!part->until || here < part->until);
}

bool needs_network(unsigned needs)
{
	return needs & NEED_MIGRATION || (needs & NEED_PORT_RANGE && !heeds_port_range());
}

static bool names_lan(const struct experiment *experiment)
{
	for (size_t i = 0; i < EXPERIMENT_PARTS; i++)
		for (size_t j = 0; j < EXPERIMENT_PROGRAMS; j++) {
			const char *command = experiment->parts[i].programs[j].command;
			if (command && strstr(command, "LAN"))
				return true;
		}
	return false;
}

unsigned needs_of(const struct show *show, const struct part *part)
{
	return part->needs | (strcmp(show->lan, SECOND_LOOPBACK) ? 0 : NEED_SECOND_LOOPBACK);
}

void needs_lan(struct show *show)
{
	union addr addrs[ADDRESSES];

	if (!names_lan(show->experiment))
		return;
	const size_t count = lan_addresses(addrs, ADDRESSES);
	for (size_t i = 0; i < count; i++)
		if (reached(&addrs[i])) {
			addr_print_host(&addrs[i], show->lan);
			return;
		}
	snprintf(show->lan, sizeof show->lan, SECOND_LOOPBACK);
}
