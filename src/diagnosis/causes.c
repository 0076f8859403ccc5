#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/text.h"
#include "diagnosis/causes.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/probe.h"

static const char *const first_port = "net.ipv4.ip_unprivileged_port_start";

/* The port that is asked about, or 0. */
static unsigned port_of(const struct subject *subject)
{
	return subject->local ? addr_port(subject->local) : 0;
}

static enum fact privileged_port(const struct subject *subject, char said[CAUSE_SAID])
{
	const enum fact may = facts_may_bind_low();
	char first[TUNABLE_TEXT];
	const bool known = tunable_read(first_port, first) == 0;
	const unsigned start = known ? (unsigned)strtoul(first, NULL, 10) : 1024;
	const unsigned port = port_of(subject);

	if (subject->local && port >= start)
		return FACT_NO;
	snprintf(said, CAUSE_SAID, "%s%s, %u%s", port ? "below " : "here ", first_port, start,
	    port ? "" : " is the first port for everybody");
	if (!port && may == FACT_YES)
		text_add(said, CAUSE_SAID, "; you may bind to all");
	return may == FACT_YES || start == 0 ? FACT_NO
	       : may == FACT_UNKNOWN         ? FACT_UNKNOWN
					     : FACT_YES;
}

static enum fact foreign_network(const struct subject *subject, char said[CAUSE_SAID])
{
	const enum fact foreign = facts_foreign_network();
	char text[CAUSE_SAID] = "";

	if (foreign == FACT_YES)
		snprintf(said, CAUSE_SAID, "this network belongs to another user namespace");
	/* It does not matter where the port is not privileged. */
	if (subject->local && foreign == FACT_YES && privileged_port(subject, text) == FACT_NO)
		return FACT_NO;
	return foreign;
}

/* A port that nobody holds and everybody may bind is refused by TCP, and not by UDP, of which Landlock knows
 * nothing. */
static enum fact landlock(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr addr = addr_loopback(AF_INET, 0);
	const enum fact known = facts_landlock();
	struct fault tcp, udp;
	char text[CAUSE_SAID] = "";

	if (known == FACT_NO ||
	    (subject->local && (subject->udp || privileged_port(subject, text) == FACT_YES)))
		return FACT_NO;
	if (!subject->bind)
		return FACT_UNKNOWN;
	const bool refused = probe_bind(&addr, false, PROBE_NONE, &tcp) < 0 && tcp.error == EACCES;
	if (refused && probe_bind(&addr, true, PROBE_NONE, &udp) == 0) {
		snprintf(said, CAUSE_SAID,
		    "tried: TCP may bind to no port here, UDP may: a sandbox, as of Landlock");
		return FACT_YES;
	}
	snprintf(said, CAUSE_SAID, "tried: bind 127.0.0.1:0 %s",
	    refused               ? "EACCES"
	    : tcp.at == CALL_NONE ? "ok"
				  : errname(tcp.error));
	return subject->local ? FACT_UNKNOWN : FACT_NO;
}

static enum fact filter(char said[CAUSE_SAID])
{
	const enum fact filtered = facts_filtered();

	if (filtered == FACT_NO)
		return FACT_NO;
	if (filtered == FACT_YES)
		snprintf(said, CAUSE_SAID, "this process has a seccomp filter");
	/* What it lets through cannot be read. */
	return FACT_UNKNOWN;
}

static enum fact group_program(const struct subject *subject, char said[CAUSE_SAID])
{
	const int family = subject->local ? subject->local->any.sa_family : AF_INET;
	const enum fact program = facts_group_program(family);

	if (program == FACT_YES)
		snprintf(said, CAUSE_SAID, "this control group has a BPF program on bind");
	return program == FACT_YES ? FACT_UNKNOWN : program;
}

/* The address of the machine that is asked about: of a connect the source, or what it goes to. */
static const union addr *address_of(const struct subject *subject)
{
	if (subject->local && (!subject->peer || !addr_is_any(subject->local)))
		return subject->local;
	return subject->peer;
}

static enum fact foreign_address(const struct subject *subject, char said[CAUSE_SAID])
{
	char name[IF_NAMESIZE], text[ADDR_TEXT];
	union addr addr = addr_any(AF_INET, 0);
	struct fault fault;

	if (subject->local) {
		const enum address_state state = facts_address(subject->local, name);
		if (state == ADDRESS_NONE)
			snprintf(said, CAUSE_SAID, "no interface has %s",
			    addr_print_host(subject->local, text));
		return state == ADDRESS_NONE      ? FACT_YES
		       : state == ADDRESS_UNKNOWN ? FACT_UNKNOWN
						  : FACT_NO;
	}
	/* RFC 5737: for documentation, nobody's. */
	inet_pton(AF_INET, "192.0.2.1", &addr.v4.sin_addr);
	snprintf(said, CAUSE_SAID, "tried: bind 192.0.2.1:0 %s",
	    probe_bind(&addr, false, PROBE_NONE, &fault) == 0 ? "ok" : errname(fault.error));
	return FACT_UNKNOWN;
}

static enum fact checked(
    const struct subject *subject, enum address_state wanted, char said[CAUSE_SAID])
{
	const union addr *addr = address_of(subject);
	char name[IF_NAMESIZE], text[ADDR_TEXT];

	if (!addr)
		return FACT_UNKNOWN;
	const enum address_state state = facts_address(addr, name);
	if (state == wanted)
		snprintf(said, CAUSE_SAID,
		    wanted == ADDRESS_TENTATIVE ? "%s has %s, still tentative"
						: "%s has %s, which has a twin (dadfailed)",
		    name, addr_print_host(addr, text));
	return state == wanted ? FACT_YES : state == ADDRESS_UNKNOWN ? FACT_UNKNOWN : FACT_NO;
}

