#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/limits/fleet.h"
#include "os/memory.h"

enum {
	SPARE = 44, /* descriptors for all else: standard ones, gates, pipes, listeners */
	LOOK_US = 500000,
	TURN_MS = 100,
};

uint64_t fleet_least(const struct fleet_plan *plan)
{
	return SPARE + 2 * (uint64_t)plan->stage_count + 2;
}

/* How many connections a process can have. */
static uint64_t capacity(const struct fleet_plan *plan)
{
	const uint64_t least = fleet_least(plan);
	const uint64_t most = 1u << 23; /* numbers within 127.0.0.0/8 */

	if (plan->descriptors < least)
		return 0;
	const uint64_t each = (plan->descriptors - least) / 2 + 1;
	return each < most ? each : most;
}

uint64_t fleet_processes(const struct fleet_plan *plan)
{
	const uint64_t each = capacity(plan);

	return each ? (plan->connections + each - 1) / each : 0;
}

/* What falls to process `i` of `total`: even shares, their sum is total. */
static unsigned share(const struct fleet *fleet, uint64_t i, uint64_t total)
{
	const uint64_t rest = total % fleet->processes;

	return (unsigned)(total / fleet->processes + (i < rest));
}

static size_t shared_size(uint64_t processes)
{
	return sizeof(struct crowd_board) + processes * sizeof(struct crowd_tally);
}

