/* Who holds a port: the sockets of this machine, and the processes behind them. */
#ifndef REUSE_OS_HOLDER_H
#define REUSE_OS_HOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/placement.h"
#include "tcp/addr.h"

/* The states of RFC 9293, and one that it does not need: only bound. */
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

/* A program that listens on behalf of another: who stops it has stopped the messenger. */
enum forwarder {
	FORWARDER_NONE,
	FORWARDER_DOCKER_PROXY,
	FORWARDER_ROOTLESSPORT, /* podman's, for containers of an ordinary user */
	FORWARDER_ROOTLESSKIT,
	FORWARDER_SLIRP4NETNS,
	FORWARDER_PASTA,
	FORWARDER_CONMON, /* keeps the ports of podman's container from others */
	FORWARDER_SOCKET_PROXYD,
	FORWARDER_SSH,
	FORWARDER_SOCAT,
	FORWARDER_KUBECTL,
	FORWARDER_INETD,          /* and its like: it has the ports of all its services */
	FORWARDER_GVPROXY,        /* of podman's virtual machine */
	FORWARDER_DOCKER_DESKTOP, /* of Docker's */
	FORWARDER_SSHD,           /* a session of somebody who forwards ports by ssh -R */
	FORWARDER_DOCKERD,        /* Docker itself, where it runs no docker-proxy, and of a swarm */
	FORWARDER_LXD,            /* LXD's or Incus's, of an instance's proxy device */
};

/* What a parent does when its child ends. */
enum supervisor {
	SUPERVISOR_NONE, /* nothing that is known, or there is none */
	SUPERVISOR_SUPERVISORD,
	SUPERVISOR_RUNIT,
	SUPERVISOR_S6,
	SUPERVISOR_DAEMONTOOLS,
	SUPERVISOR_OPENRC,
	SUPERVISOR_PM2,
	SUPERVISOR_AUTOSSH,
	SUPERVISOR_PARENT, /* it may start it again: a script, the master of workers */
};

enum { SUPERVISED = 256 };

enum { FORWARDS_TO = 128 };

/* What a process is to the one that asks for a port. */
enum kin {
	KIN_NONE,     /* somebody else, or nobody asks for another */
	KIN_SELF,     /* itself */
	KIN_ANCESTOR, /* what has started it, or that one's */
};

/* A process that has sockets open. */
struct process {
	long pid;
	char program[HOLDER_PROGRAM]; /* as the process calls itself: any bytes */
	char *command;                /* its arguments, blanks between; NULL: none, or not read */
	int64_t started;              /* Unix time in seconds; -1: not known */
	char state;                   /* R S D T t Z X, as proc(5) has it; 0: not known */
	long uid;                     /* the effective one; -1: not known */
	/* SIGTERM has no effect: it ignores it, or is the first of a PID namespace and does not
	 * handle it */
	bool deaf;
	/* its control group is: no signal but SIGKILL is heeded; in version 1, which shows it in
	 * state D, none at all */
	bool frozen;
	enum kin kin; /* KIN_NONE where nobody sets it */
	size_t place; /* in holders->places */
	long
	    session; /* who leads its session, where that has a terminal: a shell as a rule; 0: it has none */
	bool
	    guest; /* of that one's unit, such as a terminal's window: the unit is not the program's */
	enum forwarder forwarder;
	enum supervisor supervisor; /* its parent, where that is none of who asks */
	long parent;
	char parent_program[HOLDER_PROGRAM];
	char supervised
	    [SUPERVISED]; /* the name under which its supervisor knows it; "": not known */
	char forwards_to[FORWARDS_TO]; /* where its arguments name it: "172.17.0.2:80" */
	size_t forwards_place;         /* the container's that it does it for; 0: not known */
};

enum owner_way {
	OWNER_DESCRIPTOR, /* of the process */
	OWNER_THREAD,     /* of a thread that has descriptors of its own: /proc/PID/task/TID/fd */
	OWNER_RING,       /* a registered file of its io_uring */
};

