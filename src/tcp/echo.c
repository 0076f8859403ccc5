/* One loop over ready descriptors. A connection that owes nothing owns no buffer: what is read goes
 * into a buffer that all share, and what the kernel does not take back at once is kept aside. A
 * connection that owes is read no further until it has taken its echo, so each keeps at most one
 * read aside. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/echo.h"
#include "tcp/option.h"
#include "tcp/ready.h"
#include "tcp/sock.h"

enum {
	READ_BYTES = 65536, /* one read a turn and connection: no chatty one starves the others */
	ACCEPT_BATCH = 64,  /* newcomers a turn and listener */
	PLACE_US = 50000,   /* look again for a place among several servers */
	RETRY_US = 1000000, /* look again after descriptors or memory ran out */
	STARVED_MS = 10,    /* rest after the kernel had no memory */
	CHUNK = 256,        /* sockets in a piece of the table */
};

enum role { FREE, LISTENER, PEER };

/* One descriptor. */
struct sock {
	unsigned char role;      /* an enum role */
	bool eof;                /* the peer's FIN was read */
	bool fin;                /* ours was sent */
	int older, newer;        /* neighbours in order of the last moved byte; -1: none */
	uint32_t sent, len;      /* owed[sent..len) is still to go out */
	char *owed;              /* on the heap; NULL: nothing */
	uint64_t bytes;          /* sent back in all */
	uint32_t unacknowledged; /* when it was about to be closed as idle; 0: it was not */
	int64_t moved_us;        /* when a byte last moved; kept only where idle_us is set */
	union addr peer;
};

struct echo {
	struct echo_plan plan;
	struct ready *ready;
	struct sock **chunks; /* chunks[fd / CHUNK][fd % CHUNK]; a NULL chunk has no socket */
	int chunk_count;
	int *listeners;
	int listener_count;
	bool paused;   /* the listeners are not watched: */
	bool short_of; /* because something ran out; until a connection closes, or retry_us */
	bool told_to_stop;
	bool draining; /* told to stop: what still comes is read and thrown away */
	bool starved;  /* the kernel had no memory for a read or a write in the last turn */
	bool inherits; /* accepted sockets have TCP_NODELAY from their listener, once asked */
	bool asked;
	int64_t retry_us;
	uint64_t open, connections, bytes;
	int oldest, newest; /* ends of the list by moved_us; -1: empty */
	int64_t now_us;     /* of this turn; kept only where idle_us is set */
	char *shared;       /* READ_BYTES that a read goes into */
};

/* The slot of `fd`, made where there is none; NULL with errno. */
static struct sock *slot(struct echo *echo, int fd)
{
	const int chunk = fd / CHUNK;

	if (chunk >= echo->chunk_count) {
		const int count = 2 * chunk + 1;
		struct sock **chunks = realloc(echo->chunks, (size_t)count * sizeof *chunks);
		if (!chunks)
			return NULL;
		for (int i = echo->chunk_count; i < count; i++)
			chunks[i] = NULL;
		echo->chunks = chunks;
		echo->chunk_count = count;
	}
	if (!echo->chunks[chunk])
		echo->chunks[chunk] = calloc(CHUNK, sizeof(struct sock));
	return echo->chunks[chunk] ? &echo->chunks[chunk][fd % CHUNK] : NULL;
}

/* The same for a descriptor that has a slot. */
static struct sock *at(const struct echo *echo, int fd)
{
	return &echo->chunks[fd / CHUNK][fd % CHUNK];
}

static void tell(const struct echo *echo, const struct echo_event *event)
{
	if (echo->plan.tells & (unsigned)event->what)
		echo->plan.tell(echo->plan.who, event);
}

static void unlink_idle(struct echo *echo, const struct sock *sock)
{
	*(sock->older < 0 ? &echo->oldest : &at(echo, sock->older)->newer) = sock->newer;
	*(sock->newer < 0 ? &echo->newest : &at(echo, sock->newer)->older) = sock->older;
}

static void link_idle(struct echo *echo, struct sock *sock, int fd)
{
	sock->moved_us = echo->now_us;
	sock->older = echo->newest;
	sock->newer = -1;
	*(echo->newest < 0 ? &echo->oldest : &at(echo, echo->newest)->newer) = fd;
	echo->newest = fd;
}

