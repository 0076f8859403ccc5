/* ctest: os=Linux wrap=facts_may_bind_low wrap=facts_foreign_network wrap=facts_could_bind_low wrap=facts_no_new_privileges wrap=facts_landlock wrap=facts_filtered wrap=facts_group_program wrap=facts_address wrap=facts_bindable wrap=facts_link wrap=facts_has_state wrap=facts_has_addresses wrap=facts_loopback_down wrap=tunable_read wrap=tunable_port_range wrap=tunable_reserved_ports wrap=probe_bind wrap=probe_connect wrap=holders_read wrap=holders_read_listeners wrap=call_socket wrap=getrlimit */
/* diagnosis/causes: what is said of each cause on machines of every kind, and what would help. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "diagnosis/causes.h"
#include "os/holder.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tests/lib/confined.h"
#include "tests/lib/situation.h"

enum { PORT = 8080 };

/* A machine, and what a bind or connect is told there: that of TCP and that of UDP. */
static struct machine {
	enum fact no_new;
	enum address_state address;
	enum fact bindable, has_state, has_addresses, loopback_down;
	enum link_state link;
	bool nonlocal, v6only;
	unsigned low, high, reserved; /* so many of the first; low 0: it is not told */
	int bind, bind_udp, connect, connect_udp;
	bool no_socket;
	bool unreadable; /* who holds a port */
} here;

static const struct machine plain = {.address = ADDRESS_READY,
    .has_state = FACT_NO,
    .has_addresses = FACT_YES,
    .link = LINK_UP,
    .low = 32768,
    .high = 60999};

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
enum fact __wrap_facts_no_new_privileges(void);
enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE]);
enum fact __wrap_facts_bindable(const union addr *addr);
enum link_state __wrap_facts_link(const char *interface);
enum fact __wrap_facts_has_state(
    enum address_state state, union addr *addr, char interface[IF_NAMESIZE]);
enum fact __wrap_facts_has_addresses(int family);
enum fact __wrap_facts_loopback_down(void);
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
bool __wrap_tunable_port_range(unsigned *low, unsigned *high);
void __wrap_tunable_reserved_ports(unsigned char ports[8192]);
int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);
int __wrap_probe_connect(const union addr *peer, bool udp, struct fault *fault);
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);
int __wrap_holders_read_listeners(struct holders *holders, unsigned port);
int __wrap_call_socket(int family);
int __wrap_getrlimit(int resource, struct rlimit *limit);

enum fact __wrap_facts_no_new_privileges(void)
{
	return here.no_new;
}

/* An address for documentation is nobody's. */
static bool is_nowhere(const union addr *addr)
{
	char text[ADDR_TEXT];

	addr_print_host(addr, text);
	return !strcmp(text, "192.0.2.1") || !strcmp(text, "2001:db8::1");
}

enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	snprintf(interface, IF_NAMESIZE, "eth7");
	return is_nowhere(addr) ? ADDRESS_NONE : here.address;
}

enum fact __wrap_facts_bindable(const union addr *addr)
{
	return is_nowhere(addr) ? FACT_NO : here.bindable;
}

enum link_state __wrap_facts_link(const char *interface)
{
	(void)interface;
	return here.link;
}

enum fact __wrap_facts_has_state(
    enum address_state state, union addr *addr, char interface[IF_NAMESIZE])
{
	(void)state;
	*addr = situation_addr("fe80::9", 0);
	snprintf(interface, IF_NAMESIZE, "eth8");
	return here.has_state;
}

enum fact __wrap_facts_has_addresses(int family)
{
	(void)family;
	return here.has_addresses;
}

enum fact __wrap_facts_loopback_down(void)
{
	return here.loopback_down;
}

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	snprintf(text, TUNABLE_TEXT, "%s",
	    strstr(name, "unprivileged") ? "1024"
	    : strstr(name, "nonlocal")   ? here.nonlocal ? "1" : "0"
	    : strstr(name, "bindv6only") ? here.v6only ? "1" : "0"
	    : strstr(name, "tcp_")       ? ""
					 : "7");
	return 0;
}

