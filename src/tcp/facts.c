#include "tcp/facts.h"

#define V(major, minor) VERSION_OF(major, minor, 0)

#define SAME_IN_5_10 "inet_bind_conflict; measured on 5.10 to 7.2"
#define BUCKET       "inet_csk_get_port, inet_csk_update_fastreuse; measured on 5.10 to 7.2"
#define LIFE         "tcp_ipv4.c, tcp_minisocks.c; measured on 5.10 to 7.2"

/* Linux: net/ipv4/inet_connection_sock.c, inet_hashtables.c, af_inet.c, tcp_ipv4.c and net/ipv6/af_inet6.c,
 * read in 5.18, 6.1, 6.8 and 6.18. The BSDs: in_pcbbind_setup of each, setsockopt(2), ip6(4). */
const struct fact_row fact_rows[] = {
    {RULE_LINUX, FACT_ADDR, 0, 0, "SO_REUSEADDR on both lets a socket bind", SAME_IN_5_10},
    {RULE_LINUX, FACT_ADDR_NOT_LISTENING, 0, 0, "but not beside a listener", SAME_IN_5_10},
    {RULE_LINUX, FACT_PORT, 0, 0, "SO_REUSEPORT on both lets a socket bind", SAME_IN_5_10},
    {RULE_LINUX, FACT_PORT_ONE_USER, 0, 0, "but only beside one of the same user", SAME_IN_5_10},
    {RULE_LINUX, FACT_PORT_TIME_WAIT, 0, 0, "or beside a TIME_WAIT, whose user does not matter",
	SAME_IN_5_10},
    {RULE_LINUX, FACT_WILDCARD, 0, 0, "a wildcard overlaps with all addresses of its family",
	"inet_rcv_saddr_equal; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well",
	"ipv6_rcv_saddr_equal; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_MAPPED, 0, 0, "::ffff:a.b.c.d is a.b.c.d",
	"ipv6_rcv_saddr_equal; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_CHILD, 0, 0, "0.0.0.0 overlaps with IPv6 connections of a dual-stack ::",
	"ipv4_rcv_saddr_equal; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_DEVICES, 0, 0, "two sockets bound to different interfaces do not conflict",
	"inet_bind_conflict; measured on 6.18"},
    {RULE_LINUX, FACT_V6ONLY_BY_BIND, 0, 0, "bind to an IPv6 address makes a socket v6only",
	"__inet6_bind; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_LISTEN_ASKS, 0, 0, "listen checks again", "inet_csk_listen_start"},
    {RULE_LINUX, FACT_MATCH, 0, 0,
	"a port remembers the last SO_REUSEPORT socket: one like it may bind", BUCKET},
    {RULE_LINUX, FACT_MATCH_USER, 0, 0, "like it: with the same user", BUCKET},
    {RULE_LINUX, FACT_MATCH_WIDE, 0, 0, "and at its address, or at one that its address includes",
	BUCKET},
    {RULE_LINUX, FACT_MATCH_MIXED, 0, 0, "a remembered 0.0.0.0 includes ::", BUCKET},
    {RULE_LINUX, FACT_FORGET, 0, 0, "a new socket without SO_REUSEPORT makes it forget", BUCKET},
    {RULE_LINUX, FACT_KEEP, 0, 0, "a socket like the remembered one leaves it as it is", BUCKET},
    {RULE_LINUX, FACT_REPLACE, 0, 0, "one that is not like it replaces it", BUCKET},
    {RULE_LINUX, FACT_LISTEN_WRITES, 0, 0, "listen counts as a new socket too", BUCKET},
    {RULE_LINUX, FACT_BUCKET_ENDS, 0, 0, "a port that no socket has remembers nothing", BUCKET},
    {RULE_LINUX, FACT_FIRST_MARKS, 0, V(6, 8),
	"the first socket at a port decides for those with its option, whatever it clears later",
	"inet_csk_update_fastreuse; measured on 5.10 and 6.1"},
    {RULE_LINUX, FACT_NARROW, 0, 0, "connect narrows a wildcard to the address used", LIFE},
    {RULE_LINUX, FACT_WIDEN, 0, 0, "a refused connect takes that back", LIFE},
    {RULE_LINUX, FACT_MAPPED_STAYS, 0, 0, "but not for ::ffff:0.0.0.0", LIFE},
    {RULE_LINUX, FACT_CHILD_OPTIONS, 0, 0, "a connection has its listener's options", LIFE},
    {RULE_LINUX, FACT_CHILD_LOSES_PORT, 0, 0,
	"after a reset an accepted socket has no port any more", LIFE},
    {RULE_LINUX, FACT_BOUND_KEEPS_PORT, 0, 0, "but one that was bound keeps it", LIFE},
    {RULE_LINUX, FACT_QUEUE_USER, V(6, 17), 0,
	"a connection waiting to be accepted belongs to the listener's user (before: root)",
	"sk_uid; read in 6.18, measured on 6.18"},
    {RULE_LINUX, FACT_ACCEPT_USER, 0, 0,
	"an accepted connection belongs to the user who accepted it",
	"sock_graft; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_TIME_WAIT, 0, 0,
	"the end that closes first leaves a TIME_WAIT with its options", LIFE},
    {RULE_LINUX, FACT_RESET_ENDS, 0, 0, "which ends with a reset by the other end", LIFE},
    {RULE_LINUX, FACT_PAIR, 0, 0, "the same four-tuple twice: connect EADDRNOTAVAIL",
	"__inet_check_established; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_TAKE_OVER, 0, 0, "connect takes over a TIME_WAIT of the same four-tuple",
	"tcp_twsk_unique; measured on 5.10 to 7.2"},
    {RULE_LINUX, FACT_MAPPED_ANY_UNSEEN, VERSION_OF(6, 1, 170), VERSION_OF(6, 1, 193),
	"a socket at ::ffff:0.0.0.0 is not in the way of a ::ffff:a.b.c.d (a bug)",
	"inet_bind2_bucket_match_addr_any; measured on 6.1.170 to 6.1.192"},

    {RULE_GVISOR, FACT_ADDR, 0, 0, "SO_REUSEADDR on both lets a socket bind", "measured, 2025"},
    {RULE_GVISOR, FACT_ADDR_NOT_LISTENING, 0, 0, "but not beside a listener at its own address",
	"measured, 2025"},
    {RULE_GVISOR, FACT_PORT, 0, 0, "SO_REUSEPORT on both lets a socket bind, whatever the user",
	"measured, 2025"},
    {RULE_GVISOR, FACT_PORT_TIME_WAIT, 0, 0,
	"SO_REUSEPORT lets a socket bind beside a TIME_WAIT without it", "measured, 2025"},
    {RULE_GVISOR, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well",
	"measured, 2025"},

    {RULE_FREEBSD, FACT_NEWCOMER, 0, 0, "the new socket's option alone decides",
	"in_pcbbind_setup"},
    {RULE_FREEBSD, FACT_OTHER_USER, 0, 0,
	"another user's socket, unless it is connected, is in the way of all but root's",
	"in_pcbbind_setup, PRIV_NETINET_REUSEPORT; read in 13 and 14"},
    {RULE_FREEBSD, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well",
	"in6_pcbbind"},
    {RULE_NETBSD, FACT_NEWCOMER, 0, 0, "the new socket's option alone decides",
	"inpcb_bind_port; measured on 7.99.34"},
    {RULE_NETBSD, FACT_EXACT_ONE_USER, 0, 0,
	"the same address twice: SO_REUSEPORT on both, of one user unless the new socket is root's",
	"inpcb_bind_port; measured on 7.99.34"},
    {RULE_NETBSD, FACT_CONNECTED_YIELDS, 0, 0,
	"a connected socket is not in the way of a new socket with either option",
	"inpcb_bind_port; measured on 7.99.34"},
    {RULE_NETBSD, FACT_CHILD_UNHELD, 0, 0,
	"neither an accepted socket nor its TIME_WAIT is in the way",
	"inpcb_bind_port; measured on 7.99.34"},
    {RULE_NETBSD, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well",
	"in6pcb_bind_port; measured on 7.99.34"},
    {RULE_NETBSD, FACT_DUAL_AFTER_V4, 0, 0, "but may bind after 0.0.0.0; v6only is the default",
	"in6pcb_bind_port; measured on 7.99.34"},
    {RULE_OPENBSD, FACT_NEWCOMER, 0, 0, "the new socket's option alone decides",
	"in_pcbaddrisavail"},
    {RULE_OPENBSD, FACT_OTHER_USER, 0, 0, "another user's socket is in the way of all but root's",
	"in_pcbbind, so_euid"},
    {RULE_OPENBSD, FACT_OTHER_USER_CONNECTED, 0, 0, "connected ones too", "in_pcbbind, so_euid"},
    {RULE_MACOS, FACT_NEWCOMER, 0, 0, "the new socket's option alone decides", "in_pcbbind"},
    {RULE_MACOS, FACT_OTHER_USER, 0, 0, "another user's socket is in the way of all but root's",
	"in_pcbbind"},
    {RULE_MACOS, FACT_OTHER_USER_CONNECTED, 0, 0, "connected ones too", "in_pcbbind"},
    {RULE_MACOS, FACT_WIDE_ANY_USER, 0, 0, "but a wildcard is not in the way of a wildcard",
	"in_pcbbind"},
    {RULE_MACOS, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well",
	"in6_pcbbind"},
    {RULE_SOLARIS, FACT_NEWCOMER, 0, 0, "the new socket's option alone decides", "setsockopt(3C)"},
    {RULE_SOLARIS, FACT_DUAL, 0, 0, ":: that is not v6only overlaps with IPv4 as well", "ip6(4P)"},
};
const size_t fact_row_count = sizeof fact_rows / sizeof *fact_rows;

struct facts facts_of(enum rule_system system, unsigned version)
{
	struct facts facts = {.system = system, .version = version};

	for (size_t i = 0; i < fact_row_count; i++) {
		const struct fact_row *row = &fact_rows[i];
		if (row->system == system && (version == 0 || version >= row->since) &&
		    (row->before == 0 || (version != 0 && version < row->before)))
			facts.set |= UINT64_C(1) << row->fact;
	}
	return facts;
}

const struct facts *facts_here(void)
{
	static struct facts here;
	static bool asked;

	if (!asked) /* other systems' rows name no version */
		here = facts_of(rule_here(), rule_here() == RULE_LINUX ? version_here() : 0);
	asked = true;
	return &here;
}
