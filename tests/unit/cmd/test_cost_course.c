/* ctest: wrap=memory_read wrap=fleet_start wrap=fleet_begin wrap=fleet_turn wrap=fleet_fault wrap=fleet_end wrap=loopback_find wrap=loopback_is_wide wrap=route_is_of_many wrap=crowd_hold wrap=sock_local wrap=descriptors_raise wrap=brief_fault wrap=bounds_read wrap=bounds_processes_left wrap=stop_wanted wrap=out_busy */
/* cmd/limits/cost: where it is measured, with how many, what ends it and what is told then. */
#include <errno.h>
#include <stdarg.h>

#include "answer/brief.h"
#include "cli/text.h"
#include "cmd/limits/cost.h"
#include "cmd/limits/route.h"
#include "os/interfaces.h"
#include "os/memory.h"
#include "os/process.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tests/lib/shown.h"

enum { FIGURES = 18, PLENTY = 1000000000, NEVER = -1, RAISED = 777, HELD = 9, STOP = 5 };

/* How it goes. */
static struct {
	int64_t each[FIGURES];             /* bytes that the kernel takes for each, by round */
	int start_error;                   /* of fleet_start; 0: it starts */
	int broken_at, faulty_at, stop_at; /* rounds; NEVER */
	int64_t tracked, tracks; /* the limit of netfilter's; what a round adds to its entries */
	int64_t room;            /* for processes */
	enum loopback loopback;
	const char *device;
	bool wide, many;
	int hold_error;
} course;

static int rounds, turns, stopped;
static struct crowd_tally *fault;
static char done[2048]; /* what was done, in its order */

#define NOTE(...) text_add(done, sizeof done, __VA_ARGS__)

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_memory_read(struct memory *memory);
int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call);
void __wrap_fleet_begin(const struct fleet *fleet, int stage);
enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop);
const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet);
void __wrap_fleet_end(struct fleet *fleet);
enum loopback __wrap_loopback_find(char name[IF_NAMESIZE]);
bool __wrap_loopback_is_wide(void);
bool __wrap_route_is_of_many(const union addr *source);
int __wrap_crowd_hold(const union addr *source, struct fault *why);
union addr __wrap_sock_local(int fd);
uint64_t __wrap_descriptors_raise(void);
void __wrap_brief_fault(const struct fault *why, const union addr *local, const union addr *peer);
void __wrap_bounds_read(struct bound bounds[BOUND_COUNT]);
int64_t __wrap_bounds_processes_left(const struct bound bounds[BOUND_COUNT]);
int __wrap_stop_wanted(void);
void __wrap_out_busy(const char *format, ...);

void __wrap_memory_read(struct memory *memory)
{
	*memory = (struct memory){.available = PLENTY, .total = PLENTY, .kernel = 12345};
	for (int round = 0; round < rounds; round++)
		memory->kernel += COST_CONNECTIONS * course.each[round];
}

/* Notes the stages that are not what they should be. */
int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call)
{
	const int last = plan->stage_count - 1;

	*call = "fork";
	errno = course.start_error;
	*fleet = (struct fleet){.plan = *plan};
	rounds = turns = 0;
	NOTE("start %llu in %llu%s%s ", (unsigned long long)plan->connections,
	    (unsigned long long)fleet_processes(plan), call_trace ? " heard" : "",
	    call_trace_traffic ? " overheard" : "");
	for (int i = 0; i < last; i++)
		if (plan->stages[i].what != FLEET_OPEN ||
		    plan->stages[i].upto != 1000 * (uint64_t)(i + 1))
			NOTE("stage %d: %d to %llu ", i, (int)plan->stages[i].what,
			    (unsigned long long)plan->stages[i].upto);
	if (plan->stages[last].what != FLEET_CLOSE || plan->stages[last].upto != 0)
		NOTE("the last closes nothing ");
	return course.start_error ? -1 : 0;
}

void __wrap_fleet_begin(const struct fleet *fleet, int stage)
{
	(void)fleet;
	NOTE("%d: ", stage);
	rounds = stage + 1;
	turns = 0;
}

