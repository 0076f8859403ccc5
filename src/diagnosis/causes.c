#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/text.h"
#include "diagnosis/causes.h"
#include "diagnosis/causes_confined.h"
#include "diagnosis/causes_ends.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/probe.h"
#include "tcp/system.h"

static const char *const first_port = "net.ipv4.ip_unprivileged_port_start";

unsigned cause_first_port(void)
{
	char first[TUNABLE_TEXT];

	return tunable_read(first_port, first) == 0 ? (unsigned)strtoul(first, NULL, 10) : 1024;
}

/* The port that is asked about, or 0. */
static unsigned port_of(const struct subject *subject)
{
	return subject->local ? addr_port(subject->local) : 0;
}

static enum fact privileged_port(const struct subject *subject, char said[CAUSE_SAID])
{
	const enum fact may = facts_may_bind_low();
	const unsigned start = cause_first_port();
	const unsigned port = port_of(subject);

	if (subject->local && (!port || port >= start))
		return FACT_NO;
	snprintf(said, CAUSE_SAID, "%s%s, %u%s", port ? "below " : "here ", first_port, start,
	    port ? "" : " is the first port that any user may bind");
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

static enum fact ipv6(const struct subject *subject, char said[CAUSE_SAID])
{
	char name[IF_NAMESIZE];
	union addr addr;

	/* Where IPv4 is refused, or the kernel has IPv6, something else forbids it. */
	if (subject->local && subject->local->any.sa_family == AF_INET)
		return FACT_NO;
	const int fd = call_socket(AF_INET6);
	snprintf(
	    said, CAUSE_SAID, "tried: an IPv6 socket %s", fd < 0 ? "is refused" : "can be opened");
	if (fd >= 0)
		call_close(fd);
	return fd < 0 && facts_has_state(ADDRESS_READY, &addr, name) == FACT_UNKNOWN ? FACT_YES
										     : FACT_NO;
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
	*said = 0;
	switch (cause->check) {
	case CHECK_NONE:
		return FACT_UNKNOWN;
	case CHECK_PRIVILEGED_PORT:
		return privileged_port(subject, said);
	case CHECK_FOREIGN_NETWORK:
		return foreign_network(subject, said);
	case CHECK_LANDLOCK:
		return confined_landlock(subject, said);
	case CHECK_SANDBOX:
		return confined_bind(subject, cause->error, said);
	case CHECK_FILTER:
		return confined_filter(subject, cause->error, said);
	case CHECK_GROUP:
		return confined_group(subject, cause->error, said);
	case CHECK_FOREIGN_ADDRESS:
		return ends_foreign(subject, said);
	case CHECK_TENTATIVE:
		return ends_checked(subject, ADDRESS_TENTATIVE, said);
	case CHECK_TWIN:
		return ends_checked(subject, ADDRESS_FAILED, said);
	case CHECK_NO_SOURCE:
		return ends_no_source(subject, said);
	case CHECK_SCOPE:
		return ends_scope(subject, said);
	case CHECK_PORT_RANGE:
		if (subject->bind && confined_early(subject, subject->udp, 0, EADDRINUSE))
			return FACT_NO;
		return ends_port_range(subject, said);
	case CHECK_CONNECT_PORTS:
		return ends_connect_ports(subject, said);
	case CHECK_PAIR:
		return ends_pair(subject, said);
	case CHECK_BOUND_ALREADY:
		if (subject->seen)
			return subject->bound ? FACT_YES : FACT_NO;
		/* A socket that was made to find out is not. */
		return subject->local && subject->bind ? FACT_NO : FACT_UNKNOWN;
	case CHECK_MULTICAST:
		return ends_multicast(subject);
	case CHECK_MAPPED:
		return ends_mapped(subject, said);
	case CHECK_LOOPBACK_SOURCE:
		return ends_loopback_source(subject);
	case CHECK_LISTENER:
		return ends_listener(subject, said);
	case CHECK_QUEUE:
		if (!subject->peer)
			return tunable(cause->tunable, said);
		return ends_queue(subject, said);
	case CHECK_BROADCAST:
		return ends_broadcast(subject);
	case CHECK_ROUTE:
		return ends_route(subject, said);
	case CHECK_ROUTE_SAYS:
		return ends_route_says(subject, cause->error, said);
	case CHECK_FIREWALL:
		return ends_firewall(subject, cause->error, said);
	case CHECK_IPV6:
		return ipv6(subject, said);
	case CHECK_FAMILY:
		return confined_family(subject, said);
	case CHECK_DESCRIPTORS:
		return descriptors(said);
	case CHECK_TUNABLE:
		return tunable(cause->tunable, said);
	case CHECK_NOT_LINUX:
		return rule_here() == RULE_LINUX ? FACT_NO : FACT_UNKNOWN;
	}
	return FACT_UNKNOWN;
}
