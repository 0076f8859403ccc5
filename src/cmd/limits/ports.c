#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "cmd/limits/ports_use.h"
#include "os/tunable.h"

enum {
	/* Since it began: for asking of all ports, where the rest is inferred; for the search of processes, which
	 * has a tenth of a second in any case. */
	ASKING_US = 600000,
	SEARCH_US = 800000,
	LEAST_US = 100000,
};

static bool is_usable(const struct port_use *use)
{
	const enum ports_state state = ports_use_state(use);

	return state == PORTS_FREE || state == PORTS_REUSABLE;
}

static bool is_left_to_bind(const struct port_use *use)
{
	return !use->reserved && !use->overlaps;
}

static void count_port(struct ports *ports, const struct port_use *use, bool in_range)
{
	const enum ports_state state = ports_use_state(use);
	const bool usable = is_usable(use);

	if (!in_range) {
		ports->gains[PORTS_BY_RANGE] += usable;
		return;
	}
	ports->left += usable;
	ports->left_to_bind += is_left_to_bind(use);
	ports->stamps_inferred |= state == PORTS_REUSABLE && ports->reuse_inferred;
	ports->gains[PORTS_BY_SOURCE] += !use->reserved && !use->bound;
	ports->gains[PORTS_BY_UNRESERVED] += use->reserved && !use->bound;
	ports->gains[PORTS_BY_NO_PORT] +=
	    state == PORTS_BOUND && use->held && !use->listens && ports_use_is_free_else(use);
	ports->gains[PORTS_BY_BIND] += state == PORTS_BOUND && !use->overlaps;
	ports->gains[PORTS_BY_TW_REUSE] += state == PORTS_TIME_WAIT && use->reusable_by_1;
}

/* How the figures are known. */
static void judge_figures(struct ports *ports, const struct port_use *uses)
{
	const struct port_use *first = &uses[ports->low], *last = &uses[ports->high];
	bool left = false, left_to_bind = false;

	/* `remaining &= ~1U` in __inet_hash_connect and inet_csk_find_open_port. */
	ports->odd = ports->high > ports->low && (ports->high - ports->low) % 2 == 0;
	for (const struct port_use *use = first; ports->odd && use <= last; use += last - first) {
		left |= is_usable(use);
		left_to_bind |= is_left_to_bind(use);
	}
	ports->end_left = left || left_to_bind;
	ports->left_inferred = left || ports->not_asked > 0 || ports->stamps_inferred;
	ports->bind_inferred |= left_to_bind;
}

/* Counts one port of `state`, of the process that has `holder` (NULL: nobody). Returns false without memory. */
static bool count_taken(struct ports *ports, enum ports_state state, const struct holder *holder)
{
	const struct holders *holders = &ports->holders;
	const struct process *process =
	    holder && holder->owner_count
		? &holders->processes[holders->owners[holder->owner].process]
		: NULL;
	struct ports_taken *row = ports->taken;

	for (size_t i = 0; i < ports->taken_count; i++, row++)
		if (row->state == state &&
		    (row->process ? row->process->pid : 0) == (process ? process->pid : 0)) {
			row->count++;
			return true;
		}
	struct ports_taken *more =
	    realloc(ports->taken, (ports->taken_count + 1) * sizeof *ports->taken);
	if (!more)
		return false;
	ports->taken = more;
	more[ports->taken_count++] =
	    (struct ports_taken){.state = state, .process = process, .count = 1};
	return true;
}

static int by_state_and_count(const void *a, const void *b)
{
	const struct ports_taken *one = a, *other = b;

	return one->state != other->state ? (int)one->state - (int)other->state
	       : one->count != other->count
		   ? (one->count < other->count) - (one->count > other->count)
	       : (one->process && other->process) ? (one->process->pid > other->process->pid) -
							(one->process->pid < other->process->pid)
						  : 0;
}

/* Who has what: looks for the processes of those sockets alone that take a port. */
static bool count_owners(struct ports *ports, struct port_use *uses, int64_t until_us)
{
	struct holders *holders = &ports->holders;
	struct holder *few = calloc((size_t)(ports->high - ports->low) + 1, sizeof *few);
	size_t count = 0;

	if (!few)
		return false;
	for (unsigned port = ports->low; port <= ports->high; port++) {
		struct port_use *use = &uses[port];
		const enum ports_state state = ports_use_state(use);
		if (use->owner && (state == PORTS_BOUND || state == PORTS_CONNECTED)) {
			few[count] = holders->list[use->owner - 1];
			use->owner = ++count;
		} else {
			use->owner = 0;
		}
	}
	free(holders->list);
	holders->list = few;
	holders->count = count;
	const int64_t least_us = clock_us() + LEAST_US;
	holders->know_by_us = until_us > least_us ? until_us : least_us;
	holders_know(holders, false);
	ports->not_searched = holders->unsearched > 0;
	for (unsigned port = ports->low; port <= ports->high; port++) {
		const struct port_use *use = &uses[port];
		const enum ports_state state = ports_use_state(use);
		if (state != PORTS_FREE &&
		    !count_taken(ports, state, use->owner ? &holders->list[use->owner - 1] : NULL))
			return false;
	}
	if (ports->taken)
		qsort(ports->taken, ports->taken_count, sizeof *ports->taken, by_state_and_count);
	return true;
}

static bool count_ports(struct ports *ports, struct port_use *uses, int64_t since_us)
{
	ports_use_read(ports, uses, since_us + ASKING_US);
	for (unsigned port = ports->widest; port < PORTS_ALL; port++)
		count_port(ports, &uses[port], port >= ports->low && port <= ports->high);
	judge_figures(ports, uses);
	return count_owners(ports, uses, since_us + SEARCH_US);
}

/* A range neither begins with a privileged port nor is it advised to lose any. */
static unsigned widest_low(unsigned low)
{
	const long first = tunable_number("net.ipv4.ip_unprivileged_port_start", PORTS_LOWEST);
	const unsigned from =
	    first > PORTS_LOWEST && first < PORTS_ALL ? (unsigned)first : PORTS_LOWEST;

	return low < from ? low : from;
}

int ports_read(struct ports *ports, const struct route *route, const char **call)
{
	*ports = (struct ports){.source = route->source, .destination = route->destination};
	*call = "net.ipv4.ip_local_port_range";
	errno = ENOTSUP;
	if (!tunable_port_range(&ports->low, &ports->high) || ports->high < ports->low ||
	    ports->high >= PORTS_ALL)
		return -1;
	ports->widest = widest_low(ports->low);
	*call = "sock_diag";
	const int64_t since_us = clock_us();
	if (holders_read(&ports->holders, HOLDERS_TCP, 0) < 0)
		return -1;
	struct port_use *uses = calloc(PORTS_ALL, sizeof *uses);
	const bool done = uses && count_ports(ports, uses, since_us);
	free(uses);
	if (done)
		return 0;
	ports_free(ports);
	*call = "malloc";
	errno = ENOMEM;
	return -1;
}

void ports_free(struct ports *ports)
{
	holders_free(&ports->holders);
	free(ports->taken);
	*ports = (struct ports){0};
}
