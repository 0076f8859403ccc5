#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "tcp/trial.h"
#include "tcp/trial_sock.h"

enum { PORT_ATTEMPTS = 2000 };

static bool given(const union addr *addr)
{
	return addr->any.sa_family != AF_UNSPEC;
}

int trial_family(const struct step steps[], size_t count, size_t i, int socket, int otherwise)
{
	for (; i < count; i++)
		if (steps[i].socket == socket && given(&steps[i].addr))
			return steps[i].addr.any.sa_family;
	return otherwise;
}

static int count_socks(struct trial *trial)
{
	const struct trial_plan *plan = &trial->plan;
	int most = -1;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->socket > most)
			most = step->socket;
		if (step->verb == TRIAL_ACCEPT && step->listener > most)
			most = step->listener;
	}
	trial->socks = calloc((size_t)most + 2, sizeof *trial->socks);
	if (!trial->socks)
		return -1;
	trial->sock_count = (size_t)most + 1;
	for (size_t i = 0; i < trial->sock_count; i++)
		trial->socks[i] = (struct sock){.fd = NOT_OPEN};
	return 0;
}

static bool named(const struct trial_plan *plan, unsigned number)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].port == TRIAL_GIVEN && given(&plan->steps[i].addr) &&
		    addr_port(&plan->steps[i].addr) == number)
			return true;
	return false;
}

/* One that no step of the trial names by its number. */
static int choose_port(const struct trial_plan *plan, struct port *port)
{
	for (int i = 0; i < PORT_ATTEMPTS; i++) {
		if (port_take(port) < 0)
			return -1;
		if (!named(plan, port->number))
			return 0;
		port_give_back(port);
	}
	errno = EADDRINUSE;
	return -1;
}

static int choose_ports(struct trial *trial)
{
	for (size_t i = 0; i < trial->plan.count; i++) {
		struct port *port = &trial->ports[trial->plan.steps[i].port];
		if (trial->plan.steps[i].port != TRIAL_GIVEN && !port->number &&
		    choose_port(&trial->plan, port) < 0)
			return -1;
	}
	return 0;
}

struct trial *trial_begin(const struct trial_plan *plan, struct fault *fault)
{
	struct trial *trial = calloc(1, sizeof *trial);

	if (trial) {
		trial->plan = *plan;
		if (plan->connect_us == 0)
			trial->plan.connect_us = TRIAL_CONNECT_US;
		if (plan->accept_us == 0)
			trial->plan.accept_us = TRIAL_ACCEPT_US;
		if (count_socks(trial) == 0 && choose_ports(trial) == 0)
			return trial;
	}
	/* Where no port is free, bind said so. */
	fault_set(fault, errno == EADDRINUSE || errno == EACCES ? CALL_BIND : CALL_SOCKET);
	trial_end(trial);
	return NULL;
}

unsigned trial_port(const struct trial *trial, enum trial_port port)
{
	return trial->ports[port].number;
}

int trial_fd(const struct trial *trial, int socket)
{
	const int fd = trial->socks[socket].fd;

	return fd >= 0 ? fd : -1;
}

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
		if (n < 0 && left_us > 0)
			continue;
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
	struct sock *sock = &trial->socks[number];

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
static int make_nameless(struct trial *trial, struct sock *sock)
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
	struct sock *listener = &trial->socks[step->listener];
	struct sock *sock = &trial->socks[step->socket];

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
	struct sock *sock = &trial->socks[step->socket];
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

void trial_end(struct trial *trial)
{
	if (!trial)
		return;
	for (size_t i = 0; i < trial->sock_count; i++)
		if (trial->socks[i].fd >= 0)
			trial_reset(trial, &trial->socks[i]);
	for (size_t i = 0; i < trial->nameless_count; i++)
		sock_reset(trial->nameless[i]);
	timewaits_end(&trial->closed);
	for (size_t i = 0; i < TRIAL_PORTS; i++)
		port_give_back(&trial->ports[i]);
	free(trial->nameless);
	free(trial->socks);
	free(trial);
}

int trial_run(const struct trial_plan *plan, struct trial_result results[], unsigned ports[],
    struct fault *fault)
{
	struct trial *trial = trial_begin(plan, fault);
	bool stopped = false;

	if (!trial)
		return -1;
	for (size_t i = 0; i < plan->count && !stopped; i++) {
		trial_step(trial, i, &results[i]);
		stopped = results[i].stopped;
	}
	for (int i = 0; ports && i < TRIAL_PORTS; i++)
		ports[i] = trial->ports[i].number;
	trial_end(trial);
	return stopped;
}

enum tcp_call trial_call(enum trial_verb verb)
{
	static const enum tcp_call calls[] = {
	    [TRIAL_BIND] = CALL_BIND,
	    [TRIAL_SET] = CALL_OPTION,
	    [TRIAL_LISTEN] = CALL_LISTEN,
	    [TRIAL_CONNECT] = CALL_CONNECT,
	    [TRIAL_DISCONNECT] = CALL_CONNECT,
	    [TRIAL_ACCEPT] = CALL_ACCEPT,
	    [TRIAL_CLOSE] = CALL_CLOSE,
	    [TRIAL_RESET] = CALL_CLOSE,
	    [TRIAL_SHUTDOWN] = CALL_SHUTDOWN,
	    [TRIAL_NAME] = CALL_GETSOCKNAME,
	};
	return calls[verb];
}

const char *trial_text(
    const struct step *step, const struct trial_result *result, char text[TRIAL_TEXT])
{
	const struct fault *fault = &result->fault;

	if (fault->at == CALL_NONE)
		snprintf(text, TRIAL_TEXT, "ok");
	else if (fault->at == trial_call(step->verb))
		snprintf(text, TRIAL_TEXT, "%s", errname(fault->error));
	else
		snprintf(text, TRIAL_TEXT, "%s:%s", fault_call(fault->at), errname(fault->error));
	return text;
}
