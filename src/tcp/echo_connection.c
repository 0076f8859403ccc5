/* One connection: what is read is sent back, and what the kernel does not take is kept aside. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/call.h"
#include "tcp/echo_state.h"
#include "tcp/option.h"
#include "tcp/sock.h"

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

static void forgive(struct echo *echo, struct echo_sock *sock)
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
	struct echo_sock *sock = echo_at(echo, fd);
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
	*sock = (struct echo_sock){.role = ECHO_FREE};
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
    struct echo *echo, struct echo_sock *sock, int fd, const char *bytes, size_t len)
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
static bool reads(const struct echo *echo, const struct echo_sock *sock)
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
static int watch(struct echo *echo, struct echo_sock *sock, int fd)
{
	unsigned events = sock->owed ? READY_OUT : 0;

	if (reads(echo, sock))
		events |= READY_IN;
	return ready_set(echo->ready, fd, events);
}

/* Sends the FIN of an end in order. Returns whether the peer has all of its echo and sends no more. What
 * arrives for a closed socket makes the kernel reset the connection and forget the echo that is still on its
 * way (RFC 1122, 4.2.2.13). */
static bool finish(struct echo *echo, struct echo_sock *sock, int fd)
{
	const bool on_its_way = option_unacknowledged(fd) > 0; /* the FIN would count too */

	sock->fin = true;
	call_shutdown(fd, SHUT_WR);
	return call_recv(fd, echo->shared, READ_BYTES) <= 0 && !on_its_way;
}

/* What is next for a connection after something moved: wait, or close. */
static void go_on(struct echo *echo, struct echo_sock *sock, int fd)
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

void echo_pay(struct echo *echo, struct echo_sock *sock, int fd)
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
static int keep(struct echo *echo, struct echo_sock *sock, const char *bytes, size_t len)
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

void echo_answer(struct echo *echo, struct echo_sock *sock, int fd)
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

void echo_judge_silence(struct echo *echo, struct echo_sock *sock, int fd)
{
	if (!sock->owed)
		echo_answer(echo, sock, fd);
	if (sock->role == ECHO_CONNECTION && sock->moved_us != echo->now_us)
		drop(echo, fd, ECHO_IDLE, 0, sock->owed != NULL);
}

bool echo_owes_too_much(const struct echo *echo)
{
	return echo->plan.most_owed &&
	       echo_share_owes_too_much(echo->plan.share, echo->plan.part, echo->plan.most_owed);
}

void echo_cut_debts(struct echo *echo)
{
	while (echo_owes_too_much(echo)) {
		const int fd = echo_worst_debtor(echo);
		if (fd < 0)
			return;
		drop(echo, fd, ECHO_OWED, 0, true);
	}
}

void echo_end_arrived(struct echo *echo, struct echo_sock *sock, int fd)
{
	if (sock->fin && option_unacknowledged(fd) == 0)
		drop(echo, fd, ECHO_STOPPED, 0, false);
}

void echo_begin_end(struct echo *echo, struct echo_sock *sock, int fd)
{
	sock->due = sock->eof ? 0 : (uint32_t)option_unread(fd);
	go_on(echo, sock, fd);
}

void echo_end_now(struct echo *echo, struct echo_sock *sock, int fd)
{
	drop(echo, fd, ECHO_STOPPED, 0, sock->owed != NULL);
}

void echo_close_quietly(struct echo *echo, struct echo_sock *sock, int fd)
{
	call_close(fd);
	forgive(echo, sock);
	if (echo->plan.most)
		echo_share_leave(echo->plan.share, echo->plan.part);
}
