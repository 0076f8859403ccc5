#include <errno.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sim_calls.h"

enum {
	PERIOD = 65521,
	ONE_READ = 65536,
	OWN = ONE_READ + 131072, /* of the heap: what a read goes into, tables of descriptors */
};

struct sim sim;
static char stream[PERIOD + ONE_READ]; /* what peers send, each from a place of its own */

unsigned sim_draw(void)
{
	return sim_over() ? 0 : sim.schedule[sim.at++];
}

bool sim_over(void)
{
	return sim.fair || sim.at >= sim.len;
}

/* No short pattern in it: bytes from another place are other bytes. */
static void make_stream(void)
{
	uint32_t random = 1;

	for (size_t i = 0; i < PERIOD; i++) {
		random = random * 1664525 + 1013904223;
		stream[i] = (char)(random >> 24);
	}
	for (size_t i = PERIOD; i < sizeof stream; i++)
		stream[i] = stream[i - PERIOD];
}

void sim_begin(const uint8_t *schedule, size_t len)
{
	if (!stream[1])
		make_stream();
	sim = (struct sim){.schedule = schedule, .len = len, .now_us = 1000000};
	sim.failing_allocation = sim_draw();
	sim.waiting = 1 + sim_draw() % (2 * SIM_PEERS);
	sim.listening = true;
	sim.on = true;
}

void sim_end(bool took_listener)
{
	sim.on = false;
	HOLD(sim.listening != took_listener, "the listener was%s closed",
	    took_listener ? " not" : "");
	HOLD(!sim.epoll_open, "epoll was left open");
	for (int i = 0; i < SIM_PEERS; i++)
		HOLD(!sim.peers[i].open, "peer %d was left open", i);
	for (int i = 0; i < SIM_BLOCKS; i++)
		HOLD(!sim.blocks[i].at, "%zu bytes were left", sim.blocks[i].size);
}

void sim_clear_up(void)
{
	sim.fair = true;
	sim.failing_allocation = 0;
}

void sim_stopping(void)
{
	sim.stopping = true;
	sim.waiting = 0;
}

void sim_freeing(void)
{
	sim.freeing = true;
}

unsigned sim_waiting(void)
{
	return sim.waiting;
}

struct sim_peer *sim_peer(int fd)
{
	struct sim_peer *peer = &sim.peers[fd - SIM_PEERS_FROM];

	HOLD(fd >= SIM_PEERS_FROM && fd < SIM_PEERS_FROM + SIM_PEERS, "descriptor %d", fd);
	HOLD(peer->open, "descriptor %d is closed", fd);
	return peer;
}

/* How much of `len` goes through: all, or as drawn. */
static size_t part(size_t len, unsigned drawn)
{
	const size_t some = drawn < 128 ? drawn : drawn < 192 ? (size_t)(drawn - 127) * 997 : len;

	return sim.fair || some > len ? len : some ? some : 1;
}

/* -1 and true where the call fails this time. */
static bool fails(unsigned drawn, struct sim_peer *peer)
{
	static const int errors[] = {EAGAIN, EINTR, ENOBUFS, ENOMEM, ECONNRESET, EPIPE};

	if (peer->gone) {
		errno = ECONNRESET;
		return true;
	}
	if (sim.fair || drawn >= sizeof errors / sizeof *errors)
		return false;
	errno = errors[drawn];
	peer->gone = errno == ECONNRESET || errno == EPIPE;
	return true;
}

int sim_accept(void)
{
	static const int errors[] = {EAGAIN, EINTR, ECONNABORTED, EMFILE, ENOMEM, EPROTO};
	const unsigned drawn = sim_draw();
	int i = 0;

	HOLD(sim.listening, "accept on a closed listener");
	while (i < SIM_PEERS && sim.peers[i].open)
		i++;
	errno = EAGAIN;
	if (sim.waiting == 0)
		return -1;
	errno = EMFILE;
	if (i == SIM_PEERS)
		return -1;
	errno = drawn ? errors[drawn % (sizeof errors / sizeof *errors)] : 0;
	if (!sim.fair && drawn > 0 && drawn < 2 * sizeof errors / sizeof *errors)
		return -1;
	sim.waiting--;
	const unsigned size = sim_draw();
	sim.peers[i] = (struct sim_peer){.open = true,
	    .first = 4001u * (unsigned)++sim.accepted % PERIOD,
	    .left = size < 192 ? size : (size - 191) * 2500};
	return SIM_PEERS_FROM + i;
}