/* That a process has a socket. */
struct owner {
	uint64_t inode;
	size_t process; /* in holders->processes */
	enum owner_way way;
};

/* A network namespace other than the caller's. */
struct network {
	uint64_t id;                  /* as in "net:[4026531840]" */
	char name[128];               /* as `ip netns` has it; "" */
	long pid;                     /* a process in it; 0: none was seen */
	char program[HOLDER_PROGRAM]; /* that process's */
	size_t place;                 /* likewise */
};

/* One socket. A field that may be unknown is -1 then; else 0 is no, 1 is yes. */
struct holder {
	enum holder_state state; /* of UDP ESTABLISHED where it is connected, else BOUND */
	bool udp, mptcp;
	union addr local, peer; /* peer: AF_UNSPEC where it has none */
	long uid;               /* -1: nobody's, of a user that is not mapped here, or not known */
	uint64_t inode;         /* 0: no process has it open */
	uint64_t group;  /* id of the control group of the process that made it; 0: not known */
	unsigned device; /* index of the interface that it is bound to; 0: any */
	bool remnant;    /* all that is left is a note of the kernel's: TIME_WAIT and what passes by
			  * there; it goes by itself */
	/* no process has it, and its peer does not take or acknowledge what the kernel sends again
	 * and again */
	bool trying;
	bool shut;       /* the peer's receive window is closed, where that was read */
	int64_t left_ms; /* until it goes; -1: not counted down */
	/* of one that is trying: when the kernel gives it up, where the peer answers nothing but
	 * probes (by tcp_timer.c, inferred); -1: not known */
	int64_t most_ms;
	unsigned queued; /* LISTEN: connections not accepted yet; one more than the limit fits */
	unsigned queue_limit; /* LIMIT_UNKNOWN where the system does not tell */
	int64_t drops;        /* LISTEN, UDP: what came and found no room; -1: not known */
	int reuseaddr, reuseport, v6only;
	size_t place;              /* of the control group, in holders->places; 0: not known */
	size_t network;            /* in holders->networks; 0: the caller's */
	size_t owner, owner_count; /* in holders->owners */
};

#define LIMIT_UNKNOWN UINT_MAX

enum { HOLDERS_MOST = 2000000 }; /* further sockets are not looked at */

/* Why the process of a socket may not have been found, or a socket not be listed. Each was found out. */
enum unseen {
	UNSEEN_NO_PROC, /* /proc is not mounted */
	UNSEEN_HIDEPID, /* /proc is mounted so as to hide others' processes: shown to root, and to the
				* group that the mount names */
	UNSEEN_OTHERS, /* descriptors of `hidden` processes may not be read: root may */
	UNSEEN_PTRACE, /* the same, asked by root without CAP_SYS_PTRACE */
	UNSEEN_USER_NAMESPACE, /* the same, in a user namespace that is not the first: outside of it one may */
	UNSEEN_PID_NAMESPACE, /* processes outside of this PID namespace are not in /proc, but outside */
	UNSEEN_TIME,          /* `unsearched` processes have very many descriptors */
	UNSEEN_IN_FLIGHT, /* `in_flight` descriptors wait in Unix sockets to be received, one in a socket
				* of process `in_flight_pid` */
	UNSEEN_RING, /* `rings` io_urings have registered files whose names this kernel does not tell, one of
		      * process `ring_pid` */
	UNSEEN_ACCEPT, /* `accepting` threads wait in accept on a descriptor that is closed, one of process
			* `accepting_pid` */
	UNSEEN_MEMORY, /* `error`: no memory, or no descriptor left */
	UNSEEN_KERNEL, /* none of these, and no process has it: it is the kernel's own (inferred) */
	UNSEEN_NO_DIAG, /* bound-only sockets: the kernel lacks sock_diag (inet_diag, tcp_diag) */
	UNSEEN_DIAG_REFUSED, /* the same: sock_diag is refused, `bound_error` */
	UNSEEN_OLD_KERNEL,   /* the same: this kernel does not list them, Linux 6.8 does */
};

