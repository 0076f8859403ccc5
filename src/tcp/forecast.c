#include <errno.h>
#include <stdlib.h>

#include "tcp/forecast.h"

/* A socket of the model; also one that was closed, as long as something of it holds a port. */
struct holder {
	struct rule_socket is;
	bool open;  /* made already; has no meaning for one that was closed */
	bool bound; /* to `port` of is.addr */
	bool connected;
	bool closed; /* its FIN is sent; nobody can take a step with it */
	enum trial_port letter;
	unsigned port;
	union addr peer; /* of a connected one; its port is `peer_letter` or in itself */
	enum trial_port peer_letter;
	size_t partner; /* the other end; NOBODY: not accepted yet, or gone */
};

enum { NOBODY = -1 };

struct model {
	enum rule_system system;
	int64_t uid;
	struct holder *holders; /* one for each socket, then those that were closed */
	size_t count;
};

static bool same_port(const struct holder *a, const struct holder *b)
{
	return a->letter == b->letter && a->port == b->port;
}

typedef enum rule_reason ask(
    enum rule_system, const struct rule_socket *holder, const struct rule_socket *newcomer);

/* Whether all who hold the port let `holder` in. */
static bool allowed(const struct model *model, const struct holder *holder, ask *rule)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct holder *other = &model->holders[i];
		if (other != holder && other->bound && same_port(other, holder) &&
		    !rule_allows(rule(model->system, &other->is, &holder->is)))
			return false;
	}
	return true;
}

static void apply(struct holder *holder, const struct step *step)
{
	for (size_t i = 0; i < step->setting_count; i++) {
		const struct setting *setting = &step->settings[i];
		if (setting->option == OPTION_REUSEADDR)
			holder->is.reuseaddr = setting->value != 0;
		else if (setting->option == OPTION_REUSEPORT)
			holder->is.reuseport = setting->value != 0;
		else if (setting->option == OPTION_V6ONLY)
			holder->is.v6only = setting->value != 0;
		else if (setting->option == OPTION_DEVICE)
			holder->is.device = if_nametoindex(setting->device);
	}
}

static int do_bind(struct model *model, struct holder *holder, const struct step *step)
{
	struct holder wanted = *holder;

	if (holder->bound)
		return EINVAL;
	wanted.is.addr = step->addr;
	wanted.letter = step->port;
	wanted.port = step->port == TRIAL_GIVEN ? addr_port(&step->addr) : 0;
	if (!allowed(model, &wanted, rule_bind))
		return EADDRINUSE;
	wanted.bound = true;
	*holder = wanted;
	return 0;
}

static int do_listen(struct model *model, struct holder *holder)
{
	if (!allowed(model, holder, rule_listen))
		return EADDRINUSE;
	holder->is.state = RULE_LISTEN;
	return 0;
}

/* Whether someone listens there. */
static bool answered(const struct model *model, const struct step *step)
{
	const struct rule_socket there = {.addr = step->addr};
	const struct holder to = {
	    .letter = step->port, .port = step->port == TRIAL_GIVEN ? addr_port(&step->addr) : 0};

	for (size_t i = 0; i < model->count; i++) {
		const struct holder *other = &model->holders[i];
		if (other->bound && other->is.state == RULE_LISTEN && same_port(other, &to) &&
		    rule_overlap(model->system, &other->is, &there))
			return true;
	}
	return false;
}

static int do_connect(struct model *model, struct holder *holder, const struct step *step)
{
	for (size_t i = 0; holder->bound && i < model->count; i++) {
		const struct holder *other = &model->holders[i];
		if (other != holder && other->connected && other->bound &&
		    same_port(other, holder) &&
		    rule_overlap(model->system, &other->is, &holder->is) &&
		    other->peer_letter == step->port && addr_same(&other->peer, &step->addr))
			return rule_pair_errno(model->system);
	}
	if (!answered(model, step))
		return ECONNREFUSED;
	holder->connected = true;
	holder->peer = step->addr;
	holder->peer_letter = step->port;
	holder->partner = (size_t)NOBODY;
	return 0;
}

