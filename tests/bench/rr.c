/* Request and response: each connection has one message of 64 bytes under way. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crowd.h"
#include "dial.h"
#include "load.h"

enum { EVENTS = 256 };

struct talk {
	int fd;
	size_t got; /* bytes of the answer so far */
	uint64_t answers;
	struct message sent, answer;
};

struct rr {
	int epoll;
	int *crowd, *idle;
	struct talk *talks; /* one for each of the crowd */
	size_t count, idle_count;
};

static void say(struct talk *talk)
{
	talk->got = 0;
	talk->sent.turn++;
	dial_send(talk->fd, &talk->sent);
}

/* Reads what there is; true when the answer is complete. */
static bool hear(struct talk *talk)
{
	const size_t left = sizeof talk->answer - talk->got;
	errno = 0;
	const ssize_t n = recv(talk->fd, (char *)&talk->answer + talk->got, left, MSG_DONTWAIT);

	if (n <= 0)
		fail("recv");
	talk->got += (size_t)n;
	if (talk->got < sizeof talk->answer)
		return false;
	if (memcmp(&talk->sent, &talk->answer, sizeof talk->answer) != 0)
		fail("the echo differs from what was sent");
	talk->answers++;
	return true;
}

static void *begin(const struct load *load, const struct target *target)
{
	struct rr *rr = malloc(sizeof *rr);
	if (!rr)
		fail("malloc");
	*rr = (struct rr){
	    .epoll = epoll_create1(EPOLL_CLOEXEC),
	    .idle = crowd_open(&target->server, target->idle),
	    .crowd = crowd_open(&target->server, load->count),
	    .talks = calloc(load->count, sizeof *rr->talks),
	    .count = load->count,
	    .idle_count = target->idle,
	};
	if (rr->epoll < 0 || !rr->talks)
		fail("rr");
	for (size_t i = 0; i < rr->count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &rr->talks[i]};
		rr->talks[i].fd = rr->crowd[i];
		message_fill(&rr->talks[i].sent, i);
		if (epoll_ctl(rr->epoll, EPOLL_CTL_ADD, rr->crowd[i], &event) < 0)
			fail("epoll_ctl");
	}
	return rr;
}

static uint64_t slice(void *state, int64_t until_us)
{
	struct rr *rr = state;
	struct epoll_event events[EVENTS];
	uint64_t said = rr->count, heard = 0;

	for (size_t i = 0; i < rr->count; i++)
		say(&rr->talks[i]);
	while (heard < said) {
		const bool again = clock_us() < until_us;
		errno = 0;
		const int n = epoll_wait(rr->epoll, events, EVENTS, DIAL_PATIENCE_S * 1000);
		if (n <= 0)
			fail("no echo");
		for (int i = 0; i < n; i++) {
			struct talk *talk = events[i].data.ptr;
			if (!hear(talk))
				continue;
			heard++;
			if (!again)
				continue;
			say(talk);
			said++;
		}
	}
	return heard;
}

static double end(void *state)
{
	struct rr *rr = state;
	uint64_t least = UINT64_MAX, most = 1;

	for (size_t i = 0; i < rr->count; i++) {
		const uint64_t answers = rr->talks[i].answers;
		least = answers < least ? answers : least;
		most = answers > most ? answers : most;
	}
	crowd_close(rr->crowd, rr->count);
	crowd_close(rr->idle, rr->idle_count);
	close(rr->epoll);
	free(rr->talks);
	free(rr);
	return (double)least / (double)most;
}

const struct work work_rr = {.begin = begin, .slice = slice, .end = end, .unit = 1};
