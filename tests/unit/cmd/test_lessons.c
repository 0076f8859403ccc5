/* ctest: os=Linux wrap=view_observation wrap=view_skip wrap=view_line wrap=listed_timewait_ms wrap=listed_timewait_full wrap=port_is_free wrap=port_take wrap=port_give_back wrap=stage_listeners wrap=stage_room wrap=stage_reset wrap=sock_open wrap=sock_settle wrap=call_poll wrap=call_accept wrap=option_set wrap=stage_row wrap=stage_row_setting wrap=stage_ports wrap=stage_queue wrap=out_width wrap=clock_us */
/* Lessons of `experiment`, on a system that answers as is written down here. */
#include <errno.h>
#include <stdlib.h>

#include "cli/out.h"
#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/listed.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/rule.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

enum {
	SEEN = 32,
	LISTENERS = 8,
	PROBES = 16,
	ROW = 10,
	CONNECTIONS = 400,
	SOCKET = 1000,
	MANY = 5000
};

/* What was shown. */
static struct {
	char text[VIEW_TEXT], result[VIEW_RESULT], expected[VIEW_RESULT];
	bool as_expected;
} seen[SEEN];
static size_t seen_count;
static const char *skipped;  /* NULL: it was not */
static char line[VIEW_TEXT]; /* the last one of a picture */
static char picture[2048];

/* What the system answers. */
static int64_t timewait_ms, timewait_full;
static bool port_free;
static int dealt[PROBES + CONNECTIONS]; /* which listener gets each connection */
static int accepts, accepts_most;
static int waits_from = PROBES + CONNECTIONS; /* the connection that no listener gets */
static int listens, opened_from;              /* the attempt that comes out well */
static int taken_unheard;                     /* connections that a queue takes before it is full */
static int option_error;
static bool row_taken;        /* a row of ports, of which each destination gets ten connections */
static int dials, sourced;    /* those from one source */
static int opens_most = MANY; /* so many sockets can be had */
static int width = OUT_UNBOUNDED;
static int64_t now_us;
static int lesson;

/* What was asked for. */
static int descriptors_asked, ports_asked, queue_asked;
static int ports_taken, ports_most = MANY; /* at once; so many can be had */
static int row_count, rows_held;           /* of ports; the one that is not to be had, 0: all are */
static int dials_to[2];                    /* since the last row */
static char ways_seen[512];                /* how the first socket of each row was made */
static int spreads[4], spread_count;

/* Descriptors from SOCKET on. */
static bool is_open[MANY];
static int opened;

static int open_one(void)
{
	if (opened == MANY)
		abort();
	is_open[opened] = true;
	return SOCKET + opened++;
}

static int left_open(void)
{
	int count = 0;

	for (int i = 0; i < opened; i++)
		count += is_open[i];
	return count;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_view_observation(struct show *show, const struct observation *observation);
void __wrap_view_skip(struct show *show, const char *reason);
void __wrap_view_line(const char *text);
int64_t __wrap_listed_timewait_ms(unsigned port);
int64_t __wrap_listed_timewait_full(void);
bool __wrap_port_is_free(const union addr *addr);
int __wrap_port_take(struct port *port);
void __wrap_port_give_back(struct port *port);
int __wrap_stage_listeners(
    struct stage *stage, const union addr *local, int fds[], int count, int backlog);
bool __wrap_stage_room(struct stage *stage, int descriptors);
bool __wrap_stage_ports(struct stage *stage, int ports);
bool __wrap_stage_queue(struct stage *stage, int connections);
int __wrap_out_width(void);
int64_t __wrap_clock_us(void);
void __wrap_stage_reset(int fds[], int count);
int __wrap_sock_open(const struct plan *plan, struct fault *fault);
int __wrap_sock_settle(
    int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault);
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_call_accept(int fd, union addr *peer);
int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault);
int __wrap_stage_row(const struct stage *stage, struct port ports[], int count);
size_t __wrap_stage_row_setting(
    const struct stage *stage, const struct port ports[], int count, struct setting *setting);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

void __wrap_view_observation(struct show *show, const struct observation *observation)
{
	(void)show;
	if (seen_count == SEEN)
		abort();
	snprintf(seen[seen_count].text, VIEW_TEXT, "%s", observation->text);
	snprintf(seen[seen_count].result, VIEW_RESULT, "%s", observation->result);
	snprintf(seen[seen_count].expected, VIEW_RESULT, "%s",
	    observation->expected ? observation->expected : "");
	seen[seen_count++].as_expected = observation->as_expected;
}