/* The first who dialled the listener and was not accepted yet. */
static int do_accept(struct model *model, struct holder *holder, const struct holder *listener)
{
	if (listener->is.state != RULE_LISTEN)
		return EINVAL;
	for (size_t i = 0; i < model->count; i++) {
		struct holder *client = &model->holders[i];
		const struct rule_socket there = {.addr = client->peer};
		const struct holder to = {.letter = client->peer_letter,
		    .port = client->peer_letter == TRIAL_GIVEN ? addr_port(&client->peer) : 0};
		if (!client->connected || client->partner != (size_t)NOBODY ||
		    !same_port(listener, &to) ||
		    !rule_overlap(model->system, &listener->is, &there))
			continue;
		*holder = *listener;
		holder->is.state = RULE_OPEN;
		holder->is.dual = addr_is_any(&listener->is.addr) &&
				  listener->is.addr.any.sa_family == AF_INET6 &&
				  !listener->is.v6only;
		holder->is.addr = client->peer;
		holder->connected = true;
		holder->peer = (union addr){0}; /* wherever the client is: told by nobody */
		holder->partner = i;
		client->partner = (size_t)(holder - model->holders);
		return 0;
	}
	return EAGAIN;
}

/* What is left of a socket that was closed moves behind the others; the number is free again. */
static void do_close(struct model *model, struct holder *holder, bool reset)
{
	struct holder *partner = holder->connected && holder->partner != (size_t)NOBODY
				     ? &model->holders[holder->partner]
				     : NULL;
	struct holder left = *holder;

	*holder = (struct holder){.partner = (size_t)NOBODY};
	if (!partner || reset) {
		if (partner) { /* the reset takes the other end's port only where it was closed */
			partner->partner = (size_t)NOBODY;
			partner->connected = false;
			if (partner->closed)
				partner->bound = false;
		}
		return;
	}
	if (partner->closed) { /* the second of two: the first is in TIME_WAIT now */
		partner->is.state = RULE_TIME_WAIT;
		partner->partner = (size_t)NOBODY;
		return;
	}
	left.closed = true;
	model->holders[model->count] = left;
	partner->partner = model->count++;
}

static struct fault no(enum tcp_call at, int error)
{
	return (struct fault){.at = error ? at : CALL_NONE, .error = error};
}

static struct fault take(struct model *model, const struct step *step)
{
	struct holder *holder = &model->holders[step->socket];
	int error = 0;

	if (!holder->open && step->verb != TRIAL_ACCEPT) {
		*holder = (struct holder){.open = true, .partner = (size_t)NOBODY};
		holder->is.uid = step->uid == TRIAL_SAME_USER ? model->uid : step->uid;
	}
	apply(holder, step);
	switch (step->verb) {
	case TRIAL_BIND:
		error = do_bind(model, holder, step);
		break;
	case TRIAL_LISTEN:
		error = do_listen(model, holder);
		break;
	case TRIAL_CONNECT:
		error = do_connect(model, holder, step);
		break;
	case TRIAL_ACCEPT:
		error = do_accept(model, holder, &model->holders[step->listener]);
		break;
	case TRIAL_CLOSE:
		do_close(model, holder, false);
		break;
	case TRIAL_RESET:
	case TRIAL_DISCONNECT:
		do_close(model, holder, true);
		break;
	case TRIAL_SET:
	case TRIAL_SHUTDOWN:
	case TRIAL_NAME:
		break;
	}
	return no(trial_call(step->verb), error);
}

int forecast(enum rule_system system, const struct step steps[], size_t count, int64_t uid,
    struct fault faults[])
{
	struct model model = {.system = system, .uid = uid};

	for (size_t i = 0; i < count; i++) {
		if ((size_t)steps[i].socket >= model.count)
			model.count = (size_t)steps[i].socket + 1;
		if ((size_t)steps[i].listener >= model.count)
			model.count = (size_t)steps[i].listener + 1;
	}
	/* Each close leaves one more at most. */
	struct holder *const holders = calloc(model.count + count + 1, sizeof *holders);
	if (!holders)
		return -1;
	model.holders = holders;
	for (size_t i = 0; i < model.count; i++)
		model.holders[i].partner = (size_t)NOBODY;
	for (size_t i = 0; i < count; i++)
		faults[i] = take(&model, &steps[i]);
	free(holders);
	return 0;
}
