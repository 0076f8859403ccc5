/* The rule is the kernel's: __inet_hash_connect (inet_hashtables.c), tcp_twsk_unique (tcp_ipv4.c),
 * inet_csk_find_open_port (inet_connection_sock.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmd/limits/ports.h"
#include "os/tunable.h"
#include "tcp/bound.h"
#include "tcp/rule.h"

enum {
	ALL = 65536,
	TIME_WAIT_MS = 60000, /* TCP_TIMEWAIT_LEN */
	/* Since it began: for asking of all ports, where the rest is inferred; for the search of processes, which
	 * has a tenth of a second in any case. */
	ASKING_US = 600000,
	SEARCH_US = 800000,
	LEAST_US = 100000,
	REUSE_DELAY_MS = 1000, /* where there is no net.ipv4.tcp_tw_reuse_delay */
};

/* What is known of one port. */
struct port_use {
	bool reserved, owned; /* owned: some socket has it, at whatever address */
	bool bound;           /* explicitly */
	bool listens;   /* or is bound alone: leaving the port to the kernel would not free it */
	bool held;      /* some process has a socket there */
	bool overlaps;  /* an owner's address is the source's, or a wildcard that takes it in */
	bool connected; /* from the source to the destination */
	bool waits;     /* likewise, but a TIME_WAIT */
	bool reusable;  /* which connect may take over */
	bool reusable_by_1; /* and would with net.ipv4.tcp_tw_reuse=1 */
	size_t owner;       /* in holders->list + 1: the one to name; 0: none */
};

static long tunable_number(const char *name, long otherwise)
{
	char text[TUNABLE_TEXT];

	return tunable_read(name, text) == 0 && *text ? strtol(text, NULL, 10) : otherwise;
}

/* ---- the sockets ---- */

static bool same_host(const union addr *one, const union addr *other)
{
	union addr a = addr_unmap(one), b = addr_unmap(other);

	addr_set_port(&a, 0);
	addr_set_port(&b, 0);
	return addr_same(&a, &b);
}

/* Whether the four-tuple of the holder is the source's, at its port, and the destination. A holder that is
 * bound to a device is another one for connect (inet_sk_bound_dev_eq), but where the scope makes it so. */
static bool same_four(const struct ports *ports, const struct holder *holder)
{
	const union addr peer = addr_unmap(&holder->peer);
	const bool scoped =
	    ports->source.any.sa_family == AF_INET6 && ports->source.v6.sin6_scope_id != 0;

	return (holder->device == 0 || scoped) && addr_same(&peer, &ports->destination) &&
	       same_host(&holder->local, &ports->source);
}

static bool overlaps_source(const struct ports *ports, const struct holder *holder)
{
	const struct rule_socket owner = {.addr = holder->local, .v6only = holder->v6only > 0},
				 newcomer = {.addr = ports->source, .v6only = true};

	return rule_overlap(RULE_LINUX, &owner, &newcomer);
}

/* How connect treats TIME_WAITs. */
struct tw_reuse {
	bool now, by_1;
	int64_t delay_ms;
};

/* Then both ends have the timestamps of this system. */
static bool stays_here(const struct ports *ports)
{
	return addr_is_loopback(&ports->destination) || addr_is_loopback(&ports->source) ||
	       same_host(&ports->source, &ports->destination);
}

static struct tw_reuse read_reuse(const struct ports *ports)
{
	const long setting = tunable_number("net.ipv4.tcp_tw_reuse", 0);
	const bool stamps = tunable_number("net.ipv4.tcp_timestamps", 1) != 0;
	const bool loopback =
	    addr_is_loopback(&ports->destination) || addr_is_loopback(&ports->source);

	return (struct tw_reuse){.now = stamps && (setting == 1 || (setting == 2 && loopback)),
	    .by_1 = stamps,
	    .delay_ms = tunable_number("net.ipv4.tcp_tw_reuse_delay", REUSE_DELAY_MS)};
}

static void note_wait(struct ports *ports, const struct holder *holder)
{
	if (ports->waits == 0 || holder->left_ms < ports->first_ms)
		ports->first_ms = holder->left_ms;
	if (ports->waits == 0 || holder->left_ms > ports->last_ms)
		ports->last_ms = holder->left_ms;
	ports->waits++;
}

static void note_holder(
    struct ports *ports, struct port_use *uses, size_t i, struct tw_reuse tw_reuse)
{
	const struct holder *holder = &ports->holders.list[i];
	struct port_use *use = &uses[addr_port(&holder->local)];
	const bool alone = holder->state == HOLDER_LISTEN || holder->state == HOLDER_BOUND;

