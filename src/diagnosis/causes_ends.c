/* The causes that lie in an address or a port of this end. */
#include <errno.h>
#include <stdio.h>

#include "cli/text.h"
#include "diagnosis/causes_checks.h"
#include "os/holder.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tcp/probe.h"

/* The address of the machine that is asked about: of a connect the source, or what it goes to. */
static const union addr *address_of(const struct subject *subject)
{
	if (subject->local && (!subject->peer || !addr_is_any(subject->local)))
		return subject->local;
	return subject->peer;
}

static enum fact is_checked(
    const struct subject *subject, enum address_state wanted, char said[CAUSE_SAID])
{
	const union addr *addr = address_of(subject);
	char name[IF_NAMESIZE], text[ADDR_TEXT];
	union addr any;

	/* Where no address was asked about any that is so. */
	if (!addr) {
		const enum fact has = facts_has_state(wanted, &any, name);
		if (has != FACT_YES)
			return has;
		addr = &any;
	}
	const enum address_state state = addr == &any ? wanted : facts_address(addr, name);
	if (state == wanted)
		snprintf(said, CAUSE_SAID,
		    wanted == ADDRESS_TENTATIVE ? "%s has %s, still tentative"
						: "%s has %s, which is a duplicate (dadfailed)",
		    name, addr_print_host(addr, text));
	return state == wanted ? FACT_YES : state == ADDRESS_UNKNOWN ? FACT_UNKNOWN : FACT_NO;
}

enum fact ends_tentative(const struct subject *subject, char said[CAUSE_SAID])
{
	return is_checked(subject, ADDRESS_TENTATIVE, said);
}

enum fact ends_twin(const struct subject *subject, char said[CAUSE_SAID])
{
	return is_checked(subject, ADDRESS_FAILED, said);
}

/* IPv6 alone is turned off by families, or on an interface: the loopback. */
enum fact ends_no_source(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr *addr = address_of(subject);
	char name[IF_NAMESIZE];

	if (addr && addr->any.sa_family == AF_INET)
		return FACT_NO;
	const bool loopback = addr && IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr) &&
			      facts_address(addr, name) == ADDRESS_NONE;
	const enum fact has = facts_has_addresses(AF_INET6);
	if (loopback && facts_loopback_down() == FACT_YES)
		snprintf(said, CAUSE_SAID, "the loopback (lo) is down, and has no ::1");
	else if (has == FACT_NO)
		snprintf(said, CAUSE_SAID,
		    "no interface has an IPv6 address: it is turned off here "
		    "(net.ipv6.conf.*.disable_ipv6), or not configured");
	else if (loopback)
		snprintf(said, CAUSE_SAID,
		    "the loopback has no ::1: IPv6 is turned off there "
		    "(net.ipv6.conf.lo.disable_ipv6)");
	return *said ? FACT_YES : has == FACT_UNKNOWN ? FACT_UNKNOWN : FACT_NO;
}

/* An address of a link that another interface has than the one it is written with. */
static bool is_astray(const union addr *addr, const char *has)
{
	return addr->any.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&addr->v6.sin6_addr) &&
	       addr->v6.sin6_scope_id != 0 && addr->v6.sin6_scope_id != if_nametoindex(has);
}

/* Whether bind takes addresses that are not here. */
static bool nonlocal_bind(const union addr *addr)
{
	return tunable_number(addr->any.sa_family == AF_INET6 ? "net.ipv6.ip_nonlocal_bind"
							      : "net.ipv4.ip_nonlocal_bind",
		   0) == 1;
}

enum fact ends_foreign(const struct subject *subject, char said[CAUSE_SAID])
{
	char name[IF_NAMESIZE], text[ADDR_TEXT];
	struct fault fault;

