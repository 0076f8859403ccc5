/* What helps against a cause. */
#include <stdio.h>

#include "cli/text.h"
#include "diagnosis/causes_checks.h"

void cure_privilege(const struct subject *subject, char text[CAUSE_CURE])
{
	const unsigned port = addr_port(subject->local);

	/* In a user namespace that does not own the network no privilege helps. */
	if (facts_foreign_network() == FACT_YES)
		return;
	if (facts_could_bind_low() == FACT_NO)
		snprintf(text, CAUSE_CURE,
		    "CAP_NET_BIND_SERVICE is not available here, even to root; a container gets "
		    "it with --cap-add NET_BIND_SERVICE; ");
	else
		snprintf(text, CAUSE_CURE,
		    "a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM%s; ",
		    facts_no_new_privileges() == FACT_YES
			? ", but none that is started from here (no_new_privs is set)"
			: "");
	text_add(text, CAUSE_CURE,
	    "or everybody, after (as root of the machine): sysctl -w "
	    "net.ipv4.ip_unprivileged_port_start=%u",
	    port);
}

/* Of a link, as the interface that has it is known. */
void cure_scope(const struct subject *subject, char text[CAUSE_CURE])
{
	union addr addr = *subject->local;
	char name[IF_NAMESIZE], host[ADDR_TEXT];

	addr.v6.sin6_scope_id = 0;
	if (facts_address(&addr, name) == ADDRESS_READY)
		snprintf(text, CAUSE_CURE, "write it with its interface: [%s%%%s]:%u",
		    addr_print_host(&addr, host), name, addr_port(&addr));
	else
		snprintf(text, CAUSE_CURE,
		    "write it with its interface, as fe80::1%%eth0; 'ip link' lists them");
}

void cure_foreign_address(const struct subject *subject, char text[CAUSE_CURE])
{
	const bool v6 = subject->local->any.sa_family == AF_INET6;
	char name[IF_NAMESIZE];

	if (v6 && IN6_IS_ADDR_LINKLOCAL(&subject->local->v6.sin6_addr) &&
	    facts_address(subject->local, name) == ADDRESS_READY) {
		cure_scope(subject, text);
		return;
	}
	snprintf(text, CAUSE_CURE,
	    "'ip address' lists this machine's addresses, %s means all of them; to bind to one "
	    "that comes later set IP_FREEBIND on your socket, or: sysctl -w "
	    "net.%s.ip_nonlocal_bind=1",
	    v6 ? "[::]" : "0.0.0.0", v6 ? "ipv6" : "ipv4");
}

/* The check for a twin begins once the interface is up, and its link. */
void cure_tentative(const struct subject *subject, char text[CAUSE_CURE])
{
	static const char otherwise[] =
	    "or add the address with nodad; or set IP_FREEBIND on your socket";
	char name[IF_NAMESIZE];

	facts_address(subject->local, name);
	switch (facts_link(name)) {
	case LINK_DOWN:
		snprintf(text, CAUSE_CURE,
		    "%s is down, and the check begins once it is up: ip link set %s up; %s", name,
		    name, otherwise);
		return;
	case LINK_NO_CARRIER:
		snprintf(text, CAUSE_CURE,
		    "%s has no carrier, and the check begins once it has; %s", name, otherwise);
		return;
	case LINK_UP:
	case LINK_UNKNOWN:
		snprintf(text, CAUSE_CURE, "wait a second or two, and try again; %s", otherwise);
		return;
	}
}

/* Port 0. */
void cure_port_range(const struct subject *subject, char text[CAUSE_CURE])
{
	if (cause_all_reserved())
		snprintf(text, CAUSE_CURE,
		    "choose a port number yourself; as root, this takes all reservations away: "
		    "sysctl -w net.ipv4.ip_local_reserved_ports=''");
	else
		snprintf(text, CAUSE_CURE,
		    "%sa port outside that range, by its number; a wider "
		    "net.ipv4.ip_local_port_range or another source address gives more",
		    subject->udp
			? ""
			: "IP_BIND_ADDRESS_NO_PORT on a socket that will connect lets connect "
			  "choose the port; or take ");
}

void cure_no_source(const struct subject *subject, char text[CAUSE_CURE])
{
	const bool down = addr_is_loopback(subject->local) && facts_loopback_down() == FACT_YES;

	snprintf(text, CAUSE_CURE, "%s",
	    down ? "bring the loopback up, as root: ip link set lo up"
		 : "use an IPv4 address; or turn IPv6 on: sysctl -w "
		   "net.ipv6.conf.all.disable_ipv6=0");
}

void cure_group(const struct subject *subject, char text[CAUSE_CURE])
{
	snprintf(text, CAUSE_CURE, "run it outside of this control group%s",
	    subject->cause->calls & 1U << CALL_BIND
		? "; where it is a unit's, its SocketBindDeny= and SocketBindAllow= say which ports it may have"
		: "");
}