void __wrap_view_skip(struct show *show, const char *reason)
{
	(void)show;
	skipped = reason;
}

void __wrap_view_line(const char *text)
{
	const size_t len = strlen(picture);

	snprintf(line, sizeof line, "%s", text);
	snprintf(picture + len, sizeof picture - len, "%s\n", text);
}

int64_t __wrap_listed_timewait_ms(unsigned port)
{
	(void)port;
	return timewait_ms;
}

int64_t __wrap_listed_timewait_full(void)
{
	return timewait_full;
}

bool __wrap_port_is_free(const union addr *addr)
{
	(void)addr;
	return port_free;
}

int __wrap_port_take(struct port *port)
{
	if (ports_taken == ports_most) {
		errno = EADDRINUSE;
		return -1;
	}
	*port = (struct port){.number = 40000u + (unsigned)ports_taken++, .lock = -1};
	return 0;
}

void __wrap_port_give_back(struct port *port)
{
	ports_taken -= port->number != 0;
	port->number = 0;
}

int __wrap_stage_listeners(
    struct stage *stage, const union addr *local, int fds[], int count, int backlog)
{
	(void)stage;
	(void)local;
	(void)backlog;
	for (int i = 0; i < count; i++)
		fds[i] = open_one();
	return 0;
}

bool __wrap_stage_room(struct stage *stage, int descriptors)
{
	(void)stage;
	descriptors_asked = descriptors;
	return true;
}

bool __wrap_stage_ports(struct stage *stage, int ports)
{
	(void)stage;
	ports_asked = ports;
	return true;
}

bool __wrap_stage_queue(struct stage *stage, int connections)
{
	(void)stage;
	queue_asked = connections;
	return true;
}

int __wrap_out_width(void)
{
	return width;
}

int64_t __wrap_clock_us(void)
{
	return now_us += 10;
}

void __wrap_stage_reset(int fds[], int count)
{
	for (int i = 0; i < count; i++) {
		const int at = fds[i] - SOCKET;
		CHECK(
		    fds[i] == -1 || (at >= 0 && at < opened && is_open[at]), "reset of %d", fds[i]);
		if (at >= 0)
			is_open[at] = false;
		fds[i] = -1;
	}
}

/* Of a spread from one source each connection goes to an address of its own; else each comes from a port of its own. */
static void check_spread(const struct plan *plan)
{
	union addr there = addr_loopback(AF_INET, 40000);
	const union addr source = addr_loopback(AF_INET, 40001);

	if (plan->local.any.sa_family != AF_UNSPEC) {
		there.v4.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)sourced++);
		CHECK(addr_same(&plan->local, &source), "from port %u", addr_port(&plan->local));
		CHECK(plan->setting_count == 1 && plan->settings->option == OPTION_REUSEPORT &&
			  plan->settings->value == 1,
		    "%zu settings", plan->setting_count);
	}
	CHECK(addr_same(&plan->peer, &there), "dial %d goes to %x", dials,
	    ntohl(plan->peer.v4.sin_addr.s_addr));
}

/* Of the first socket from a row of ports: its address, and its options by number. */
static void see_way(const struct plan *plan)
{
	const size_t len = strlen(ways_seen);
	char local[ADDR_TEXT];

	if (dials_to[0] + dials_to[1] == 0) {
		snprintf(ways_seen + len, sizeof ways_seen - len, "%s%s%s; ",
		    plan->local.any.sa_family == AF_UNSPEC ? "unbound"
							   : addr_print(&plan->local, local),
		    plan->settings[0].option == OPTION_PORT_RANGE ? " range" : "",
		    plan->setting_count == 1 ? ""
		    : plan->settings[1].option == OPTION_NO_PORT && plan->settings[1].value == 1 &&
			    plan->setting_count == 2
			? " no-port"
			: " others");
	}
	dials_to[addr_port(&plan->peer) == 40001]++;
}

int __wrap_sock_open(const struct plan *plan, struct fault *fault)
{
	if (lesson == 6)
		check_spread(plan);
	if (row_taken)
		see_way(plan);
	if (dials == opens_most) {
		*fault = (struct fault){.at = CALL_SOCKET, .error = EMFILE};
		return -1;
	}
	listens += plan->backlog != SOCK_NO_LISTEN;
	dials += plan->backlog == SOCK_NO_LISTEN;
	if (row_taken && dials % (ROW + 1) == 0) {
		*fault = (struct fault){.at = CALL_CONNECT, .error = EADDRNOTAVAIL};
		return -1;
	}
	return open_one();
}

