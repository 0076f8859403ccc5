/* What confines a process answers before the network does: a seccomp filter, Landlock, a BPF program of the control
 * group, a security module. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "cli/text.h"
#include "diagnosis/causes_checks.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/probe.h"

unsigned confined_port(const struct subject *subject)
{
	const union addr *end = subject->call == CALL_CONNECT ? subject->peer : subject->local;

	return end ? addr_port(end) : 0;
}

/* An IPv6 socket has a hook of its own (but asks for the privilege first). */
static int family_asked(const struct subject *subject, unsigned port)
{
	return subject->local && subject->local->any.sa_family == AF_INET6 && port != 0 &&
		       port >= cause_first_port()
		   ? AF_INET6
		   : AF_INET;
}

union addr confined_nowhere(int family, unsigned port)
{
	static const char *const v4[] = {"192.0.2.1", "198.51.100.1", "203.0.113.1"},
				 *const v6[] = {"2001:db8::1", "3fff::1"};
	const bool is_v4 = family == AF_INET;
	const size_t count = is_v4 ? sizeof v4 / sizeof *v4 : sizeof v6 / sizeof *v6;
	union addr addr = addr_any(family, port);
	char name[IF_NAMESIZE];
	bool taken = true;

	for (size_t i = 0; i < count && taken; i++) {
		if (is_v4)
			inet_pton(family, v4[i], &addr.v4.sin_addr);
		else
			inet_pton(family, v6[i], &addr.v6.sin6_addr);
		const enum address_state state = facts_address(&addr, name);
		taken = (state != ADDRESS_NONE && state != ADDRESS_UNKNOWN) ||
			facts_bindable(&addr) == FACT_YES;
	}
	return addr;
}

/* A bind to that port at an address that is nobody's: the network refuses it for the address, before it looks at port,
 * privilege and other sockets (Linux, __inet_bind). Returns what it says instead of ok. */
static int bind_nowhere(const struct subject *subject, bool udp, unsigned port, struct fault *fault)
{
	const union addr addr = confined_nowhere(family_asked(subject, port), port);

	return probe_bind(&addr, udp, PROBE_NONE, fault);
}

/* A connect to that port of a multicast address: to TCP the network says ENETUNREACH, and sends nothing (Linux,
 * tcp_v4_connect). */
static int connect_nowhere(bool udp, unsigned port, struct fault *fault)
{
	union addr addr = addr_any(AF_INET, port);

	inet_pton(AF_INET, "224.0.0.1", &addr.v4.sin_addr);
	return probe_connect(&addr, udp, fault);
}

static bool is_early(
    const struct subject *subject, bool udp, unsigned port, int error, struct fault *fault)
{
	const bool connects = subject->call == CALL_CONNECT;
	const int done =
	    connects ? connect_nowhere(udp, port, fault) : bind_nowhere(subject, udp, port, fault);

	return done < 0 && fault->error == error &&
	       fault->at == (subject->call == CALL_NONE ? CALL_BIND : subject->call);
}

bool confined_early(const struct subject *subject, bool udp, unsigned port, int error)
{
	struct fault fault;

	/* Then the address is no reason to refuse it. */
	if (error == EADDRINUSE && tunable_number("net.ipv4.ip_nonlocal_bind", 0) == 1)
		return false;
	return is_early(subject, udp, port, error, &fault);
}

/* What was tried, where no port was asked about. */
static void say_tried(
    const struct subject *subject, const struct fault *fault, char said[CAUSE_SAID])
{
	const union addr addr = confined_nowhere(AF_INET, 0);
	char text[ADDR_TEXT];

	if (!subject->local)
		snprintf(said, CAUSE_SAID, "tried: bind %s %s", addr_print(&addr, text),
		    fault->at == CALL_NONE ? "ok" : errname(fault->error));
}

/* Whether one of a few ports is refused to TCP and not to UDP: a sandbox names those that it allows. Where one was
 * asked about, that one. */
static enum fact allows_few(const struct subject *subject, const char *verb, char said[CAUSE_SAID])
{
	static const unsigned few[] = {0, 1, 4000, 32768, 65535};
	const unsigned asked = confined_port(subject);
	const unsigned *ports = asked || subject->local || subject->peer ? &asked : few;
	const size_t count = ports == few ? sizeof few / sizeof *few : 1;
	struct fault fault;