/* Busy once, then done. */
enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop)
{
	(void)fleet;
	if (stop != STOP)
		NOTE("no stop ");
	if (stage == course.broken_at)
		return FLEET_BROKEN;
	if (stage == course.stop_at)
		stopped = 1;
	return turns++ ? FLEET_DONE : FLEET_BUSY;
}

const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet)
{
	(void)fleet;
	return course.faulty_at != NEVER && rounds > course.faulty_at ? fault : NULL;
}

void __wrap_fleet_end(struct fleet *fleet)
{
	(void)fleet;
	NOTE("end ");
}

enum loopback __wrap_loopback_find(char name[IF_NAMESIZE])
{
	snprintf(name, IF_NAMESIZE, "%s", course.device);
	return course.loopback;
}

bool __wrap_loopback_is_wide(void)
{
	return course.wide;
}

bool __wrap_route_is_of_many(const union addr *source)
{
	(void)source;
	return course.many;
}

int __wrap_crowd_hold(const union addr *source, struct fault *why)
{
	(void)source;
	NOTE("hold ");
	errno = course.hold_error;
	return course.hold_error ? fault_set(why, CALL_OPTION) : HELD;
}

union addr __wrap_sock_local(int fd)
{
	return addr_loopback(AF_INET, fd == HELD ? 4000 : 1);
}

uint64_t __wrap_descriptors_raise(void)
{
	return RAISED;
}

void __wrap_brief_fault(const struct fault *why, const union addr *local, const union addr *peer)
{
	char text[ADDR_TEXT], other[ADDR_TEXT] = "none";

	if (peer)
		addr_print(peer, other);
	NOTE("fault %d of %d at %s to %s ", why->error, (int)why->at, addr_print(local, text),
	    other);
}

void __wrap_bounds_read(struct bound bounds[BOUND_COUNT])
{
	memset(bounds, 0, BOUND_COUNT * sizeof *bounds);
	bounds[BOUND_TRACKED].value = course.tracked;
	bounds[BOUND_TRACKED].used = 70 + course.tracks * rounds;
}

int64_t __wrap_bounds_processes_left(const struct bound bounds[BOUND_COUNT])
{
	(void)bounds;
	return course.room;
}

int __wrap_stop_wanted(void)
{
	return stopped;
}

