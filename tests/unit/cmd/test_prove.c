/* ctest: wrap=fleet_start wrap=fleet_begin wrap=fleet_turn wrap=fleet_count wrap=fleet_fault wrap=fleet_forgive wrap=fleet_memory wrap=fleet_end wrap=cost_place wrap=cost_measure wrap=cost_complain wrap=bounds_read wrap=room_suffices wrap=memory_read wrap=census_take wrap=clock_us wrap=stop_wanted wrap=call_close */
/* cmd/limits/prove: the stages of a proof, with a fleet that is only written down, and what is told where it cannot go on. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "cli/command.h"
#include "clock.h"
#include "cmd/limits/cost.h"
#include "cmd/limits/fits.h"
#include "cmd/limits/prove.h"
#include "os/holder.h"
#include "os/memory.h"
#include "tests/lib/shown.h"

enum { ASKED = 20000, BEFORE = -2 };

/* How it goes. */
static struct {
	uint64_t opened, echoed;
	int start_error, measured, place; /* place: what cost_place returns */
	int broken;                       /* the stage in which a process ends; -1: none */
	int faulty;                       /* the stage from which on there is a fault; -1: none */
	int stopped_at; /* the stage in which it is told to stop, or BEFORE; -1: none */
	bool crowded, by_port, v6, halted;
	int census; /* -1: it cannot be read */
	int64_t expected, grown, available;
} course;

static struct crowd_board board;
static int64_t now_us;
static int stage_now, stopped, turns;
static char done[1024]; /* what was done, in its order */

static void note(const char *text)
{
	snprintf(done + strlen(done), sizeof done - strlen(done), "%s ", text);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call);
void __wrap_fleet_begin(const struct fleet *fleet, int stage);
enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop);
void __wrap_fleet_count(const struct fleet *fleet, struct fleet_count *count);
const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet);
void __wrap_fleet_forgive(struct fleet *fleet);
int64_t __wrap_fleet_memory(const struct fleet *fleet);
void __wrap_fleet_end(struct fleet *fleet);
int __wrap_cost_place(struct fleet_plan *plan, const union addr *source);
int __wrap_cost_measure(struct cost *cost, const struct fleet_plan *place,
    const struct bound bounds[BOUND_COUNT], int stop);
void __wrap_cost_complain(const struct fleet *fleet);
void __wrap_bounds_read(struct bound bounds[BOUND_COUNT]);
bool __wrap_room_suffices(const struct fleet_plan *plan, const struct cost *cost);
void __wrap_memory_read(struct memory *memory);
int __wrap_census_take(const struct census_query *query, struct census *census);
int64_t __wrap_clock_us(void);
int __wrap_stop_wanted(void);
int __wrap_call_close(int fd);

int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call)
{
	static const char *const kinds[] = {"open", "beat", "close"};

	*call = "fork";
	errno = course.start_error;
	*fleet = (struct fleet){.plan = *plan, .processes = course.v6 ? 1 : 2, .board = &board};
	note("start");
	for (int i = 0; i < plan->stage_count; i++)
		note(kinds[plan->stages[i].what]);
	if (plan->stages[0].upto != ASKED || plan->connections != ASKED)
		note("other number");
	return course.start_error ? -1 : 0;
}

void __wrap_fleet_begin(const struct fleet *fleet, int stage)
{
	static const char *const names[] = {"0:", "1:", "2:"};

	(void)fleet;
	stage_now = stage;
	turns = 0;
	note(names[stage]);
}

/* Busy once, then done. */
enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop)
{
	(void)fleet;
	(void)stop;
	now_us += SECOND_US;
	if (stage == course.stopped_at)
		stopped = SIGINT;
	if (stage == course.broken)
		return FLEET_BROKEN;
	turns = (turns + 1) % 2;
	return turns ? FLEET_BUSY : FLEET_DONE;
}

void __wrap_fleet_count(const struct fleet *fleet, struct fleet_count *count)
{
	(void)fleet;
	*count = (struct fleet_count){.opened = course.opened,
	    .echoed = stage_now > 0 ? course.echoed : 0,
	    .closed = stage_now > 1 ? course.opened : 0};
}

const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet)
{
	static const struct crowd_tally tally;

	(void)fleet;
	return course.faulty >= 0 && stage_now >= course.faulty ? &tally : NULL;
}

void __wrap_fleet_forgive(struct fleet *fleet)
{
	(void)fleet;
	course.faulty = course.faulty == 0 ? -1 : course.faulty;
	note("forgive");
}

int64_t __wrap_fleet_memory(const struct fleet *fleet)
{
	(void)fleet;
	return 600000;
}

void __wrap_fleet_end(struct fleet *fleet)
{
	(void)fleet;
	note("end");
}