bool __wrap_tunable_port_range(unsigned *low, unsigned *high)
{
	*low = here.low;
	*high = here.high;
	return here.low;
}

void __wrap_tunable_reserved_ports(unsigned char ports[8192])
{
	memset(ports, 0, 8192);
	for (unsigned port = here.low; port < here.low + here.reserved; port++)
		ports[port / 8] = (unsigned char)(ports[port / 8] | 1u << port % 8);
}

static int told(enum tcp_call call, int error, struct fault *fault)
{
	*fault = (struct fault){.at = error ? call : CALL_NONE, .error = error};
	return error ? -1 : 0;
}

int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	(void)local;
	(void)set;
	return told(CALL_BIND, udp ? here.bind_udp : here.bind, fault);
}

int __wrap_probe_connect(const union addr *peer, bool udp, struct fault *fault)
{
	(void)peer;
	return told(CALL_CONNECT, udp ? here.connect_udp : here.connect, fault);
}

/* The sockets of the situation. */
static int read_situation(struct holders *holders)
{
	const size_t count = situation.findings.holders.count;

	*holders =
	    (struct holders){.list = calloc(count + 1, sizeof *holders->list), .count = count};
	if (here.unreadable || !holders->list) {
		free(holders->list);
		*holders = (struct holders){0};
		return -1;
	}
	memcpy(holders->list, situation.list, count * sizeof *holders->list);
	return 0;
}

int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)protocols;
	(void)port;
	return read_situation(holders);
}

int __wrap_holders_read_listeners(struct holders *holders, unsigned port)
{
	(void)port;
	return read_situation(holders);
}

int __wrap_call_socket(int family)
{
	(void)family;
	return here.no_socket ? -1 : dup(0);
}

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	(void)resource;
	*limit = (struct rlimit){.rlim_cur = 1024, .rlim_max = 4096};
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct subject subject;
static union addr local, peer;

/* Each cause of the call that may hold here, or of which something is said. */
static void show(void)
{
	static const char *const words[] = {
	    [FACT_NO] = "no", [FACT_YES] = "holds", [FACT_UNKNOWN] = "?"};
	static const enum tcp_call calls[] = {CALL_BIND, CALL_LISTEN, CALL_CONNECT, CALL_SOCKET};
	char said[CAUSE_SAID], cure[CAUSE_CURE];

	for (const struct cause *cause = errors_cause(NULL, CALL_NONE, 0); cause;
	     cause = errors_cause(cause, CALL_NONE, 0)) {
		struct subject asked = subject;
		for (size_t i = 0; i < sizeof calls / sizeof *calls && !asked.call; i++)
			if (cause->calls & 1U << calls[i])
				asked.call = calls[i];
		const bool wanted = cause->check != CHECK_NONE && cause->check != CHECK_TUNABLE &&
				    cause->check != CHECK_DESCRIPTORS;
		if (!wanted || (cause->check == CHECK_QUEUE && !subject.peer) ||
		    !(cause->calls & 1U << asked.call))
			continue;
		const enum fact holds = cause_holds(cause, &asked, said);
		*cure = 0;
		if (subject.local && holds == FACT_YES)
			cause_cure(cause, &asked, cure);
		if (holds == FACT_YES || *said)
			out_line("%s %s: %s%s%s", errname(cause->error), words[holds],
			    *said ? said : cause->text, *cure ? " -> " : "", cure);
	}
}

/* On that machine, of these ends; "" for none. */
static const char *causes(enum tcp_call call, const char *from, unsigned port, const char *to)
{
	local = situation_addr(from, port);
	peer = situation_addr(to, 80);
	subject = (struct subject){
	    .local = *from ? &local : NULL, .peer = *to ? &peer : NULL, .call = call, .bind = true};
	return shown_as((struct common){0}, show);
}

static void begin(void)
{
	situation_begin();
	here = plain;
	confined = (struct confined){.may_bind_low = FACT_YES, .could = FACT_YES};
}

