#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/limits/fleet.h"
#include "os/memory.h"

enum {
	SPARE =
	    40, /* descriptors for all else: standard ones, gates, pipes, the link, the listener */
	LOOK_US = 500000,
};

uint64_t herd_least(const struct herd_plan *plan)
{
	return SPARE + 2 * (uint64_t)plan->stage_count + (plan->by_port ? CROWD_WINDOW : 0) + 1;
}

/* How many connections a process can have an end of. */
static uint64_t capacity(const struct herd_plan *plan)
{
	const uint64_t least = herd_least(plan);
	const uint64_t most = 1u << 23; /* numbers within 127.0.0.0/8 */

	if (plan->descriptors < least)
		return 0;
	return plan->descriptors - least < most ? plan->descriptors - least + 1 : most;
}

uint64_t herd_pairs(const struct herd_plan *plan)
{
	const uint64_t each = capacity(plan);

	return each ? (plan->connections + each - 1) / each : 0;
}

/* What falls to pair `i` of `total`: even shares, their sum is total. */
static unsigned share(const struct herd *herd, uint64_t i, uint64_t total)
{
	const uint64_t rest = total % herd->pairs;

	return (unsigned)(total / herd->pairs + (i < rest));
}

static size_t shared_size(uint64_t pairs)
{
	return sizeof(struct crowd_board) + pairs * sizeof(struct crowd_tally);
}

/* In a dialling process: whether stage `i` may begin; false: the end. */
static bool gate_opens(const struct herd *herd, const struct crowd_plan *plan, int i)
{
	struct pollfd fds[3] = {{.fd = herd->crew.stop, .events = POLLIN},
	    {.fd = plan->link,
		.events = POLLIN}, /* unasked the other end says nothing: it is gone */
	    {.fd = herd->gates[i][0], .events = POLLIN}};

	while (poll(fds, 3, -1) < 0)
		if (errno != EINTR)
			return false;
	return !fds[0].revents && !fds[1].revents;
}

static void ring(const struct herd *herd)
{
	/* Where the pipe is full there is enough to hear already. */
	if (write(herd->bell[1], "", 1) < 0)
		return;
}

static void dial(const struct herd *herd, const struct crowd_plan *plan, uint64_t pair)
{
	struct crowd *crowd = crowd_new(plan);

	for (int i = 0; crowd && i < herd->plan.stage_count && gate_opens(herd, plan, i); i++) {
		const struct herd_stage *stage = &herd->plan.stages[i];
		int result = 0;
		switch (stage->what) {
		case HERD_OPEN:
			result = crowd_open(crowd, share(herd, pair, stage->upto));
			break;
		case HERD_BEAT:
			result = crowd_beat(crowd);
			break;
		case HERD_CLOSE:
			crowd_close(crowd);
			crowd = NULL; /* the last stage */
			break;
		}
		if (result < 0)
			break;
		atomic_store(&plan->tally->passed, i + 1);
		ring(herd);
	}
	if (crowd)
		crowd_close(crowd);
}

static void close_both(int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	ends[0] = ends[1] = -1;
}

/* Both processes of a pair. */
static int fork_pair(struct herd *herd, uint64_t pair, const char **call)
{
	int link[2];

	*call = "socketpair";
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, link) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		struct member *member = &herd->members[2 * pair + (uint64_t)i];
		const int forked = crew_fork(&herd->crew, member);
		if (forked < 0) {
			const int error = errno;
			*call = crew_refused(error);
			member->pid = 0;
			close_both(link);
			errno = error;
			return -1;
		}
		crew_mute(member);
		if (forked == 0)
			continue;
		close(link[1 - i]);
		const struct crowd_plan plan = {.source = herd->plan.source,
		    .by_port = herd->plan.by_port,
		    .device = herd->plan.device,
		    .room = share(herd, pair, herd->plan.connections),
		    .window = herd->plan.window,
		    .stop = herd->crew.stop,
		    .link = link[i],
		    .board = herd->board,
		    .tally = &herd->tallies[pair]};
		if (i == 0)
			crowd_serve(&plan);
		else
			dial(herd, &plan, pair);
		_exit(0);
	}
	close_both(link);
	return 0;
}