/* In a process: whether stage `i` may begin; false: the end. */
static bool gate_opens(const struct fleet *fleet, int i)
{
	struct pollfd fds[2] = {{.fd = fleet->crew.stop, .events = POLLIN},
	    {.fd = fleet->gates[i][0], .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return !fds[0].revents;
}

static void ring(const struct fleet *fleet)
{
	/* Where the pipe is full there is enough to hear already. */
	if (write(fleet->bell[1], "", 1) < 0)
		return;
}

/* What process `number` does, from its first stage to the last. */
static void pass_stages(const struct fleet *fleet, uint64_t number)
{
	struct crowd_tally *tally = &fleet->tallies[number];
	const struct crowd_plan plan = {.source = fleet->plan.source,
	    .by_port = fleet->plan.by_port,
	    .device = fleet->plan.device,
	    .room = share(fleet, number, fleet->plan.connections),
	    .stop = fleet->crew.stop,
	    .board = fleet->board,
	    .tally = tally};
	struct crowd *crowd = crowd_new(&plan);
	int result = 0;

	for (int i = 0; crowd && result == 0 && i < fleet->plan.stage_count && gate_opens(fleet, i);
	     i++) {
		const struct fleet_stage *stage = &fleet->plan.stages[i];
		switch (stage->what) {
		case FLEET_OPEN:
			result = crowd_open(crowd, share(fleet, number, stage->upto));
			break;
		case FLEET_BEAT:
			result = crowd_beat(crowd);
			break;
		case FLEET_CLOSE:
			crowd_close(crowd);
			crowd = NULL; /* the last stage */
			break;
		}
		if (result == 0) {
			atomic_store(&tally->passed, i + 1);
			ring(fleet);
		}
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

static int fork_process(struct fleet *fleet, uint64_t number, const char **call)
{
	struct member *member = &fleet->members[number];
	const int forked = crew_fork(&fleet->crew, member);

	if (forked < 0) {
		*call = member->refused;
		member->pid = 0;
		return -1;
	}
	crew_mute(member);
	if (forked == 0)
		return 0;
	pass_stages(fleet, number);
	_exit(0);
}

static int open_gate(int ends[2])
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

/* All that fleet_end undoes. */
static int start(struct fleet *fleet, const char **call)
{
	*call = "mmap";
	void *shared = mmap(NULL, shared_size(fleet->processes), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	fleet->board = shared;
	fleet->tallies = (struct crowd_tally *)(fleet->board + 1);
	*call = "malloc";
	fleet->members = calloc(fleet->processes, sizeof *fleet->members);
	if (!fleet->members)
		return -1;
	*call = "pipe";
	if (open_gate(fleet->bell) < 0)
		return -1;
	for (int i = 0; i < fleet->plan.stage_count; i++)
		if (open_gate(fleet->gates[i]) < 0)
			return -1;
	if (crew_open(&fleet->crew) < 0)
		return -1;
	for (uint64_t i = 0; i < fleet->processes; i++)
		if (fork_process(fleet, i, call) < 0)
			return -1;
	return 0;
}

int fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call)
{
	*fleet = (struct fleet){.plan = *plan,
	    .processes = fleet_processes(plan),
	    .crew = {-1, -1},
	    .bell = {-1, -1},
	    .looked_us = clock_us()};
	for (int i = 0; i < FLEET_STAGES; i++)
		fleet->gates[i][0] = fleet->gates[i][1] = -1;
	if (start(fleet, call) == 0)
		return 0;
	const int error = errno;
	fleet_end(fleet);
	errno = error;
	return -1;
}

void fleet_begin(const struct fleet *fleet, int stage)
{
	/* One byte that nobody reads: the pipe stays readable for all. */
	if (write(fleet->gates[stage][1], "", 1) < 0)
		return;
}

static bool all_passed(const struct fleet *fleet, int stage)
{
	for (uint64_t i = 0; i < fleet->processes; i++)
		if (atomic_load(&fleet->tallies[i].passed) <= stage)
			return false;
	return true;
}

/* Whether a process has ended although its work is not done. Those whose work is done are not collected yet: after
 * a close of thousands that takes tens of milliseconds each. */
static bool one_is_gone(struct fleet *fleet, int stage)
{
	bool gone = false;
	int status;

	for (uint64_t i = 0; i < fleet->processes; i++) {
		struct member *member = &fleet->members[i];
		if (atomic_load(&fleet->tallies[i].passed) > stage)
			continue;
		if (member->pid > 0 && crew_gone(member, &status))
			member->pid = 0;
		if (member->pid == 0)
			gone = gone || atomic_load(&fleet->tallies[i].passed) <= stage;
	}
	return gone;
}

enum fleet_state fleet_turn(struct fleet *fleet, int stage, int stop)
{
	struct pollfd fds[2] = {
	    {.fd = stop, .events = POLLIN}, {.fd = fleet->bell[0], .events = POLLIN}};
	char heard[4096];

	if (all_passed(fleet, stage))
		return FLEET_DONE;
	poll(fds, 2, TURN_MS);
	while (read(fleet->bell[0], heard, sizeof heard) > 0)
		;
	if (all_passed(fleet, stage))
		return FLEET_DONE;
	if (clock_us() - fleet->looked_us < LOOK_US)
		return FLEET_BUSY;
	fleet->looked_us = clock_us();
	return one_is_gone(fleet, stage) && !all_passed(fleet, stage) ? FLEET_BROKEN : FLEET_BUSY;
}

void fleet_count(const struct fleet *fleet, struct fleet_count *count)
{
	*count = (struct fleet_count){0};
	for (uint64_t i = 0; i < fleet->processes; i++) {
		count->opened += atomic_load(&fleet->tallies[i].opened);
		count->echoed += atomic_load(&fleet->tallies[i].echoed);
		count->closed += atomic_load(&fleet->tallies[i].closed);
	}
}

const struct crowd_tally *fleet_fault(const struct fleet *fleet)
{
	for (uint64_t i = 0; i < fleet->processes; i++)
		if (atomic_load(&fleet->tallies[i].failed))
			return &fleet->tallies[i];
	return NULL;
}

void fleet_forgive(struct fleet *fleet)
{
	for (uint64_t i = 0; i < fleet->processes; i++)
		atomic_store(&fleet->tallies[i].failed, false);
}

int64_t fleet_memory(const struct fleet *fleet)
{
	int64_t sum = memory_of(getpid());

	for (uint64_t i = 0; i < fleet->processes && sum >= 0; i++) {
		const int64_t one = memory_of(fleet->members[i].pid);
		sum = one < 0 ? -1 : sum + one;
	}
	return sum;
}

void fleet_end(struct fleet *fleet)
{
	if (fleet->crew.order >= 0)
		crew_stop(&fleet->crew);
	for (uint64_t i = 0; fleet->members && i < fleet->processes; i++)
		if (fleet->members[i].pid > 0)
			crew_reap(&fleet->members[i]);
	if (fleet->crew.stop >= 0)
		crew_close(&fleet->crew);
	for (int i = 0; i < FLEET_STAGES; i++)
		close_both(fleet->gates[i]);
	close_both(fleet->bell);
	free(fleet->members);
	if (fleet->board)
		munmap(fleet->board, shared_size(fleet->processes));
	*fleet = (struct fleet){0};
}