static void of_a_plain_machine_nothing_holds(void)
{
	begin();
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""), "");
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 ok; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 ok\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 ok\n");
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", PORT, "192.0.2.8"),
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	CHECK_LINES(
	    causes(CALL_CONNECT, "", 0, ""), "EADDRNOTAVAIL ?: the range is 32768 to 60999\n");
	CHECK_LINES(causes(CALL_SOCKET, "::1", PORT, ""),
	    "EAFNOSUPPORT no: tried: an IPv6 socket can be opened\n");
}

static void of_a_privilege_that_lacks(void)
{
	begin();
	confined.may_bind_low = FACT_NO;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 80, ""),
	    "EACCES holds: below net.ipv4.ip_unprivileged_port_start, 1024 -> a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n");
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 1023, ""),
	    "EACCES holds: below net.ipv4.ip_unprivileged_port_start, 1024 -> a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=1023\n");
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 1024, ""), "");
	CHECK_LINES(
	    causes(CALL_BIND, "192.0.2.9", 0, ""), "EADDRINUSE no: the range is 32768 to 60999\n");
	here.no_new = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 80, ""),
	    "EACCES holds: below net.ipv4.ip_unprivileged_port_start, 1024 -> a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM, but none that is started from here (no_new_privs is set); or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n");
	confined.could = FACT_NO;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 80, ""),
	    "EACCES holds: below net.ipv4.ip_unprivileged_port_start, 1024 -> CAP_NET_BIND_SERVICE is not available here, even to root; a container gets it with --cap-add NET_BIND_SERVICE; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n");
	confined.foreign = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 80, ""),
	    "EACCES holds: below net.ipv4.ip_unprivileged_port_start, 1024\n"
	    "EACCES holds: this network belongs to another user namespace -> root outside of this user namespace may bind to it\n");
	confined.may_bind_low = FACT_UNKNOWN;
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 ok; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 ok\n"
	    "EACCES ?: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind\n"
	    "EACCES holds: this network belongs to another user namespace\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 ok\n");
}

static void of_an_address_that_is_not_here(void)
{
	begin();
	here.address = ADDRESS_NONE;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""),
	    "EADDRNOTAVAIL holds: no interface has 192.0.2.9 -> 'ip address' lists this machine's addresses, 0.0.0.0 means all of them; to bind to one that comes later set IP_FREEBIND on your socket, or: sysctl -w net.ipv4.ip_nonlocal_bind=1\n");
	CHECK_LINES(causes(CALL_BIND, "2001:db8::9", PORT, ""),
	    "EADDRNOTAVAIL holds: no interface has 2001:db8::9 -> 'ip address' lists this machine's addresses, [::] means all of them; to bind to one that comes later set IP_FREEBIND on your socket, or: sysctl -w net.ipv6.ip_nonlocal_bind=1\n");
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", PORT, "192.0.2.8"), "");
	here.has_addresses = FACT_NO;
	CHECK_LINES(causes(CALL_BIND, "2001:db8::9", PORT, ""),
	    "EADDRNOTAVAIL holds: no interface has an IPv6 address: it is turned off here (net.ipv6.conf.*.disable_ipv6), or not configured -> use an IPv4 address; or turn IPv6 on: sysctl -w net.ipv6.conf.all.disable_ipv6=0\n");
	CHECK_LINES(causes(CALL_BIND, "::1", PORT, ""),
	    "EADDRNOTAVAIL holds: no interface has an IPv6 address: it is turned off here (net.ipv6.conf.*.disable_ipv6), or not configured -> use an IPv4 address; or turn IPv6 on: sysctl -w net.ipv6.conf.all.disable_ipv6=0\n");
	here.has_addresses = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "::1", PORT, ""),
	    "EADDRNOTAVAIL holds: the loopback has no ::1: IPv6 is turned off there (net.ipv6.conf.lo.disable_ipv6) -> use an IPv4 address; or turn IPv6 on: sysctl -w net.ipv6.conf.all.disable_ipv6=0\n");
	here.loopback_down = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "::1", PORT, ""),
	    "EADDRNOTAVAIL holds: the loopback (lo) is down, and has no ::1 -> bring the loopback up, as root: ip link set lo up\n");
	here.nonlocal = true;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""), "");
	here.nonlocal = false;
	here.bindable = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""), "");
	here = plain;
	confined = (struct confined){.may_bind_low = FACT_YES, .could = FACT_YES};
	here.address = ADDRESS_UNKNOWN;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""), "");
	here.bind = EADDRNOTAVAIL;
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 EADDRNOTAVAIL; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 EADDRNOTAVAIL\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 EADDRNOTAVAIL\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 EADDRNOTAVAIL\n");
}

