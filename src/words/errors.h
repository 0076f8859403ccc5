/* What an errno means from a socket call, and what may be behind it. */
#ifndef REUSE_WORDS_ERRORS_H
#define REUSE_WORDS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "tcp/fault.h"

/* One sentence without full stop, or NULL where there is none. */
const char *errors_meaning(enum tcp_call call, int error);

/* What this machine can be asked, to tell a cause from another. */
enum errors_check {
	CHECK_NONE,
	CHECK_PRIVILEGED_PORT, /* the port is below the first that everybody may bind */
	CHECK_FOREIGN_NETWORK, /* the network is another user namespace's */
	CHECK_LANDLOCK,        /* bind is confined by Landlock */
	CHECK_SANDBOX, /* bind is refused before the network looks at it, and not by Landlock */
	CHECK_FILTER,  /* this process has a seccomp filter */
	CHECK_GROUP,   /* a BPF program of its control group looks at bind */
	CHECK_FOREIGN_ADDRESS, /* no interface has the address */
	CHECK_TENTATIVE,       /* an interface has it, and checks it for a twin */
	CHECK_TWIN,            /* the check failed */
	CHECK_NO_SOURCE,       /* no address of that family, from which to connect */
	CHECK_SCOPE,           /* an address of a link without its interface */
	CHECK_PORT_RANGE,      /* bind to port 0; the range the kernel picks from */
	CHECK_CONNECT_PORTS,   /* that range, for connect */
	CHECK_PAIR,            /* a socket of the source that has this peer */
	CHECK_BOUND_ALREADY,   /* the socket has a port */
	CHECK_MULTICAST,       /* an IPv6 multicast address */
	CHECK_MAPPED,          /* IPv4 written as IPv6, and IPV6_V6ONLY by default */
	CHECK_LOOPBACK_SOURCE, /* from a loopback address to another machine */
	CHECK_LISTENER,        /* who listens at the peer, where that is this machine */
	CHECK_QUEUE, /* how full the queue of that listener is; else read what `tunable` names */
	CHECK_BROADCAST,   /* a broadcast or multicast address */
	CHECK_ROUTE,       /* whether a route leads there */
	CHECK_ROUTE_SAYS,  /* whether it is of a type that refuses */
	CHECK_FIREWALL,    /* whether a rule of this machine is all that is left */
	CHECK_IPV6,        /* open a socket of that family */
	CHECK_FAMILY,      /* whether a seccomp filter refuses one that the kernel has */
	CHECK_DESCRIPTORS, /* how many this process may have */
	CHECK_TUNABLE,     /* read what `tunable` names */
	CHECK_NOT_LINUX,   /* Linux says another errno then */
};

/* One cause. */
struct cause {
	int error;
	unsigned calls;   /* bits 1 << enum tcp_call: from which calls */
	const char *text; /* what is the matter; a clause without full stop */
	const char *tell; /* how to tell on this machine; likewise */
	enum errors_check check;
	const char *tunable; /* with CHECK_TUNABLE and CHECK_QUEUE */
};

/* The causes of `error` (0: of any) from `call` (CALL_NONE: from any), the likeliest first: returns the first
 * one behind `after` (NULL: of all), or NULL. */
const struct cause *errors_cause(const struct cause *after, enum tcp_call call, int error);

/* The calls that are told of, in the order in which a program makes them; ended by CALL_NONE. */
extern const enum tcp_call errors_calls[];

/* The call of that name, or CALL_NONE. */
enum tcp_call errors_call(const char *name);

#endif
