/* ctest: os=Linux */
/* diagnosis/cures: what helps, by the rule, against sockets that are written here. Nothing is bound. */
#include <string.h>

#include "diagnosis/diagnosis.h"
#include "os/tunable.h"
#include "tests/lib/test.h"

enum { PORT = 8080, MOST = 3, MINE = 5, OTHERS = 7 };

/* A socket in the way: with a process of its own, unless it is closed or `unseen`. */
struct scene {
	enum holder_state state;
	int set; /* PROBE_*; -1: not read */
	long uid;
	enum role role;
	bool unseen;
	unsigned device;
	int64_t left_ms; /* 0: not counted down */
};

struct wanted {
	int set;
	long as;
	bool helps;
	size_t stops;
	int64_t wait_ms;
	int both;
	bool device, reserve, only_closed;
};

static struct diagnosis asked;

static void ask(const struct scene scenes[], size_t count)
{
	static struct holder holders[MOST];
	static enum role roles[MOST];
	static struct process processes[MOST];
	static struct owner owners[MOST];
	static struct placement places[1];
	static struct findings findings;
	const struct newcomer newcomer = {.local = addr_loopback(AF_INET, PORT), .uid = MINE};

	for (size_t i = 0; i < count; i++) {
		const struct scene *scene = &scenes[i];
		const bool remnant = scene->state == HOLDER_TIME_WAIT;
		processes[i] =
		    (struct process){.pid = 100 + (long)i, .uid = scene->uid, .state = 'S'};
		owners[i] = (struct owner){.process = i};
		roles[i] = scene->role;
		holders[i] = (struct holder){.state = scene->state,
		    .local = addr_loopback(AF_INET, PORT),
		    .uid = remnant ? -1 : scene->uid,
		    .inode = remnant ? 0 : 1 + i,
		    .device = scene->device,
		    .remnant = remnant,
		    .left_ms = scene->left_ms ? scene->left_ms : -1,
		    .most_ms = -1,
		    .drops = -1,
		    .reuseaddr = scene->set < 0 ? -1 : (scene->set & PROBE_ADDR) != 0,
		    .reuseport = scene->set < 0 ? -1 : (scene->set & PROBE_PORT) != 0,
		    .owner = i,
		    .owner_count = !remnant && !scene->unseen};
		if (scene->state == HOLDER_ESTABLISHED)
			holders[i].peer = addr_loopback(AF_INET, 80);
	}
	findings = (struct findings){.holders = {.list = holders,
					 .count = count,
					 .owners = owners,
					 .owner_count = count,
					 .processes = processes,
					 .process_count = count,
					 .places = places,
					 .place_count = 1},
	    .roles = roles};
	diagnose(&findings, &newcomer, false, &asked);
}

