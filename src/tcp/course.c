#include <errno.h>

#include "tcp/course.h"

/* `addr` as a socket has it that is at `like`. */
static union addr as_at(const union addr *like, const union addr *addr)
{
	const union addr plain = addr_unmap(addr);

	return is_v6(&plain) || !is_v6(like) ? plain : addr_map(&plain);
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
	if (!facts_live_by(model->facts, FACT_CHILD_OPTIONS))
		owner->is.reuseaddr = owner->is.reuseport = false;
	owner->is.addr = *local;
	owner->is.dual = is_v6(local) && !is_mapped_v6(local) && !owner->is.v6only;
	if (!facts_live_by(model->facts, FACT_QUEUE_USER))
		owner->is.uid = 0;
	owner->life = LIFE_CONNECTED;
	owner->by_bind = false;
	owner->dialled = true;
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
	model_join(&course->model, owner);
}

/* Whether no more connections fit into the listener's queue: its SYN gets no answer. */
static bool queue_is_full(const struct model *model, int listener)
{
	int64_t waiting = 0;

	for (int i = 0; i < model->count; i++)
		waiting += model->owners[i].life != LIFE_NONE && model->owners[i].queue == listener;
	return model->owners[listener].room > 0 && waiting >= model->owners[listener].room;
}

int course_connect(struct course *course, int number, const struct step *step)
{
	struct model *model = &course->model;
	struct owner *owner = &model->owners[number];
	const union addr *to = &step->addr;
	const unsigned peer_key = course_key(course, step);
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

	/* Connected to itself: what comes of that later is not in the rule. */
	if (owner->seated && key == peer_key && model_same_host(from, *to)) {
		course->chance = true;
		return 0;
	}
	if (is_v6(to) && !is_mapped_v6(to) && owner->through_v4) {
		course->slow = true;
		return 0;
	}
	if (pair != MODEL_NOBODY) {
		if (model->owners[pair].life != LIFE_TIME_WAIT ||
		    (!facts_live_by(model->facts, FACT_TAKE_OVER))) {
			if (!facts_live_by(model->facts, FACT_PAIR))
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
	course->slow = !several && queue_is_full(model, listener);
	if (course->slow)
		return 0;
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
	if (!facts_live_by(model->facts, FACT_NARROW))
		owner->is.addr = bound_to;
	return 0;
}