	/* Where there is no IPv6 it is not the address that is wrong. */
	if (subject->local && ends_no_source(subject, said) == FACT_YES) {
		*said = 0;
		return FACT_NO;
	}
	if (subject->local &&
	    (nonlocal_bind(subject->local) || facts_bindable(subject->local) == FACT_YES))
		return FACT_NO;
	if (subject->local) {
		const enum address_state state = facts_address(subject->local, name);
		const bool astray = state == ADDRESS_READY && is_astray(subject->local, name);
		if (state == ADDRESS_NONE)
			snprintf(said, CAUSE_SAID, "no interface has %s",
			    addr_print_host(subject->local, text));
		if (astray)
			snprintf(
			    said, CAUSE_SAID, "the address is on %s, not on that interface", name);
		return state == ADDRESS_NONE || astray ? FACT_YES
		       : state == ADDRESS_UNKNOWN      ? FACT_UNKNOWN
						       : FACT_NO;
	}
	if (!subject->bind)
		return FACT_UNKNOWN;
	const union addr addr = confined_nowhere(AF_INET, 0);
	snprintf(said, CAUSE_SAID, "tried: bind %s %s", addr_print(&addr, text),
	    probe_bind(&addr, false, PROBE_NONE, &fault) == 0 ? "ok" : errname(fault.error));
	return FACT_UNKNOWN;
}

/* Linux, __ipv6_addr_needs_scope_id: multicast of the interface and of the link, too. */
enum fact ends_scope(const struct subject *subject, char said[CAUSE_SAID])
{
	const union addr *addr = subject->peer ? subject->peer : subject->local;
	char name[IF_NAMESIZE], text[ADDR_TEXT];

	if (!addr)
		return FACT_UNKNOWN;
	const struct in6_addr *in = &addr->v6.sin6_addr;
	if (addr->any.sa_family != AF_INET6 || addr->v6.sin6_scope_id ||
	    (IN6_IS_ADDR_MULTICAST(in) && !subject->udp) ||
	    !(IN6_IS_ADDR_LINKLOCAL(in) || IN6_IS_ADDR_MC_LINKLOCAL(in) ||
		IN6_IS_ADDR_MC_NODELOCAL(in)))
		return FACT_NO;
	if (!subject->peer && facts_address(addr, name) == ADDRESS_READY)
		snprintf(said, CAUSE_SAID, "a link-local address needs its interface: %s%%%s",
		    addr_print_host(addr, text), name);
	else
		snprintf(said, CAUSE_SAID, "a link-local address needs its interface: %s%%eth0",
		    IN6_IS_ADDR_LINKLOCAL(in) ? "fe80::1" : "ff02::1");
	return FACT_YES;
}

enum fact ends_multicast(const struct subject *subject, char said[CAUSE_SAID])
{
	(void)said;
	if (!subject->local)
		return FACT_UNKNOWN;
	return !subject->udp && subject->local->any.sa_family == AF_INET6 &&
		       IN6_IS_ADDR_MULTICAST(&subject->local->v6.sin6_addr)
		   ? FACT_YES
		   : FACT_NO;
}

enum fact ends_mapped(const struct subject *subject, char said[CAUSE_SAID])
{
	static const char name[] = "net.ipv6.bindv6only";
	const bool set = tunable_number(name, 0) == 1;

	if (set)
		snprintf(said, CAUSE_SAID, "here %s is 1: a new IPv6 socket takes no IPv4", name);
	if (!subject->local)
		return FACT_UNKNOWN;
	if (subject->local->any.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&subject->local->v6.sin6_addr))
		return FACT_NO;
	if (subject->seen)
		return subject->v6only ? FACT_YES : FACT_NO;
	return set ? FACT_YES : FACT_UNKNOWN;
}

enum fact ends_loopback_source(const struct subject *subject, char said[CAUSE_SAID])
{
	(void)said;
	if (!subject->local || !subject->peer)
		return FACT_UNKNOWN;
	return addr_is_loopback(subject->local) && !addr_is_loopback(subject->peer) ? FACT_YES
										    : FACT_NO;
}

enum fact ends_pair(const struct subject *subject, char said[CAUSE_SAID])
{
	struct holders holders = {0};
	enum fact fact = FACT_NO;
	char local[ADDR_TEXT], peer[ADDR_TEXT];