int __wrap_cost_place(struct fleet_plan *plan, const union addr *source)
{
	*plan = (struct fleet_plan){.source = *source, .by_port = course.by_port};
	return course.place;
}

int __wrap_cost_measure(struct cost *cost, const struct fleet_plan *place,
    const struct bound bounds[BOUND_COUNT], int stop)
{
	(void)place;
	(void)bounds;
	(void)stop;
	*cost = (struct cost){.kernel_bytes = course.expected};
	if (course.stopped_at == BEFORE)
		stopped = SIGTERM;
	return course.measured;
}

void __wrap_cost_complain(const struct fleet *fleet)
{
	(void)fleet;
	note("complain");
}

void __wrap_bounds_read(struct bound bounds[BOUND_COUNT])
{
	memset(bounds, 0, BOUND_COUNT * sizeof *bounds);
	note("bounds");
}

bool __wrap_room_suffices(const struct fleet_plan *plan, const struct cost *cost)
{
	(void)plan;
	(void)cost;
	return !course.crowded;
}

void __wrap_memory_read(struct memory *memory)
{
	*memory = (struct memory){.total = 1000,
	    .available = course.available,
	    .kernel = stage_now > 0 && course.grown >= 0 ? 1000 + course.grown
		      : course.grown < 0                 ? -1
							 : 1000};
}

int __wrap_census_take(const struct census_query *query, struct census *census)
{
	char text[ADDR_TEXT];

	*census = (struct census){.connections = ASKED, .sources = 1, .cut = course.census == 1};
	snprintf(done + strlen(done), sizeof done - strlen(done), "census %s/%zu until %lld %d ",
	    addr_print(&query->to, text), (size_t)query->bytes,
	    (long long)(query->until_us - now_us), query->ports[9]);
	return course.census < 0 ? -1 : 0;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}

int __wrap_stop_wanted(void)
{
	return stopped;
}

