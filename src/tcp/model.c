#include "tcp/model.h"

bool model_same_host(union addr one, union addr other)
{
	one = addr_unmap(&one);
	other = addr_unmap(&other);
	addr_set_port(&one, 0);
	addr_set_port(&other, 0);
	return addr_same(&one, &other);
}

static bool is_shared(const struct model *model, const struct owner *owner)
{
	for (int i = 0; i < model->count; i++) {
		const struct owner *other = &model->owners[i];
		if (other != owner && other->seated && other->key == owner->key)
			return true;
	}
	return false;
}

/* Whether all who hold the port let `owner` in. */
static bool is_let_in(const struct model *model, const struct owner *owner)
{
	for (int i = 0; i < model->count; i++) {
		const struct owner *other = &model->owners[i];
		if (other != owner && other->seated && other->key == owner->key &&
		    !rule_allows(rule_bind(model->facts, &other->is, &owner->is)))
			return false;
	}
	return true;
}

/* Whether it is at 0.0.0.0, also as an IPv6 socket. */
static bool is_at_wide_v4(const struct owner *owner)
{
	const union addr addr = addr_unmap(&owner->is.addr);

	return addr.any.sa_family == AF_INET && addr_is_any(&addr);
}

void model_join(struct model *model, struct owner *owner)
{
	owner->is.joined = false;
	if (!is_at_wide_v4(owner))
		return;
	for (int i = 0; i < model->count; i++) {
		const struct owner *other = &model->owners[i];
		if (other == owner || !other->seated || other->key != owner->key ||
		    !is_at_wide_v4(other))
			continue;
		const bool same = other->is.addr.any.sa_family == owner->is.addr.any.sa_family;
		owner->is.joined = other->is.joined == same;
		return;
	}
}

bool model_seat(struct model *model, struct owner *owner)
{
	struct bucket *bucket = &model->buckets[owner->key];
	const bool first = !owner->seated && !is_shared(model, owner);

	if (!bucket_admits(model->facts, bucket, &owner->is) && !is_let_in(model, owner))
		return false;
	if (!owner->seated)
		model_join(model, owner);
	owner->seated = true;
	if (model->facts->system == RULE_LINUX)
		bucket_note(model->facts, bucket, &owner->is, first);
	return true;
}

void model_leave(struct model *model, struct owner *owner)
{
	if (owner->seated && !is_shared(model, owner) &&
	    facts_live_by(model->facts, FACT_BUCKET_ENDS))
		model->buckets[owner->key] = (struct bucket){0};
	owner->seated = false;
}

void model_move(struct model *model, int from, int to)
{
	const struct owner *owner = &model->owners[from];

	if (owner->partner != MODEL_NOBODY)
		model->owners[owner->partner].partner = to;
	for (int i = 0; i < model->count; i++)
		if (model->owners[i].queue == from)
			model->owners[i].queue = to;
	model->owners[to] = *owner;
	model->owners[from] = (struct owner){.partner = MODEL_NOBODY, .queue = MODEL_NOBODY};
}

int model_more(struct model *model)
{
	if (model->count == model->room)
		return MODEL_NOBODY;
	model->owners[model->count] =
	    (struct owner){.partner = MODEL_NOBODY, .queue = MODEL_NOBODY};
	return model->count++;
}

static void clear(struct model *model, struct owner *owner)
{
	model_leave(model, owner);
	*owner = (struct owner){.partner = MODEL_NOBODY, .queue = MODEL_NOBODY};
}

/* Its other end, which is gone, has reset it. */
static void hear_reset(struct model *model, int number)
{
	if (number == MODEL_NOBODY)
		return;
	struct owner *owner = &model->owners[number];
	owner->partner = MODEL_NOBODY;
	if (owner->life == LIFE_TIME_WAIT) {
		if (facts_live_by(model->facts, FACT_RESET_ENDS))
			clear(model, owner);
		return;
	}
	owner->life = LIFE_CLOSED;
	owner->is.connected = false;
	if (owner->by_bind ? !facts_live_by(model->facts, FACT_BOUND_KEEPS_PORT)
			   : facts_live_by(model->facts, FACT_CHILD_LOSES_PORT))
		model_leave(model, owner);
}

