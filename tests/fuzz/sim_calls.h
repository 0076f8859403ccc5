/* The simulated kernel inside: shared by what it is (sim.c) and how it is called (sim_calls.c). */
#ifndef REUSE_FUZZ_SIM_CALLS_H
#define REUSE_FUZZ_SIM_CALLS_H

#include <sys/types.h>

#include "tests/fuzz/sim.h"

enum { SIM_IN = 1, SIM_OUT = 2, SIM_BAD = 4, SIM_BLOCKS = 64 };

/* One connection, as its other end sees it. */
struct sim_peer {
	bool open;
	bool gone;       /* it was reset, or its host is gone: every call fails */
	bool ended;      /* its FIN was read */
	bool resets;     /* SO_LINGER with 0: closing resets it */
	bool shut;       /* the server's FIN was sent */
	unsigned first;  /* where in the stream it begins */
	size_t left;     /* bytes that it will still send; then its FIN */
	size_t due;      /* of these what FIONREAD told last: at the end it is to be echoed still */
	uint64_t told;   /* bytes that were read from it in all, */
	uint64_t heard;  /* of these to be echoed, */
	uint64_t echoed; /* and echoed */
};

extern struct sim {
	bool on, fair, stopping, freeing;
	const uint8_t *schedule;
	size_t at, len;
	int64_t now_us;
	unsigned failing_allocation, allocations;
	bool listening, epoll_open;
	unsigned waiting, accepted;
	struct sim_peer peers[SIM_PEERS];
	unsigned watched[SIM_PEERS + 2]; /* by epoll: events, by descriptor from SIM_LISTENER on */
	struct sim_block {
		void *at; /* NULL: none */
		size_t size;
	} blocks[SIM_BLOCKS]; /* of the heap */
} sim;

struct sim_peer *sim_peer(int fd);
int sim_accept(void);
ssize_t sim_recv(int fd, char *bytes, size_t len);
int sim_unread(int fd);
ssize_t sim_send(int fd, const char *bytes, size_t len);
void sim_close(int fd);
unsigned sim_ready(int fd, unsigned events);
void sim_pass(int wait_ms);
bool sim_allocation_fails(void);

/* The server got that block of the heap, in the place of `old` (NULL: of none); or gives it back, where it
 * is its own. */
void sim_hold(void *old, void *at, size_t size);
void sim_give_back(const void *at);

#endif
