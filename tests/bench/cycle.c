/* Whole lives of connections: connect, message, half-close, read the echo to its end, close. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dial.h"
#include "load.h"

enum { EVENTS = 64 };

struct life {
	int fd;
	size_t got;
	struct message sent;
	char answer[sizeof(struct message) + 1]; /* one more, to notice what is too much */
};

struct cycle {
	const struct sockaddr_in *server;
	int epoll;
	struct life *lives; /* at a time */
	size_t count;
	uint64_t born; /* in all */
};

static void bear(struct cycle *cycle, struct life *life)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = life};

	life->fd = dial_open(cycle->server, cycle->born);
	life->got = 0;
	message_fill(&life->sent, cycle->born++);
	dial_send(life->fd, &life->sent);
	if (shutdown(life->fd, SHUT_WR) < 0)
		fail("shutdown");
	if (epoll_ctl(cycle->epoll, EPOLL_CTL_ADD, life->fd, &event) < 0)
		fail("epoll_ctl");
}

/* Reads what there is; true once this life has ended as it should. */
static bool hear(struct life *life)
{
	ssize_t n;

	do {
		const size_t room = sizeof life->answer - life->got;
		n = recv(life->fd, life->answer + life->got, room, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0)
			fail("recv");
		life->got += (size_t)n;
	} while (n > 0 && life->got < sizeof life->answer);

	errno = 0;
	if (life->got != sizeof life->sent || memcmp(life->answer, &life->sent, life->got) != 0)
		fail("the echo differs from what was sent");
	close(life->fd);
	return true;
}

static void *begin(const struct load *load, const struct target *target)
{
	struct cycle *cycle = malloc(sizeof *cycle);
	if (!cycle)
		fail("malloc");
	*cycle = (struct cycle){
	    .server = &target->server,
	    .epoll = epoll_create1(EPOLL_CLOEXEC),
	    .lives = calloc(load->count, sizeof *cycle->lives),
	    .count = load->count,
	};
	if (cycle->epoll < 0 || !cycle->lives)
		fail("cycle");
	return cycle;
}

static uint64_t slice(void *state, int64_t until_us)
{
	struct cycle *cycle = state;
	struct epoll_event events[EVENTS];
	const uint64_t before = cycle->born;
	size_t alive = cycle->count;

	for (size_t i = 0; i < cycle->count; i++)
		bear(cycle, &cycle->lives[i]);
	while (alive > 0) {
		const bool again = clock_us() < until_us;
		errno = 0;
		const int n = epoll_wait(cycle->epoll, events, EVENTS, DIAL_PATIENCE_S * 1000);
		if (n <= 0)
			fail("no echo");
		for (int i = 0; i < n; i++) {
			if (!hear(events[i].data.ptr))
				continue;
			if (again)
				bear(cycle, events[i].data.ptr);
			else
				alive--;
		}
	}
	return cycle->born - before;
}

static double end(void *state)
{
	struct cycle *cycle = state;

	close(cycle->epoll);
	free(cycle->lives);
	free(cycle);
	return 1;
}

const struct work work_cycle = {.begin = begin, .slice = slice, .end = end, .unit = 1};
