#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/forecast.h"
#include "tcp/model.h"

/* A trial as it is forecast. */
struct course {
	struct model model;
	const struct step *steps;
	size_t count;
	unsigned *numbers; /* of ports given by number: numbers[k] has key TRIAL_PORTS + k */
	unsigned number_count;
	bool chance, slow;
};

/* Whether that part of Linux's rule holds; of other systems all of it that they have no row of their own for. */
static bool is_so(const struct facts *facts, enum fact fact)
{
	return facts->system != RULE_LINUX || facts_have(facts, fact);
}

static bool is_v6(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6;
}

static bool is_mapped_v6(const union addr *addr)
{
	return is_v6(addr) && IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr);
}

/* Of a port: P, Q, R, then numbers, then those that the kernel chooses, each another. */
static unsigned key_of(struct course *course, const struct step *step)
{
	const unsigned number = addr_port(&step->addr);
	unsigned k = 0;

	if (step->port != TRIAL_GIVEN)
		return step->port;
	if (number == 0)
		return course->model.ephemeral++;
	while (k < course->number_count && course->numbers[k] != number)
		k++;
	if (k == course->number_count)
		course->numbers[course->number_count++] = number;
	return TRIAL_PORTS + k;
}

static void open_owner(struct course *course, int number, size_t i, int64_t uid)
{
	const enum rule_system system = course->model.facts->system;
	const int family = trial_family(course->steps, course->count, i, number, AF_INET);

	course->model.owners[number] = (struct owner){.life = LIFE_CLOSED,
	    .is = {.addr = addr_any(family, 0),
		.v6only = family == AF_INET6 && (system == RULE_OPENBSD || system == RULE_NETBSD),
		.uid = uid == TRIAL_SAME_USER ? course->model.uid : uid},
	    .partner = MODEL_NOBODY,
	    .queue = MODEL_NOBODY};
}

/* Returns 0 or the errno of setsockopt. */
static int set(struct owner *owner, const struct setting *setting)
{
	if (setting->option == OPTION_REUSEADDR)
		owner->is.reuseaddr = setting->value != 0;
	else if (setting->option == OPTION_REUSEPORT)
		owner->is.reuseport = setting->value != 0;
	else if (setting->option == OPTION_DEVICE)
		owner->is.device = if_nametoindex(setting->device);
	else if (setting->option != OPTION_V6ONLY)
		return 0;
	else if (!is_v6(&owner->is.addr))
		return ENOPROTOOPT;
	else if (owner->seated)
		return EINVAL;
	else
		owner->is.v6only = setting->value != 0;
	return 0;
}

static int do_bind(struct course *course, struct owner *owner, const struct step *step)
{
	const struct owner before = *owner;
	const union addr *addr = &step->addr;

	if (is_v6(&owner->is.addr) != is_v6(addr))
		return is_v6(addr) ? EAFNOSUPPORT : EINVAL;
	if (owner->seated || owner->life != LIFE_CLOSED || (is_mapped_v6(addr) && owner->is.v6only))
		return EINVAL;
	owner->is.addr = *addr;
	addr_set_port(&owner->is.addr, 0);
	owner->fixed = !addr_is_any(addr);
	owner->is.dual = false;
	if (is_v6(addr) && owner->fixed && !is_mapped_v6(addr)) {
		owner->is.v6only = true;
		owner->is.dual = !is_so(course->model.facts, FACT_V6ONLY_BY_BIND);
		if (owner->is.dual)
			owner->is.v6only = before.is.v6only;
	}
	owner->by_bind = step->port != TRIAL_GIVEN || addr_port(addr) != 0;
	owner->key = key_of(course, step);
	if (model_seat(&course->model, owner))
		return 0;
	*owner = before;
	owner->is.addr = addr_any(before.is.addr.any.sa_family, 0);
	return EADDRINUSE;
}