/* A first SYN is answered late. */
int __wrap_sock_settle(
    int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault)
{
	(void)fd;
	(void)peer;
	(void)wait_us;
	(void)stop;
	if (listens == 0 || listens >= opened_from)
		return 0;
	*fault = (struct fault){.at = CALL_CONNECT, .error = ETIMEDOUT};
	return -1;
}

/* Of eight listeners the one whose turn it is has a connection. One socket is connected while the queue has room. */
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	static int polled;

	(void)wait_ms;
	if (n != LISTENERS) {
		polled = polled < taken_unheard ? polled + 1 : 0;
		return polled > 0;
	}
	for (int i = 0; i < LISTENERS; i++) {
		CHECK(fds[i].fd == SOCKET + i && fds[i].events == POLLIN, "%d: fd %d for %d", i,
		    fds[i].fd, fds[i].events);
		fds[i].revents = 0;
	}
	CHECK(wait_ms > 0 && wait_ms <= 10000, "%d ms", wait_ms);
	if (accepts == waits_from) {
		now_us += 1000 * (int64_t)wait_ms;
		return 0;
	}
	fds[dealt[accepts]].revents = POLLIN;
	return 1;
}

int __wrap_call_accept(int fd, union addr *peer)
{
	(void)peer;
	CHECK(fd == SOCKET + dealt[accepts], "accept of %d, not %d", fd, SOCKET + dealt[accepts]);
	errno = ECONNABORTED;
	if (accepts >= accepts_most)
		return -1;
	accepts++;
	return open_one();
}

int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault)
{
	CHECK(fd == SOCKET, "for %d", fd);
	CHECK(setting->option == OPTION_SPREAD_RANDOM, "option %d", setting->option);
	if (spread_count < 4)
		spreads[spread_count++] = (int)setting->value;
	*fault = (struct fault){.at = CALL_OPTION, .error = option_error};
	errno = option_error;
	return option_error ? -1 : 0;
}

int __wrap_stage_row(const struct stage *stage, struct port ports[], int count)
{
	(void)stage;
	CHECK(count == ROW, "%d in a row", count);
	for (int i = 0; i < count; i++)
		ports[i] = (struct port){.number = 50000u + (unsigned)i, .lock = -1};
	row_taken = true;
	CHECK(row_count == 0 || (dials_to[0] == ROW + 1 && dials_to[1] % (ROW + 1) == 0),
	    "%d to the first, %d to the second", dials_to[0], dials_to[1]);
	dials_to[0] = dials_to[1] = 0;
	ports_taken += count;
	if (++row_count == rows_held) {
		ports_taken -= count;
		return -1;
	}
	return 0;
}

size_t __wrap_stage_row_setting(
    const struct stage *stage, const struct port ports[], int count, struct setting *setting)
{
	(void)stage;
	CHECK(count == ROW && ports[0].number == 50000, "%d from %u", count, ports[0].number);
	*setting = (struct setting){.option = OPTION_PORT_RANGE, .value = 1};
	return 1;
}

/* Runs the function that is step `step` of a part. */
static void run(int number, int part, int step)
{
	const struct experiment *const experiment = experiments[number - 1];
	struct show show = {.experiment = experiment, .stop = -1};
	struct stage stage = {.show = &show, .ports = {40000}};

	seen_count = 0;
	skipped = NULL;
	accepts = listens = opened = dials = 0;
	row_taken = false;
	lesson = number;
	sourced = 0;
	*line = *picture = *ways_seen = 0;
	now_us = 7000000;
	descriptors_asked = ports_asked = queue_asked = ports_taken = row_count = spread_count = 0;
	dials_to[0] = dials_to[1] = 0;
	experiment->parts[part].steps[step].run(&stage);
	CHECK(left_open() == 0, "%d of %d are left open", left_open(), opened);
	CHECK(ports_taken == 0, "%d ports are left", ports_taken);
}

/* The step of a part that is a function. */
static int function_of(int number, int part)
{
	int step = 0;

	while (!experiments[number - 1]->parts[part].steps[step].run)
		if (++step == EXPERIMENT_STEPS)
			abort();
	return step;
}