/* Resets what waits in its queue. */
static void end_listening(struct model *model, int number)
{
	for (int i = 0; i < model->count; i++) {
		struct owner *waiting = &model->owners[i];
		if (waiting->life == LIFE_NONE || waiting->queue != number)
			continue;
		hear_reset(model, waiting->partner);
		clear(model, waiting);
	}
}

static void leave_time_wait(struct model *model, int number)
{
	const int left = model_more(model);

	if (left == MODEL_NOBODY)
		return;
	model_move(model, number, left);
	struct owner *owner = &model->owners[left];
	owner->life = LIFE_TIME_WAIT;
	owner->is.state = RULE_TIME_WAIT;
	owner->is.connected = false;
	if (!facts_live_by(model->facts, FACT_TIME_WAIT))
		model_leave(model, owner);
	if (owner->partner != MODEL_NOBODY)
		model->owners[owner->partner].life = LIFE_HALF;
}

void model_close(struct model *model, int number, bool reset)
{
	struct owner *owner = &model->owners[number];

	if (owner->life == LIFE_LISTEN)
		end_listening(model, number);
	else if (owner->life == LIFE_CONNECTED && !reset) {
		leave_time_wait(model, number);
		return;
	} else if (owner->life == LIFE_HALF && !reset)
		model->owners[owner->partner].partner = MODEL_NOBODY;
	else if (owner->life == LIFE_CONNECTED || owner->life == LIFE_HALF)
		hear_reset(model, owner->partner);
	clear(model, owner);
}

void model_disconnect(struct model *model, int number)
{
	struct owner *owner = &model->owners[number];

	if (owner->life == LIFE_LISTEN)
		end_listening(model, number);
	else
		hear_reset(model, owner->partner);
	owner->life = LIFE_CLOSED;
	owner->partner = MODEL_NOBODY;
	owner->dialled = owner->is.connected = false;
	owner->is.state = RULE_OPEN;
	if (!owner->by_bind)
		model_leave(model, owner);
	if (!owner->fixed)
		owner->is.addr = addr_any(owner->is.addr.any.sa_family, 0);
	model_join(model, owner);
}

/* How well it fits a connection to `addr`; 0: not at all. Linux, compute_score of both families. */
static int fit(const struct owner *listener, const union addr *addr)
{
	const union addr at = addr_unmap(&listener->is.addr), to = addr_unmap(addr);
	const int v4 = listener->is.addr.any.sa_family == AF_INET;

	if (to.any.sa_family == AF_INET6)
		return at.any.sa_family != AF_INET6 ? 0
		       : model_same_host(at, to)    ? 3
		       : addr_is_any(&at)           ? 1
						    : 0;
	if (model_same_host(at, to))
		return 3 + v4;
	if (!addr_is_any(&at) || (at.any.sa_family == AF_INET6 && listener->is.v6only))
		return 0;
	return 1 + v4;
}

int model_listener(const struct model *model, const union addr *addr, unsigned key, bool *several)
{
	int best = 0, found = MODEL_NOBODY;

	*several = false;
	for (int i = 0; i < model->count; i++) {
		const struct owner *owner = &model->owners[i];
		if (owner->life != LIFE_LISTEN || owner->key != key)
			continue;
		const int fits = fit(owner, addr);
		if (fits > best) {
			best = fits;
			found = i;
			*several = false;
		} else if (fits > 0 && fits == best) {
			*several = true;
		}
	}
	return found;
}

int model_pair(const struct model *model, const union addr *local, unsigned key,
    const union addr *peer, unsigned peer_key)
{
	for (int i = 0; i < model->count; i++) {
		const struct owner *owner = &model->owners[i];
		if (owner->life >= LIFE_CONNECTED && owner->key == key &&
		    owner->peer_key == peer_key && model_same_host(owner->is.addr, *local) &&
		    model_same_host(owner->peer, *peer))
			return i;
	}
	return MODEL_NOBODY;
}
