#include <stdlib.h>

#include "diagnosis/role.h"
#include "os/tunable.h"

/* How many ports of other ends are looked up, at most. */
enum { LOOKUPS = 4 };

/* Sockets in an order in which one can be found. */
struct index {
	const struct holder **list;
	size_t count;
};

/* What was looked up: the sockets of one port. */
struct lookup {
	unsigned port;
	struct holders holders;
	struct index connections;
};

struct search {
	struct index listeners; /* those at the ports of the holders, at least */
	unsigned low, high;     /* the kernel picks ports from low to high; 0, 0: not known */
	/* Of all ports. Read when they are asked for, unless every socket was known from the start. */
	bool all_read;
	struct holders all;
	struct index all_listeners;
	const struct holders *known;  /* every socket, where that was known from the start */
	struct index all_connections; /* of these, once one is asked for */
	struct lookup lookups[LOOKUPS];
	size_t lookup_count;
};

/* Whether they are one end, also where one of them writes IPv4 as IPv6. */
static bool same_end(const union addr *a, const union addr *b)
{
	const union addr one = addr_unmap(a), other = addr_unmap(b);

	return addr_same(&one, &other);
}

static int by_port(const void *a, const void *b)
{
	const unsigned one = addr_port(&(*(const struct holder *const *)a)->local);
	const unsigned other = addr_port(&(*(const struct holder *const *)b)->local);

	return (one > other) - (one < other);
}

static int by_end(const union addr *a, const union addr *b)
{
	const union addr one = addr_unmap(a), other = addr_unmap(b);

	return addr_order(&one, &other);
}

static int by_ends(const void *a, const void *b)
{
	const struct holder *one = *(const struct holder *const *)a;
	const struct holder *other = *(const struct holder *const *)b;
	const int order = by_end(&one->local, &other->local);

	return order ? order : by_end(&one->peer, &other->peer);
}

/* An index of the listeners, or of all others. Without memory it is empty. */
static struct index index_of(const struct holders *holders, bool listeners)
{
	struct index index = {.list = malloc((holders->count + 1) * sizeof *index.list)};

	for (size_t i = 0; index.list && i < holders->count; i++)
		if ((holders->list[i].state == HOLDER_LISTEN) == listeners)
			index.list[index.count++] = &holders->list[i];
	if (index.count > 0)
		qsort(index.list, index.count, sizeof *index.list, listeners ? by_port : by_ends);
	return index;
}

/* Whether a connection to `addr` would be taken by one of the listeners. */
static bool served(const struct index *listeners, const union addr *addr)
{
	size_t low = 0, high = listeners->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (addr_port(&listeners->list[middle]->local) < addr_port(addr))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < listeners->count; low++) {
		if (addr_port(&listeners->list[low]->local) != addr_port(addr))
			return false;
		if (holder_takes(listeners->list[low], addr))
			return true;
	}
	return false;
}

/* NULL where there was no memory for it. */
static const struct index *usable(const struct index *index)
{
	return index->list ? index : NULL;
}

/* The connections that have `port` as theirs; NULL where they cannot be looked up. */
static const struct index *look_up(struct search *search, unsigned port)
{
	if (search->known && !search->all_connections.list)
		search->all_connections = index_of(search->known, false);
	if (search->all_connections.list)
		return &search->all_connections;
	for (size_t i = 0; i < search->lookup_count; i++)
		if (search->lookups[i].port == port)
			return usable(&search->lookups[i].connections);
	if (search->lookup_count == LOOKUPS)
		return NULL;
	struct lookup *lookup = &search->lookups[search->lookup_count];
	if (holders_read(&lookup->holders, HOLDERS_TCP | HOLDERS_NO_BIND, port) < 0)
		return NULL;
	lookup->port = port;
	lookup->connections = index_of(&lookup->holders, false);
	search->lookup_count++;
	return usable(&lookup->connections);
}

/* Whether a listener of this machine would take a connection to `addr`. Listeners are few, and quick to
 * read however many connections there are. */
