/* Who holds a port: the sockets of this machine, and the processes behind them. */
#ifndef REUSE_OS_HOLDER_H
#define REUSE_OS_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/addr.h"

/* The states of RFC 9293, and one that it does not need: bound, nothing more. */
enum holder_state {
	HOLDER_ESTABLISHED = 1,
	HOLDER_SYN_SENT,
	HOLDER_SYN_RECV,
	HOLDER_FIN_WAIT1,
	HOLDER_FIN_WAIT2,
	HOLDER_TIME_WAIT,
	HOLDER_BOUND, /* also one that was reset and is still open */
	HOLDER_CLOSE_WAIT,
	HOLDER_LAST_ACK,
	HOLDER_LISTEN,
	HOLDER_CLOSING,
};

/* "TIME_WAIT" */
const char *holder_state_name(enum holder_state state);

enum { HOLDER_PROGRAM = 64 };

/* A process that has a socket open. */
struct process {
	uint64_t inode; /* of that socket */
	long pid;
	char program[HOLDER_PROGRAM]; /* as the process calls itself: any bytes */
};

/* One socket. Of what may be unknown -1 says so, 0 is no, 1 is yes. */
struct holder {
	enum holder_state state; /* of UDP ESTABLISHED where it is connected, else BOUND */
	bool udp, mptcp;
	union addr local, peer; /* peer: AF_UNSPEC where it has none */
	long uid;               /* -1: nobody's, of a user that is not mapped here, or not known */
	uint64_t inode;         /* 0: no process has it open */
	uint64_t group;  /* id of the control group of the process that made it; 0: not known */
	uint32_t token;  /* of its MPTCP connection; 0: none, or not known */
	unsigned device; /* index of the interface that it is bound to; 0: any */
	bool remnant;    /* all that is left is a note of the kernel's: TIME_WAIT and what passes by
			  * there; it goes by itself */
	bool probing;    /* its peer has shut the window, which the kernel probes */
	int64_t left_ms; /* until it goes; -1: not counted down */
	int64_t
	    most_ms; /* of one that is probing: when the kernel gives it up, if no process has it and the
			  * peer answers the probes (by tcp_probe_timer, inferred); -1: not known */
	unsigned queued,
	    queue_limit; /* LISTEN: connections not accepted yet; one more than the limit fits */
	int64_t drops;   /* LISTEN, UDP: what came and found no room; -1: not known */
	int reuseaddr, reuseport, v6only;
	size_t process, process_count; /* in holders->processes */
};

enum { HOLDERS_MOST = 2000000 }; /* further sockets are not looked at */

/* All that was found. Begin with {0}. */
struct holders {
	struct holder *list;
	size_t count;
	struct process *processes;
	size_t process_count;
	int bound_error;   /* 0: bound-only sockets are among them; ENOTSUP: this system lists none;
			    * else the errno that kept from asking */
	bool no_diag;      /* sock_diag is lacking or refused (bound_error): read from /proc/net */
	bool cut;          /* there were more than HOLDERS_MOST */
	size_t hidden;     /* processes whose descriptors could not be read */
	size_t unsearched; /* processes with very many descriptors, not looked through to the end */
	size_t elsewhere;  /* processes seen in other network namespaces */
	bool elsewhere_hidden; /* of some processes the namespace could not be read */
	int error;             /* errno that kept from looking at some process; 0: none did */
};

enum { HOLDERS_TCP = 1, HOLDERS_UDP = 2 }; /* protocols, as bits; MPTCP is TCP */

/* Reads the sockets of `protocols` that have `port` (host order; 0: all, without drops and most_ms) as their
 * local one, IPv4 and IPv6. Returns 0, or -1 with errno and nothing to free; ENOTSUP where this system
 * gives no way to know. */
int holders_read(struct holders *holders, unsigned protocols, unsigned port);

/* The TCP listeners alone, which is quick however many connections there are. */
int holders_read_listeners(struct holders *holders, unsigned port);

/* Finds the processes of those in holders->list[0..count), and their options where that is
 * permitted. What cannot be found stays unknown; of ten thousand and more, what not within half a
 * second, too, unless `patient`. */
void holders_know(struct holders *holders, bool patient);

void holders_free(struct holders *holders);

/* Established TCP connections to certain ports, and how many different addresses with port they come
 * from. Counting sources ends at CENSUS_SOURCES. */
struct census {
	uint64_t connections;
	unsigned sources;
};

enum { CENSUS_SOURCES = 256 };

/* Counts the connections whose peer's address begins with the first `bytes` bytes of that of `to`, and
 * whose peer's port is in the set: bit p % 8 of ports[p / 8]. Returns 0, or -1 with errno; ENOTSUP
 * where this system gives no way to know. */
int census_take(
    const union addr *to, size_t bytes, const unsigned char ports[8192], struct census *census);

#endif