static int do_listen(struct course *course, struct owner *owner)
{
	const struct facts *facts = course->model.facts;

	if (owner->life == LIFE_LISTEN)
		return 0;
	if (owner->life != LIFE_CLOSED || owner->dialled)
		return EINVAL;
	owner->is.state = RULE_LISTEN;
	if (!owner->seated)
		owner->key = course->model.ephemeral++;
	const bool asks = !facts_have(facts, FACT_NEWCOMER) && is_so(facts, FACT_LISTEN_ASKS);
	if (asks && !model_seat(&course->model, owner)) {
		owner->is.state = RULE_OPEN;
		return EADDRINUSE;
	}
	owner->seated = true;
	owner->life = LIFE_LISTEN;
	return 0;
}

/* An IPv4 address as an IPv6 socket has it: ::ffff:127.0.0.1. */
static union addr mapped(const union addr *v4)
{
	union addr addr = addr_any(AF_INET6, 0);
	unsigned char *bytes = addr.v6.sin6_addr.s6_addr;

	bytes[10] = bytes[11] = 0xff;
	memcpy(bytes + 12, &v4->v4.sin_addr, 4);
	return addr;
}

/* `addr` as a socket has it that is at `like`. */
static union addr as_at(const union addr *like, const union addr *addr)
{
	const union addr plain = addr_unmap(addr);

	return is_v6(&plain) || !is_v6(like) ? plain : mapped(&plain);
}

/* The address that a connection to `peer` comes from, on the loopback. */
static union addr source_for(const struct owner *owner, const union addr *peer)
{
	const union addr at = addr_unmap(&owner->is.addr), to = addr_unmap(peer);
	const union addr from = addr_loopback(to.any.sa_family, 0);

	return addr_is_any(&at) ? as_at(peer, &from) : owner->is.addr;
}

/* The end of a connection that `listener` has not accepted yet. */
static void make_child(struct course *course, int number, int listener, const union addr *local)
{
	struct model *model = &course->model;
	const int child = model_more(model);

	if (child == MODEL_NOBODY)
		return;
	struct owner *client = &model->owners[number], *owner = &model->owners[child];
	*owner = model->owners[listener];
	owner->is.state = RULE_OPEN;
	owner->is.connected = true;
	if (!is_so(model->facts, FACT_CHILD_OPTIONS))
		owner->is.reuseaddr = owner->is.reuseport = false;
	owner->is.addr = *local;
	owner->is.dual = is_v6(local) && !is_mapped_v6(local) && !owner->is.v6only;
	if (!is_so(model->facts, FACT_QUEUE_USER))
		owner->is.uid = 0;
	owner->life = LIFE_CONNECTED;
	owner->by_bind = false;
	owner->dialled = owner->accepted = true;
	owner->seated = !facts_have(model->facts, FACT_CHILD_UNHELD);
	owner->peer = client->is.addr;
	owner->peer_key = client->key;
	owner->partner = number;
	owner->queue = listener;
	owner->turn = model->turns++;
	client->partner = child;
}

/* A connect that was refused takes back that it narrowed a wildcard. */
static void widen(struct course *course, struct owner *owner, const union addr *used)
{
	const struct facts *facts = course->model.facts;
	const union addr was = owner->is.addr;
	const bool stays =
	    facts->system == RULE_LINUX &&
	    (owner->fixed ? facts_have(facts, FACT_MAPPED_STAYS) && is_mapped_v6(&was)
			  : !facts_have(facts, FACT_WIDEN));

	if (stays && owner->seated && facts_have(facts, FACT_NARROW))
		owner->is.addr = *used;
}