static void of_an_address_of_a_link(void)
{
	static const enum link_state links[] = {LINK_DOWN, LINK_NO_CARRIER, LINK_UP, LINK_UNKNOWN};
	static const char *const want[] = {

	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, still tentative -> eth7 is down, and the check begins once it is up: ip link set eth7 up; or add the address with nodad; or set IP_FREEBIND on your socket\n",
	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, still tentative -> eth7 has no carrier, and the check begins once it has; or add the address with nodad; or set IP_FREEBIND on your socket\n",
	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, still tentative -> wait a second or two, and try again; or add the address with nodad; or set IP_FREEBIND on your socket\n",
	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, still tentative -> wait a second or two, and try again; or add the address with nodad; or set IP_FREEBIND on your socket\n"};

	begin();
	CHECK_LINES(causes(CALL_BIND, "fe80::1", PORT, ""),
	    "EINVAL holds: a link-local address needs its interface: fe80::1%eth7 -> write it with its interface: [fe80::1%eth7]:8080\n");
	CHECK_LINES(causes(CALL_BIND, "ff02::1", PORT, ""),
	    "EINVAL holds: it is an IPv6 multicast address, and TCP has none -> use an address that is not multicast, or UDP\n");
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "fe80::1"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EINVAL holds: a link-local address needs its interface: fe80::1%eth0\n");
	here.address = ADDRESS_NONE;
	CHECK_LINES(causes(CALL_BIND, "fe80::1", PORT, ""),
	    "EADDRNOTAVAIL holds: no interface has fe80::1 -> 'ip address' lists this machine's addresses, [::] means all of them; to bind to one that comes later set IP_FREEBIND on your socket, or: sysctl -w net.ipv6.ip_nonlocal_bind=1\n"
	    "EINVAL holds: a link-local address needs its interface: fe80::1%eth0 -> write it with its interface, as fe80::1%eth0; 'ip link' lists them\n");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		here.address = ADDRESS_TENTATIVE;
		here.link = links[i];
		CHECK_LINES(causes(CALL_BIND, "2001:db8::9", PORT, ""), want[i]);
	}
	here.address = ADDRESS_FAILED;
	CHECK_LINES(causes(CALL_BIND, "2001:db8::9", PORT, ""),
	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, which is a duplicate (dadfailed) -> another machine on the link has the address: choose another\n");
	CHECK_LINES(causes(CALL_CONNECT, "::", PORT, "2001:db8::9"),
	    "EADDRNOTAVAIL holds: eth7 has 2001:db8::9, which is a duplicate (dadfailed) -> another machine on the link has the address: choose another\n");
	here.has_state = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 ok; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL holds: eth8 has fe80::9, still tentative\n"
	    "EADDRNOTAVAIL holds: eth8 has fe80::9, which is a duplicate (dadfailed)\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 ok\n");
	begin();
	local = situation_addr("fe80::1", PORT);
	local.v6.sin6_scope_id = 4000;
	subject = (struct subject){.local = &local, .call = CALL_BIND, .bind = true};
	CHECK_LINES(shown_as((struct common){0}, show),
	    "EADDRNOTAVAIL holds: the address is on eth7, not on that interface -> write it with its interface: [fe80::1%eth7]:8080\n");
	CHECK_LINES(causes(CALL_BIND, "::ffff:192.0.2.9", PORT, ""), "");
	here.v6only = true;
	CHECK_LINES(causes(CALL_BIND, "::ffff:192.0.2.9", PORT, ""),
	    "EINVAL holds: here net.ipv6.bindv6only is 1: a new IPv6 socket takes no IPv4 -> clear IPV6_V6ONLY on your socket before bind, or bind an IPv4 socket\n");
	subject.seen = subject.bound = true;
	CHECK_LINES(shown_as((struct common){0}, show),
	    "EINVAL holds: the socket is bound already -> bind a new socket: this one keeps its port until it is closed\n"
	    "EINVAL no: here net.ipv6.bindv6only is 1: a new IPv6 socket takes no IPv4\n");
	subject.v6only = true;
	CHECK_LINES(shown_as((struct common){0}, show),
	    "EINVAL holds: the socket is bound already -> bind a new socket: this one keeps its port until it is closed\n"
	    "EINVAL holds: here net.ipv6.bindv6only is 1: a new IPv6 socket takes no IPv4 -> clear IPV6_V6ONLY on your socket before bind, or bind an IPv4 socket\n");
}

