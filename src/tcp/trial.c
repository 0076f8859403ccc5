#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
	for (int i = 0; i <= most; i++)
		trial->socks[trial->sock_count++] = (struct trial_sock){.fd = NOT_OPEN};
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
