/* The rule is the kernel's: __inet_hash_connect (inet_hashtables.c), tcp_twsk_unique (tcp_ipv4.c). */

#include "clock.h"
#include "cmd/limits/ports_use.h"
#include "os/tunable.h"
#include "tcp/bound.h"
#include "tcp/facts.h"
#include "tcp/rule.h"

enum {
	TIME_WAIT_MS = 60000,  /* TCP_TIMEWAIT_LEN */
	REUSE_DELAY_MS = 1000, /* where there is no net.ipv4.tcp_tw_reuse_delay */
};

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

	return rule_overlap(facts_here(), &owner, &newcomer);
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

bool ports_use_is_free_else(const struct port_use *use)
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

	for (unsigned port = 1; port < PORTS_ALL; port++) {
		struct port_use *use = &uses[port];
		if (port < ports->low || port > ports->high) {
			ports->not_asked_beyond +=
			    port >= ports->widest && !use->bound && (use->owned || unseen);
			use->bound = use->owned;
			continue;
		}
		if (use->reserved) {
			ports->not_asked_reserved +=
			    !use->bound && ports_use_is_free_else(use) && (use->owned || unseen);
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

enum ports_state ports_use_state(const struct port_use *use)
{
	return use->reserved    ? PORTS_RESERVED
	       : use->bound     ? PORTS_BOUND
	       : use->connected ? PORTS_CONNECTED
	       : !use->waits    ? PORTS_FREE
	       : use->reusable  ? PORTS_REUSABLE
				: PORTS_TIME_WAIT;
}

void ports_use_read(struct ports *ports, struct port_use uses[PORTS_ALL], int64_t until_us)
{
	unsigned char reserved[PORTS_ALL / 8];
	const struct tw_reuse tw_reuse = read_reuse(ports);

	ports->reuse_inferred = !stays_here(ports);
	tunable_reserved_ports(reserved);
	for (unsigned port = 0; port < PORTS_ALL; port++)
		uses[port].reserved = reserved[port / 8] >> port % 8 & 1;
	for (size_t i = 0; i < ports->holders.count; i++)
		note_holder(ports, uses, i, tw_reuse);
	ask_of_all(ports, uses, until_us);
}
