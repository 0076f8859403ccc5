/* Inside of tcp/echo: the server's state, for its files alone. */
#ifndef REUSE_TCP_ECHO_STATE_H
#define REUSE_TCP_ECHO_STATE_H

#include "tcp/echo.h"

enum { READ_BYTES = 65536 }; /* one read a turn and connection: no chatty one starves the others */

enum echo_role { ECHO_FREE, ECHO_LISTENER, ECHO_CONNECTION };

/* Lists of connections by time, where idle ones are closed. */
enum echo_list {
	ECHO_MOVED, /* by moved_us */
	ECHO_UNTAKEN, /* by looked_us: those whose peers may still take what was sent out of the kernel's queue */
	ECHO_LISTS,
};

/* One descriptor. */
struct echo_sock {
	unsigned char role; /* an enum echo_role */
	unsigned char list; /* an enum echo_list */
	bool eof;           /* the peer's FIN was read */
	bool fin;           /* ours was sent */
	int older, newer;   /* neighbours in its list; -1: none */
	uint32_t sent, len; /* owed[sent..len) is still to go out */
	char *owed;         /* on the heap; NULL: nothing */
	uint64_t bytes;     /* sent back in all */
	uint32_t due;   /* while draining: what had arrived when that began, and is not read yet */
	uint64_t taken; /* of `bytes` what the peer had acknowledged at the last look */
	int64_t moved_us;  /* when the peer last sent or took a byte, as far as looks tell */
	int64_t looked_us; /* in ECHO_UNTAKEN */
	union addr peer;
};

struct listener {
	int fd;
	bool knocked;  /* somebody may wait there */
	bool inherits; /* its connections have the plan's settings from it, as the last one had */
	unsigned left; /* while draining: how many may still be accepted */
};

struct echo {
	struct echo_plan plan;
	struct echo_share *own_share; /* on the heap where the plan has none */
	struct ready *ready;
	struct echo_sock **chunks; /* chunks[fd / CHUNK][fd % CHUNK]; a NULL chunk has no socket */
	int chunk_count;
	struct listener *listeners;
	int listener_count;
	int turn;         /* the listener whose turn it is */
	bool paused;      /* the listeners are not watched: no place, or no descriptor or memory */
	bool freed;       /* a connection closed since */
	int64_t retry_us; /* while paused: look again then; 0: when a connection closes */
	int wake;         /* of echo_wake; -1: none */
	bool told_to_stop;
	bool draining; /* told to stop: what still comes is read and thrown away */
	bool starved;  /* the kernel had no memory for a read or a write in the last turn */
	uint64_t open, connections, bytes;
	int oldest[ECHO_LISTS], newest[ECHO_LISTS]; /* -1: empty */
	int64_t now_us; /* of this turn; kept only where it is asked for */
	char *shared;   /* READ_BYTES that a read goes into */
};

/* echo_table.c. The slot of `fd`, made where there is none; NULL with errno. */
struct echo_sock *echo_slot(struct echo *echo, int fd);

/* The same for a descriptor that has a slot. */
struct echo_sock *echo_at(const struct echo *echo, int fd);

/* Calls `act` for each connection; it may drop that one. */
void echo_each(struct echo *echo, void (*act)(struct echo *, struct echo_sock *, int fd));

/* Keeps the lists: a new connection, one that goes, one of which a byte moved. */
void echo_link(struct echo *echo, struct echo_sock *sock, int fd);
void echo_unlink(struct echo *echo, const struct echo_sock *sock);
void echo_touch(struct echo *echo, struct echo_sock *sock, int fd);

/* When the next connection is to be judged, by clock_us; INT64_MAX: never. */
int64_t echo_idle_at(const struct echo *echo);

/* Judges those whose time has come: calls `act` for each whose peer was silent for idle_us. */
void echo_judge(struct echo *echo, void (*act)(struct echo *, struct echo_sock *, int fd));

/* The connection that owes most, of equals the one whose bytes moved least; -1: none owes. */
int echo_worst_debtor(const struct echo *echo);

/* echo_accept.c. Notes that somebody waits at the listener `fd`. */
void echo_knock(struct echo *echo, int fd);

/* Accepts who waits, listener by listener in turn, as far as there are places. */
void echo_welcome(struct echo *echo);

/* When that is to be called again by itself, by clock_us; INT64_MAX: never. */
int64_t echo_welcome_at(const struct echo *echo);

/* Only who waits in the queues now is still accepted; nobody, where the queue is another's. */
void echo_last_welcome(struct echo *echo);
void echo_close_listeners(struct echo *echo);

/* echo_connection.c. Tells the caller, if the plan asks for that event. */
void echo_tell_of(const struct echo *echo, const struct echo_event *event);

/* Sends on what is owed. */
void echo_pay(struct echo *echo, struct echo_sock *sock, int fd);

/* Reads once and sends back what it can; the rest is owed. While draining what comes later than the end is
 * thrown away. */
void echo_answer(struct echo *echo, struct echo_sock *sock, int fd);

/* The time of its silence is up. What is ready is read before that is judged: the server may have been
 * stopped meanwhile. */
void echo_judge_silence(struct echo *echo, struct echo_sock *sock, int fd);

/* Whether more is kept than allowed, and by this server more than its share. */
bool echo_owes_too_much(const struct echo *echo);

/* Closes those that owe most, until no more is kept than allowed. */
void echo_cut_debts(struct echo *echo);

/* The ways to an end: it begins, and what has arrived is still answered; its echo and the FIN behind it have
 * arrived, so there is nothing left to wait for; at once; without a word to the caller. */
void echo_begin_end(struct echo *echo, struct echo_sock *sock, int fd);
void echo_end_arrived(struct echo *echo, struct echo_sock *sock, int fd);
void echo_end_now(struct echo *echo, struct echo_sock *sock, int fd);
void echo_close_quietly(struct echo *echo, struct echo_sock *sock, int fd);

#endif