static void of_ports_that_are_all_taken(void)
{
	begin();
	here.bind = EADDRINUSE;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""), "");
	here.nonlocal = true; /* then the probe at an address that is nobody's tells nothing */
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""),
	    "EADDRINUSE holds: all ports of the range that the kernel picks from, 32768 to 60999, are taken -> IP_BIND_ADDRESS_NO_PORT on a socket that will connect lets connect choose the port; or take a port outside that range, by its number; a wider net.ipv4.ip_local_port_range or another source address gives more\n");
	here.reserved = 3;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""),
	    "EADDRINUSE holds: all ports of the range that the kernel picks from, 32768 to 60999, are taken or reserved -> IP_BIND_ADDRESS_NO_PORT on a socket that will connect lets connect choose the port; or take a port outside that range, by its number; a wider net.ipv4.ip_local_port_range or another source address gives more\n");
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE holds: all ports of the range that the kernel picks from, 32768 to 60999, are taken or reserved\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 EADDRINUSE\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 EADDRINUSE\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 EADDRINUSE\n");
	subject = (struct subject){.local = &local, .call = CALL_BIND, .bind = true, .udp = true};
	here.bind_udp = EADDRINUSE;
	local = situation_addr("192.0.2.9", 0);
	CHECK_LINES(shown_as((struct common){0}, show),
	    "EADDRINUSE holds: all ports of the range that the kernel picks from, 32768 to 60999, are taken or reserved -> a port outside that range, by its number; a wider net.ipv4.ip_local_port_range or another source address gives more\n");
	here.low = 40000;
	here.high = 40002;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""),
	    "EADDRINUSE holds: all ports of the range that the kernel picks from, 40000 to 40002, are reserved -> choose a port number yourself; as root, this takes all reservations away: sysctl -w net.ipv4.ip_local_reserved_ports=''\n");
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", 0, "192.0.2.8"),
	    "EADDRNOTAVAIL holds: all ports of the range that the kernel picks from, 40000 to 40002, are reserved\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.reserved = 2;
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", 0, "192.0.2.8"),
	    "EADDRNOTAVAIL ?: the range is 40000 to 40002, 2 of them reserved\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.bind = 0;
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 ok; the range is 40000 to 40002, 2 of them reserved\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 ok\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 ok\n");
	here.low = 0;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""), "");
	here.bind = EADDRINUSE;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", 0, ""),
	    "EADDRINUSE holds: with port 0: all ports of the ephemeral range are taken -> IP_BIND_ADDRESS_NO_PORT on a socket that will connect lets connect choose the port; or take a port outside that range, by its number; a wider net.ipv4.ip_local_port_range or another source address gives more\n");
}

