/* One loop over ready descriptors. A connection that owes nothing owns no buffer: what is read goes
 * into a buffer that all share, and what the kernel does not take back at once is kept aside. A
 * connection that owes is read no further until it has taken its echo, so each keeps at most one
 * read aside. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/echo_state.h"
#include "tcp/option.h"
#include "tcp/sock.h"

enum {
	STARVED_MS = 10,  /* rest after the kernel had no memory */
	LOOK_US = 100000, /* while several servers share a bound on memory */
};

void echo_tell_of(const struct echo *echo, const struct echo_event *event)
{
	if (echo->plan.tells & (unsigned)event->what)
		echo->plan.tell(echo->plan.who, event);
}

/* The sum of what is kept for peers, in all servers that share the bound. */
static void owe(struct echo *echo, int64_t bytes)
{
	echo_share_owe(echo->plan.share, echo->plan.part, bytes);
}

static void forgive(struct echo *echo, struct sock *sock)
{
	if (!sock->owed)
		return;
	owe(echo, -(int64_t)sock->len);
	free(sock->owed);
	sock->owed = NULL;
	sock->sent = sock->len = 0;
}

/* Closes a connection and tells of it. With `reset` the peer learns that bytes of its echo are
 * missing. */
static void drop(struct echo *echo, int fd, enum echo_reason reason, int error, bool reset)
{
	struct sock *sock = echo_at(echo, fd);
	const struct echo_event event = {.what = ECHO_CLOSED,
	    .fd = fd,
	    .peer = &sock->peer,
	    .bytes = sock->bytes,
	    .reason = reason,
	    .error = error};

	echo_tell_of(echo, &event);
	ready_forget(echo->ready, fd);
	if (reset)
		sock_reset(fd);
	else
		call_close(fd);
	echo_unlink(echo, sock);
	forgive(echo, sock);
	*sock = (struct sock){.role = ECHO_FREE};
	echo->open--;
	if (echo->plan.most)
		echo_share_leave(echo->plan.share, echo->plan.part);
	/* A descriptor is free again: a place for one that waits in a queue. */
	echo->freed = true;
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

/* Whether it is to be read. One that owes is not, so that the peer's sending stops when it does not read. At the
 * end it is: where the kernel's queue stays full it takes no word from the peer either, that it reads again. */
static bool reads(const struct echo *echo, const struct sock *sock)
{
	if (sock->eof)
		return false;
	if (!sock->owed || (echo->draining && sock->due == 0))
		return true;
	return echo->draining &&
	       (!echo->plan.most_owed ||
		   atomic_load(&echo->plan.share->owed) + READ_BYTES <= echo->plan.most_owed);
}

/* Watches the connection for what it waits for. Returns 0, or -1 with errno. */
static int watch(struct echo *echo, struct sock *sock, int fd)
{
	unsigned events = sock->owed ? READY_OUT : 0;

	if (reads(echo, sock))
		events |= READY_IN;
	return ready_set(echo->ready, fd, events);
}

/* Sends the FIN of an end in order. Returns whether the peer has all of its echo and sends no more. What
 * arrives for a closed socket makes the kernel reset the connection and forget the echo that is still on its
 * way (RFC 1122, 4.2.2.13). */
static bool finish(struct echo *echo, struct sock *sock, int fd)
{
	const bool on_its_way = option_unacknowledged(fd) > 0; /* the FIN would count too */

	sock->fin = true;
	call_shutdown(fd, SHUT_WR);
	return call_recv(fd, echo->shared, READ_BYTES) <= 0 && !on_its_way;
}

/* What is next for a connection after something moved: wait, or close. */
static void go_on(struct echo *echo, struct sock *sock, int fd)
{
	const enum echo_reason reason = echo->draining ? ECHO_STOPPED : ECHO_PEER;
	bool over = sock->eof && !sock->owed;

	if (echo->draining && !sock->owed && sock->due == 0 && !sock->fin && finish(echo, sock, fd))
		over = true;
	if (over)
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
	sock->sent += (uint32_t)n;
	if (sock->sent == sock->len)
		forgive(echo, sock);
	go_on(echo, sock, fd);
}

/* Keeps bytes[0..len) aside, behind what is kept already. Returns 0, or -1 without memory. */
static int keep(struct echo *echo, struct sock *sock, const char *bytes, size_t len)
{
	char *owed = realloc(sock->owed, sock->len + len);

	if (!owed)
		return -1;
	memcpy(owed + sock->len, bytes, len);
	sock->owed = owed;
	sock->len += (uint32_t)len;
	owe(echo, (int64_t)len);
	return 0;
}

/* Reads once and sends back what it can; the rest is owed. While draining what comes later than the end is
 * thrown away. */
static void answer(struct echo *echo, struct sock *sock, int fd)
{
	const bool late = echo->draining && sock->due == 0;
	const size_t most =
	    echo->draining && !late && sock->due < READ_BYTES ? sock->due : READ_BYTES;
	const ssize_t n = call_recv(fd, echo->shared, most);

	if (n < 0) {
		if (!passing(echo, errno))
			drop_for(echo, fd, errno);
		return;
	}
	if (n == 0 || late) {
		sock->eof = n == 0;
		if (sock->eof)
			sock->due = 0;
		go_on(echo, sock, fd);
		return;
	}
	if (echo->draining)
		sock->due -= (uint32_t)n;

	const struct echo_event heard = {
	    .what = ECHO_HEARD, .fd = fd, .peer = &sock->peer, .bytes = (uint64_t)n};
	const ssize_t sent = sock->owed ? 0 : send_some(echo, sock, fd, echo->shared, (size_t)n);
	const int error = errno;

	echo_tell_of(echo, &heard);
	echo_touch(echo, sock, fd);
	if (sent < 0)
		drop_for(echo, fd, error);
	else if (sent < n && keep(echo, sock, echo->shared + sent, (size_t)(n - sent)) < 0)
		drop(echo, fd, ECHO_FAULT, ENOMEM, true);
	else if (sent < n || echo->draining)
		go_on(echo, sock, fd);
}

/* The time of its silence is up. What is ready is read before that is judged: the server may have been
 * stopped meanwhile. */
static void judge(struct echo *echo, struct sock *sock, int fd)
{
	if (!sock->owed)
		answer(echo, sock, fd);
	if (sock->role == ECHO_CONNECTION && sock->moved_us != echo->now_us)
		drop(echo, fd, ECHO_IDLE, 0, sock->owed != NULL);
}

/* Closes those that owe most, until no more is kept than allowed. */
static void cut_debts(struct echo *echo)
{
	while (echo->plan.most_owed &&
	       echo_share_owes_too_much(echo->plan.share, echo->plan.part, echo->plan.most_owed)) {
		const int fd = echo_worst_debtor(echo);
		if (fd < 0)
			return;
		drop(echo, fd, ECHO_OWED, 0, true);
	}
}

static bool owes(const struct echo *echo)
{
	return atomic_load(&echo->plan.share->parts[echo->plan.part].owed) > 0;
}

struct echo *echo_new(const struct echo_plan *plan)
{
	struct echo *echo = calloc(1, sizeof *echo);

	if (!echo)
		return NULL;
	echo->plan = *plan;
	echo->wake = -1;
	for (int i = 0; i < ECHO_LISTS; i++)
		echo->oldest[i] = echo->newest[i] = -1;
	if (!plan->share) {
		echo->own_share = calloc(1, echo_share_size(1));
		if (echo->own_share)
			echo_share_begin(echo->own_share, 1);
		echo->plan.share = echo->own_share;
		echo->plan.part = 0;
	}
	echo->ready = ready_new(plan->poller);
	echo->shared = malloc(READ_BYTES);
	bool made = echo->ready && echo->shared && echo->plan.share;
	for (int i = 0; i < 2 && made; i++)
		made = plan->stop[i] < 0 || ready_set(echo->ready, plan->stop[i], READY_IN) == 0;
	if (made)
		return echo;
	const int error = errno;
	echo_free(echo);
	errno = error;
	return NULL;
}

/* How long this turn may wait: `wait_ms`, or until a timer of the server's own. */
static int sooner(struct echo *echo, int wait_ms)
{
	int64_t until = echo_welcome_at(echo);

	if (echo->plan.idle_us && echo_idle_at(echo) < until)
		until = echo_idle_at(echo);
	if (echo->plan.share->count > 1 && owes(echo) && clock_us() + LOOK_US < until)
		until = clock_us() + LOOK_US;
	if (until == INT64_MAX)
		return wait_ms;
	const int own_ms = clock_poll_ms(until - clock_us());
	return wait_ms < 0 || own_ms < wait_ms ? own_ms : wait_ms;
}

/* Its echo and the FIN behind it have arrived: there is nothing left to wait for. */
static void end_arrived(struct echo *echo, struct sock *sock, int fd)
{
	if (sock->fin && option_unacknowledged(fd) == 0)
		drop(echo, fd, ECHO_STOPPED, 0, false);
}

const char *echo_refused(void)
{
	return ready_refused();
}

int echo_wake(struct echo *echo, int fd)
{
	if (ready_set(echo->ready, fd, READY_IN) < 0)
		return -1;
	echo->wake = fd;
	return 0;
}

/* What is ready on one descriptor. */
static void attend(struct echo *echo, int fd, unsigned events)
{
	struct sock *sock;

	if (fd == echo->plan.stop[0] || fd == echo->plan.stop[1]) {
		echo->told_to_stop = true;
		return;
	}
	if (fd == echo->wake)
		return;
	sock = echo_at(echo, fd);
	if (sock->role == ECHO_LISTENER)
		echo_knock(echo, fd);
	else if (sock->owed && events & READY_OUT)
		pay(echo, sock, fd);
	else
		answer(echo, sock, fd);
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
	if (echo->plan.idle_us || owes(echo))
		echo->now_us = clock_us();
	while (ready_next(echo->ready, &fd, &events)) {
		served++;
		attend(echo, fd, events);
	}
	if (echo->plan.idle_us)
		echo_judge(echo, judge);
	cut_debts(echo);
	echo_welcome(echo);
	if (echo->draining && served == 0)
		echo_each(echo, end_arrived);
	return served;
}

/* The beginning of a connection's end: what has arrived is still answered. */
void echo_begin_end(struct echo *echo, struct sock *sock, int fd)
{
	sock->due = sock->eof ? 0 : (uint32_t)option_unread(fd);
	go_on(echo, sock, fd);
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
	if (echo->wake >= 0)
		ready_set(echo->ready, echo->wake, 0);
	echo->draining = true;
	echo_each(echo, echo_begin_end);
	echo_last_welcome(echo);
	echo_welcome(echo);
}

bool echo_over(const struct echo *echo)
{
	return echo->open == 0 && echo->listener_count == 0;
}

void echo_abandon(struct echo *echo)
{
	echo_close_listeners(echo);
	echo_each(echo, end_now);
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

static void close_quietly(struct echo *echo, struct sock *sock, int fd)
{
	call_close(fd);
	forgive(echo, sock);
	if (echo->plan.most)
		echo_share_leave(echo->plan.share, echo->plan.part);
}

void echo_free(struct echo *echo)
{
	if (!echo)
		return;
	if (echo->ready && echo->plan.share)
		echo_close_listeners(echo);
	echo_each(echo, close_quietly);
	for (int i = 0; i < echo->chunk_count; i++)
		free(echo->chunks[i]);
	free(echo->chunks);
	free(echo->listeners);
	ready_free(echo->ready);
	free(echo->shared);
	free(echo->own_share);
	free(echo);
}