/* A byte moved: the connection is the least idle one now. */
static void touch(struct echo *echo, struct sock *sock, int fd)
{
	if (!echo->plan.idle_us)
		return;
	sock->unacknowledged = 0;
	unlink_idle(echo, sock);
	link_idle(echo, sock, fd);
}

/* Watches the listeners, or not. Where that cannot be they are tried again later. */
static void watch_listeners(struct echo *echo, bool watch)
{
	for (int i = 0; i < echo->listener_count; i++)
		if (ready_set(echo->ready, echo->listeners[i], watch ? READY_IN : 0) < 0) {
			echo->short_of = true;
			echo->retry_us = clock_us() + RETRY_US;
			return;
		}
	echo->paused = !watch;
	if (watch)
		echo->short_of = false;
}

static bool full(const struct echo *echo)
{
	return echo->plan.most && echo->open >= echo->plan.most;
}

/* Takes a place for a newcomer, where there is one. */
static bool take_place(struct echo *echo)
{
	if (full(echo))
		return false;
	if (!echo->plan.most || !echo->plan.places)
		return true;
	if (atomic_fetch_add(echo->plan.places, 1) >= echo->plan.most) {
		atomic_fetch_sub(echo->plan.places, 1);
		return false;
	}
	atomic_fetch_add(echo->plan.own_places, 1);
	return true;
}

static void leave_place(struct echo *echo)
{
	if (!echo->plan.most || !echo->plan.places)
		return;
	atomic_fetch_sub(echo->plan.own_places, 1);
	atomic_fetch_sub(echo->plan.places, 1);
}

/* Closes a connection and tells of it. With `reset` the peer learns that bytes of its echo are
 * missing. */
static void drop(struct echo *echo, int fd, enum echo_reason reason, int error, bool reset)
{
	struct sock *sock = at(echo, fd);
	const struct echo_event event = {.what = ECHO_CLOSED,
	    .fd = fd,
	    .peer = &sock->peer,
	    .bytes = sock->bytes,
	    .reason = reason,
	    .error = error};

	tell(echo, &event);
	ready_forget(echo->ready, fd);
	if (reset)
		sock_reset(fd);
	else
		call_close(fd);
	if (echo->plan.idle_us)
		unlink_idle(echo, sock);
	free(sock->owed);
	*sock = (struct sock){.role = FREE};
	echo->open--;
	leave_place(echo);
	/* A descriptor is free again: a place for one that waits in the queue. */
	if (echo->paused && !full(echo))
		watch_listeners(echo, true);
}

/* Its time of silence is up. One that goes on taking its echo out of the kernel's queue is not
 * silent; whether it does shows when the time is up once more. */
static void drop_idle(struct echo *echo, int fd)
{
	struct sock *sock = at(echo, fd);
	const uint32_t before = sock->unacknowledged;
	const uint32_t now = (uint32_t)option_unacknowledged(fd);

	if (now > 0 && (before == 0 || now < before)) {
		touch(echo, sock, fd);
		sock->unacknowledged = now;
	} else {
		drop(echo, fd, ECHO_IDLE, 0, sock->owed != NULL);
	}
}

/* Drops a connection for the errno of a call on it. */
static void drop_for(struct echo *echo, int fd, int error)
{
	const bool reset = error == ECONNRESET || error == EPIPE;

	drop(echo, fd, reset ? ECHO_RESET : ECHO_FAULT, error, true);
}

/* Whether the call that left this errno may do better later. */
static bool passing(struct echo *echo, int error)
{
	if (error == ENOBUFS || error == ENOMEM)
		echo->starved = true; /* the descriptor stays ready: do not try at once */
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOBUFS ||
	       error == ENOMEM;
}

/* Sends what it can of bytes[0..len). Returns how much, 0 where nothing can go out now, -1 with
 * errno where nothing ever will. */
static ssize_t send_some(
    struct echo *echo, struct sock *sock, int fd, const char *bytes, size_t len)
{
	const ssize_t n = call_send(fd, bytes, len);

	if (n < 0)
		return passing(echo, errno) ? 0 : -1;
	sock->bytes += (uint64_t)n;
	echo->bytes += (uint64_t)n;
	return n;
}

