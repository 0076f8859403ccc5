/* One loop over ready descriptors. A connection that owes nothing owns no buffer: what is read goes
 * into a buffer that all share, and what the kernel does not take back at once is kept aside. A
 * connection that owes is read no further until it has taken its echo, so each keeps at most one
 * read aside. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/echo_state.h"

enum {
	STARVED_MS = 10,  /* rest after the kernel had no memory */
	LOOK_US = 100000, /* while several servers share a bound on memory */
};

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
	struct echo_sock *sock;

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
		echo_pay(echo, sock, fd);
	else if (!echo_owes_too_much(echo))
		echo_answer(echo, sock, fd);
	/* Else it stays ready until the next turn: what is paid in this one may make room. */
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
		echo_judge(echo, echo_judge_silence);
	echo_cut_debts(echo);
	echo_welcome(echo);
	if (echo->draining && served == 0)
		echo_each(echo, echo_end_arrived);
	return served;
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
	echo_each(echo, echo_end_now);
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
	if (echo->ready && echo->plan.share)
		echo_close_listeners(echo);
	echo_each(echo, echo_close_quietly);
	for (int i = 0; i < echo->chunk_count; i++)
		free(echo->chunks[i]);
	free(echo->chunks);
	free(echo->listeners);
	ready_free(echo->ready);
	free(echo->shared);
	free(echo->own_share);
	free(echo);
}