/* IPv6 alone is turned off by families. */
static enum fact no_source(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr *addr = address_of(subject);

	if (addr && addr->any.sa_family == AF_INET)
		return FACT_NO;
	const enum fact has = facts_has_addresses(AF_INET6);
	if (has == FACT_NO)
		snprintf(said, CAUSE_SAID,
		    "no interface has an IPv6 address: it is turned off here "
		    "(net.ipv6.conf.*.disable_ipv6), or not configured");
	return has == FACT_NO ? FACT_YES : has == FACT_YES ? FACT_NO : FACT_UNKNOWN;
}

static enum fact scope(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr *addr = subject->peer ? subject->peer : subject->local;

	if (!addr)
		return FACT_UNKNOWN;
	if (addr->any.sa_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&addr->v6.sin6_addr) ||
	    addr->v6.sin6_scope_id)
		return FACT_NO;
	snprintf(said, CAUSE_SAID, "an address of a link needs its interface: fe80::1%%eth0");
	return FACT_YES;
}

static enum fact port_range(const struct subject *subject, char said[CAUSE_SAID])
{
	union addr addr = subject->local ? *subject->local : addr_any(AF_INET, 0);
	struct fault fault = {0};
	unsigned low, high;
	bool refused = false;

	if (subject->local && addr_port(subject->local) != 0)
		return FACT_NO;
	if (subject->bind) {
		refused = probe_bind(&addr, subject->udp, PROBE_NONE, &fault) < 0 &&
			  fault.error == EADDRINUSE;
		if (!subject->local)
			snprintf(said, CAUSE_SAID, "tried: bind 0.0.0.0:0 %s; ",
			    fault.at == CALL_NONE ? "ok" : errname(fault.error));
	}
	if (!tunable_port_range(&low, &high))
		return refused ? FACT_YES : FACT_UNKNOWN;
	if (refused)
		snprintf(said, CAUSE_SAID,
		    "all ports of the range that the kernel picks from, %u to %u, are taken or reserved",
		    low, high);
	else
		text_add(said, CAUSE_SAID, "the range is %u to %u", low, high);
	return refused ? FACT_YES : subject->bind ? FACT_NO : FACT_UNKNOWN;
}

static enum fact ipv6(char said[CAUSE_SAID])
{
	const int fd = call_socket(AF_INET6);

	snprintf(
	    said, CAUSE_SAID, "tried: an IPv6 socket %s", fd < 0 ? "is refused" : "can be opened");
	if (fd >= 0)
		call_close(fd);
	return fd < 0 ? FACT_YES : FACT_NO;
}

static enum fact descriptors(char said[CAUSE_SAID])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(said, CAUSE_SAID, "here a process may have %llu, at most %llu",
		    (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	return FACT_UNKNOWN;
}

static enum fact tunable(const char *name, char said[CAUSE_SAID])
{
	char value[TUNABLE_TEXT];

	if (tunable_read(name, value) == 0)
		snprintf(said, CAUSE_SAID, "here %s is %.*s", name, 100, *value ? value : "empty");
	return FACT_UNKNOWN;
}

enum fact cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID])
{
	static const struct subject any = {.bind = true};

	if (!subject)
		subject = &any;
	*said = 0;
	switch (cause->check) {
	case CHECK_NONE:
		return FACT_UNKNOWN;
	case CHECK_PRIVILEGED_PORT:
		return privileged_port(subject, said);
	case CHECK_FOREIGN_NETWORK:
		return foreign_network(subject, said);
	case CHECK_LANDLOCK:
		return landlock(subject, said);
	case CHECK_FILTER:
		return filter(said);
	case CHECK_GROUP:
		return group_program(subject, said);
	case CHECK_FOREIGN_ADDRESS:
		return foreign_address(subject, said);
	case CHECK_TENTATIVE:
		return checked(subject, ADDRESS_TENTATIVE, said);
	case CHECK_TWIN:
		return checked(subject, ADDRESS_FAILED, said);
	case CHECK_NO_SOURCE:
		return no_source(subject, said);
	case CHECK_SCOPE:
		return scope(subject, said);
	case CHECK_PORT_RANGE:
		return port_range(subject, said);
	case CHECK_IPV6:
		return ipv6(said);
	case CHECK_DESCRIPTORS:
		return descriptors(said);
	case CHECK_TUNABLE:
		return tunable(cause->tunable, said);
	}
	return FACT_UNKNOWN;
}

const char *cause_cure(enum errors_check check)
{
	static const char *const cures[] = {
	    [CHECK_PRIVILEGED_PORT] =
		"a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM",
	    [CHECK_FOREIGN_NETWORK] = "root outside of this user namespace may bind to it",
	    [CHECK_LANDLOCK] = "run it outside of this sandbox; another port or user does not help",
	    [CHECK_FILTER] = "run it outside of this sandbox; another port or user does not help",
	    [CHECK_FOREIGN_ADDRESS] =
		"IP_FREEBIND on your socket lets you bind to an address that is not here yet, and so does: "
		"sysctl -w net.ipv4.ip_nonlocal_bind=1 (IPv6: net.ipv6.ip_nonlocal_bind=1)",
	    [CHECK_TENTATIVE] =
		"wait a second or two, and try again; or add the address with nodad; or "
		"set IP_FREEBIND on your socket",
	    [CHECK_TWIN] = "another machine of the link has the address: choose another",
	    [CHECK_SCOPE] = "write it with its interface: fe80::1%eth0",
	    [CHECK_PORT_RANGE] =
		"IP_BIND_ADDRESS_NO_PORT on your socket lets connect choose the port; a wider "
		"net.ipv4.ip_local_port_range or another source address gives more",
	};

	return check < sizeof cures / sizeof *cures ? cures[check] : NULL;
}
