/* NETLINK_SOCK_DIAG, the bytes alone: sock_diag(7). Opens nothing. */
#ifndef REUSE_OS_PARSE_DIAG_H
#define REUSE_OS_PARSE_DIAG_H

#include "os/holder.h"

enum { DIAG_REQUEST = 96 }; /* the longest request */

/* Which states are asked for, as bits. */
enum diag_states {
	DIAG_ALL = 0x3ffe, /* bits 1 to 12 are those of include/net/tcp_states.h */
	DIAG_LISTENERS = 1 << HOLDER_LISTEN, /* quick, however many connections there are */
	DIAG_BOUND = 1 << 13, /* TCP_BOUND_INACTIVE, Linux 6.8; an older kernel passes over it */
};

/* Writes the request for the TCP sockets of `family` in these states (AF_UNSPEC: of both families, for which
 * the kernel walks over its sockets once and not twice); it leaves out those whose local port is not `port`
 * (host order; 0: leaves out none). Returns its length. */
size_t diag_request(
    unsigned char into[DIAG_REQUEST], int family, unsigned port, enum diag_states states);

/* Hears of each socket; false ends the reading. */
typedef bool diag_each(void *who, const struct holder *holder);

enum diag_end {
	DIAG_MORE,  /* there is another datagram to come */
	DIAG_DONE,  /* that was all */
	DIAG_ERROR, /* with errno: the kernel's, or EPROTO where the bytes make no sense */
};

/* Reads one datagram of the answer. Any bytes may be given; none behind bytes[len) is looked at.
 * What is no socket of TCP over IPv4 or IPv6 is passed over. */
enum diag_end diag_parse(const void *bytes, size_t len, diag_each *each, void *who);

#endif