/* All that was found. Begin with {0}. */
struct holders {
	struct holder *list;
	size_t count;
	struct owner *owners;
	size_t owner_count;
	struct process *processes;
	size_t process_count;
	struct placement *places; /* places[0] is nowhere; NULL before holders_know */
	size_t place_count;
	size_t place_self;        /* the caller's */
	struct network *networks; /* networks[0] is the caller's; NULL: all are */
	size_t network_count;
	unsigned protocols, port; /* as asked */
	/* the caller's, by clock_us: holders_know looks no further then; 0: as it says */
	int64_t know_by_us;
	unsigned unseen; /* bits 1u << enum unseen, after holders_know */
	size_t in_flight;
	long in_flight_pid;
	size_t rings;
	long ring_pid;
	size_t accepting;
	long accepting_pid;
	int bound_error; /* 0: bound-only sockets are among them; ENOTSUP: this system lists none;
			    * else the errno that kept from asking */
	/* /proc is of another PID namespace than the caller's: kill(2) knows its numbers not */
	bool outer_proc;
	bool no_diag;      /* sock_diag is lacking or refused (bound_error): read from /proc/net */
	bool cut;          /* there were more than HOLDERS_MOST */
	size_t hidden;     /* processes whose descriptors could not be read */
	size_t unsearched; /* processes with very many descriptors, not looked through to the end */
	bool elsewhere_hidden; /* of some processes the namespace could not be read */
	int error;             /* errno that kept from looking at some process; 0: none did */
};

/* Protocols, as bits; MPTCP is TCP. With HOLDERS_NO_BIND no socket is bound to find out whether bound-only ones are
 * listed: the version tells. */
enum { HOLDERS_TCP = 1, HOLDERS_UDP = 2, HOLDERS_NO_BIND = 4 };

/* Reads the sockets of `protocols` that have `port` (host order; 0: all, without most_ms and UDP's drops) as their
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

/* Whether a connection to `addr` would go to it, a TCP socket, as far as its address says. */
bool holder_takes(const struct holder *listener, const union addr *addr);

/* The process of its owner i of owner_count. */
const struct process *holder_process(
    const struct holders *holders, const struct holder *holder, size_t i);

/* Whether more processes may have the socket than those that were found: its maker's user is none of theirs, and not
 * all processes could be looked at. */
bool holder_has_others(const struct holders *holders, const struct holder *holder);

/* Whether there is nobody who would be shown more processes than who asks: what is hidden is so from root, too. */
bool holders_shown_all(const struct holders *holders);

/* One of holders->places; nowhere where they were not read. */
const struct placement *holders_placement(const struct holders *holders, size_t place);

/* The place of that process; of a service manager, which has the sockets of all its socket units, that of
 * the socket. */
const struct placement *holder_place(
    const struct holders *holders, const struct holder *holder, size_t i);

/* Begins with {0} as holders_read does, with the sockets on that port in other network namespaces. Only who
 * may enter these can read them (root), else -1 with EPERM; ENOTSUP where the system has none. Leaves out
 * namespaces that can be entered no more, and where they are very many, connections, then the rest. */
int holders_read_elsewhere(struct holders *holders, unsigned protocols, unsigned port);

/* Established TCP connections to certain ports, and how many different addresses with port they come
 * from. Counting sources ends at CENSUS_SOURCES. */
struct census {
	uint64_t connections;
	unsigned sources;
	bool cut; /* there may be more: time was over, or `stop` readable */
};

enum { CENSUS_SOURCES = 256 };

struct census_query {
	union addr to;
	size_t bytes;               /* so many of the peer's address are those of `to` */
	const unsigned char *ports; /* the peer's port is one of them: bit p % 8 of ports[p / 8] */
	int64_t until_us;           /* by clock_us */
	int stop;
};

/* Returns 0, or -1 with errno; ENOTSUP where this system gives no way to know. */
int census_take(const struct census_query *query, struct census *census);

#endif
