/* How tcp/echo takes newcomers in: listener by listener in turn, as far as there are places, descriptors
 * and memory. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/echo_state.h"
#include "tcp/option.h"
#include "tcp/sock.h"

enum {
	ACCEPT_BATCH = 64,  /* newcomers a turn and listener */
	PLACE_US = 5000,    /* look again for a place among several servers */
	RETRY_US = 1000000, /* look again after descriptors or memory ran out */
};

/* What came of one try. */
enum newcomer { CAME_IN, WENT_AWAY, NOBODY, NO_ROOM, NO_MORE };

int echo_add(struct echo *echo, int fd)
{
	const size_t count = (size_t)echo->listener_count + 1;
	struct listener *listeners = realloc(echo->listeners, count * sizeof *listeners);

	ready_refuse("malloc");
	if (!listeners)
		return -1;
	echo->listeners = listeners;
	struct echo_sock *sock = echo_slot(echo, fd);
	if (!sock || ready_set(echo->ready, fd, READY_IN) < 0)
		return -1;
	sock->role = ECHO_LISTENER;
	listeners[echo->listener_count++] = (struct listener){.fd = fd};
	return 0;
}

static bool take_place(struct echo *echo)
{
	return !echo->plan.most ||
	       echo_share_take(echo->plan.share, echo->plan.part, echo->plan.most);
}

static void leave_place(struct echo *echo)
{
	if (echo->plan.most)
		echo_share_leave(echo->plan.share, echo->plan.part);
}

/* Watches no listener any more: until a connection closes, and `us` from now, if that is not 0. */
static void pause_listeners(struct echo *echo, int64_t us)
{
	for (int i = 0; i < echo->listener_count; i++) {
		ready_set(echo->ready, echo->listeners[i].fd, 0);
		echo->listeners[i].knocked = true; /* nobody will tell */
	}
	echo->paused = true;
	echo->freed = false;
	echo->retry_us = us ? clock_us() + us : 0;
}

/* Watches all again. Where that cannot be they are tried again later. */
static void watch_listeners(struct echo *echo)
{
	for (int i = 0; i < echo->listener_count; i++)
		if (ready_set(echo->ready, echo->listeners[i].fd, READY_IN) < 0) {
			pause_listeners(echo, RETRY_US);
			return;
		}
	echo->paused = false;
}

/* Gives a connection the plan's settings that it did not inherit. They queue in the order in which they were
 * made: once one has inherited all, those behind it have. */
static void equip(const struct echo *echo, struct listener *listener, int fd)
{
	const struct echo_plan *plan = &echo->plan;
	struct fault ignored; /* the connection serves without */

	if (listener->inherits)
		return;
	listener->inherits = true;
	for (size_t i = 0; i < plan->setting_count; i++)
		if (!option_is(fd, &plan->settings[i])) {
			listener->inherits = false;
			option_set(fd, &plan->settings[i], &ignored);
		}
}

/* Takes `fd`, just accepted, in. Returns 0, or -1 with errno. */
static int take_in(struct echo *echo, struct listener *listener, int fd, const union addr *peer)
{
	struct echo_sock *sock = echo_slot(echo, fd);

	if (!sock || ready_set(echo->ready, fd, READY_IN) < 0)
		return -1;
	equip(echo, listener, fd);
	*sock = (struct echo_sock){.role = ECHO_CONNECTION, .peer = *peer};
	echo_link(echo, sock, fd);
	echo->open++;
	echo->connections++;
	return 0;
}

/* No descriptor or no memory for a newcomer. */
static enum newcomer run_short(struct echo *echo, int listener, int error)
{
	const struct echo_event event = {.what = ECHO_FULL, .fd = listener, .error = error};

	pause_listeners(echo, RETRY_US);
	echo_tell_of(echo, &event);
	return NO_ROOM;
}

/* The listener itself is no good: who shares it has shut it down. The others go on. */
static enum newcomer give_up(struct echo *echo, int listener, int error)
{
	const struct echo_event event = {.what = ECHO_FULL, .fd = listener, .error = error};

	ready_set(echo->ready, listener, 0);
	echo_tell_of(echo, &event);
	return NO_MORE;
}