ssize_t sim_recv(int fd, char *bytes, size_t len)
{
	struct sim_peer *peer = sim_peer(fd);
	const unsigned drawn = sim_draw();

	HOLD(peer->echoed == peer->heard || sim.stopping, "read while %llu bytes are owed",
	    (unsigned long long)(peer->heard - peer->echoed));
	if (fails(drawn, peer))
		return -1;
	const size_t n = part(len < peer->left ? len : peer->left, drawn);
	if (peer->left == 0) {
		peer->ended = true;
		return 0;
	}
	memcpy(bytes, stream + (peer->first + peer->told) % PERIOD, n);
	peer->left -= n;
	peer->told += n;
	const size_t counts = sim.stopping && n > peer->due ? peer->due : n;
	peer->due -= sim.stopping ? counts : 0;
	peer->heard += counts;
	return (ssize_t)n;
}

int sim_unread(int fd)
{
	struct sim_peer *peer = sim_peer(fd);
	const unsigned drawn = sim_draw();

	peer->due = drawn < peer->left ? drawn : peer->left;
	return (int)peer->due;
}

ssize_t sim_send(int fd, const char *bytes, size_t len)
{
	struct sim_peer *peer = sim_peer(fd);
	const unsigned drawn = sim_draw();

	HOLD(len > 0 && len <= peer->heard - peer->echoed, "%zu bytes sent, %llu owed", len,
	    (unsigned long long)(peer->heard - peer->echoed));
	HOLD(!memcmp(bytes, stream + (peer->first + peer->echoed) % PERIOD, len),
	    "wrong bytes from %llu on", (unsigned long long)peer->echoed);
	HOLD(!peer->shut, "sent after a FIN");
	if (fails(drawn, peer))
		return -1;
	const size_t n = part(len, drawn);
	peer->echoed += n;
	return (ssize_t)n;
}

void sim_close(int fd)
{
	if (fd == SIM_LISTENER || fd == SIM_EPOLL) {
		bool *open = fd == SIM_EPOLL ? &sim.epoll_open : &sim.listening;
		HOLD(*open, "descriptor %d is closed twice", fd);
		*open = false;
		return;
	}
	struct sim_peer *peer = sim_peer(fd);
	HOLD(peer->echoed == peer->heard || peer->resets || sim.freeing,
	    "ended in order with %llu of %llu bytes back", (unsigned long long)peer->echoed,
	    (unsigned long long)peer->heard);
	peer->open = false;
	sim.watched[fd - SIM_LISTENER] = 0;
}

/* What is true of a descriptor that is watched for `events`, or what the schedule makes of it. */
unsigned sim_ready(int fd, unsigned events)
{
	unsigned is = 0;

	if (fd == SIM_LISTENER) {
		is = sim.waiting > 0 ? SIM_IN : 0;
	} else {
		/* Here bytes or a FIN always wait, and a socket always takes some. */
		const struct sim_peer *peer = sim_peer(fd);
		is = SIM_IN | SIM_OUT | (peer->gone ? SIM_BAD : 0);
	}
	const unsigned drawn = sim_draw();
	if (!sim_over() && drawn & 1)
		is = drawn >> 1 & (SIM_IN | SIM_OUT | SIM_BAD); /* a lie, or an error */
	else if (!sim_over() && drawn & 2)
		is = 0; /* later */
	return is & (events | SIM_BAD);
}

/* A wait in which nothing happened. */
void sim_pass(int wait_ms)
{
	sim.now_us += wait_ms < 0 ? 1000000 : (int64_t)wait_ms * 1000;
}

bool sim_allocation_fails(void)
{
	if (!sim.on || !sim.failing_allocation || ++sim.allocations != sim.failing_allocation)
		return false;
	errno = ENOMEM;
	return true;
}

void sim_give_back(const void *at)
{
	for (int i = 0; at && i < SIM_BLOCKS; i++)
		if (sim.blocks[i].at == at)
			sim.blocks[i] = (struct sim_block){0};
}

void sim_hold(void *old, void *at, size_t size)
{
	size_t held = size, most = OWN;
	int free_place = SIM_BLOCKS;

	sim_give_back(old);
	for (int i = 0; i < SIM_BLOCKS; i++) {
		held += sim.blocks[i].size;
		if (!sim.blocks[i].at)
			free_place = i;
	}
	HOLD(free_place < SIM_BLOCKS, "more than %d blocks", SIM_BLOCKS);
	sim.blocks[free_place] = (struct sim_block){.at = at, .size = size};
	/* One that owes has what was read at once, until all of that is paid. */
	for (int i = 0; i < SIM_PEERS; i++)
		if (sim.peers[i].open && sim.peers[i].heard > sim.peers[i].echoed)
			most += ONE_READ;
	HOLD(held <= most, "%zu bytes of the heap, at most %zu are needed", held, most);
}