	use->owned = true;
	use->held = use->held || holder->inode != 0;
	use->overlaps = use->overlaps || overlaps_source(ports, holder);
	use->bound = use->bound || alone;
	use->listens = use->listens || alone;
	if (use->owner == 0 || (alone && !use->connected))
		use->owner = i + 1;
	if (alone || !same_four(ports, holder))
		return;
	use->owner = i + 1;
	if (!holder->remnant) {
		use->connected = true;
		return;
	}
	note_wait(ports, holder);
	use->waits = true;
	if (holder->state == HOLDER_TIME_WAIT && holder->left_ms >= 0 &&
	    holder->left_ms + tw_reuse.delay_ms < TIME_WAIT_MS) {
		use->reusable = tw_reuse.now;
		use->reusable_by_1 = tw_reuse.by_1;
	}
}

/* Whether connect would have it if it were neither reserved nor bound. */
static bool is_free_else(const struct port_use *use)
{
	return !use->connected && (!use->waits || use->reusable);
}

/* Whether owned ports were bound: the kernel is asked; where it does not answer it is inferred, and of reserved
 * ports and outside of the range, where it cannot be asked, as connect does not pick those. */
static void ask_of_all(struct ports *ports, struct port_use *uses, int64_t until_us)
{
	const bool unseen = ports->holders.bound_error != 0; /* bound ones are not listed */
	struct bound_inquiry inquiry;
	bool asking = bound_open(&inquiry);

	for (unsigned port = 1; port < ALL; port++) {
		struct port_use *use = &uses[port];
		if (port < ports->low || port > ports->high) {
			ports->not_asked_beyond +=
			    port >= ports->widest && !use->bound && (use->owned || unseen);
			use->bound = use->owned;
			continue;
		}
		if (use->reserved) {
			ports->not_asked_reserved +=
			    !use->bound && is_free_else(use) && (use->owned || unseen);
			use->bound = use->bound || use->owned;
			continue;
		}
		if (use->bound || !(use->owned || unseen))
			continue;
		asking = asking && clock_us() < until_us;
		const int answer = asking ? bound_ask(&inquiry, port) : -1;
		if (answer < 0)
			ports->not_asked++;
		use->bound = answer > 0;
		ports->bind_inferred = ports->bind_inferred || answer < 0 || (unseen && answer > 0);
		use->overlaps = use->overlaps || (answer > 0 && !use->owned);
	}
	bound_close(&inquiry);
}

static enum ports_state state_of(const struct port_use *use)
{
	return use->reserved    ? PORTS_RESERVED
	       : use->bound     ? PORTS_BOUND
	       : use->connected ? PORTS_CONNECTED
	       : !use->waits    ? PORTS_FREE
	       : use->reusable  ? PORTS_REUSABLE
				: PORTS_TIME_WAIT;
}

/* ---- counting ---- */

static bool is_usable(const struct port_use *use)
{
	const enum ports_state state = state_of(use);

	return state == PORTS_FREE || state == PORTS_REUSABLE;
}

static bool is_left_to_bind(const struct port_use *use)
{
	return !use->reserved && !use->overlaps;
}

static void count_port(struct ports *ports, const struct port_use *use, bool in_range)
{
	const enum ports_state state = state_of(use);
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
	    state == PORTS_BOUND && use->held && !use->listens && is_free_else(use);
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
		const enum ports_state state = state_of(use);
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
		const enum ports_state state = state_of(use);
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
	unsigned char reserved[ALL / 8];
	const struct tw_reuse tw_reuse = read_reuse(ports);

	ports->reuse_inferred = !stays_here(ports);
	tunable_reserved_ports(reserved);
	for (unsigned port = 0; port < ALL; port++)
		uses[port].reserved = reserved[port / 8] >> port % 8 & 1;
	for (size_t i = 0; i < ports->holders.count; i++)
		note_holder(ports, uses, i, tw_reuse);
	ask_of_all(ports, uses, since_us + ASKING_US);
	for (unsigned port = ports->widest; port < ALL; port++)
		count_port(ports, &uses[port], port >= ports->low && port <= ports->high);
	judge_figures(ports, uses);
	return count_owners(ports, uses, since_us + SEARCH_US);
}

/* A range neither begins with a privileged port nor is it advised to lose any. */
static unsigned widest_low(unsigned low)
{
	const long first = tunable_number("net.ipv4.ip_unprivileged_port_start", PORTS_LOWEST);
	const unsigned from = first > PORTS_LOWEST && first < ALL ? (unsigned)first : PORTS_LOWEST;

	return low < from ? low : from;
}

int ports_read(struct ports *ports, const struct route *route, const char **call)
{
	*ports = (struct ports){.source = route->source, .destination = route->destination};
	*call = "net.ipv4.ip_local_port_range";
	errno = ENOTSUP;
	if (!tunable_port_range(&ports->low, &ports->high) || ports->high < ports->low ||
	    ports->high >= ALL)
		return -1;
	ports->widest = widest_low(ports->low);
	*call = "sock_diag";
	const int64_t since_us = clock_us();
	if (holders_read(&ports->holders, HOLDERS_TCP, 0) < 0)
		return -1;
	struct port_use *uses = calloc(ALL, sizeof *uses);
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