/* Watches the connection for what it waits for. Returns 0, or -1 with errno. */
static int watch(struct echo *echo, struct sock *sock, int fd)
{
	unsigned events = sock->owed ? READY_OUT : 0;

	/* One that owes is not read, so that the peer's sending stops when it does not read. */
	if (!sock->eof && (!sock->owed || echo->draining))
		events |= READY_IN;
	return ready_set(echo->ready, fd, events);
}

/* What is next for a connection after something moved: wait, or close. */
static void go_on(struct echo *echo, struct sock *sock, int fd)
{
	const enum echo_reason reason = echo->draining ? ECHO_STOPPED : ECHO_PEER;

	if (echo->draining && !sock->owed && !sock->fin) {
		sock->fin = true;
		call_shutdown(fd, SHUT_WR);
	}
	if (sock->eof && !sock->owed)
		drop(echo, fd, reason, 0, false);
	else if (watch(echo, sock, fd) < 0)
		drop_for(echo, fd, errno);
}

/* Sends on what is owed. */
static void pay(struct echo *echo, struct sock *sock, int fd)
{
	const ssize_t n =
	    send_some(echo, sock, fd, sock->owed + sock->sent, sock->len - sock->sent);

	if (n < 0) {
		drop_for(echo, fd, errno);
		return;
	}
	if (n > 0)
		touch(echo, sock, fd);
	sock->sent += (uint32_t)n;
	if (sock->sent == sock->len) {
		free(sock->owed);
		sock->owed = NULL;
	}
	go_on(echo, sock, fd);
}

/* Reads once and sends back what it can; the rest is owed. */
static void answer(struct echo *echo, struct sock *sock, int fd)
{
	const ssize_t n = call_recv(fd, echo->shared, READ_BYTES);

	if (n < 0) {
		if (!passing(echo, errno))
			drop_for(echo, fd, errno);
		return;
	}
	if (n == 0 || echo->draining) {
		sock->eof = n == 0;
		go_on(echo, sock, fd);
		return;
	}

	const struct echo_event heard = {
	    .what = ECHO_HEARD, .fd = fd, .peer = &sock->peer, .bytes = (uint64_t)n};
	const ssize_t sent = send_some(echo, sock, fd, echo->shared, (size_t)n);
	const int error = errno;

	tell(echo, &heard);
	touch(echo, sock, fd);
	if (sent == n)
		return;
	if (sent < 0) {
		drop_for(echo, fd, error);
		return;
	}
	sock->sent = 0;
	sock->len = (uint32_t)(n - sent);
	sock->owed = malloc(sock->len);
	if (!sock->owed) {
		drop(echo, fd, ECHO_FAULT, ENOMEM, true);
		return;
	}
	memcpy(sock->owed, echo->shared + sent, sock->len);
	go_on(echo, sock, fd);
}

/* Leaves all newcomers in the queue for a while. */
static void pause_for(struct echo *echo, int64_t us)
{
	watch_listeners(echo, false);
	echo->short_of = true;
	echo->retry_us = clock_us() + us;
}

/* No descriptor or no memory for a newcomer. */
static void run_short(struct echo *echo, int listener, int error)
{
	const struct echo_event event = {.what = ECHO_FULL, .fd = listener, .error = error};

	leave_place(echo);
	pause_for(echo, RETRY_US);
	tell(echo, &event);
}

/* As many connections as allowed: one that closes makes room, of this server's, which will tell, or
 * of another's, which will not. */
static void wait_for_place(struct echo *echo)
{
	if (echo->plan.places)
		pause_for(echo, PLACE_US);
	else
		watch_listeners(echo, false);
}

/* Takes `fd`, just accepted, in. Returns 0, or -1 with errno. */
static int take_in(struct echo *echo, int fd, const union addr *peer)
{
	const struct setting nodelay = {.option = OPTION_NODELAY, .value = 1};
	struct fault ignored; /* slower, but right */
	struct sock *sock = slot(echo, fd);

	if (!sock || ready_set(echo->ready, fd, READY_IN) < 0)
		return -1;
	if (!echo->asked) {
		echo->asked = true;
		echo->inherits = option_get(fd, OPTION_NODELAY);
	}
	if (!echo->inherits)
		option_set(fd, &nodelay, &ignored);
	*sock = (struct sock){.role = PEER, .peer = *peer};
	if (echo->plan.idle_us)
		link_idle(echo, sock, fd);
	echo->open++;
	echo->connections++;
	return 0;
}