	if (!subject->local || !subject->peer)
		return FACT_UNKNOWN;
	if (addr_port(subject->local) == 0)
		return FACT_NO;
	if (holders_read(&holders, HOLDERS_TCP | HOLDERS_NO_BIND, addr_port(subject->local)) < 0)
		return FACT_UNKNOWN;
	const union addr from = addr_unmap(subject->local), to = addr_unmap(subject->peer);
	for (size_t i = 0; i < holders.count && fact == FACT_NO; i++) {
		const struct holder *holder = &holders.list[i];
		const union addr there = addr_unmap(&holder->peer);
		const union addr here = addr_unmap(&holder->local);
		if (!addr_same(&there, &to) || !(addr_is_any(&from) || addr_same(&here, &from)))
			continue;
		snprintf(said, CAUSE_SAID, "%s -> %s exists already, in %s",
		    addr_print(&holder->local, local), addr_print(&holder->peer, peer),
		    holder_state_name(holder->state));
		fact = FACT_YES;
	}
	holders_free(&holders);
	return fact;
}

/* How many ports the kernel picks from, and how many of these are reserved. False: it does not tell. */
static bool count_range(unsigned *low, unsigned *high, unsigned *reserved)
{
	if (!tunable_port_range(low, high))
		return false;
	*reserved = tunable_reserved_count(*low, *high);
	return true;
}

bool cause_all_reserved(void)
{
	unsigned low, high, reserved;

	return count_range(&low, &high, &reserved) && reserved == high - low + 1;
}

static void say_range(unsigned low, unsigned high, unsigned reserved, char said[CAUSE_SAID])
{
	if (reserved == high - low + 1)
		text_add(said, CAUSE_SAID,
		    "all ports of the range that the kernel picks from, %u to %u, are reserved",
		    low, high);
	else if (reserved > 0)
		text_add(said, CAUSE_SAID, "the range is %u to %u, %u of them reserved", low, high,
		    reserved);
	else
		text_add(said, CAUSE_SAID, "the range is %u to %u", low, high);
}

enum fact ends_port_range(const struct subject *subject, char said[CAUSE_SAID])
{
	union addr addr = subject->local ? *subject->local : addr_any(AF_INET, 0);
	struct fault fault = {0};
	unsigned low, high, reserved;
	bool refused = false;

	if ((subject->local && addr_port(subject->local) != 0) ||
	    (subject->bind && confined_early(subject, subject->udp, 0, EADDRINUSE)))
		return FACT_NO;
	if (subject->bind) {
		refused = probe_bind(&addr, subject->udp, PROBE_NONE, &fault) < 0 &&
			  fault.error == EADDRINUSE;
		if (!subject->local)
			snprintf(said, CAUSE_SAID, "tried: bind 0.0.0.0:0 %s; ",
			    fault.at == CALL_NONE ? "ok" : errname(fault.error));
	}
	if (!count_range(&low, &high, &reserved))
		return refused ? FACT_YES : FACT_UNKNOWN;
	if (reserved == high - low + 1 || !refused)
		say_range(low, high, reserved, said);
	else
		snprintf(said, CAUSE_SAID,
		    "all ports of the range that the kernel picks from, %u to %u, are taken%s", low,
		    high, reserved > 0 ? " or reserved" : "");
	return refused || reserved == high - low + 1 ? FACT_YES
	       : subject->bind                       ? FACT_NO
						     : FACT_UNKNOWN;
}

/* connect shares ports that bind does not: only that all are reserved tells. */
enum fact ends_connect_ports(const struct subject *subject, char said[CAUSE_SAID])
{
	unsigned low, high, reserved;

	if (subject->local && addr_port(subject->local) != 0)
		return FACT_NO;
	if (!count_range(&low, &high, &reserved))
		return FACT_UNKNOWN;
	say_range(low, high, reserved, said);
	return reserved == high - low + 1 ? FACT_YES : FACT_UNKNOWN;
}
