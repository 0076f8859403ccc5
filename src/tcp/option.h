/* The socket options that matter here, as a table; the only place that asks which of them this
 * system has. */
#ifndef REUSE_TCP_OPTION_H
#define REUSE_TCP_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/fault.h"

enum option {
	OPTION_REUSEADDR,
	OPTION_REUSEPORT,
	OPTION_REUSEPORT_LB, /* SO_REUSEPORT, and connections are dealt out: FreeBSD 12 */
	OPTION_V6ONLY,
	OPTION_RCVTIMEO,  /* microseconds */
	OPTION_SNDTIMEO,  /* microseconds */
	OPTION_KEEPALIVE, /* on or off */
	OPTION_KEEPIDLE,  /* seconds until the first probe */
	OPTION_NODELAY,
	OPTION_OOBINLINE,        /* urgent bytes stay in their place in the stream */
	OPTION_LINGER,           /* seconds; 0: close resets the connection */
	OPTION_DEVICE,           /* SO_BINDTODEVICE, or its equivalent: text; "" takes it off */
	OPTION_NO_PORT,          /* IP_BIND_ADDRESS_NO_PORT */
	OPTION_FREEBIND,         /* IP_FREEBIND: also an address that no interface has */
	OPTION_PORT_RANGE,       /* IP_LOCAL_PORT_RANGE: lowest + 65536 * highest, in host order */
	OPTION_FASTOPEN_CONNECT, /* connect takes a port, the first send sends: tcp(7) */
	OPTION_FASTOPEN_NO_COOKIE, /* so also to whom nothing was sent before */
	OPTION_SPREAD_RANDOM, /* SO_ATTACH_REUSEPORT_CBPF: deal out to so many listeners at random */
	OPTION_SPREAD_CPU,    /* the same by the number of the CPU at work, modulo so many */
	OPTION_COUNT,
};

/* One option to set, and to what. */
struct setting {
	enum option option;
	int64_t value;
	char device[IF_NAMESIZE];
};

/* "SO_REUSEADDR"; the name is known also where the option is not. */
const char *option_name(enum option option);

/* Whether this system has it. */
bool option_known(enum option option);

/* Sets it. Returns 0, or -1 with `fault` filled: ENOPROTOOPT where this system lacks it. */
int option_set(int fd, const struct setting *setting, struct fault *fault);

/* How many bytes of what was sent to the peer it has not acknowledged, a FIN as one of them; 0 where
 * this system does not tell. */
int option_unacknowledged(int fd);

/* Acknowledges at once what has arrived, where this system lets one; else it may wait (40 ms on Linux). */
void option_acknowledge(int fd);

/* How many bytes have arrived that were not read. */
int option_unread(int fd);

/* How many connections wait to be accepted at a listening socket; INT_MAX where this system does not tell. */
unsigned option_queued(int fd);

/* Whether it is set so: some systems take an option and do not heed it. Of options that cannot be read
 * back so, true. */
bool option_is(int fd, const struct setting *setting);

/* Whether an option of on and off is on; false where it cannot be read. */
bool option_get(int fd, enum option option);

/* The interface that a socket is bound to, "" for none. False where that cannot be read. */
bool option_device(int fd, char device[IF_NAMESIZE]);

/* The names of setsockopt's level and name; NULL each where it is none of these. */
void option_find(int level, int number, const char **level_name, const char **name);

/* How often the kernel has dropped somebody at the listening socket `fd` before accept, the queue full or memory
 * short; -1: this system does not tell. */
int64_t option_drops(int fd);

#endif