/* Accepts who waits at `listener`, up to a batch. */
static void welcome(struct echo *echo, int listener)
{
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		union addr peer = {0};
		struct echo_event event = {.what = ECHO_OPENED, .peer = &peer};

		if (!take_place(echo)) {
			wait_for_place(echo);
			return;
		}
		event.fd = call_accept(listener, &peer);
		if (event.fd >= 0) {
			if (take_in(echo, event.fd, &peer) == 0) {
				tell(echo, &event);
				continue;
			}
			const int error = errno;
			sock_reset(event.fd);
			run_short(echo, listener, error);
			return;
		}
		switch (errno) {
		case EAGAIN:
#if EWOULDBLOCK != EAGAIN
		case EWOULDBLOCK:
#endif
			leave_place(echo);
			return;
		/* The newcomer is gone, or has an error of its own: accept(2), "Error handling". */
		case EINTR:
		case ECONNABORTED:
		case EPERM:
		case EPROTO:
		case ENETDOWN:
		case ENETUNREACH:
		case EHOSTUNREACH:
		case ENOPROTOOPT:
		case EOPNOTSUPP:
		case ETIMEDOUT:
			leave_place(echo);
			continue;
		default:
			run_short(echo, listener, errno);
			return;
		}
	}
}

struct echo *echo_new(const struct echo_plan *plan)
{
	struct echo *echo = calloc(1, sizeof *echo);

	if (!echo)
		return NULL;
	echo->plan = *plan;
	echo->oldest = echo->newest = -1;
	echo->ready = ready_new(plan->poller);
	echo->shared = malloc(READ_BYTES);
	bool made = echo->ready && echo->shared;
	for (int i = 0; i < 2 && made; i++)
		made = plan->stop[i] < 0 || ready_set(echo->ready, plan->stop[i], READY_IN) == 0;
	if (made)
		return echo;
	const int error = errno;
	echo_free(echo);
	errno = error;
	return NULL;
}

int echo_add(struct echo *echo, int fd)
{
	const size_t count = (size_t)echo->listener_count + 1;
	int *listeners = realloc(echo->listeners, count * sizeof *listeners);

	if (!listeners)
		return -1;
	echo->listeners = listeners;
	struct sock *sock = slot(echo, fd);
	if (!sock || ready_set(echo->ready, fd, READY_IN) < 0)
		return -1;
	sock->role = LISTENER;
	listeners[echo->listener_count++] = fd;
	return 0;
}

/* How long this turn may wait: `wait_ms`, or until a timer of the server's own. */
static int sooner(struct echo *echo, int wait_ms)
{
	const bool idles = echo->plan.idle_us && echo->oldest >= 0;
	int64_t until = INT64_MAX;

	if (!idles && !echo->short_of)
		return wait_ms;
	if (echo->short_of)
		until = echo->retry_us;
	if (idles && at(echo, echo->oldest)->moved_us + echo->plan.idle_us < until)
		until = at(echo, echo->oldest)->moved_us + echo->plan.idle_us;
	const int own_ms = clock_poll_ms(until - clock_us());
	return wait_ms < 0 || own_ms < wait_ms ? own_ms : wait_ms;
}

/* Calls `act` for each connection; it may drop that one. */
static void each_peer(struct echo *echo, void (*act)(struct echo *, struct sock *, int fd))
{
	for (int fd = 0; fd < echo->chunk_count * CHUNK; fd++)
		if (echo->chunks[fd / CHUNK] && at(echo, fd)->role == PEER)
			act(echo, at(echo, fd), fd);
}

/* Its echo and the FIN behind it have arrived: there is nothing left to wait for. */
static void end_arrived(struct echo *echo, struct sock *sock, int fd)
{
	if (sock->fin && option_unacknowledged(fd) == 0)
		drop(echo, fd, ECHO_STOPPED, 0, false);
}

