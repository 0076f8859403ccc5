#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "tcp/rule.h"

/* Linux: net/ipv4/inet_connection_sock.c, inet_bind_conflict and inet_rcv_saddr_equal, read in 6.18;
 * socket(7), ip(7), tcp(7).
 * The BSDs: FreeBSD sys/netinet/in_pcb.c, in_pcbbind_setup; setsockopt(2) of FreeBSD, OpenBSD and
 * macOS; ip6(4) of OpenBSD ("always v6only"). Documented, not measured here. */
static const struct {
	const char *uname, *name;
	bool both_must_want; /* the options of both sockets count, and so does LISTEN */
	bool families_apart; /* :: is never the IPv4 wildcard too */
	bool dual_stays;     /* `dual` sockets are in the way of 0.0.0.0 */
	bool connect_shares; /* connect gives a port out once for each destination */
	int pair, used_up;
} systems[RULE_SYSTEMS] = {
    [RULE_LINUX] = {"Linux", "Linux", true, false, true, true, EADDRNOTAVAIL, EADDRINUSE},
    [RULE_FREEBSD] = {"FreeBSD", "FreeBSD", false, false, false, false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_NETBSD] = {"NetBSD", "NetBSD", false, false, false, false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_OPENBSD] = {"OpenBSD", "OpenBSD", false, true, false, false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_MACOS] = {"Darwin", "macOS", false, false, false, false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_SOLARIS] = {"SunOS", "Solaris", false, false, false, false, EADDRINUSE, EADDRNOTAVAIL},
};

enum rule_system rule_here(void)
{
	struct utsname here;

	if (uname(&here) < 0)
		return RULE_LINUX;
	for (int i = 0; i < RULE_SYSTEMS; i++)
		if (!strcmp(here.sysname, systems[i].uname))
			return (enum rule_system)i;
	return RULE_LINUX;
}

const char *rule_system_name(enum rule_system system)
{
	return systems[system].name;
}

/* Same address; ports are not looked at. */
static bool same_address(union addr one, union addr other)
{
	addr_set_port(&one, 0);
	addr_set_port(&other, 0);
	return addr_same(&one, &other);
}

/* Whether `wide`, a wildcard, takes in the addresses of `family`. */
static bool takes_in(enum rule_system system, const struct rule_socket *wide, int family)
{
	const union addr addr = addr_unmap(&wide->addr);

	if (!addr_is_any(&addr))
		return false;
	if (addr.any.sa_family == family)
		return true;
	return addr.any.sa_family == AF_INET6 && !wide->v6only && !systems[system].families_apart;
}

/* Linux: only bind to an IPv6 address makes a socket v6only; a child of a :: that takes IPv4 as well is
 * still in the way of the IPv4 wildcard, its TIME_WAIT too (ipv4_rcv_saddr_equal; found by trial). */
static bool blocks_wildcard(
    enum rule_system system, const struct rule_socket *dual, const union addr *wide)
{
	const union addr addr = addr_unmap(&dual->addr);

	return systems[system].dual_stays && dual->dual && addr.any.sa_family == AF_INET6 &&
	       wide->any.sa_family == AF_INET && addr_is_any(wide);
}

bool rule_overlap(
    enum rule_system system, const struct rule_socket *one, const struct rule_socket *other)
{
	const union addr a = addr_unmap(&one->addr), b = addr_unmap(&other->addr);

	return same_address(a, b) || takes_in(system, one, b.any.sa_family) ||
	       takes_in(system, other, a.any.sa_family) || blocks_wildcard(system, one, &b) ||
	       blocks_wildcard(system, other, &a);
}

/* Both sockets must want to share. */
static enum rule_reason bind_linux(
    const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const bool both_addr = holder->reuseaddr && newcomer->reuseaddr;
	const bool both_port = holder->reuseport && newcomer->reuseport;

	if (both_addr && holder->state != RULE_LISTEN)
		return RULE_REUSEADDR;
	if (both_port && (holder->state == RULE_TIME_WAIT || holder->uid == newcomer->uid))
		return RULE_REUSEPORT;
	return both_port ? RULE_OTHER_USER : both_addr ? RULE_LISTENING : RULE_NO_OPTION;
}

/* The newcomer decides, but for an exact duplicate of an address that is not in TIME_WAIT. */
static enum rule_reason bind_bsd(
    const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const bool exact = same_address(addr_unmap(&holder->addr), addr_unmap(&newcomer->addr));

	if (exact && holder->state != RULE_TIME_WAIT)
		return holder->reuseport && newcomer->reuseport ? RULE_REUSEPORT : RULE_NO_OPTION;
	return newcomer->reuseaddr   ? RULE_REUSEADDR
	       : newcomer->reuseport ? RULE_REUSEPORT
				     : RULE_NO_OPTION;
}

enum rule_reason rule_bind(
    enum rule_system system, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	if (!rule_overlap(system, holder, newcomer))
		return RULE_APART;
	if (holder->device && newcomer->device && holder->device != newcomer->device)
		return RULE_DEVICES;
	return systems[system].both_must_want ? bind_linux(holder, newcomer)
					      : bind_bsd(holder, newcomer);
}

/* Linux, net/ipv4/udp.c, udp_lib_lport_inuse: of a holder's state nothing is asked; SO_REUSEADDR on both
 * allows, or SO_REUSEPORT on both of one user. It looks at one holder after the other, and stops at
 * the first whom SO_REUSEPORT allows: the newest first, but IPv6 ones with SO_REUSEPORT last, oldest
 * first (sk_add_node_rcu). */
enum rule_reason rule_bind_udp(
    enum rule_system system, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	struct rule_socket open = *holder;

	open.state = RULE_OPEN;
	return rule_bind(system, &open, newcomer);
}

enum rule_reason rule_listen(
    enum rule_system system, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	/* Linux, inet_csk_listen_start: "there is a window between sk_state change and the port
	 * lookup", so it asks again; the BSDs do not. */
	return systems[system].both_must_want ? rule_bind(system, holder, newcomer) : RULE_FREELY;
}

bool rule_allows(enum rule_reason reason)
{
	return reason <= RULE_FREELY;
}

int rule_pair_errno(enum rule_system system)
{
	return systems[system].pair;
}

int rule_used_up_errno(enum rule_system system)
{
	return systems[system].used_up;
}

int rule_ephemeral(enum rule_system system, enum rule_way way, int ports, int destinations)
{
	if (way == RULE_BY_BIND || way == RULE_BY_BIND_REUSEADDR)
		return ports;
	return systems[system].connect_shares ? ports * destinations : -1;
}

/* Linux, ip-sysctl.rst: "ip_autobind_reuse allows bind() to reuse the port and this is useful when you use
 * bind()+connect()". Which one bind picks of those that are taken is chance, and so is whether it has a
 * connection to the same destination already. With SO_REUSEPORT too, one user's sockets do not share
 * (inet_bind_conflict, 6.18). */
int rule_ephemeral_most(enum rule_system system, enum rule_way way, int ports, int destinations)
{
	if (system == RULE_LINUX && way == RULE_BY_BIND_REUSEADDR)
		return ports * destinations;
	return rule_ephemeral(system, way, ports, destinations);
}
