/* One step of a trial, on the sockets that there are by then. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tcp/trial.h"
#include "tcp/trial_sock.h"

/* Waits for a connection on `fd`. Returns it, or -1 with errno: ECANCELED for `stop`. */
static int await_accept(const struct trial *trial, int fd)
{
	struct pollfd fds[2] = {
	    {.fd = fd, .events = POLLIN}, {.fd = trial->plan.stop, .events = POLLIN}};
	const int64_t until = clock_us() + trial->plan.accept_us;

	for (;;) {
		const int64_t left_us = until - clock_us();
		const int n = call_poll(fds, 2, clock_poll_ms(left_us));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0 && !fds[0].revents) {
			errno = ECANCELED;
			return -1;
		}
		const int taken = call_accept(fd, NULL);
		if (taken < 0 && (errno == EINTR || (errno == EAGAIN && left_us > 0)))
			continue;
		/* With -v each look was told of; without, a person sees the one that counts. */
		if (taken < 0 && errno == EAGAIN && !call_trace_traffic)
			call_tell(taken, "accept(%d)", fd);
		return taken;
	}
}

/* Opens socket `number` for steps[i] unless it is open. */
static int open_sock(struct trial *trial, int number, size_t i, struct fault *fault)
{
	const struct trial_plan *plan = &trial->plan;
	const enum trial_verb verb = plan->steps[i].verb;
	struct trial_sock *sock = &trial->socks[number];

	if (sock->fd == NONE) {
		if (verb == TRIAL_CLOSE || verb == TRIAL_RESET) /* the next step opens it anew */
			sock->fd = NOT_OPEN;
		errno = EBADF;
		return fault_set(fault, trial_call(verb));
	}
	if (sock->fd >= 0)
		return 0;
	sock->fd = call_socket(trial_family(plan->steps, plan->count, i, number, plan->family));
	if (sock->fd < 0) {
		sock->fd = NOT_OPEN;
		return fault_set(fault, CALL_SOCKET);
	}
	if (sock_blocking(sock->fd, false) < 0)
		return fault_set(fault, CALL_SOCKET);
	return 0;
}

/* Keeps open what the number `sock` stood for. */
static int make_nameless(struct trial *trial, struct trial_sock *sock)
{
	int *more = realloc(trial->nameless, (trial->nameless_count + 1) * sizeof *more);

	if (!more)
		return -1;
	trial->nameless = more;
	trial->nameless[trial->nameless_count++] = sock->fd;
	if (sock->shut) /* its TIME_WAIT may come yet */
		timewaits_note(&trial->closed, &sock->end);
	return 0;
}

static int do_accept(struct trial *trial, size_t i, struct fault *fault)
{
	const struct step *step = &trial->plan.steps[i];
	struct trial_sock *listener = &trial->socks[step->listener];
	struct trial_sock *sock = &trial->socks[step->socket];

	if (open_sock(trial, step->listener, i, fault) < 0) {
		if (sock->fd == NOT_OPEN)
			sock->fd = NONE;
		return -1;
	}
	if (sock->fd >= 0 && make_nameless(trial, sock) < 0)
		return fault_set(fault, CALL_ACCEPT);
	trial_disconnected(trial, sock);
	sock->fd = NONE;
	const int fd = await_accept(trial, listener->fd);
	if (fd < 0)
		return fault_set(fault, CALL_ACCEPT);
	sock->fd = fd;
	trial_connected(trial, sock);
	return 0;
}

static int perform(struct trial *trial, size_t i, struct fault *fault)
{
	const struct step *step = &trial->plan.steps[i];
	struct trial_sock *sock = &trial->socks[step->socket];
	union addr addr = step->addr;
	int result = 0;

	if (step->verb == TRIAL_ACCEPT)
		return do_accept(trial, i, fault);
	if (open_sock(trial, step->socket, i, fault) < 0)
		return -1;
	if (!sock->connected) /* a connect that was given up may have come about */
		trial_connected(trial, sock);
	for (size_t k = 0; k < step->setting_count; k++)
		if (option_set(sock->fd, &step->settings[k], fault) < 0)
			return -1;
	if (step->port != TRIAL_GIVEN)
		addr_set_port(&addr, trial_port(trial, step->port));

	switch (step->verb) {
	case TRIAL_BIND:
		result = call_bind(sock->fd, &addr);
		break;
	case TRIAL_LISTEN:
		result = call_listen(sock->fd, step->backlog);
		break;
	case TRIAL_CONNECT:
		result = trial_connect(trial, sock, &addr, fault);
		break;
	case TRIAL_DISCONNECT:
		result = call_disconnect(sock->fd);
		if (result == 0 && sock->shut) /* both ends may have sent their FIN */
			timewaits_note(&trial->closed, &sock->end);
		if (result == 0)
			trial_disconnected(trial, sock);
		break;
	case TRIAL_CLOSE:
		result = trial_close(trial, sock);
		break;
	case TRIAL_RESET:
		trial_reset(trial, sock);
		break;
	case TRIAL_SHUTDOWN:
		result = trial_shutdown(trial, sock, step->how);
		break;
	case TRIAL_SET:    /* done */
	case TRIAL_NAME:   /* in the result anyway */
	case TRIAL_ACCEPT: /* above */
		break;
	}
	if (result < 0)
		fault_set(fault, trial_call(step->verb));
	if (step->verb != TRIAL_BIND && step->verb != TRIAL_LISTEN && step->verb != TRIAL_SET)
		trial_await_arrival(trial);
	return result;
}

void trial_step(struct trial *trial, size_t i, struct trial_result *result)
{
	const struct step *step = &trial->plan.steps[i];
	const bool as_other = step->uid != TRIAL_SAME_USER;
	const uid_t self = geteuid();

	*result = (struct trial_result){0};
	if (as_other && call_seteuid((uid_t)step->uid) < 0) {
		fault_set(&result->fault, CALL_SETEUID);
	} else {
		perform(trial, i, &result->fault);
		/* Back is always allowed: it is the saved user ID or the real one. */
		if (as_other && call_seteuid(self) < 0)
			fault_set(&result->fault, CALL_SETEUID);
	}
	result->stopped = result->fault.error == ECANCELED;
	const int fd = trial_fd(trial, step->socket);
	if (fd < 0)
		return;
	result->local = sock_local(fd);
	result->peer = sock_peer(fd);
	/* An unbound socket is at 0.0.0.0:0, which is no address. */
	if (addr_is_any(&result->local) && addr_port(&result->local) == 0 &&
	    step->verb != TRIAL_NAME)
		result->local = (union addr){0};
}
