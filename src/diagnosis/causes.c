#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "cli/text.h"
#include "diagnosis/causes.h"
#include "diagnosis/causes_checks.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/probe.h"
#include "tcp/system.h"

static const char *const first_port = "net.ipv4.ip_unprivileged_port_start";

/* False where it is set, and cannot be read: then `*first` is the default. On other systems it is fixed. */
static bool read_first_port(unsigned *first)
{
	const long read = tunable_number(first_port, -1);

	*first = read >= 0 ? (unsigned)read : 1024;
	return read >= 0 || rule_here() != RULE_LINUX;
}

unsigned cause_first_port(void)
{
	unsigned first;

	read_first_port(&first);
	return first;
}

static enum fact privileged_port(const struct subject *subject, char said[CAUSE_SAID])
{
	const enum fact may = facts_may_bind_low();
	const unsigned port = confined_port(subject);
	unsigned start;
	const bool known = read_first_port(&start);

	if (subject->local && (!port || (known && port >= start)))
		return FACT_NO;
	if (!known) {
		snprintf(said, CAUSE_SAID, "%s cannot be read here, and is %u where nobody set it",
		    first_port, start);
		return may == FACT_YES ? FACT_NO : FACT_UNKNOWN;
	}
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

static enum fact descriptors(const struct subject *subject, char said[CAUSE_SAID])
{
	struct rlimit limit;

	(void)subject;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(said, CAUSE_SAID, "here a process may have %llu, at most %llu",
		    (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	return FACT_UNKNOWN;
}

enum fact cause_tunable(const struct subject *subject, char said[CAUSE_SAID])
{
	const char *name = subject->cause->tunable;
	char value[TUNABLE_TEXT];

	if (tunable_read(name, value) == 0)
		snprintf(said, CAUSE_SAID, "here %s is %.*s", name, 100, *value ? value : "empty");
	return FACT_UNKNOWN;
}

static enum fact bound_already(const struct subject *subject, char said[CAUSE_SAID])
{
	(void)said;
	if (subject->seen)
		return subject->bound ? FACT_YES : FACT_NO;
	/* A socket that was made to find out is not. */
	return subject->local && subject->bind ? FACT_NO : FACT_UNKNOWN;
}

static enum fact not_linux(const struct subject *subject, char said[CAUSE_SAID])
{
	(void)subject;
	(void)said;
	return rule_here() == RULE_LINUX ? FACT_NO : FACT_UNKNOWN;
}

static const char leave_sandbox[] =
    "run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it";

/* How this machine is asked, and what helps where it holds. */
static const struct {
	enum fact (*holds)(
	    const struct subject *subject, char said[CAUSE_SAID]); /* NULL: not at all */
	const char *cure;
	void (*write_cure)(
	    const struct subject *subject, char text[CAUSE_CURE]); /* instead of a text */
} rows[] = {
    [CHECK_NONE] = {.holds = NULL},
    [CHECK_PRIVILEGED_PORT] = {.holds = privileged_port, .write_cure = cure_privilege},
    [CHECK_FOREIGN_NETWORK] = {.holds = foreign_network,
	.cure = "root outside of this user namespace may bind to it"},
    [CHECK_LANDLOCK] = {.holds = confined_landlock, .cure = leave_sandbox},
    [CHECK_SANDBOX] = {.holds = confined_bind, .cure = leave_sandbox},
    [CHECK_FILTER] = {.holds = confined_filter, .cure = leave_sandbox},
    [CHECK_GROUP] = {.holds = confined_group, .write_cure = cure_group},
    [CHECK_FOREIGN_ADDRESS] = {.holds = ends_foreign, .write_cure = cure_foreign_address},
    [CHECK_TENTATIVE] = {.holds = ends_tentative, .write_cure = cure_tentative},
    [CHECK_TWIN] = {.holds = ends_twin,
	.cure = "another machine on the link has the address: choose another"},
    [CHECK_NO_SOURCE] = {.holds = ends_no_source, .write_cure = cure_no_source},
    [CHECK_SCOPE] = {.holds = ends_scope, .write_cure = cure_scope},
    [CHECK_PORT_RANGE] = {.holds = ends_port_range, .write_cure = cure_port_range},
    [CHECK_CONNECT_PORTS] = {.holds = ends_connect_ports},
    [CHECK_PAIR] = {.holds = ends_pair},
    [CHECK_BOUND_ALREADY] = {.holds = bound_already,
	.cure = "bind a new socket: this one keeps its port until it is closed"},
    [CHECK_MULTICAST] = {.holds = ends_multicast,
	.cure = "use an address that is not multicast, or UDP"},
    [CHECK_MAPPED] = {.holds = ends_mapped,
	.cure = "clear IPV6_V6ONLY on your socket before bind, or bind an IPv4 socket"},
    [CHECK_LOOPBACK_SOURCE] = {.holds = ends_loopback_source},
    [CHECK_LISTENER] = {.holds = ends_listener},
    [CHECK_QUEUE] = {.holds = ends_queue},
    [CHECK_BROADCAST] = {.holds = ends_broadcast},
    [CHECK_ROUTE] = {.holds = ends_route},
    [CHECK_ROUTE_SAYS] = {.holds = ends_route_says},
    [CHECK_FIREWALL] = {.holds = ends_firewall},
    [CHECK_IPV6] = {.holds = ipv6},
    [CHECK_FAMILY] = {.holds = confined_family, .cure = leave_sandbox},
    [CHECK_DESCRIPTORS] = {.holds = descriptors},
    [CHECK_TUNABLE] = {.holds = cause_tunable},
    [CHECK_NOT_LINUX] = {.holds = not_linux},
};

enum fact cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID])
{
	struct subject asked = *subject;

	asked.cause = cause;
	*said = 0;
	return rows[cause->check].holds ? rows[cause->check].holds(&asked, said) : FACT_UNKNOWN;
}

void cause_cure(const struct cause *cause, const struct subject *subject, char text[CAUSE_CURE])
{
	struct subject asked = *subject;

	asked.cause = cause;
	snprintf(text, CAUSE_CURE, "%s", rows[cause->check].cure ? rows[cause->check].cure : "");
	if (rows[cause->check].write_cure)
		rows[cause->check].write_cure(&asked, text);
}
