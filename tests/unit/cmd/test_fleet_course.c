/* ctest: wrap=crowd_new wrap=crowd_open wrap=crowd_beat wrap=crowd_close wrap=mmap wrap=calloc wrap=pipe wrap=crew_open wrap=crew_fork wrap=memory_of wrap=clock_us */
/* cmd/limits/fleet: what falls to each process, how far all of them are, and what is left where one cannot be started. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/limits/fleet.h"
#include "os/memory.h"
#include "tests/lib/open.h"
#include "tests/lib/test.h"

enum { NEVER = -1, PROCESSES = 3, BEGUN = 1000, ENDED = 100000 };

/* How it goes. */
static struct {
	int open_fails, beat_fails, none; /* the process in which; NEVER */
	int mmap_error, calloc_error, crew_error;
	int pipes, forks; /* so many can be had; NEVER: all */
} course;

static int64_t now_us;
static int forked;
static pid_t starter; /* the first process */
static int64_t memory_own, memory_each;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
struct crowd *__wrap_crowd_new(const struct crowd_plan *plan);
int __wrap_crowd_open(struct crowd *crowd, unsigned upto);
int __wrap_crowd_beat(struct crowd *crowd);
void __wrap_crowd_close(struct crowd *crowd);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t from);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t from);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __real_pipe(int ends[2]);
int __wrap_pipe(int ends[2]);
int __real_crew_open(struct crew *crew);
int __wrap_crew_open(struct crew *crew);
int __real_crew_fork(struct crew *crew, struct member *member);
int __wrap_crew_fork(struct crew *crew, struct member *member);
int64_t __wrap_memory_of(pid_t pid);
int64_t __wrap_clock_us(void);

static const struct crowd_plan *crowd_plan; /* in each process its own */

static int crowd_number(void)
{
	return (int)(crowd_plan->tally - (struct crowd_tally *)(crowd_plan->board + 1));
}

/* In `closed` stands what it was begun with, and that it was ended. */
struct crowd *__wrap_crowd_new(const struct crowd_plan *plan)
{
	static int64_t crowd;

	crowd_plan = plan;
	if (crowd_number() == course.none)
		return NULL;
	atomic_fetch_add(&plan->tally->closed, BEGUN + plan->room);
	return (struct crowd *)&crowd;
}

int __wrap_crowd_open(struct crowd *crowd, unsigned upto)
{
	(void)crowd;
	atomic_store(&crowd_plan->tally->opened, upto);
	return crowd_number() == course.open_fails ? -1 : 0;
}

int __wrap_crowd_beat(struct crowd *crowd)
{
	(void)crowd;
	atomic_fetch_add(&crowd_plan->tally->echoed, 1);
	return crowd_number() == course.beat_fails ? -1 : 0;
}

void __wrap_crowd_close(struct crowd *crowd)
{
	(void)crowd;
	atomic_fetch_add(&crowd_plan->tally->closed, ENDED);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t from)
{
	if (!course.mmap_error)
		return __real_mmap(at, size, protection, flags, fd, from);
	errno = course.mmap_error;
	return MAP_FAILED;
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (!course.calloc_error)
		return __real_calloc(count, size);
	errno = course.calloc_error;
	return NULL;
}

int __wrap_pipe(int ends[2])
{
	if (course.pipes == 0) {
		errno = EMFILE;
		return -1;
	}
	course.pipes -= course.pipes > 0;
	return __real_pipe(ends);
}

int __wrap_crew_open(struct crew *crew)
{
	if (!course.crew_error)
		return __real_crew_open(crew);
	errno = course.crew_error;
	return -1;
}

int __wrap_crew_fork(struct crew *crew, struct member *member)
{
	if (course.forks == 0) {
		member->pid = -1;
		member->refused = "fork it";
		errno = EAGAIN;
		return -1;
	}
	course.forks -= course.forks > 0;
	forked++;
	return __real_crew_fork(crew, member);
}