static void of_what_confines_the_process(void)
{
	begin();
	confined.landlock = FACT_YES;
	here.bind = EACCES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""),
	    "EACCES holds: tried: TCP may not bind to it here, UDP may: a sandbox, such as Landlock -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n");
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 EACCES; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 EACCES\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 EACCES\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES holds: tried: TCP may not bind to port 0 here, UDP may: a sandbox, such as Landlock\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 EACCES\n");
	here.bind_udp = EACCES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""),
	    "EACCES holds: tried: neither TCP nor UDP may bind to any port here: a sandbox -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n");
	confined.filtered = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""),
	    "EACCES holds: tried: neither TCP nor UDP may bind to any port here: a sandbox, and this process has a seccomp filter -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n"
	    "EPERM ?: this process has a seccomp filter\n");
	confined.group = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "::1", PORT, ""),
	    "EACCES holds: tried: neither TCP nor UDP may bind to any port here: a sandbox, and this process has a seccomp filter -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n"
	    "EPERM ?: this process has a seccomp filter\n"
	    "EPERM ?: this control group has a BPF program on bind\n");
	confined.filtered = FACT_NO;
	CHECK_LINES(causes(CALL_BIND, "192.0.2.9", PORT, ""),
	    "EACCES holds: tried: neither TCP nor UDP may bind to any port here: a sandbox -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n"
	    "EPERM ?: this control group has a BPF program on bind\n");
	begin();
	confined.landlock = FACT_YES;
	CHECK_LINES(causes(CALL_BIND, "", 0, ""),
	    "EADDRINUSE no: tried: bind 0.0.0.0:0 ok; the range is 32768 to 60999\n"
	    "EADDRINUSE ?: tried: bind 192.0.2.1:0 ok\n"
	    "EADDRNOTAVAIL ?: tried: bind 192.0.2.1:0 ok\n"
	    "EACCES no: here net.ipv4.ip_unprivileged_port_start, 1024 is the first port that any user may bind; you may bind to all\n"
	    "EACCES no: tried: bind to port 0, 1, 4000, 32768 and 65535 does not say EACCES\n"
	    "EACCES ?: tried: bind 192.0.2.1:0 ok\n");
	here.connect = EACCES;
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", PORT, "192.0.2.8"),
	    "EACCES holds: tried: TCP may not connect to it here, UDP may: a sandbox, such as Landlock -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.connect_udp = EACCES;
	confined.filtered = FACT_YES;
	CHECK_LINES(causes(CALL_CONNECT, "192.0.2.9", PORT, "192.0.2.8"),
	    "EACCES holds: this machine's route to 192.0.2.8 is of type prohibit\n"
	    "EPERM ?: this process has a seccomp filter\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "ENETUNREACH holds: the destination is a broadcast or multicast address: TCP has none\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.no_socket = true;
	CHECK_LINES(causes(CALL_SOCKET, "::1", PORT, ""),
	    "EPERM ?: this process has a seccomp filter\n"
	    "EAFNOSUPPORT no: tried: an IPv6 socket is refused\n"
	    "EAFNOSUPPORT holds: tried: a socket of IPv6 is refused, which this kernel has; this process has a seccomp filter -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n");
	CHECK_LINES(causes(CALL_SOCKET, "192.0.2.9", PORT, ""),
	    "EPERM ?: this process has a seccomp filter\n"
	    "EAFNOSUPPORT holds: tried: a socket of IPv4 is refused, which this kernel has; this process has a seccomp filter -> run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it\n");
	here.has_state = FACT_UNKNOWN;
	CHECK_LINES(causes(CALL_SOCKET, "::1", PORT, ""),
	    "EPERM ?: this process has a seccomp filter\n"
	    "EAFNOSUPPORT holds: tried: an IPv6 socket is refused\n");
}