/* Accepts one. */
static enum newcomer accept_one(struct echo *echo, struct listener *listener)
{
	union addr peer = {0};
	struct echo_event event = {.what = ECHO_OPENED, .peer = &peer};

	event.fd = call_accept(listener->fd, &peer);
	if (event.fd >= 0) {
		if (take_in(echo, listener, event.fd, &peer) == 0) {
			echo_tell_of(echo, &event);
			if (echo->draining)
				echo_begin_end(echo, echo_at(echo, event.fd), event.fd);
			return CAME_IN;
		}
		const int no_room = errno;
		sock_reset(event.fd);
		return run_short(echo, listener->fd, no_room);
	}
	const int error = errno;
	switch (error) {
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
		return NOBODY;
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
		return WENT_AWAY;
	case EINVAL:
		return give_up(echo, listener->fd, error);
	default:
		/* Linux looks for room before it looks whether anybody waits. */
		if (option_queued(listener->fd) == 0)
			return NOBODY;
		return run_short(echo, listener->fd, error);
	}
}

void echo_knock(struct echo *echo, int fd)
{
	for (int i = 0; i < echo->listener_count; i++)
		if (echo->listeners[i].fd == fd)
			echo->listeners[i].knocked = true;
}

/* The next listener in turn at which somebody may wait, or NULL. */
static struct listener *next_listener(const struct echo *echo)
{
	for (int i = 0; i < echo->listener_count; i++) {
		struct listener *listener =
		    &echo->listeners[(echo->turn + i) % echo->listener_count];
		if (listener->knocked && (!echo->draining || listener->left > 0))
			return listener;
	}
	return NULL;
}

/* As many as a turn has time for. Returns whether nobody is left that waits. */
static bool welcome_all(struct echo *echo)
{
	for (int i = 0; i < ACCEPT_BATCH * echo->listener_count; i++) {
		struct listener *listener = next_listener(echo);
		if (!listener)
			return true;
		if (!take_place(echo)) {
			pause_listeners(echo, echo->plan.share->count > 1 ? PLACE_US : 0);
			return false;
		}
		const enum newcomer came = accept_one(echo, listener);
		if (came != CAME_IN)
			leave_place(echo);
		if (came == NO_ROOM)
			return false;
		/* Not before: one that found no room is the first when there is some again. */
		echo->turn = (int)(listener - echo->listeners) + 1;
		if (came == NOBODY || came == NO_MORE)
			listener->knocked = false;
		else if (echo->draining)
			listener->left--;
	}
	return !echo->paused && !echo->draining;
}

void echo_welcome(struct echo *echo)
{
	if (echo->paused && !echo->freed && (echo->retry_us == 0 || clock_us() < echo->retry_us))
		return;
	if (!echo->paused && !next_listener(echo))
		return;
	const bool all = welcome_all(echo);
	if (echo->plan.most && (all || !echo->paused))
		echo_share_content(echo->plan.share, echo->plan.part);
	if (all && echo->draining)
		echo_close_listeners(echo);
	else if (all && echo->paused)
		watch_listeners(echo);
}

int64_t echo_welcome_at(const struct echo *echo)
{
	if (!echo->paused)
		return INT64_MAX;
	if (echo->freed)
		return 0;
	return echo->retry_us ? echo->retry_us : INT64_MAX;
}

void echo_last_welcome(struct echo *echo)
{
	if (echo->plan.leaves_queue) {
		echo_close_listeners(echo);
		return;
	}
	for (int i = 0; i < echo->listener_count; i++)
		echo->listeners[i].left = option_queued(echo->listeners[i].fd);
	pause_listeners(echo, 0);
	echo->freed = true;
}

void echo_close_listeners(struct echo *echo)
{
	for (int i = 0; i < echo->listener_count; i++) {
		ready_set(echo->ready, echo->listeners[i].fd, 0);
		call_close(echo->listeners[i].fd);
		echo_at(echo, echo->listeners[i].fd)->role = ECHO_FREE;
	}
	echo->listener_count = 0;
	echo->paused = false;
	if (echo->plan.most)
		echo_share_content(echo->plan.share, echo->plan.part);
}
