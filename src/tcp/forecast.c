#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/course.h"
#include "tcp/forecast.h"

/* Of a port: P, Q, R, then numbers, then those that the kernel chooses, each another. */
unsigned course_key(struct course *course, const struct step *step)
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
		.v6only = family == AF_INET6 && (system == RULE_OPENBSD || system == RULE_NETBSD ||
						    course->model.facts->v6only),
		.uid = uid == TRIAL_SAME_USER ? course->model.uid : uid},
	    .partner = MODEL_NOBODY,
	    .queue = MODEL_NOBODY};
}

/* Returns 0 or the errno of setsockopt. */
static int forecast_set(struct owner *owner, const struct setting *setting)
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
		owner->is.dual = !facts_live_by(course->model.facts, FACT_V6ONLY_BY_BIND);
		if (owner->is.dual)
			owner->is.v6only = before.is.v6only;
	}
	owner->by_bind = step->port != TRIAL_GIVEN || addr_port(addr) != 0;
	owner->key = course_key(course, step);
	if (model_seat(&course->model, owner))
		return 0;
	*owner = before;
	owner->is.addr = addr_any(before.is.addr.any.sa_family, 0);
	return EADDRINUSE;
}

static int do_listen(struct course *course, struct owner *owner, int backlog)
{
	const struct facts *facts = course->model.facts;

	/* sk_acceptq_is_full: one more than the backlog. */
	owner->room =
	    facts->queue > 0 && backlog < facts->queue ? backlog + INT64_C(1) : facts->queue;
	if (owner->life == LIFE_LISTEN)
		return 0;
	if (owner->life != LIFE_CLOSED || owner->dialled)
		return EINVAL;
	owner->is.state = RULE_LISTEN;
	if (!owner->seated)
		owner->key = course->model.ephemeral++;
	/* Linux, inet_csk_listen_start: "there is a window between sk_state change and the port lookup",
	 * so it asks again; the BSDs do not. */
	const bool asks =
	    !facts_have(facts, FACT_NEWCOMER) && facts_live_by(facts, FACT_LISTEN_ASKS);
	if (asks && !model_seat(&course->model, owner)) {
		owner->is.state = RULE_OPEN;
		return EADDRINUSE;
	}
	owner->seated = true;
	owner->life = LIFE_LISTEN;
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

static int forecast_accept(struct course *course, const struct step *step, size_t i)
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
	if (facts_live_by(model->facts, FACT_ACCEPT_USER))
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
		*fault = refusal(CALL_OPTION, forecast_set(owner, &step->settings[k]));
		if (fault->at != CALL_NONE)
			return false;
	}
	return true;
}

static struct fault forecast_take(struct course *course, size_t i)
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
		error = do_listen(course, owner, step->backlog);
		break;
	case TRIAL_CONNECT:
		error = course_connect(course, step->socket, step);
		break;
	case TRIAL_ACCEPT:
		error = forecast_accept(course, step, i);
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
		struct owner *const owner = &course.model.owners[steps[i].socket];
		const struct owner before = *owner;
		course.slow = false;
		forecasts[i] = (struct forecast){.fault = forecast_take(&course, i)};
		if (course.chance)
			forecasts[i] = (struct forecast){.kind = FORECAST_CHANCE};
		else if (course.slow) {
			forecasts[i] = (struct forecast){.kind = FORECAST_SLOW};
			*owner = before; /* not even opened */
		}
	}
	free(course.model.owners);
	free(course.model.buckets);
	free(course.numbers);
	return ready ? 0 : -1;
}