static void check_seen(size_t i, const char *text, const char *result, bool as_expected)
{
	if (i >= seen_count) {
		CHECK(false, "%zu seen, not %s", seen_count, text);
		return;
	}
	CHECK(strstr(seen[i].text, text), "%zu: %s", i, seen[i].text);
	CHECK_TEXT(seen[i].result, result);
	CHECK(seen[i].as_expected == as_expected, "%s %s: %d", seen[i].text, seen[i].result,
	    seen[i].as_expected);
}

/* Kernels are late with a timer, but not early. */
static void a_time_wait_lasts_about_a_minute(void)
{
	static const struct {
		int64_t left_ms;
		const char *shown;
		bool as_expected;
	} rows[] = {
	    {1, "0.0 s", false},
	    {30000, "30.0 s", false},
	    {30001, "30.0 s", true},
	    {59900, "59.9 s", true},
	    {61000, "61.0 s", true},
	    {61001, "61.0 s", false},
	};
	const int step = function_of(5, 0);

	port_free = false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		timewait_ms = rows[i].left_ms;
		run(5, 0, step);
		CHECK(seen_count == 2, "row %zu: %zu seen", i, seen_count);
		check_seen(0, "is the server's end in TIME_WAIT", "yes", true);
		check_seen(1, "how long it still lasts", rows[i].shown, rows[i].as_expected);
	}
}

static void a_time_wait_that_is_missing_differs_unless_there_was_no_room(void)
{
	const int step = function_of(5, 0);

	timewait_ms = timewait_full = 0;
	port_free = false; /* it is there, and is not listed */
	run(5, 0, step);
	CHECK(seen_count == 1 && !skipped, "%zu seen", seen_count);
	check_seen(0, "the server's end, which has the port", "not listed", true);
	port_free = true;
	run(5, 0, step);
	CHECK(seen_count == 1 && !skipped, "%zu seen", seen_count);
	check_seen(0, "is the server's end in TIME_WAIT", "no", false);
	timewait_full = 1;
	run(5, 0, step);
	CHECK(seen_count == 0 && skipped, "%zu seen", seen_count);
	timewait_full = 0;
	timewait_ms = -1;
	run(5, 0, step);
	CHECK(seen_count == 0 && !skipped, "%zu seen", seen_count);
}

/* The first listener gets 20 and the last 80. */
static void connections_are_counted_for_each_listener(void)
{
	for (int i = 0; i < CONNECTIONS; i++)
		dealt[i] = i < 20 ? 0 : i < 100 ? LISTENERS - 1 : 1 + i % 6;
	accepts_most = CONNECTIONS;
	run(6, 0, 0);
	CHECK(seen_count == 3, "%zu seen", seen_count);
	check_seen(0, "connections from 400 source ports", "400", true);
	check_seen(1, "with the fewest", "20", true);
	check_seen(2, "with the most", "80", true);
}

/* The longest bar is 56 wide, or what a terminal has room for. */
static void bars_are_as_long_as_connections_are_many(void)
{
	static const struct {
		int width;
		const char *first, *last;
	} sizes[] = {
	    {OUT_UNBOUNDED, "listener 1    20 ##############\n",
		"listener 8    80 ########################################################\n"},
	    {76, "listener 1    20 ##############\n",
		"listener 8    80 ########################################################\n"},
	    {75, "listener 1    20 ##############\n",
		"listener 8    80 ########################################################\n"},
	    {74, "listener 1    20 #############\n",
		"listener 8    80 #######################################################\n"},
	    {40, "listener 1    20 #####\n", "listener 8    80 #####################\n"},
	    {21, "listener 1    20\n", "listener 8    80 ##\n"},
	    {20, "listener 1    20\n", "listener 8    80 #\n"},
	    {10, "listener 1    20\n", "listener 8    80 #\n"},
	};

	for (int i = 0; i < CONNECTIONS; i++)
		dealt[i] = i < 20 ? 0 : i < 100 ? LISTENERS - 1 : 1 + i % 6;
	accepts_most = CONNECTIONS;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		width = sizes[i].width;
		run(6, 0, 0);
		const char *const last = strstr(picture, "listener 8");
		CHECK(!strncmp(picture, sizes[i].first, strlen(sizes[i].first)), "%d columns: %s",
		    width, picture);
		CHECK(last && !strcmp(last, sizes[i].last), "%d columns: %s", width, picture);
	}
	width = OUT_UNBOUNDED;
	accepts_most = 0;
	run(6, 0, 0);
	CHECK(!strncmp(picture, "listener 1     0\n", 17), "%s", picture);
	check_seen(2, "with the most", "0", false);
	/* one is enough for a whole bar, and the first may be the longest */
	dealt[0] = dealt[1] = dealt[2] = 0;
	dealt[3] = 1;
	accepts_most = 1;
	run(6, 0, 0);
	CHECK(strstr(picture,
		  "listener 1     1 ########################################################\n"),
	    "%s", picture);
	accepts_most = 4;
	run(6, 0, 0);
	CHECK(strstr(picture, "listener 2     1 ##################\n"), "%s", picture);
}