static void each_cure_is_what_the_rule_says_of_the_holders(void)
{
	static const struct {
		const char *what;
		struct scene scenes[MOST];
		size_t count;
		struct wanted wanted;
	} rows[] = {
	    {"a listener without options",
		{{.state = HOLDER_LISTEN, .set = 0, .uid = MINE, .role = ROLE_LISTENER}}, 1,
		{-1, -1, true, 1, -1, PROBE_PORT, false, false, false}},
	    {"one whose options were not read: it may have the option",
		{{.state = HOLDER_LISTEN, .set = -1, .uid = MINE, .role = ROLE_LISTENER}}, 1,
		{-1, -1, true, 1, -1, 0, false, false, false}},
	    {"one that shares by SO_REUSEADDR",
		{{.state = HOLDER_LISTEN, .set = PROBE_ADDR, .uid = MINE, .role = ROLE_LISTENER}},
		1, {-1, -1, true, 1, -1, PROBE_PORT, false, false, false}},
	    {"one with SO_REUSEPORT",
		{{.state = HOLDER_LISTEN, .set = PROBE_PORT, .uid = MINE, .role = ROLE_LISTENER}},
		1, {PROBE_PORT, -1, true, 1, -1, 0, false, false, false}},
	    {"the same of another user",
		{{.state = HOLDER_LISTEN, .set = PROBE_PORT, .uid = OTHERS, .role = ROLE_LISTENER}},
		1, {-1, OTHERS, true, 1, -1, 0, false, false, false}},
	    {"a bound socket with SO_REUSEADDR",
		{{.state = HOLDER_BOUND, .set = PROBE_ADDR, .uid = MINE, .role = ROLE_BOUND}}, 1,
		{PROBE_ADDR, -1, true, 1, -1, 0, false, false, false}},
	    {"whose process is not seen",
		{{.state = HOLDER_LISTEN,
		    .set = 0,
		    .uid = OTHERS,
		    .role = ROLE_LISTENER,
		    .unseen = true}},
		1, {-1, -1, false, 0, -1, 0, false, false, false}},
	    {"bound to an interface",
		{{.state = HOLDER_LISTEN,
		    .set = 0,
		    .uid = MINE,
		    .role = ROLE_LISTENER,
		    .unseen = false,
		    .device = 3}},
		1, {-1, -1, true, 1, -1, PROBE_PORT, true, false, false}},
	    {"a connection from a port of the kernel's",
		{{.state = HOLDER_ESTABLISHED, .set = 0, .uid = MINE, .role = ROLE_EPHEMERAL}}, 1,
		{-1, -1, true, 1, -1, PROBE_ADDR, false, true, false}},
	    {"a closed connection",
		{{.state = HOLDER_TIME_WAIT,
		    .set = -1,
		    .uid = MINE,
		    .role = ROLE_REMNANT,
		    .unseen = false,
		    .device = 0,
		    .left_ms = 30000}},
		1, {-1, -1, true, 0, 30000, 0, false, false, true}},
	    {"two, of which one goes later",
		{{.state = HOLDER_TIME_WAIT,
		     .set = -1,
		     .uid = MINE,
		     .role = ROLE_REMNANT,
		     .unseen = false,
		     .device = 0,
		     .left_ms = 30000},
		    {.state = HOLDER_TIME_WAIT,
			.set = -1,
			.uid = MINE,
			.role = ROLE_REMNANT,
			.unseen = false,
			.device = 0,
			.left_ms = 50000}},
		2, {-1, -1, true, 0, 50000, 0, false, false, true}},
	    {"one beside a listener",
		{{.state = HOLDER_LISTEN, .set = PROBE_ADDR, .uid = MINE, .role = ROLE_LISTENER},
		    {.state = HOLDER_TIME_WAIT,
			.set = -1,
			.uid = MINE,
			.role = ROLE_REMNANT,
			.unseen = false,
			.device = 0,
			.left_ms = 30000}},
		2, {-1, -1, true, 1, 30000, 0, false, false, false}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct wanted *w = &rows[i].wanted;
		const struct cures *got = &asked.cures;
		ask(rows[i].scenes, rows[i].count);
		CHECK(!asked.free && asked.in_the_way == rows[i].count, "%s: %zu in the way",
		    rows[i].what, asked.in_the_way);
		CHECK(got->set == w->set && got->as == w->as, "%s: set %d, as %ld", rows[i].what,
		    got->set, got->as);
		CHECK(got->stop_helps == w->helps && got->stop_count == w->stops,
		    "%s: stops help %d, %zu", rows[i].what, got->stop_helps, got->stop_count);
		CHECK(got->wait_ms == w->wait_ms, "%s: wait %lld ms", rows[i].what,
		    (long long)got->wait_ms);
		CHECK(got->both == w->both && got->device == w->device, "%s: both %d, device %d",
		    rows[i].what, got->both, got->device);
		CHECK(got->reserve == w->reserve && got->only_closed == w->only_closed,
		    "%s: reserve %d, only closed %d", rows[i].what, got->reserve, got->only_closed);
		CHECK(got->next_port == 0, "%s: a port was tried", rows[i].what);
	}
}

/* Its timer is so coarse that it may end seconds later: kernel/time/timer.c. */
static void only_a_note_goes_late(void)
{
	static const struct {
		const char *what;
		struct scene scene;
		int64_t timer_ms; /* 0: none of a note */
	} rows[] = {
	    {"TIME_WAIT",
		{.state = HOLDER_TIME_WAIT, .set = -1, .role = ROLE_REMNANT, .left_ms = 30000},
		60000},
	    {"a connection that its process has closed",
		{.state = HOLDER_FIN_WAIT1, .role = ROLE_ORPHAN, .unseen = true, .left_ms = 30000},
		0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int64_t late_ms = rows[i].timer_ms ? tunable_late_ms(rows[i].timer_ms) : 0;
		ask(&rows[i].scene, 1);
		CHECK(asked.cures.wait_ms == 30000 && asked.cures.late_ms == late_ms,
		    "%s: wait %lld ms and %lld", rows[i].what, (long long)asked.cures.wait_ms,
		    (long long)asked.cures.late_ms);
	}
}

static void a_free_port_needs_no_cure(void)
{
	ask(NULL, 0);
	CHECK(asked.free && asked.in_the_way == 0, "free %d", asked.free);
	CHECK(asked.cures.stop_count == 0 && asked.cures.wait_ms == -1 && asked.cures.as == -1,
	    "%zu stops, wait %lld", asked.cures.stop_count, (long long)asked.cures.wait_ms);
}

/* A worker has what its master, another user, has opened: an init that no user may look at may have it as well. */
static void what_is_hidden_from_root_keeps_no_stop_back(void)
{
	static const struct {
		unsigned unseen;
		size_t hidden, stops;
		bool others;
	} rows[] = {
	    {0, 0, 1, false},
	    {0, 1, 1, true},
	    {1u << UNSEEN_OTHERS, 1, 0, true},
	    {1u << UNSEEN_PTRACE, 1, 0, true},
	};
	struct placement nowhere = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holder holder = {.state = HOLDER_LISTEN,
		    .local = addr_loopback(AF_INET, PORT),
		    .uid = 0,
		    .inode = 1,
		    .left_ms = -1,
		    .most_ms = -1,
		    .owner_count = 1};
		struct process process = {.pid = 100, .uid = OTHERS, .state = 'S'};
		struct owner owner = {0};
		enum role role = ROLE_LISTENER;
		const struct findings findings = {.holders = {.list = &holder,
						      .count = 1,
						      .owners = &owner,
						      .owner_count = 1,
						      .processes = &process,
						      .process_count = 1,
						      .places = &nowhere,
						      .place_count = 1,
						      .hidden = rows[i].hidden,
						      .unseen = rows[i].unseen},
		    .roles = &role};
		const struct newcomer newcomer = {
		    .local = addr_loopback(AF_INET, PORT), .uid = MINE};
		diagnose(&findings, &newcomer, false, &asked);
		CHECK(asked.cures.stop_helps == (rows[i].stops > 0) &&
			  asked.cures.stop_count == rows[i].stops &&
			  asked.cures.stop_others == rows[i].others,
		    "row %zu: %zu stops, helps %d, others %d", i, asked.cures.stop_count,
		    asked.cures.stop_helps, asked.cures.stop_others);
	}
}

int main(void)
{
	TEST(each_cure_is_what_the_rule_says_of_the_holders);
	TEST(only_a_note_goes_late);
	TEST(a_free_port_needs_no_cure);
	TEST(what_is_hidden_from_root_keeps_no_stop_back);
	return test_failures != 0;
}