static bool served_here(struct search *search, const union addr *addr)
{
	if (!search->all_read) {
		search->all_read = true;
		if (holders_read_listeners(&search->all, 0) == 0)
			search->all_listeners = index_of(&search->all, true);
	}
	return served(&search->all_listeners, addr);
}

/* Whether the other end is on this machine, and a listener with it: then our end has connected. */
static bool has_called(struct search *search, const struct holder *holder)
{
	const struct holder mirror = {.local = holder->peer, .peer = holder->local};
	const struct holder *const wanted = &mirror;

	if (!served_here(search, &holder->peer))
		return false;
	const struct index *there = look_up(search, addr_port(&holder->peer));
	/* Where it is not looked up, the listener alone speaks for it. */
	return !there || (there->count > 0 && bsearch(&wanted, there->list, there->count,
						  sizeof *there->list, by_ends));
}

static bool in_range(const struct search *search, const union addr *addr)
{
	return addr_port(addr) >= search->low && addr_port(addr) <= search->high;
}

/* A connection that a process has: who called whom? */
static enum role of_connection(struct search *search, const struct holder *holder)
{
	const bool here = in_range(search, &holder->local);
	const bool there = in_range(search, &holder->peer);
	const enum role outgoing =
	    here && holder->reuseaddr < 1 && holder->reuseport < 1 ? ROLE_EPHEMERAL : ROLE_OUTGOING;

	if (holder->state == HOLDER_SYN_SENT)
		return outgoing;
	/* Servers seldom stand in the range, clients seldom out of it. */
	if (served(&search->listeners, &holder->local))
		return here && has_called(search, holder) ? outgoing : ROLE_ACCEPTED;
	if ((here && !there) || has_called(search, holder))
		return outgoing;
	return ROLE_ALONE;
}

/* Its other end is gone as a rule, and says no more. */
static enum role of_remnant(struct search *search, const struct holder *holder)
{
	if (!in_range(search, &holder->local) || served(&search->listeners, &holder->local))
		return ROLE_REMNANT;
	return !in_range(search, &holder->peer) || served_here(search, &holder->peer)
		   ? ROLE_SPENT
		   : ROLE_REMNANT;
}

static enum role of(struct search *search, const struct holder *holder)
{
	if (holder->udp)
		return holder->state == HOLDER_BOUND      ? ROLE_BOUND
		       : in_range(search, &holder->local) ? ROLE_EPHEMERAL
							  : ROLE_OUTGOING;
	if (holder->state == HOLDER_LISTEN)
		return ROLE_LISTENER;
	if (holder->state == HOLDER_BOUND)
		return ROLE_BOUND;
	if (holder->remnant)
		return of_remnant(search, holder);
	if (holder->state != HOLDER_SYN_RECV && same_end(&holder->local, &holder->peer))
		return ROLE_SELF;
	if (holder->inode)
		return of_connection(search, holder);
	/* Nobody's: not yet, or no longer. A process that closes leaves the first two of these
	 * states in the same moment, and a connection in the queue cannot come to the others. */
	return holder->state == HOLDER_SYN_RECV || holder->state == HOLDER_ESTABLISHED ||
		       holder->state == HOLDER_CLOSE_WAIT
		   ? ROLE_PENDING
		   : ROLE_ORPHAN;
}

void role_find(const struct holders *holders, const struct holders *all, enum role roles[])
{
	struct search search = {
	    .listeners = index_of(all ? all : holders, true), .all_read = all, .known = all};

	tunable_port_range(&search.low, &search.high);
	if (all)
		search.all_listeners = search.listeners;
	for (size_t i = 0; i < holders->count; i++)
		roles[i] = of(&search, &holders->list[i]);
	for (size_t i = 0; i < search.lookup_count; i++) {
		holders_free(&search.lookups[i].holders);
		free(search.lookups[i].connections.list);
	}
	if (!all)
		free(search.all_listeners.list);
	free(search.all_connections.list);
	free(search.listeners.list);
	holders_free(&search.all);
}