/* 15 to 85 of 400 for each of eight. */
static void the_bounds_of_an_even_spread_are_15_and_85(void)
{
	for (int more = 0; more < 2; more++) {
		for (int i = 0; i < CONNECTIONS; i++)
			dealt[i] = i < 15 - more ? 0 : i < 100 ? LISTENERS - 1 : 1 + i % 6;
		accepts_most = CONNECTIONS;
		run(6, 0, 0);
		check_seen(1, "with the fewest", more ? "14" : "15", !more);
		check_seen(2, "with the most", more ? "86" : "85", !more);
	}
	CHECK(descriptors_asked == 808 && ports_asked == 400, "%d descriptors, %d ports",
	    descriptors_asked, ports_asked);
	run(6, 1, 0);
	CHECK(ports_asked == 16, "%d ports", ports_asked);
}

static void a_spread_that_cannot_be_made_ends_it(void)
{
	accepts_most = CONNECTIONS;
	opens_most = 5;
	run(6, 0, 0);
	check_seen(0, "connections from 400 source ports", "5", false);
	opens_most = MANY;
	/* no listener gets the fourth, in ten seconds */
	waits_from = 3;
	run(6, 0, 0);
	check_seen(0, "connections from 400 source ports", "3", false);
	CHECK(now_us >= 17000000 && now_us < 18000000, "%lld us", (long long)now_us);
	waits_from = PROBES + CONNECTIONS;
	for (ports_most = 0; ports_most < 2; ports_most++) {
		run(6, 0, 0);
		CHECK(seen_count == 1, "%zu seen", seen_count);
		check_seen(0, "two free ports", "EADDRINUSE", false);
	}
	ports_most = MANY;
}

static void a_listener_with_too_few_or_too_many_differs(void)
{
	for (int i = 0; i < CONNECTIONS; i++)
		dealt[i] = i < 14 ? 0 : i < 100 ? LISTENERS - 1 : 1 + i % 6;
	accepts_most = CONNECTIONS;
	run(6, 0, 0);
	check_seen(1, "with the fewest", "14", false);
	check_seen(2, "with the most", "86", false);
}

static void one_source_leads_to_one_listener(void)
{
	accepts_most = CONNECTIONS;
	for (int i = 0; i < CONNECTIONS; i++)
		dealt[i] = LISTENERS - 1;
	run(6, 1, 0);
	check_seen(1, "listeners that got any connection", "1", true);
	CHECK(!strncmp(line, "listener 8   400 ###", 20), "%s", line);
	dealt[0] = 0;
	run(6, 1, 0);
	check_seen(1, "listeners that got any connection", "2", false);
	for (int i = 0; i < CONNECTIONS; i++)
		dealt[i] = 0;
	run(6, 1, 0);
	CHECK_TEXT(line, "listener 8     0");
}

static void a_connection_that_no_listener_has_ends_the_dealing(void)
{
	accepts_most = 3;
	run(6, 0, 0);
	check_seen(0, "connections from 400 source ports", "3", false);
}

/* The first connections are those of a program that should lead them all to the first listener. */
static void what_a_program_chooses_is_counted_where_it_is_heeded(void)
{
	for (int i = 0; i < PROBES + CONNECTIONS; i++)
		dealt[i] = i < PROBES ? 0 : i % LISTENERS;
	accepts_most = PROBES + CONNECTIONS;
	run(6, 2, 0);
	CHECK(!skipped, "%s", skipped);
	check_seen(0, "SO_ATTACH_REUSEPORT_CBPF", "ok", true);
	check_seen(1, "connections from one source", "400", true);
	check_seen(2, "with the fewest", "50", true);
	check_seen(3, "with the most", "50", true);
	CHECK(spread_count == 2 && spreads[0] == 1 && spreads[1] == LISTENERS,
	    "%d programs, %d, %d", spread_count, spreads[0], spreads[1]);
	dealt[PROBES - 1] = 1;
	run(6, 2, 0);
	CHECK(skipped && strstr(skipped, "ignores it"), "not skipped");
	CHECK(seen_count == 0 && accepts == PROBES, "%zu seen of %d", seen_count, accepts);
	option_error = EPERM;
	run(6, 2, 0);
	check_seen(0, "SO_ATTACH_REUSEPORT_CBPF", "EPERM", false);
	CHECK(!skipped && seen_count == 1 && accepts == 0, "%zu seen of %d", seen_count, accepts);
	option_error = 0;
}