int echo_turn(struct echo *echo, int wait_ms)
{
	int served = 0, fd;
	unsigned events;

	if (echo->starved) {
		/* Memory of the kernel's comes back with time, and not by asking. */
		echo->starved = false;
		call_poll(NULL, 0, STARVED_MS);
	}
	if (ready_wait(echo->ready, sooner(echo, wait_ms)) < 0)
		return -1;
	if (echo->plan.idle_us)
		echo->now_us = clock_us();
	while (ready_next(echo->ready, &fd, &events)) {
		served++;
		if (fd == echo->plan.stop[0] || fd == echo->plan.stop[1]) {
			echo->told_to_stop = true;
			continue;
		}
		struct sock *sock = at(echo, fd);
		if (sock->role == LISTENER)
			welcome(echo, fd);
		else if (sock->owed && events & READY_OUT)
			pay(echo, sock, fd);
		else
			answer(echo, sock, fd);
	}
	while (echo->plan.idle_us && echo->oldest >= 0 &&
	       at(echo, echo->oldest)->moved_us + echo->plan.idle_us <= echo->now_us)
		drop_idle(echo, echo->oldest);
	if (echo->short_of && echo->retry_us <= clock_us())
		watch_listeners(echo, true);
	if (echo->draining && served == 0)
		each_peer(echo, end_arrived);
	return served;
}

static void close_listeners(struct echo *echo)
{
	for (int i = 0; i < echo->listener_count; i++) {
		ready_set(echo->ready, echo->listeners[i], 0);
		call_close(echo->listeners[i]);
		at(echo, echo->listeners[i])->role = FREE;
	}
	echo->listener_count = 0;
	echo->paused = echo->short_of = false;
}

/* The beginning of the end: a connection at rest is closed, one that owes, still gets bytes or has not
 * got all of its echo stays for now. What arrives for a closed socket makes the kernel reset the
 * connection and forget the echo that is still on its way (RFC 1122, 4.2.2.13). */
static void begin_end(struct echo *echo, struct sock *sock, int fd)
{
	if (sock->owed || sock->eof) {
		go_on(echo, sock, fd);
		return;
	}
	const bool on_its_way = option_unacknowledged(fd) > 0; /* the FIN would count too */
	sock->fin = true;
	call_shutdown(fd, SHUT_WR);
	if (call_recv(fd, echo->shared, READ_BYTES) > 0 || on_its_way)
		go_on(echo, sock, fd);
	else
		drop(echo, fd, ECHO_STOPPED, 0, false);
}

static void end_now(struct echo *echo, struct sock *sock, int fd)
{
	drop(echo, fd, ECHO_STOPPED, 0, sock->owed != NULL);
}

bool echo_told_to_stop(const struct echo *echo)
{
	return echo->told_to_stop;
}

void echo_stop(struct echo *echo)
{
	/* They stay readable from now on. */
	for (int i = 0; i < 2; i++)
		if (echo->plan.stop[i] >= 0)
			ready_set(echo->ready, echo->plan.stop[i], 0);
	close_listeners(echo);
	echo->draining = true;
	each_peer(echo, begin_end);
}

void echo_abandon(struct echo *echo)
{
	each_peer(echo, end_now);
}

const char *echo_poller(const struct echo *echo)
{
	return ready_name(echo->ready);
}

uint64_t echo_open(const struct echo *echo)
{
	return echo->open;
}

uint64_t echo_connections(const struct echo *echo)
{
	return echo->connections;
}

uint64_t echo_bytes(const struct echo *echo)
{
	return echo->bytes;
}

void echo_free(struct echo *echo)
{
	if (!echo)
		return;
	if (echo->ready)
		close_listeners(echo);
	for (int i = 0; i < echo->chunk_count; i++) {
		for (int j = 0; echo->chunks[i] && j < CHUNK; j++)
			if (echo->chunks[i][j].role == PEER) {
				call_close(i * CHUNK + j);
				leave_place(echo);
				free(echo->chunks[i][j].owed);
			}
		free(echo->chunks[i]);
	}
	free(echo->chunks);
	free(echo->listeners);
	ready_free(echo->ready);
	free(echo->shared);
	free(echo);
}