int __wrap_call_close(int fd)
{
	snprintf(done + strlen(done), sizeof done - strlen(done), "close %d ", fd);
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static int force, status;

static void show(void)
{
	const union addr source = addr_loopback(course.v6 ? AF_INET6 : AF_INET, 4000);

	*done = 0;
	now_us = INT64_C(100) * SECOND_US;
	stage_now = stopped = 0;
	atomic_store(&board.halt, false);
	atomic_store(&board.ports[9], 3);
	status = prove_run(ASKED, &source, force, 5);
	course.halted = atomic_load(&board.halt);
}

/* What is shown, what is complained of, what was done, and the status. */
static const char *proves(struct common common)
{
	static char all[8192];
	char complained[1024];
	const struct capture capture = capture_begin(stderr);
	const char *const shown = shown_as(common, show);

	capture_end(&capture, complained, sizeof complained);
	snprintf(all, sizeof all, "%.4000s%s%s= %d\n", shown, complained, done, status);
	return all;
}

static void begin(void)
{
	memset(&course, 0, sizeof course);
	course.opened = course.echoed = ASKED;
	course.place = 9;
	course.broken = course.faulty = course.stopped_at = -1;
	course.expected = 30;
	course.grown = INT64_C(30) * ASKED;
	course.available = 500;
	course.by_port = true;
	force = 0;
}

static void all_stages_are_passed(void)
{
	begin();
	CHECK_LINES(proves((struct common){0}),
	    "from 127.0.0.1:4000, 2 processes\n"
	    "opened 20000 in 2.0 s, 100.0 us each\n"
	    "echoed 20000 in 2.0 s, 100.0 us each\n"
	    "closed 20000 in 2.0 s, 100.0 us each\n"
	    "--- 127.0.0.1:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the kernel's own table\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	CHECK_LINES(proves((struct common){.json = 1}),
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":0}\n"
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":0}\n"
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":20000}\n"
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":20000}\n"
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":20000}\n"
	    "{\"event\":\"progress\",\"opened\":20000,\"echoed\":20000}\n"
	    "{\"event\":\"proof\",\"asked\":20000,\"opened\":20000,\"echoed\":20000,\"seconds\":6.000,\"source\":\"127.0.0.1:4000\",\"sources\":1,\"own_bytes_each\":30,\"kernel_bytes_each\":30}\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	CHECK_LINES(proves((struct common){.quiet = 1}),
	    "--- 127.0.0.1:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the kernel's own table\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	CHECK_LINES(proves((struct common){.json = 1, .quiet = 1}),
	    "{\"event\":\"proof\",\"asked\":20000,\"opened\":20000,\"echoed\":20000,\"seconds\":6.000,\"source\":\"127.0.0.1:4000\",\"sources\":1,\"own_bytes_each\":30,\"kernel_bytes_each\":30}\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	course.v6 = true;
	CHECK_LINES(proves((struct common){0}),
	    "from [::1]:4000, 1 process\n"
	    "opened 20000 in 2.0 s, 100.0 us each\n"
	    "echoed 20000 in 2.0 s, 100.0 us each\n"
	    "closed 20000 in 2.0 s, 100.0 us each\n"
	    "--- [::1]:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the kernel's own table\n"
	    "bounds start open beat close 0: census [::1]:4000/16 until 30000000 3 1: 2: end close 9 = 0\n");
	course.by_port = false;
	course.census = 1;
	CHECK_LINES(proves((struct common){0}),
	    "from [::1]:4000, 1 process\n"
	    "opened 20000 in 2.0 s, 100.0 us each\n"
	    "echoed 20000 in 2.0 s, 100.0 us each\n"
	    "closed 20000 in 2.0 s, 100.0 us each\n"
	    "--- [::1]:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the part of the kernel's own table that was read\n"
	    "bounds start open beat close 0: census 127.0.0.1:0/1 until 30000000 3 1: 2: end close 9 = 0\n");
	course.census = -1;
	CHECK_LINES(proves((struct common){0}),
	    "from [::1]:4000, 1 process\n"
	    "opened 20000 in 2.0 s, 100.0 us each\n"
	    "echoed 20000 in 2.0 s, 100.0 us each\n"
	    "closed 20000 in 2.0 s, 100.0 us each\n"
	    "--- [::1]:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "the kernel's own table of connections cannot be read here\n"
	    "bounds start open beat close 0: census 127.0.0.1:0/1 until 30000000 3 1: 2: end close 9 = 0\n");
}

static void what_it_cost_is_measured_where_it_is_likely(void)
{
	static const struct {
		uint64_t opened;
		int64_t expected, grown;
		const char *want;
	} rows[] = {
	    {ASKED, 30, INT64_C(30) * ASKED + 1, "\"kernel_bytes_each\":30}"},
	    {ASKED, 30, INT64_C(45) * ASKED, "\"kernel_bytes_each\":45}"},
	    {ASKED, 30, INT64_C(60) * ASKED, "\"kernel_bytes_each\":30}"},
	    {ASKED, 30, INT64_C(60) * ASKED - 1, "\"kernel_bytes_each\":59}"},
	    {ASKED, 30, INT64_C(15) * ASKED, "\"kernel_bytes_each\":30}"},
	    {ASKED, 30, INT64_C(15) * ASKED + 1, "\"kernel_bytes_each\":15}"},
	    {ASKED, 30, -1, "\"kernel_bytes_each\":null}"},
	    {ASKED, -1, INT64_C(10) * ASKED, "\"kernel_bytes_each\":10}"},
	    {9999, -1, INT64_C(10) * ASKED, "\"kernel_bytes_each\":null}"},
	    {9999, 30, INT64_C(45) * 9999, "\"kernel_bytes_each\":30}"},
	    {10000, 30, INT64_C(45) * 10000, "\"kernel_bytes_each\":45}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		course.opened = course.echoed = rows[i].opened;
		course.expected = rows[i].expected;
		course.grown = rows[i].grown;
		const char *const got = proves((struct common){.json = 1});
		CHECK(strstr(got, rows[i].want), "row %zu: %s", i, got);
	}
}

static void where_it_cannot_go_on_it_ends_in_order(void)
{
	begin();
	course.place = -1;
	CHECK_LINES(proves((struct common){0}), "bounds = 1\n");
	begin();
	course.measured = -1;
	CHECK_LINES(proves((struct common){0}), "bounds close 9 = 1\n");
	begin();
	course.measured = -1;
	course.stopped_at = BEFORE;
	CHECK_LINES(proves((struct common){0}), "interrupted: all are closed\n"
						"--- 127.0.0.1:4000 ---\n"
						"20000 asked, 0 opened, 0 echoed, 0.0 s\n"
						"bounds close 9 = 130\n");
	begin();
	course.start_error = ENOENT;
	CHECK_LINES(proves((struct common){0}), "reuse: fork: No such file or directory (ENOENT)\n"
						"bounds start open beat close close 9 = 1\n");
	begin();
	course.crowded = true;
	CHECK_LINES(proves((struct common){0}), "reuse: --force tries anyway\n"
						"bounds close 9 = 1\n");
	force = 1;
	CHECK_LINES(proves((struct common){.quiet = 1}),
	    "--- 127.0.0.1:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the kernel's own table\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	for (int i = 0; i < 3; i++) {
		static const char *const broken
		    [] = {"--- 127.0.0.1:4000 ---\n"
			  "20000 asked, 20000 opened, 0 echoed, 1.0 s\n"
			  "50.0 us a connection\n"
			  "bounds start open beat close 0: complain end close 9 = 1\n",
			"--- 127.0.0.1:4000 ---\n"
			"20000 asked, 20000 opened, 20000 echoed, 3.0 s\n"
			"100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
			"20000 connections, distinct sources: 1, in the kernel's own table\n"
			"bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: complain end close 9 = 1\n",
			"--- 127.0.0.1:4000 ---\n"
			"20000 asked, 20000 opened, 20000 echoed, 5.0 s\n"
			"100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
			"20000 connections, distinct sources: 1, in the kernel's own table\n"
			"bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: complain end close 9 = 1\n"},
	      *const faulty[] =
		    {"--- 127.0.0.1:4000 ---\n"
		     "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
		     "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
		     "20000 connections, distinct sources: 1, in the kernel's own table\n"
		     "bounds start open beat close 0: complain forgive census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n",
			"--- 127.0.0.1:4000 ---\n"
			"20000 asked, 20000 opened, 20000 echoed, 3.0 s\n"
			"100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
			"20000 connections, distinct sources: 1, in the kernel's own table\n"
			"bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: complain end close 9 = 1\n",
			"--- 127.0.0.1:4000 ---\n"
			"20000 asked, 20000 opened, 20000 echoed, 5.0 s\n"
			"100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
			"20000 connections, distinct sources: 1, in the kernel's own table\n"
			"bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: complain end close 9 = 1\n"},
	      *const halted[] = {"from 127.0.0.1:4000, 2 processes\n"
				 "interrupted: all are closed\n"
				 "--- 127.0.0.1:4000 ---\n"
				 "20000 asked, 20000 opened, 0 echoed, 1.0 s\n"
				 "bounds start open beat close 0: end close 9 = 130\n",
		  "from 127.0.0.1:4000, 2 processes\n"
		  "opened 20000 in 2.0 s, 100.0 us each\n"
		  "interrupted: all are closed\n"
		  "--- 127.0.0.1:4000 ---\n"
		  "20000 asked, 20000 opened, 20000 echoed, 3.0 s\n"
		  "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
		  "20000 connections, distinct sources: 1, in the kernel's own table\n"
		  "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: end close 9 = 130\n",
		  "from 127.0.0.1:4000, 2 processes\n"
		  "opened 20000 in 2.0 s, 100.0 us each\n"
		  "echoed 20000 in 2.0 s, 100.0 us each\n"
		  "interrupted: all are closed\n"
		  "--- 127.0.0.1:4000 ---\n"
		  "20000 asked, 20000 opened, 20000 echoed, 5.0 s\n"
		  "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
		  "20000 connections, distinct sources: 1, in the kernel's own table\n"
		  "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 130\n"};
		begin();
		course.broken = i;
		CHECK_LINES(proves((struct common){.quiet = 1}), broken[i]);
		begin();
		course.faulty = i;
		CHECK_LINES(proves((struct common){.quiet = 1}), faulty[i]);
		begin();
		course.stopped_at = i;
		CHECK_LINES(proves((struct common){0}), halted[i]);
	}
}

static void fewer_than_asked_are_no_success(void)
{
	begin();
	course.opened--;
	course.echoed--;
	proves((struct common){.quiet = 1});
	CHECK(status == STATUS_FAIL, "one was not opened: %d", status);
	begin();
	course.echoed--;
	proves((struct common){.quiet = 1});
	CHECK(status == STATUS_FAIL, "one did not echo: %d", status);
}

static void a_tenth_of_the_memory_stays_free(void)
{
	begin();
	course.available = 100;
	proves((struct common){.quiet = 1});
	CHECK(!course.halted, "it is halted at a tenth");
	course.available = 99;
	CHECK_LINES(proves((struct common){.quiet = 1}),
	    "--- 127.0.0.1:4000 ---\n"
	    "20000 asked, 20000 opened, 20000 echoed, 6.0 s\n"
	    "100.0 us a connection; kernel 30 bytes each, both ends; own 30 bytes\n"
	    "20000 connections, distinct sources: 1, in the kernel's own table\n"
	    "reuse: only 99 B of memory left, less than a tenth: opening no more\n"
	    "bounds start open beat close 0: census 127.0.0.1:4000/4 until 30000000 3 1: 2: end close 9 = 0\n");
	CHECK(course.halted, "more are opened");
	course.available = -1;
	proves((struct common){.quiet = 1});
	CHECK(!course.halted, "it is halted where it is not known");
}

int main(void)
{
	TEST(all_stages_are_passed);
	TEST(what_it_cost_is_measured_where_it_is_likely);
	TEST(where_it_cannot_go_on_it_ends_in_order);
	TEST(fewer_than_asked_are_no_success);
	TEST(a_tenth_of_the_memory_stays_free);
	return test_failures != 0;
}