static void of_the_other_end(void)
{
	begin();
	situation_process(5, "server", 0);
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	struct holder *const listener =
	    situation_add(ROLE_LISTENER, HOLDER_LISTEN, "0.0.0.0", "", 80);
	listener->queue_limit = 4;
	listener->queued = 4;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "ECONNREFUSED holds: a listener is there: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "ETIMEDOUT holds: a listener is there: a firewall rule of this machine drops it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	confined.group = FACT_YES;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "EPERM ?: this control group has a BPF program on connect\n"
	    "ECONNREFUSED holds: a listener is there: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "ETIMEDOUT holds: a listener is there, and this control group has a BPF program on what is sent, as IPAddressDeny= makes it: it drops it, or a firewall rule of this machine (inferred)\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	confined.group = FACT_UNKNOWN;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "ECONNREFUSED holds: a listener is there: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "ETIMEDOUT holds: a listener is there: a firewall rule of this machine drops it, or IPAddressDeny= of its unit; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	listener->queued = 5;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "ECONNREFUSED holds: a listener is there: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "ETIMEDOUT holds: the queue of its listener is full: 5 not accepted yet, limit 4\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	listener->device = 4000;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	listener->device = 0;
	listener->local = situation_addr("::", 80);
	listener->v6only = 1;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.unreadable = true;
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "127.0.0.2"),
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	begin();
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "192.0.2.8"),
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EINVAL holds: a loopback source cannot reach another machine\n");
	situation_process(5, "client", 0);
	situation_add(ROLE_OUTGOING, HOLDER_FIN_WAIT1, "127.0.0.1", "192.0.2.8", PORT)->peer =
	    situation_addr("192.0.2.8", 80);
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.1", PORT, "192.0.2.8"),
	    "EADDRNOTAVAIL holds: 127.0.0.1:8080 -> 192.0.2.8:80 exists already, in FIN_WAIT1\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EINVAL holds: a loopback source cannot reach another machine\n");
	CHECK_LINES(causes(CALL_CONNECT, "0.0.0.0", PORT, "192.0.2.8"),
	    "EADDRNOTAVAIL holds: 127.0.0.1:8080 -> 192.0.2.8:80 exists already, in FIN_WAIT1\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	CHECK_LINES(causes(CALL_CONNECT, "127.0.0.3", PORT, "192.0.2.8"),
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n"
	    "EINVAL holds: a loopback source cannot reach another machine\n");
}

static void of_the_way_there(void)
{
	static const struct {
		int error;
		const char *want;
	} rows[] = {{ENETUNREACH, "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
				  "ENETUNREACH holds: no route leads to 192.0.2.8\n"},
	    {EHOSTUNREACH,
		"EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
		"EHOSTUNREACH holds: this machine's route to 192.0.2.8 is of type unreachable\n"},
	    {EACCES,
		"EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
		"EACCES holds: this machine's route to 192.0.2.8 is of type prohibit\n"
		"ENETUNREACH holds: the destination is a broadcast or multicast address: TCP has none\n"},
	    {EINVAL, "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
		     "EINVAL holds: this machine's route to 192.0.2.8 is of type blackhole\n"}};

	begin();
	here.address = ADDRESS_NONE;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		here.connect_udp = rows[i].error;
		CHECK_LINES(causes(CALL_CONNECT, "", 0, "192.0.2.8"), rows[i].want);
	}
	here.address = ADDRESS_READY;
	here.connect_udp = EHOSTUNREACH;
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "192.0.2.8"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "EHOSTUNREACH holds: this machine's route to 192.0.2.8 is of type unreachable\n");
	here.connect_udp = ENETUNREACH;
	here.loopback_down = FACT_YES;
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "127.0.0.2"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "ENETUNREACH holds: the loopback (lo) is down: ip link set lo up\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	here.connect_udp = 0;
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "224.0.0.1"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "ENETUNREACH holds: the destination is a broadcast or multicast address: TCP has none\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "255.255.255.255"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "ENETUNREACH holds: the destination is a broadcast or multicast address: TCP has none\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
	CHECK_LINES(causes(CALL_CONNECT, "", 0, "ff05::1"),
	    "EADDRNOTAVAIL ?: the range is 32768 to 60999\n"
	    "ECONNREFUSED holds: the machine is there, but nobody listens on that port\n"
	    "ENETUNREACH holds: the destination is a broadcast or multicast address: TCP has none\n"
	    "EHOSTUNREACH holds: the destination is this machine: a firewall rule of this machine rejects it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)\n");
}

int main(void)
{
	TEST(of_a_plain_machine_nothing_holds);
	TEST(of_a_privilege_that_lacks);
	TEST(of_an_address_that_is_not_here);
	TEST(of_an_address_of_a_link);
	TEST(of_ports_that_are_all_taken);
	TEST(of_what_confines_the_process);
	TEST(of_the_other_end);
	TEST(of_the_way_there);
	return test_failures != 0;
}