/* Here each destination gets ten, also where bind took the port. */
static void connections_of_ten_ports_are_counted_for_each_way(void)
{
	static const char *const counts[] = {"10", "20"};

	for (int part = 0; part < 2 && rule_here() == RULE_LINUX; part++) {
		run(12, part, function_of(12, part));
		CHECK(seen_count == 6, "%zu seen", seen_count);
		CHECK(descriptors_asked == 22 && ports_asked == 10 && queue_asked == 11,
		    "%d, %d, %d", descriptors_asked, ports_asked, queue_asked);
		/* what is not as expected is tried five times: a stranger may have taken a port */
		CHECK(row_count == (part ? 7 : 3), "%d rows", row_count);
		CHECK(strstr(ways_seen,
			  "127.0.0.1:0 range; unbound range; 127.0.0.1:0 range no-port; "),
		    "%s", ways_seen);
		for (size_t i = 0; i < seen_count; i += 2) {
			const bool binds = !strncmp(seen[i].text, "bind port 0", 11);
			CHECK_TEXT(seen[i].result, counts[part]);
			CHECK_TEXT(seen[i].expected, binds ? "10" : counts[part]);
			CHECK(strstr(seen[i].text,
				  part ? ", to two destinations" : ", to one destination"),
			    "%s", seen[i].text);
			CHECK_TEXT(seen[i + 1].text, "  the next one: connect");
			CHECK_TEXT(seen[i + 1].result, "EADDRNOTAVAIL");
			CHECK_TEXT(seen[i + 1].expected, binds ? "EADDRINUSE" : "EADDRNOTAVAIL");
		}
	}
}

static void without_ports_for_it_no_choice_is_counted(void)
{
	for (ports_most = 0; ports_most < 2; ports_most++) {
		run(12, 1, function_of(12, 1));
		CHECK(
		    seen_count == 1 && row_count == 0, "%zu seen, %d rows", seen_count, row_count);
		check_seen(0, "a free port", "EADDRINUSE", false);
	}
	ports_most = MANY;
	for (rows_held = 1; rows_held < 3; rows_held++) {
		run(12, 0, function_of(12, 0));
		CHECK(skipped && strstr(skipped, "no ten ephemeral ports in a row"), "%zu seen",
		    seen_count);
		CHECK(seen_count == 2 * ((size_t)rows_held - 1), "%zu seen", seen_count);
	}
	rows_held = 0;
}

static void a_simultaneous_open_is_tried_until_it_comes_out_well(void)
{
	for (int attempts = 1; attempts <= 6; attempts++) {
		opened_from = attempts;
		taken_unheard = attempts % 3;
		run(9, 0, 0);
		CHECK(listens == (attempts < 6 ? attempts : 5), "%d attempts, well at %d", listens,
		    attempts);
		CHECK(!skipped, "%s", skipped);
		char taken[32];
		snprintf(taken, sizeof taken, "%d connect", taken_unheard);
		check_seen(1, taken, "ok", true);
		check_seen(4, "y bind", attempts < 6 ? "ok" : "ETIMEDOUT", attempts < 6);
		check_seen(
		    5, "x, which was waiting", attempts < 6 ? "ok" : "ETIMEDOUT", attempts < 6);
	}
}

int main(void)
{
	TEST(a_time_wait_lasts_about_a_minute);
	TEST(a_time_wait_that_is_missing_differs_unless_there_was_no_room);
	TEST(connections_are_counted_for_each_listener);
	TEST(bars_are_as_long_as_connections_are_many);
	TEST(the_bounds_of_an_even_spread_are_15_and_85);
	TEST(a_spread_that_cannot_be_made_ends_it);
	TEST(a_listener_with_too_few_or_too_many_differs);
	TEST(one_source_leads_to_one_listener);
	TEST(a_connection_that_no_listener_has_ends_the_dealing);
	TEST(what_a_program_chooses_is_counted_where_it_is_heeded);
	TEST(connections_of_ten_ports_are_counted_for_each_way);
	TEST(without_ports_for_it_no_choice_is_counted);
	TEST(a_simultaneous_open_is_tried_until_it_comes_out_well);
	return test_failures != 0;
}