static int do_connect(struct course *course, int number, const struct step *step)
{
	struct model *model = &course->model;
	struct owner *owner = &model->owners[number];
	const union addr *to = &step->addr;
	const unsigned peer_key = key_of(course, step);
	bool several;

	if (owner->dialled || owner->life != LIFE_CLOSED)
		return EISCONN;
	if (is_v6(&owner->is.addr) != is_v6(to))
		return is_v6(to) ? EAFNOSUPPORT : EINVAL;
	if (is_mapped_v6(to) && owner->is.v6only)
		return ENETUNREACH;
	if (is_v6(to) && !is_mapped_v6(to) && is_mapped_v6(&owner->is.addr))
		return EAFNOSUPPORT;
	const union addr from = source_for(owner, to);
	const unsigned key = owner->seated ? owner->key : model->ephemeral;
	const int listener = model_listener(model, to, peer_key, &several);
	const int pair = model_pair(model, &from, key, to, peer_key);
	const int opposite = model_pair(model, to, peer_key, &from, key);

	if (is_v6(to) && !is_mapped_v6(to) && owner->through_v4) {
		course->slow = true;
		return 0;
	}
	if (pair != MODEL_NOBODY) {
		if (model->owners[pair].life != LIFE_TIME_WAIT ||
		    (!is_so(model->facts, FACT_TAKE_OVER))) {
			if (!is_so(model->facts, FACT_PAIR))
				return 0;
			widen(course, owner, &from);
			return rule_pair_errno(model->facts->system);
		}
	}
	/* What still stands at the other end answers the first SYN, and the second comes after a second. */
	course->slow =
	    (pair != MODEL_NOBODY && model->owners[pair].partner != MODEL_NOBODY) ||
	    ((pair != MODEL_NOBODY || opposite != MODEL_NOBODY) && listener == MODEL_NOBODY);
	if (course->slow)
		return 0;
	if (listener == MODEL_NOBODY) {
		owner->through_v4 |= is_mapped_v6(to);
		widen(course, owner, &from);
		return ECONNREFUSED;
	}
	course->chance |= several;
	for (int i = 0; i < 2; i++) {
		const int over = i ? opposite : pair;
		if (over == MODEL_NOBODY)
			continue;
		model_leave(model, &model->owners[over]);
		model->owners[over] =
		    (struct owner){.partner = MODEL_NOBODY, .queue = MODEL_NOBODY};
	}
	if (!owner->seated)
		owner->key = model->ephemeral++;
	owner->seated = owner->dialled = owner->is.connected = true;
	const union addr bound_to = owner->is.addr;
	owner->is.addr = from;
	/* Narrowed from :: it is still not v6only: in the way of 0.0.0.0. */
	owner->is.dual = is_v6(&from) && !is_mapped_v6(&from) && !owner->is.v6only;
	owner->life = LIFE_CONNECTED;
	owner->peer = *to;
	owner->peer_key = peer_key;
	const union addr local = as_at(&model->owners[listener].is.addr, to);
	make_child(course, number, listener, &local);
	if (!is_so(model->facts, FACT_NARROW))
		owner->is.addr = bound_to;
	return 0;
}

/* The first that waits for the listener; MODEL_NOBODY. */
static int first_waiting(const struct model *model, int listener)
{
	int first = MODEL_NOBODY;

	for (int i = 0; i < model->count; i++)
		if (model->owners[i].life != LIFE_NONE && model->owners[i].queue == listener &&
		    (first == MODEL_NOBODY || model->owners[i].turn < model->owners[first].turn))
			first = i;
	return first;
}

static int do_accept(struct course *course, const struct step *step, size_t i)
{
	struct model *model = &course->model;
	struct owner *owners = model->owners;

	if (owners[step->listener].life == LIFE_ABSENT) {
		if (owners[step->socket].life == LIFE_NONE)
			owners[step->socket].life = LIFE_ABSENT;
		return EBADF;
	}
	if (owners[step->listener].life == LIFE_NONE)
		open_owner(course, step->listener, i, TRIAL_SAME_USER);
	if (owners[step->socket].life > LIFE_ABSENT) { /* still open, and has no number any more */
		const int nameless = model_more(model);
		if (nameless != MODEL_NOBODY)
			model_move(model, step->socket, nameless);
	}
	owners[step->socket].life = LIFE_ABSENT;
	if (owners[step->listener].life != LIFE_LISTEN)
		return EINVAL;
	const int waiting = first_waiting(model, step->listener);
	if (waiting == MODEL_NOBODY)
		return EAGAIN;
	model_move(model, waiting, step->socket);
	owners[step->socket].queue = MODEL_NOBODY;
	if (is_so(model->facts, FACT_ACCEPT_USER))
		owners[step->socket].is.uid = model->uid;
	return 0;
}

