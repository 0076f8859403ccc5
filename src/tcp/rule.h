/* The documented rule of sharing: may one more socket have this port? Pure: it asks no kernel. rules
 * compares it with trials, why explains with it, experiments expect from it; it stands nowhere else. */
#ifndef REUSE_TCP_RULE_H
#define REUSE_TCP_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/system.h"

/* What the rule asks of a holder's state. */
enum rule_state {
	RULE_OPEN, /* bound, connecting, connected, closing: all but the next two */
	RULE_LISTEN,
	RULE_TIME_WAIT,
};

/* A socket, as far as the rule looks at it. Ports are taken to be the same. */
struct rule_socket {
	union addr addr;
	bool v6only; /* of :: */
	/* at an IPv6 address, but not by bind: accepted by a :: that takes IPv4 as well, or
	 * connected from one */
	bool dual;
	/* at 0.0.0.0 or ::ffff:0.0.0.0, with sockets the first of whom was at the other */
	bool joined;
	bool reuseaddr, reuseport;
	unsigned device; /* bound to that interface; 0: to none */
	int64_t uid;     /* the effective user ID when it was made */
	bool connected;  /* it has a peer; asked by the BSDs alone */
	enum rule_state state;
};

/* What decides. */
enum rule_reason {
	RULE_APART,     /* allowed: the addresses do not overlap */
	RULE_DEVICES,   /* allowed: bound to different interfaces */
	RULE_REUSEADDR, /* allowed by SO_REUSEADDR */
	RULE_REUSEPORT, /* allowed by SO_REUSEPORT */
	RULE_FREELY,    /* allowed: this system does not ask */
	RULE_NO_OPTION, /* refused: the two have no option in common that would allow it */
	RULE_LISTENING, /* refused: SO_REUSEADDR, which both have, does not help beside a listener */
	RULE_OTHER_USER, /* refused: SO_REUSEPORT, which both have, is for sockets of one user */
};

struct facts; /* tcp/facts.h: the rule of one kernel */

/* Linux: whether the address of `one` takes in that of `other`, as inet_rcv_saddr_equal asks;
 * `wide_other`: a wildcard of `other` takes in that of `one` just as well. */
bool rule_takes_in(const struct facts *facts, const struct rule_socket *one,
    const struct rule_socket *other, bool wide_other);

/* Whether there is an address that belongs to both, as that kernel asks it. */
bool rule_overlap(const struct facts *facts, const struct rule_socket *holder,
    const struct rule_socket *newcomer);

/* May `newcomer` bind beside `holder`? */
enum rule_reason rule_bind(const struct facts *facts, const struct rule_socket *holder,
    const struct rule_socket *newcomer);

/* The same of UDP, of one holder. Linux: of several, in the order of the kernel's list, the first who
 * shares by SO_REUSEPORT lets the newcomer in, whatever the holders behind it have. */
enum rule_reason rule_bind_udp(const struct facts *facts, const struct rule_socket *holder,
    const struct rule_socket *newcomer);

bool rule_allows(enum rule_reason reason);

#endif