	for (size_t i = 0; i < count; i++) {
		if (!is_early(subject, false, ports[i], EACCES, &fault))
			continue;
		/* A network without routes refuses no address: lo was never up. */
		if (is_early(subject, true, ports[i], EACCES, &fault))
			return FACT_UNKNOWN;
		snprintf(said, CAUSE_SAID, "tried: TCP may not %s to ", verb);
		text_add(said, CAUSE_SAID, ports == few ? "port %u" : "it", ports[i]);
		text_add(said, CAUSE_SAID, " here, UDP may: a sandbox, such as Landlock");
		return FACT_YES;
	}
	if (ports == few)
		snprintf(said, CAUSE_SAID,
		    "tried: %s to port 0, 1, 4000, 32768 and 65535 does not say EACCES", verb);
	return FACT_NO;
}

/* Of UDP Landlock knows nothing. */
enum fact confined_landlock(const struct subject *subject, char said[CAUSE_SAID])
{
	const bool connects = subject->call == CALL_CONNECT;

	if (facts_landlock() == FACT_NO || (subject->local && subject->udp))
		return FACT_NO;
	if (!subject->bind)
		return FACT_UNKNOWN;
	return allows_few(subject, connects ? "connect" : "bind", said);
}

/* Who says it then. */
static const char *who_confines(void)
{
	return facts_filtered() == FACT_YES ? ", and this process has a seccomp filter" : "";
}

/* That TCP and UDP are both refused port 0 too is no matter of the port. */
enum fact confined_bind(const struct subject *subject, char said[CAUSE_SAID])
{
	const int error = subject->cause->error;
	const unsigned port = confined_port(subject);
	struct fault fault;

	if (!subject->bind)
		return FACT_UNKNOWN;
	if (!is_early(subject, false, 0, error, &fault) ||
	    !confined_early(subject, false, 0, error) || !confined_early(subject, true, 0, error)) {
		say_tried(subject, &fault, said);
		if (!subject->local || !confined_early(subject, subject->udp, port, error))
			return subject->local ? FACT_NO : FACT_UNKNOWN;
		/* Where the network has no routes the privilege is asked for first; Landlock has a row of its own. */
		if ((error == EACCES && port < cause_first_port()) ||
		    !confined_early(subject, !subject->udp, port, error))
			return FACT_UNKNOWN;
		snprintf(said, CAUSE_SAID,
		    "tried: the same for TCP and UDP at an address that nobody has: a sandbox or a security module%s",
		    who_confines());
		return FACT_YES;
	}
	snprintf(said, CAUSE_SAID,
	    "tried: neither TCP nor UDP may bind to any port here: a sandbox%s", who_confines());
	return FACT_YES;
}

/* Of a bind that was refused, or one that is tried. */
static bool is_refused(const struct subject *subject)
{
	return subject->refused ||
	       (subject->bind && subject->call != CALL_LISTEN &&
		   confined_early(subject, false, confined_port(subject), subject->cause->error));
}

enum fact confined_filter(const struct subject *subject, char said[CAUSE_SAID])
{
	const enum fact filtered = facts_filtered();

	if (filtered != FACT_YES)
		return filtered;
	snprintf(said, CAUSE_SAID, "this process has a seccomp filter");
	if (!is_refused(subject) || facts_group_program(subject->call,
					family_asked(subject, confined_port(subject))) != FACT_NO)
		return FACT_UNKNOWN; /* what it lets through cannot be read */
	text_add(said, CAUSE_SAID, ", and no BPF program of its control group looks at it");
	return FACT_YES;
}

enum fact confined_group(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr *end = subject->call == CALL_CONNECT ? subject->peer : subject->local;
	const enum fact program =
	    facts_group_program(subject->call, end ? end->any.sa_family : AF_INET);

	if (program != FACT_YES)
		return program;
	snprintf(said, CAUSE_SAID, "this control group has a BPF program on %s",
	    subject->call == CALL_NONE ? "bind" : fault_call(subject->call));
	return facts_filtered() == FACT_NO && is_refused(subject) ? FACT_YES : FACT_UNKNOWN;
}

/* A family that the kernel has. */
enum fact confined_family(const struct subject *subject, char said[CAUSE_SAID])
{
	const int family = subject->local ? subject->local->any.sa_family : AF_INET6;
	const enum fact filtered = facts_filtered();
	char name[IF_NAMESIZE];
	union addr addr;

	if (filtered != FACT_YES ||
	    (family == AF_INET6 && facts_has_state(ADDRESS_READY, &addr, name) == FACT_UNKNOWN))
		return filtered == FACT_YES ? FACT_NO : filtered;
	const int fd = call_socket(family);
	if (fd >= 0)
		call_close(fd);
	else
		snprintf(said, CAUSE_SAID,
		    "tried: a socket of %s is refused, which this kernel has; this process has a seccomp filter",
		    family == AF_INET6 ? "IPv6" : "IPv4");
	return fd < 0 ? FACT_YES : FACT_NO;
}