static int open_pipe(int ends[2])
{
	if (pipe(ends) < 0) {
		ends[0] = ends[1] = -1;
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

/* All that herd_end undoes. */
static int start(struct herd *herd, const char **call)
{
	*call = "mmap";
	void *shared = mmap(NULL, shared_size(herd->pairs), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	herd->board = shared;
	herd->tallies = (struct crowd_tally *)(herd->board + 1);
	*call = "malloc";
	herd->members = calloc(2 * herd->pairs, sizeof *herd->members);
	if (!herd->members)
		return -1;
	*call = "pipe";
	if (open_pipe(herd->bell) < 0)
		return -1;
	for (int i = 0; i < herd->plan.stage_count; i++)
		if (open_pipe(herd->gates[i]) < 0)
			return -1;
	if (crew_open(&herd->crew) < 0)
		return -1;
	for (uint64_t i = 0; i < herd->pairs; i++)
		if (fork_pair(herd, i, call) < 0)
			return -1;
	return 0;
}

int herd_start(struct herd *herd, const struct herd_plan *plan, const char **call)
{
	*herd = (struct herd){.plan = *plan,
	    .pairs = herd_pairs(plan),
	    .crew = {-1, -1},
	    .bell = {-1, -1},
	    .looked_us = clock_us()};
	for (int i = 0; i < HERD_STAGES; i++)
		herd->gates[i][0] = herd->gates[i][1] = -1;
	if (start(herd, call) == 0)
		return 0;
	const int error = errno;
	herd_end(herd);
	errno = error;
	return -1;
}

void herd_begin(const struct herd *herd, int stage)
{
	/* One byte that nobody reads: the pipe stays readable for all. */
	if (write(herd->gates[stage][1], "", 1) < 0)
		return;
}

static bool all_passed(const struct herd *herd, int stage)
{
	for (uint64_t i = 0; i < herd->pairs; i++)
		if (atomic_load(&herd->tallies[i].passed) <= stage)
			return false;
	return true;
}

/* Whether a process has ended although its work is not done. While they close, a listening one (they
 * stand at even places) may be through before the other. */
static bool one_is_gone(struct herd *herd, int stage)
{
	const bool closing = herd->plan.stages[stage].what == HERD_CLOSE;
	bool gone = false;
	int status;

	for (uint64_t i = 0; i < 2 * herd->pairs; i++) {
		struct member *member = &herd->members[i];
		if (member->pid > 0 && crew_gone(member, &status))
			member->pid = 0;
		if (member->pid == 0 && !(closing && i % 2 == 0))
			gone = gone || atomic_load(&herd->tallies[i / 2].passed) <= stage;
	}
	return gone;
}

enum herd_state herd_turn(struct herd *herd, int stage, int wait_ms, int stop)
{
	struct pollfd fds[2] = {
	    {.fd = stop, .events = POLLIN}, {.fd = herd->bell[0], .events = POLLIN}};
	char heard[4096];

	if (all_passed(herd, stage))
		return HERD_DONE;
	poll(fds, 2, wait_ms);
	while (read(herd->bell[0], heard, sizeof heard) > 0)
		;
	if (all_passed(herd, stage))
		return HERD_DONE;
	if (clock_us() - herd->looked_us < LOOK_US)
		return HERD_BUSY;
	herd->looked_us = clock_us();
	return one_is_gone(herd, stage) && !all_passed(herd, stage) ? HERD_BROKEN : HERD_BUSY;
}

void herd_count(const struct herd *herd, struct herd_count *count)
{
	*count = (struct herd_count){0};
	for (uint64_t i = 0; i < herd->pairs; i++) {
		count->opened += atomic_load(&herd->tallies[i].opened);
		count->echoed += atomic_load(&herd->tallies[i].echoed);
		count->closed += atomic_load(&herd->tallies[i].closed);
	}
}

const struct crowd_tally *herd_fault(const struct herd *herd)
{
	for (uint64_t i = 0; i < herd->pairs; i++)
		if (atomic_load(&herd->tallies[i].failed))
			return &herd->tallies[i];
	return NULL;
}

void herd_forgive(struct herd *herd)
{
	for (uint64_t i = 0; i < herd->pairs; i++) {
		atomic_store(&herd->tallies[i].failed, false);
		atomic_store(&herd->tallies[i].claimed, false);
	}
}

int64_t herd_memory(const struct herd *herd)
{
	int64_t sum = memory_of(getpid());

	for (uint64_t i = 0; i < 2 * herd->pairs && sum >= 0; i++) {
		const int64_t one = memory_of(herd->members[i].pid);
		sum = one < 0 ? -1 : sum + one;
	}
	return sum;
}

void herd_end(struct herd *herd)
{
	if (herd->crew.order >= 0)
		crew_stop(&herd->crew);
	for (uint64_t i = 0; herd->members && i < 2 * herd->pairs; i++)
		if (herd->members[i].pid > 0)
			crew_reap(&herd->members[i]);
	if (herd->crew.stop >= 0)
		crew_close(&herd->crew);
	for (int i = 0; i < HERD_STAGES; i++)
		close_both(herd->gates[i]);
	close_both(herd->bell);
	free(herd->members);
	if (herd->board)
		munmap(herd->board, shared_size(herd->pairs));
	*herd = (struct herd){0};
}