void __wrap_out_busy(const char *format, ...)
{
	va_list args;
	const size_t len = strlen(done);

	va_start(args, format);
	if (rounds == 1)
		vsnprintf(done + len, sizeof done - len, format, args);
	va_end(args);
	NOTE(" ");
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void begin(void)
{
	static struct crowd_tally none;

	memset(&course, 0, sizeof course);
	for (int i = 0; i < FIGURES; i++)
		course.each[i] = 4000;
	course.broken_at = course.faulty_at = course.stop_at = NEVER;
	course.tracked = 100;
	course.room = INT64_MAX;
	course.device = "lo";
	course.wide = true;
	none = (struct crowd_tally){.peer = addr_loopback(AF_INET, 7)};
	fault = &none;
}

static void hear(const char *text)
{
	(void)text;
}

/* What is complained of, what was done, and what came of it. */
static const char *measures(uint64_t descriptors)
{
	static char all[8192];
	static struct bound bounds[BOUND_COUNT];
	const struct fleet_plan place = {.device = "",
	    .source = addr_loopback(AF_INET, 4000),
	    .descriptors = descriptors,
	    .by_port = course.wide};
	struct cost cost;
	char complained[2048];

	*done = 0;
	stopped = rounds = 0;
	call_trace = call_trace_traffic = hear;
	const struct capture capture = capture_begin(stderr);
	const int result = cost_measure(&cost, &place, bounds, STOP);
	capture_end(&capture, complained, sizeof complained);
	CHECK(call_trace == hear && call_trace_traffic == hear, "nobody hears of calls any more");
	call_trace = call_trace_traffic = NULL;
	snprintf(all, sizeof all, "%s%s= %d: %lld%s\n", complained, done, result,
	    (long long)cost.kernel_bytes, cost.tracked ? ", tracked" : "");
	return all;
}

#define ONCE "measuring what a connection costs, 1 of at most 16 times 1000 "
#define ALL  "1:  2:  3:  4:  5:  6:  7:  8:  9:  10:  11:  12:  13:  14:  15:  "

static void as_many_are_opened_as_few_processes_can_hold(void)
{
	begin();
	CHECK_LINES(measures(100000), "start 16000 in 1 0: " ONCE "1:  2:  end = 0: 4000\n");
	CHECK_LINES(measures(578), "start 16000 in 64 0: " ONCE "1:  2:  end = 0: 4000\n");
	CHECK_LINES(measures(577),
	    "start 15000 in 60 0: measuring what a connection costs, 1 of at most 15 times 1000 "
	    "1:  2:  end = 0: 4000\n");
	course.room = 64;
	CHECK_LINES(measures(578), "start 16000 in 64 0: " ONCE "1:  2:  end = 0: 4000\n");
	course.room = 63;
	CHECK_LINES(measures(578),
	    "start 15000 in 60 0: measuring what a connection costs, 1 of at most 15 times 1000 "
	    "1:  2:  end = 0: 4000\n");
	course.room = 4000;
	CHECK_LINES(measures(56),
	    "start 4000 in 4000 0: measuring what a connection costs, 1 of at most 4 times 1000 "
	    "1:  2:  end = 0: 4000\n");
	course.room = 3999;
	CHECK_LINES(measures(56), "= 0: -1\n");
	course.room = 0;
	CHECK_LINES(measures(100000), "= 0: -1\n");
	CHECK_LINES(measures(55),
	    "reuse: 55 descriptors per process are too few: 56 are needed\n= -1: -1\n");
}

/* Of three rounds that say the same to a tenth the middle one; else of all that are possible. */
static void the_middle_is_told_of_what_agrees_or_of_all_that_is_possible(void)
{
	static const struct {
		int64_t each[FIGURES], bytes;
		int rounds;
	} rows[] = {
	    {{4000, 4400, 4001}, 4001, 3},
	    {{4000, 4300, 4400}, 4300, 3},
	    {{4000, 4401, 4000, 4200}, 4200, 4},
	    {{5000, 5502, 5010, 5500}, 5500, 4},
	    {{9000, 5000, 4999, 5400}, 5000, 4},
	    {{3999, 4000, 4001, 4002}, 4001, 4},
	    {{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, -1, 16},
	    {{-500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4000}, 4000, 16},
	    {{4000, 0, 3999, 0, 100000, 100001}, 100000, 16},
	    {{9000, 0, 0, 5000, 0, 0, 7000, 0, 0, 3999, 0, 0, 100001}, 7000, 16},
	    {{6000, 9000, 0, 0, 5000, 0, 0, 7000, 0, 0, 3999, 0, 0, 100001}, 7000, 16},
	    {{0, 0, 0, 4000, 4000, 4000}, -1, 3},
	    {{0, 1, 0, 4000, 4000, 4000}, 4000, 6},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char want[64];
		begin();
		memcpy(course.each, rows[i].each, sizeof course.each);
		const char *const got = measures(100000);
		snprintf(want, sizeof want, "end = 0: %lld\n", (long long)rows[i].bytes);
		CHECK(strstr(got, want) && rounds == rows[i].rounds, "row %zu: %d rounds, %s", i,
		    rounds, got);
	}
	begin();
	memset(course.each, 0, sizeof course.each);
	course.each[0] = 1;
	CHECK_LINES(measures(100000), "start 16000 in 1 0: " ONCE ALL "end = 0: -1\n");
}

static void what_netfilter_tracks_is_seen_by_its_entries(void)
{
	begin();
	course.tracks = 334;
	CHECK_LINES(
	    measures(100000), "start 16000 in 1 0: " ONCE "1:  2:  end = 0: 4000, tracked\n");
	course.tracks = 333;
	CHECK_LINES(measures(100000), "start 16000 in 1 0: " ONCE "1:  2:  end = 0: 4000\n");
	course.tracks = 250; /* of four rounds it is a thousand */
	course.each[0] = 9000;
	CHECK(strstr(measures(100000), "3:  end = 0: 4000, tracked\n"), "%s", done);
	course.each[3] = 8000;
	course.each[0] = course.each[1] = course.each[2] = 0;
	course.each[1] = 1;
	course.each[4] = course.each[5] = 8000;
	course.tracks = 500;
	course.tracked = BOUND_UNKNOWN;
	CHECK_LINES(
	    measures(100000), "start 16000 in 1 0: " ONCE "1:  2:  3:  4:  5:  end = 0: 8000\n");
	begin();
	course.tracks = 1000;
	course.tracked = 0;
	CHECK_LINES(
	    measures(100000), "start 16000 in 1 0: " ONCE "1:  2:  end = 0: 4000, tracked\n");
}

static void what_ends_it_is_told_once_and_nothing_stays(void)
{
	begin();
	course.start_error = ENOENT;
	CHECK_LINES(measures(100000), "reuse: fork: No such file or directory (ENOENT)\n"
				      "start 16000 in 1 = -1: -1\n");
	begin();
	course.broken_at = 1;
	CHECK_LINES(measures(100000), "reuse: a process of --prove exited too early\n"
				      "start 16000 in 1 0: " ONCE "1: end = -1: -1\n");
	course.broken_at = NEVER;
	course.faulty_at = 1;
	CHECK_LINES(measures(100000), "reuse: 127.0.0.1:7: the echo is not what was sent\n"
				      "start 16000 in 1 0: " ONCE "1:  end = -1: -1\n");
	fault->fault = (struct fault){.at = CALL_BIND, .error = EADDRNOTAVAIL};
	CHECK_LINES(measures(100000),
	    "reuse: no port of 127.0.0.1 from 1024 on is free any more (EADDRNOTAVAIL)\n"
	    "start 16000 in 1 0: " ONCE "1:  end = -1: -1\n");
	course.stop_at = 2;
	course.faulty_at = NEVER;
	CHECK_LINES(measures(100000), "start 16000 in 1 0: " ONCE "1:  2: end = -1: -1\n");
}

/* What cost_complain says of a fault at that call, of that errno, and whom it asks. */
static const char *complains(enum tcp_call at, int error, bool by_port)
{
	static char all[4096];
	const struct fleet fleet = {
	    .plan = {.source = addr_loopback(AF_INET, 4000), .by_port = by_port}};
	char complained[1024], numbers[64];

	begin();
	*done = 0;
	rounds = 1;
	course.faulty_at = 0;
	fault->fault = (struct fault){.at = at, .error = error};
	const struct capture capture = capture_begin(stderr);
	cost_complain(&fleet);
	capture_end(&capture, complained, sizeof complained);
	snprintf(numbers, sizeof numbers, "fault %d of %d at ", error, (int)at);
	const bool asks = !strncmp(done, numbers, strlen(numbers));
	snprintf(all, sizeof all, "%s%s%s", complained, asks ? "at " : "",
	    asks ? done + strlen(numbers) : done);
	return all;
}

static void only_bind_is_told_that_no_port_is_free(void)
{
	static const char brief[] = "at 127.0.0.1:4000 to 127.0.0.1:7 ";

	CHECK_TEXT(
	    complains(CALL_NONE, 0, true), "reuse: 127.0.0.1:7: the echo is not what was sent\n");
	CHECK_TEXT(complains(CALL_BIND, EADDRNOTAVAIL, true),
	    "reuse: no port of 127.0.0.1 from 1024 on is free any more (EADDRNOTAVAIL)\n");
	CHECK_TEXT(complains(CALL_BIND, EADDRNOTAVAIL, false), brief);
	CHECK_TEXT(complains(CALL_BIND, EADDRINUSE, true), brief);
	CHECK_TEXT(complains(CALL_CONNECT, EADDRNOTAVAIL, true), brief);
	CHECK_TEXT(complains(CALL_CONNECT, ECONNRESET, false), brief);
}

static struct fleet at_fault;

static void show_fault(void)
{
	char complained[1024];
	const struct capture capture = capture_begin(stderr);

	cost_complain(&at_fault);
	capture_end(&capture, complained, sizeof complained);
}

static void the_errno_of_a_fault_is_told_as_json(void)
{
	begin();
	rounds = 1;
	at_fault =
	    (struct fleet){.plan = {.source = addr_loopback(AF_INET, 4000), .by_port = true}};
	CHECK_LINES(shown_as((struct common){.json = 1}, show_fault),
	    "{\"event\":\"error\",\"call\":\"waitpid\",\"errno\":null,\"local\":\"127.0.0.1:4000\",\"peer\":null,\"message\":\"a process of --prove exited too early\"}\n");
	course.faulty_at = 0;
	CHECK_LINES(shown_as((struct common){.json = 1}, show_fault),
	    "{\"event\":\"error\",\"call\":\"recv\",\"errno\":null,\"local\":\"127.0.0.1:4000\",\"peer\":\"127.0.0.1:7\",\"message\":\"127.0.0.1:7: the echo is not what was sent\"}\n");
	fault->fault = (struct fault){.at = CALL_BIND, .error = EADDRNOTAVAIL};
	CHECK_LINES(shown_as((struct common){.json = 1}, show_fault),
	    "{\"event\":\"error\",\"call\":\"bind\",\"errno\":\"EADDRNOTAVAIL\",\"local\":\"127.0.0.1:4000\",\"peer\":null,\"message\":\"no port of 127.0.0.1 from 1024 on is free any more (EADDRNOTAVAIL)\"}\n");
}

/* What is complained of, what was done, and the plan. */
static const char *places(const union addr *source)
{
	static char all[4096];
	struct fleet_plan plan;
	char complained[2048], text[ADDR_TEXT];

	memset(&plan, 0, sizeof plan);
	*done = 0;
	const struct capture capture = capture_begin(stderr);
	const int fd = cost_place(&plan, source);
	capture_end(&capture, complained, sizeof complained);
	const int len = snprintf(all, sizeof all, "%s%s= %d\n", complained, done, fd);
	if (fd >= 0)
		snprintf(all + len, sizeof all - (size_t)len, "%s, by %s, on '%s', %llu\n",
		    addr_print(&plan.source, text), plan.by_port ? "port" : "address", plan.device,
		    (unsigned long long)plan.descriptors);
	return all;
}

static void the_place_is_the_loopback_where_it_is_up(void)
{
	const union addr v4 = addr_loopback(AF_INET, 0), v6 = addr_loopback(AF_INET6, 0);
	char want[128];

	begin();
	CHECK_LINES(places(&v4), "hold = 9\n127.0.0.1:4000, by address, on 'lo', 777\n");
	CHECK_LINES(places(&v6), "hold = 9\n127.0.0.1:4000, by port, on 'lo', 777\n");
	course.wide = false;
	course.device = "lo0";
	CHECK_LINES(places(&v4), "hold = 9\n127.0.0.1:4000, by port, on 'lo0', 777\n");
	course.loopback = LOOPBACK_DOWN;
	CHECK_LINES(places(&v4),
	    "reuse: lo0 is down here, and connections over loopback need it (ENETDOWN)\n"
	    "reuse: try 'ip link set lo0 up'\n"
	    "= -1\n");
	course.loopback = LOOPBACK_NONE;
	course.device = "";
	CHECK_LINES(places(&v4),
	    "reuse: lo is down here, and connections over loopback need it (ENETDOWN)\n"
	    "reuse: try 'ip link set lo up'\n"
	    "= -1\n");
	course.loopback = LOOPBACK_UP;
	course.many = true;
	snprintf(want, sizeof want, "fault %d of %d at 127.0.0.1:0 to none = -1\n", EADDRNOTAVAIL,
	    (int)CALL_BIND);
	CHECK_LINES(places(&v4), want);
	course.many = false;
	course.hold_error = EACCES;
	snprintf(want, sizeof want, "hold fault %d of %d at 127.0.0.1:0 to none = -1\n", EACCES,
	    (int)CALL_OPTION);
	CHECK_LINES(places(&v4), want);
}

int main(void)
{
	TEST(as_many_are_opened_as_few_processes_can_hold);
	TEST(the_middle_is_told_of_what_agrees_or_of_all_that_is_possible);
	TEST(what_netfilter_tracks_is_seen_by_its_entries);
	TEST(what_ends_it_is_told_once_and_nothing_stays);
	TEST(only_bind_is_told_that_no_port_is_free);
	TEST(the_errno_of_a_fault_is_told_as_json);
	TEST(the_place_is_the_loopback_where_it_is_up);
	return test_failures != 0;
}
