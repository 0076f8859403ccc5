/* NETLINK_SOCK_DIAG, the bytes alone: sock_diag(7). Opens nothing. */
#ifndef REUSE_OS_PARSE_DIAG_H
#define REUSE_OS_PARSE_DIAG_H

#include "os/holder.h"

enum { DIAG_REQUEST = 104 }; /* the longest request */

/* Which states are asked for, as bits. */
enum diag_states {
	DIAG_ALL = 0x3ffe, /* bits 1 to 12 are those of include/net/tcp_states.h */
	DIAG_ESTABLISHED = 1 << HOLDER_ESTABLISHED,
	DIAG_LISTENERS = 1 << HOLDER_LISTEN, /* quick, however many connections there are */
	/* Those in which data may wait when the process has closed. */
	DIAG_ORPHANS = 1 << HOLDER_FIN_WAIT1 | 1 << HOLDER_LAST_ACK | 1 << HOLDER_CLOSING,
	DIAG_BOUND = 1 << 13, /* TCP_BOUND_INACTIVE, Linux 6.8; an older kernel passes over it */
};

enum diag_protocol {
	DIAG_TCP,
	DIAG_UDP,
	DIAG_MPTCP, /* the sockets of processes, not those of TCP below them (Linux 5.9) */
};

/* What is asked for. */
struct diag_query {
	enum diag_protocol protocol;
	int family; /* AF_UNSPEC: both, for TCP alone: the kernel walks over its sockets once and not twice */
	unsigned port; /* the local one, in host order; 0: any */
	enum diag_states states;
	bool details; /* drops and timers too: the kernel locks each socket for them */
};

/* Writes the request. Returns its length. */
size_t diag_request(unsigned char into[DIAG_REQUEST], const struct diag_query *query);

/* Hears of each socket; false ends the reading. */
typedef bool diag_each(void *who, const struct holder *holder);

enum diag_end {
	DIAG_MORE,  /* there is another datagram to come */
	DIAG_DONE,  /* that was all */
	DIAG_ERROR, /* with errno: the kernel's, or EPROTO where the bytes make no sense */
};

/* Reads one datagram of the answer to a request for `protocol`. Any bytes may be given; none behind
 * bytes[len) is looked at. What is no socket over IPv4 or IPv6 is passed over. */
enum diag_end diag_parse(
    const void *bytes, size_t len, enum diag_protocol protocol, diag_each *each, void *who);

#endif