static struct fault refusal(enum tcp_call at, int error)
{
	return (struct fault){.at = error ? at : CALL_NONE, .error = error};
}

/* Opens its socket and sets its options; returns whether the verb is still to be done. */
static bool prepare(struct course *course, size_t i, struct fault *fault)
{
	const struct step *step = &course->steps[i];
	struct owner *owner = &course->model.owners[step->socket];

	if (owner->life == LIFE_ABSENT) {
		if (step->verb == TRIAL_CLOSE || step->verb == TRIAL_RESET)
			owner->life = LIFE_NONE;
		*fault = refusal(trial_call(step->verb), EBADF);
		return false;
	}
	if (owner->life == LIFE_NONE)
		open_owner(course, step->socket, i, step->uid);
	for (size_t k = 0; k < step->setting_count; k++) {
		*fault = refusal(CALL_OPTION, set(owner, &step->settings[k]));
		if (fault->at != CALL_NONE)
			return false;
	}
	return true;
}

static struct fault take(struct course *course, size_t i)
{
	const struct step *step = &course->steps[i];
	struct owner *owner = &course->model.owners[step->socket];
	struct fault fault = {0};
	int error = 0;

	if (step->verb != TRIAL_ACCEPT && !prepare(course, i, &fault))
		return fault;
	switch (step->verb) {
	case TRIAL_BIND:
		error = do_bind(course, owner, step);
		break;
	case TRIAL_LISTEN:
		error = do_listen(course, owner);
		break;
	case TRIAL_CONNECT:
		error = do_connect(course, step->socket, step);
		break;
	case TRIAL_ACCEPT:
		error = do_accept(course, step, i);
		break;
	case TRIAL_CLOSE:
	case TRIAL_RESET:
		model_close(&course->model, step->socket, step->verb == TRIAL_RESET);
		break;
	case TRIAL_DISCONNECT:
		model_disconnect(&course->model, step->socket);
		break;
	case TRIAL_SET:
	case TRIAL_SHUTDOWN:
	case TRIAL_NAME:
		break;
	}
	return refusal(trial_call(step->verb), error);
}

static int count_names(const struct step steps[], size_t count)
{
	int names = 0;

	for (size_t i = 0; i < count; i++) {
		if (steps[i].socket >= names)
			names = steps[i].socket + 1;
		if (steps[i].verb == TRIAL_ACCEPT && steps[i].listener >= names)
			names = steps[i].listener + 1;
	}
	return names;
}

int forecast(const struct facts *facts, const struct step steps[], size_t count, int64_t uid,
    struct forecast forecasts[])
{
	const int names = count_names(steps, count);
	/* A step leaves two without a name at most, and has a port or two of its own. */
	const size_t room = (size_t)names + 2 * count + 1, keys = TRIAL_PORTS + 2 * count + 1;
	struct course course = {.model = {.facts = facts,
				    .uid = uid,
				    .names = names,
				    .count = names,
				    .room = (int)room,
				    .ephemeral = TRIAL_PORTS + (unsigned)count},
	    .steps = steps,
	    .count = count};

	course.model.owners = calloc(room, sizeof *course.model.owners);
	course.model.buckets = calloc(keys, sizeof *course.model.buckets);
	course.numbers = calloc(count + 1, sizeof *course.numbers);
	const bool ready = course.model.owners && course.model.buckets && course.numbers;
	for (int i = 0; ready && i < names; i++)
		course.model.owners[i].partner = course.model.owners[i].queue = MODEL_NOBODY;
	for (size_t i = 0; ready && i < count; i++) {
		course.slow = false;
		forecasts[i] = (struct forecast){.fault = take(&course, i)};
		if (course.chance)
			forecasts[i] = (struct forecast){.kind = FORECAST_CHANCE};
		else if (course.slow)
			forecasts[i] = (struct forecast){.kind = FORECAST_SLOW};
	}
	free(course.model.owners);
	free(course.model.buckets);
	free(course.numbers);
	return ready ? 0 : -1;
}