int64_t __wrap_memory_of(pid_t pid)
{
	return pid == starter ? memory_own : memory_each;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct fleet_plan plan;
static struct fleet fleet;
static int before;

/* Three processes for ten connections, two of them open seven at first. */
static void begin(void)
{
	static const struct fleet_stage stages[] = {
	    {FLEET_OPEN, 7}, {FLEET_BEAT, 0}, {FLEET_OPEN, 10}, {FLEET_CLOSE, 0}};

	memset(&course, 0, sizeof course);
	course.open_fails = course.beat_fails = course.none = NEVER;
	course.pipes = course.forks = NEVER;
	plan = (struct fleet_plan){
	    .device = "", .connections = 10, .stages = stages, .stage_count = 4};
	plan.descriptors = fleet_least(&plan) + 6; /* four in each */
	now_us = 1000;
	forked = 0;
	starter = getpid();
	before = open_count(0, 200);
}

static void nothing_is_left(void)
{
	CHECK(
	    open_count(0, 200) == before, "%d descriptors, %d before", open_count(0, 200), before);
	errno = 0;
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a process is left");
	CHECK(!fleet.board && !fleet.members && fleet.processes == 0, "it is not undone");
}

static void start(void)
{
	const char *call = "";

	CHECK(fleet_start(&fleet, &plan, &call) == 0, "%s: errno %d", call, errno);
	CHECK(fleet.processes == PROCESSES && forked == PROCESSES, "%llu processes, %d forked",
	    (unsigned long long)fleet.processes, forked);
	for (int i = 0; i < 4; i++)
		for (int end = 0; end < 2; end++) {
			const int fd = fleet.gates[i][end];
			CHECK(
			    (fcntl(fd, F_GETFD) & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_NONBLOCK),
			    "gate %d", i);
		}
	for (int i = 0; i < PROCESSES; i++)
		CHECK(fleet.members[i].report == -1, "a report of %d is open", i);
	CHECK(fleet.gates[4][0] == -1 && fleet.gates[FLEET_STAGES - 1][1] == -1, "more gates");
}

/* Waits until that stage is behind all that come so far. */
static enum fleet_state passes(int stage)
{
	enum fleet_state state;
	int turns = 0;

	while ((state = fleet_turn(&fleet, stage, -1)) == FLEET_BUSY && turns++ < 300)
		now_us += 10000;
	return state;
}

/* Whether a process rings within ten seconds. */
static bool is_rung(void)
{
	struct pollfd bell = {.fd = fleet.bell[0], .events = POLLIN};

	return poll(&bell, 1, 10000) == 1;
}

static void hear(int number)
{
	(void)number;
}

static void check_tallies(int line, const unsigned opened[], unsigned echoed, unsigned ended)
{
	static const unsigned room[] = {4, 3, 3};

	for (int i = 0; i < PROCESSES; i++) {
		const struct crowd_tally *tally = &fleet.tallies[i];
		const unsigned closed = BEGUN + room[i] + ended;
		CHECK(tally->opened == opened[i] && tally->echoed == echoed &&
			  tally->closed == closed,
		    "line %d: process %d: %u opened, %u echoed, %u", line, i, tally->opened,
		    tally->echoed, tally->closed);
	}
}

static void each_process_gets_its_share_of_each_stage(void)
{
	struct fleet_count count;

	begin();
	signal(SIGUSR1, hear);
	start();
	CHECK(fleet_turn(&fleet, 0, -1) == FLEET_BUSY, "a stage is passed that nobody began");
	for (int i = 0; i < PROCESSES; i++)
		kill(fleet.members[i].pid, SIGUSR1); /* it waits on all the same */
	fleet_begin(&fleet, 0);
	CHECK(is_rung(), "nobody tells that it has passed");
	CHECK(passes(0) == FLEET_DONE, "not opened");
	check_tallies(__LINE__, (const unsigned[]){3, 2, 2}, 0, 0);
	CHECK(fleet_turn(&fleet, 1, -1) == FLEET_BUSY, "two stages are passed at once");
	fleet_begin(&fleet, 1);
	CHECK(passes(1) == FLEET_DONE, "no beat");
	check_tallies(__LINE__, (const unsigned[]){3, 2, 2}, 1, 0);
	fleet_begin(&fleet, 2);
	CHECK(passes(2) == FLEET_DONE, "not all opened");
	check_tallies(__LINE__, (const unsigned[]){4, 3, 3}, 1, 0);
	fleet_begin(&fleet, 3);
	CHECK(passes(3) == FLEET_DONE, "not closed");
	check_tallies(__LINE__, (const unsigned[]){4, 3, 3}, 1, ENDED);
	fleet_count(&fleet, &count);
	CHECK(count.opened == 10 && count.echoed == 3 && count.closed == 3 * (BEGUN + ENDED) + 10,
	    "%llu, %llu, %llu", (unsigned long long)count.opened, (unsigned long long)count.echoed,
	    (unsigned long long)count.closed);
	fleet_end(&fleet);
	nothing_is_left();
}

/* Whoever waits for a stage is told to stop, and closes first. */
static void all_end_wherever_they_are(void)
{
	begin();
	start();
	CHECK(fleet_turn(&fleet, 0, -1) == FLEET_BUSY, "not begun");
	fleet_end(&fleet);
	nothing_is_left();
	begin();
	start();
	fleet_begin(&fleet, 0);
	CHECK(passes(0) == FLEET_DONE, "not opened");
	fleet_end(&fleet);
	nothing_is_left();
}

/* It is looked for every half second, and nobody is missed who has come so far. */
static void who_ends_too_early_breaks_it(void)
{
	for (int way = 0; way < 3; way++) {
		begin();
		(way == 0      ? &course.none
		    : way == 1 ? &course.open_fails
			       : &course.beat_fails)[0] = 1;
		start();
		fleet_begin(&fleet, 0);
		const int stage = way == 2;
		if (stage == 1) {
			CHECK(passes(0) == FLEET_DONE, "not opened");
			fleet_begin(&fleet, 1);
		}
		while (kill(fleet.members[1].pid, 0) == 0) { /* until its end can be collected */
			siginfo_t ended = {0};
			if (waitid(P_PID, (id_t)fleet.members[1].pid, &ended, WEXITED | WNOWAIT) ==
			    0)
				break;
		}
		CHECK((fleet.tallies[1].closed >= ENDED) == (way > 0), "it is left open: %u",
		    fleet.tallies[1].closed);
		now_us = fleet.looked_us + 499999;
		CHECK(fleet_turn(&fleet, stage, -1) == FLEET_BUSY, "way %d: too early", way);
		now_us++;
		CHECK(fleet_turn(&fleet, stage, -1) == FLEET_BROKEN, "way %d: not seen", way);
		CHECK(fleet.looked_us == now_us, "looked at %lld", (long long)fleet.looked_us);
		CHECK(fleet.members[1].pid == 0 && fleet.members[0].pid > 0 &&
			  fleet.members[2].pid > 0,
		    "others are gone");
		CHECK(fleet_turn(&fleet, stage, -1) == FLEET_BUSY, "way %d: at once again", way);
		now_us += 500000;
		CHECK(fleet_turn(&fleet, stage, -1) == FLEET_BROKEN, "way %d: forgotten", way);
		fleet_end(&fleet);
		nothing_is_left();
	}
}

static void faults_are_told_from_the_first_process_on_until_they_are_forgiven(void)
{
	begin();
	start();
	CHECK(!fleet_fault(&fleet), "a fault");
	atomic_store(&fleet.tallies[2].failed, true);
	CHECK(fleet_fault(&fleet) == &fleet.tallies[2], "not the last");
	atomic_store(&fleet.tallies[0].failed, true);
	CHECK(fleet_fault(&fleet) == &fleet.tallies[0], "not the first");
	fleet_forgive(&fleet);
	CHECK(!fleet_fault(&fleet), "not forgiven");
	memory_own = 7;
	memory_each = 100;
	CHECK(fleet_memory(&fleet) == 307, "%lld", (long long)fleet_memory(&fleet));
	memory_each = 0;
	memory_own = 0;
	CHECK(fleet_memory(&fleet) == 0, "%lld", (long long)fleet_memory(&fleet));
	memory_each = -1;
	CHECK(fleet_memory(&fleet) == -1, "%lld", (long long)fleet_memory(&fleet));
	memory_each = 5;
	memory_own = -1;
	CHECK(fleet_memory(&fleet) == -1, "%lld", (long long)fleet_memory(&fleet));
	fleet_end(&fleet);
	nothing_is_left();
}

static void cannot_start(const char *want, int error, int forks)
{
	const char *call = "";

	CHECK(fleet_start(&fleet, &plan, &call) == -1, "%s: started", want);
	CHECK(errno == error, "%s: errno %d", want, errno);
	CHECK_TEXT(call, want);
	CHECK(forked == forks, "%s: %d forked", want, forked);
	nothing_is_left();
}

static void what_cannot_be_started_leaves_nothing(void)
{
	begin();
	course.mmap_error = ENOMEM;
	cannot_start("mmap", ENOMEM, 0);
	begin();
	course.calloc_error = ENOMEM;
	cannot_start("malloc", ENOMEM, 0);
	for (int pipes = 0; pipes < 6; pipes++) {
		begin();
		course.pipes = pipes;
		cannot_start("pipe", EMFILE, 0);
	}
	begin();
	course.crew_error = ENFILE;
	cannot_start("pipe", ENFILE, 0);
	for (int forks = 0; forks < PROCESSES; forks++) {
		begin();
		course.forks = forks;
		cannot_start("fork it", EAGAIN, forks);
	}
}

int main(void)
{
	TEST(each_process_gets_its_share_of_each_stage);
	TEST(all_end_wherever_they_are);
	TEST(who_ends_too_early_breaks_it);
	TEST(faults_are_told_from_the_first_process_on_until_they_are_forgiven);
	TEST(what_cannot_be_started_leaves_nothing);
	return test_failures != 0;
}
