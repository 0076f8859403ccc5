/* ctest: os=Linux wrap=holders_read wrap=holders_know wrap=tunable_read wrap=tunable_port_range wrap=tunable_reserved_ports wrap=bound_open wrap=bound_ask */
/* cmd/limits/ports: what is left of ten ports, and what would give more, of sockets that are written down. */
#include <errno.h>
#include <stdlib.h>

#include "cmd/limits/ports.h"
#include "os/tunable.h"
#include "tcp/bound.h"
#include "tests/lib/listed.h"
#include "tests/lib/test.h"

enum { LOW = 40000, HIGH = 40009, ELSEWHERE = 7, SERVER = 80 };

/* What the kernel says here, beside the sockets that are listed. */
static struct {
	bool reserved[10], bound[10];
	unsigned low, high;
	const char *tw_reuse, *stamps, *delay, *first_port; /* NULL: there is none */
} kernel;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_holders_know(struct holders *holders, bool patient);
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
bool __wrap_tunable_port_range(unsigned *low, unsigned *high);
void __wrap_tunable_reserved_ports(unsigned char ports[8192]);
bool __wrap_bound_open(struct bound_inquiry *inquiry);
int __wrap_bound_ask(struct bound_inquiry *inquiry, unsigned port);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* All are process 1's. */
void __wrap_holders_know(struct holders *holders, bool patient)
{
	(void)patient;
	holders->processes = calloc(1, sizeof *holders->processes);
	holders->owners = calloc(1, sizeof *holders->owners);
	if (!holders->processes || !holders->owners)
		return;
	holders->process_count = holders->owner_count = 1;
	holders->processes[0].pid = 1;
	for (size_t i = 0; i < holders->count; i++)
		holders->list[i].owner_count = 1;
}

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	const struct {
		const char *name, *value;
	} all[] = {
	    {"net.ipv4.tcp_tw_reuse", kernel.tw_reuse},
	    {"net.ipv4.tcp_timestamps", kernel.stamps},
	    {"net.ipv4.tcp_tw_reuse_delay", kernel.delay},
	    {"net.ipv4.ip_unprivileged_port_start", kernel.first_port},
	};
	const char *value = NULL;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(name, all[i].name))
			value = all[i].value;

	errno = ENOENT;
	return value ? (snprintf(text, TUNABLE_TEXT, "%s", value), 0) : -1;
}

bool __wrap_tunable_port_range(unsigned *low, unsigned *high)
{
	*low = kernel.low;
	*high = kernel.high;
	return true;
}

void __wrap_tunable_reserved_ports(unsigned char ports[8192])
{
	memset(ports, 0, 8192);
	for (unsigned port = LOW; port <= HIGH; port++)
		ports[port / 8] |= (unsigned char)(kernel.reserved[port - LOW] << port % 8);
}

bool __wrap_bound_open(struct bound_inquiry *inquiry)
{
	*inquiry = (struct bound_inquiry){.fd = -1, .held = -1};
	return true;
}

int __wrap_bound_ask(struct bound_inquiry *inquiry, unsigned port)
{
	(void)inquiry;
	return kernel.bound[port - kernel.low];
}

/* A socket more, from `port` to the destination; it is open. */
static struct holder *add(enum holder_state state, unsigned port)
{
	struct holder *const holder = &listed[listed_count++];

	*holder = (struct holder){.state = state,
	    .local = addr_loopback(AF_INET, port),
	    .peer = addr_loopback(AF_INET, SERVER),
	    .inode = 1000 + listed_count,
	    .left_ms = -1,
	    .most_ms = -1,
	    .drops = -1};
	return holder;
}

static struct holder *add_waiting(unsigned port, int64_t left_ms)
{
	struct holder *const holder = add(HOLDER_TIME_WAIT, port);

	holder->remnant = true;
	holder->inode = 0;
	holder->left_ms = left_ms;
	return holder;
}

static void begin(void)
{
	memset(&kernel, 0, sizeof kernel);
	listed_count = 0;
	kernel.low = LOW;
	kernel.high = HIGH;
	kernel.tw_reuse = "0";
	kernel.stamps = "1";
}

/* Of loopback. */
static struct ports read_now(void)
{
	const struct route route = {
	    .source = addr_loopback(AF_INET, 0), .destination = addr_loopback(AF_INET, SERVER)};
	struct ports ports = {0};
	const char *call = "";

	CHECK(ports_read(&ports, &route, &call) == 0, "%s: errno %d", call, errno);
	return ports;
}

static void check_gains(const struct ports *ports, enum ports_remedy remedy, unsigned want)
{
	CHECK(ports->gains[remedy] == want, "remedy %d: %u, want %u", (int)remedy,
	    ports->gains[remedy], want);
}

/* The kernel says of them that connect takes them. */
static void the_range_has_both_its_ends(void)
{
	begin();
	add(HOLDER_ESTABLISHED, LOW)->peer = addr_loopback(AF_INET, ELSEWHERE);
	add(HOLDER_ESTABLISHED, HIGH)->peer = addr_loopback(AF_INET, ELSEWHERE);
	struct ports ports = read_now();
	CHECK(ports.left == 10, "%u left", ports.left);
	CHECK(ports.not_asked_beyond == 0, "%u beyond", ports.not_asked_beyond);
	check_gains(&ports, PORTS_BY_RANGE, 65536 - PORTS_LOWEST - 10);
	ports_free(&ports);
}

static void a_port_beyond_the_range_that_somebody_has_counts_as_bound(void)
{
	begin();
	add(HOLDER_ESTABLISHED, LOW - 1)->peer = addr_loopback(AF_INET, ELSEWHERE);
	add(HOLDER_ESTABLISHED, HIGH + 1)->peer = addr_loopback(AF_INET, ELSEWHERE);
	struct ports ports = read_now();
	CHECK(ports.left == 10, "%u left", ports.left);
	CHECK(ports.not_asked_beyond == 2, "%u beyond", ports.not_asked_beyond);
	check_gains(&ports, PORTS_BY_RANGE, 65536 - PORTS_LOWEST - 12);
	ports_free(&ports);
}

static void unreserving_gives_the_ports_that_nothing_else_takes(void)
{
	begin();
	kernel.reserved[3] = kernel.reserved[4] = kernel.reserved[5] = true;
	add(HOLDER_ESTABLISHED, LOW + 4);
	add(HOLDER_ESTABLISHED, LOW + 5)->peer = addr_loopback(AF_INET, ELSEWHERE);
	struct ports ports = read_now();
	CHECK(ports.left == 7, "%u left", ports.left);
	check_gains(&ports, PORTS_BY_UNRESERVED, 1); /* of the last it is not known */
	CHECK(ports.not_asked_reserved == 1, "%u not asked", ports.not_asked_reserved);
	ports_free(&ports);
	listed_count = 0;
	add_waiting(LOW + 4, 30000);
	ports = read_now();
	check_gains(&ports, PORTS_BY_UNRESERVED, 2);
	CHECK(ports.not_asked_reserved == 0, "%u not asked", ports.not_asked_reserved);
	ports_free(&ports);
}

/* Who lets bind choose the port and then connects could have left it to connect. */
static void only_what_a_process_has_can_be_left_to_the_kernel(void)
{
	begin();
	for (unsigned i = 0; i < 4; i++) {
		kernel.bound[i] = true;
		add(HOLDER_ESTABLISHED, LOW + i)->peer = addr_loopback(AF_INET, ELSEWHERE);
	}
	listed[0].inode = 0;              /* nobody has it any more */
	add(HOLDER_ESTABLISHED, LOW + 1); /* the destination's own, too */
	add_waiting(LOW + 2, 30000)->peer = addr_loopback(AF_INET, ELSEWHERE);
	struct ports ports = read_now();
	CHECK(ports.left == 6, "%u left", ports.left);
	check_gains(&ports, PORTS_BY_NO_PORT, 2);
	add(HOLDER_LISTEN, LOW + 2)->peer = (union addr){0};
	ports_free(&ports);
	ports = read_now();
	check_gains(&ports, PORTS_BY_NO_PORT, 1);
	ports_free(&ports);
}

static void each_port_that_is_taken_has_its_process(void)
{
	begin();
	add(HOLDER_ESTABLISHED, LOW);
	add(HOLDER_ESTABLISHED, HIGH);
	struct ports ports = read_now();
	CHECK(ports.left == 8, "%u left", ports.left);
	CHECK(ports.taken_count == 1 && ports.taken[0].state == PORTS_CONNECTED &&
		  ports.taken[0].count == 2 && ports.taken[0].process,
	    "%zu rows", ports.taken_count);
	ports_free(&ports);
}

static void the_first_and_the_last_time_wait_are_told(void)
{
	begin();
	add_waiting(LOW + 1, 30000);
	add_waiting(LOW + 2, 10000);
	add_waiting(LOW + 3, 50000);
	add_waiting(LOW + 4, 20000);
	struct ports ports = read_now();
	CHECK(ports.waits == 4, "%u", ports.waits);
	CHECK(ports.first_ms == 10000, "%lld", (long long)ports.first_ms);
	CHECK(ports.last_ms == 50000, "%lld", (long long)ports.last_ms);
	ports_free(&ports);
}

/* tcp_twsk_unique: with timestamps, where tcp_tw_reuse says so, and not within the delay. */
static void a_time_wait_is_taken_over_as_the_kernel_does(void)
{
	static const struct {
		const char *tw_reuse, *stamps, *delay;
		int64_t left_ms;
		unsigned left, by_1;
	} rows[] = {
	    {"0", "1", NULL, 30000, 9, 1},
	    {"1", "1", NULL, 30000, 10, 0},
	    {"2", "1", NULL, 30000, 10, 0},
	    {"3", "1", NULL, 30000, 9, 1},
	    {NULL, "1", NULL, 30000, 9, 1},
	    {"1", NULL, NULL, 30000, 10, 0},
	    {"1", "0", NULL, 30000, 9, 0},
	    {"2", "0", NULL, 30000, 9, 0},
	    {"0", "0", NULL, 30000, 9, 0},
	    {"1", "2", NULL, 30000, 10, 0},
	    {"1", "1", NULL, 58999, 10, 0},
	    {"1", "1", NULL, 59000, 9, 0},
	    {"1", "1", "500", 59499, 10, 0},
	    {"1", "1", "500", 59500, 9, 0},
	    {"1", "1", "0", 59999, 10, 0},
	    {"1", "1", "0", 60000, 9, 0},
	    {"0", "1", "500", 59499, 9, 1},
	    {"0", "1", "500", 59500, 9, 0},
	    {"1", "1", NULL, 0, 10, 0},
	    {"1", "1", NULL, -1, 9, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		kernel.tw_reuse = rows[i].tw_reuse;
		kernel.stamps = rows[i].stamps;
		kernel.delay = rows[i].delay;
		add_waiting(LOW + 1, rows[i].left_ms);
		struct ports ports = read_now();
		CHECK(ports.left == rows[i].left, "row %zu: %u left", i, ports.left);
		CHECK(ports.gains[PORTS_BY_TW_REUSE] == rows[i].by_1, "row %zu: %u by 1", i,
		    ports.gains[PORTS_BY_TW_REUSE]);
		ports_free(&ports);
	}
}

/* From another address to another machine: neither end is on loopback. */
static void of_tw_reuse_2_loopback_is_either_end(void)
{
	static const struct {
		uint32_t source, destination;
		unsigned left;
	} rows[] = {{0x7f000001, 0xc0000201, 10}, {0xc0000202, 0x7f000001, 10},
	    {0xc0000202, 0xc0000201, 9}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct route route = {.source = addr_loopback(AF_INET, 0),
		    .destination = addr_loopback(AF_INET, SERVER)};
		struct ports ports = {0};
		const char *call = "";
		route.source.v4.sin_addr.s_addr = htonl(rows[i].source);
		route.destination.v4.sin_addr.s_addr = htonl(rows[i].destination);
		begin();
		kernel.tw_reuse = "2";
		struct holder *const waiting = add_waiting(LOW + 1, 30000);
		waiting->local.v4.sin_addr.s_addr = htonl(rows[i].source);
		waiting->peer = route.destination;
		CHECK(ports_read(&ports, &route, &call) == 0, "%s", call);
		CHECK(ports.left == rows[i].left, "row %zu: %u left", i, ports.left);
		ports_free(&ports);
	}
}

/* __inet_hash_connect and inet_csk_find_open_port search an even number of ports: of an odd one the first or the
 * last is missed, and no other. */
static void of_an_odd_range_the_figure_is_exact_where_neither_end_is_left(void)
{
	static const struct {
		unsigned high;
		bool first, last; /* taken by a listener */
		bool left, bind;  /* inferred */
	} rows[] = {
	    {HIGH - 1, false, false, true, true},
	    {HIGH - 1, true, false, true, true},
	    {HIGH - 1, false, true, true, true},
	    {HIGH - 1, true, true, false, false},
	    {HIGH, false, false, false, false},
	    {LOW, false, false, false, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		kernel.high = rows[i].high;
		if (rows[i].first)
			add(HOLDER_LISTEN, LOW)->peer = (union addr){0};
		if (rows[i].last)
			add(HOLDER_LISTEN, rows[i].high)->peer = (union addr){0};
		struct ports ports = read_now();
		CHECK(ports.left_inferred == rows[i].left && ports.bind_inferred == rows[i].bind &&
			  ports.end_left == rows[i].left,
		    "row %zu: connect %d, bind %d, end %d", i, ports.left_inferred,
		    ports.bind_inferred, ports.end_left);
		ports_free(&ports);
	}
}

/* ip_unprivileged_port_start may be below 1024, and above it: no range may begin below that. */
static void a_range_may_begin_below_1024_and_a_wider_one_loses_none(void)
{
	static const struct {
		unsigned low, high;
		const char *first_port;
		unsigned left, widest, beyond;
	} rows[] = {
	    {500, 509, "0", 10, 500, 65535 - 509},
	    {LOW, HIGH, "0", 10, 1024, 65535 - 1024 + 1 - 10},
	    {LOW, HIGH, "2000", 10, 2000, 65535 - 2000 + 1 - 10},
	    {LOW, HIGH, NULL, 10, 1024, 65535 - 1024 + 1 - 10},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		kernel.low = rows[i].low;
		kernel.high = rows[i].high;
		kernel.first_port = rows[i].first_port;
		struct ports ports = read_now();
		CHECK(ports.left == rows[i].left && ports.left_to_bind == rows[i].left,
		    "row %zu: %u left, %u to bind", i, ports.left, ports.left_to_bind);
		CHECK(ports.widest == rows[i].widest, "row %zu: from %u", i, ports.widest);
		check_gains(&ports, PORTS_BY_RANGE, rows[i].beyond);
		ports_free(&ports);
	}
}

/* tcp_twsk_unique: without timestamps, which both ends must have, none is taken over. */
static void that_another_system_takes_timestamps_is_inferred(void)
{
	struct route route = {
	    .source = addr_loopback(AF_INET, 0), .destination = addr_loopback(AF_INET, SERVER)};
	const uint32_t ends[] = {0xc0000201, 0xc0000202}; /* the same host, and another */

	route.source.v4.sin_addr.s_addr = htonl(ends[0]);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct ports ports = {0};
		const char *call = "";
		route.destination.v4.sin_addr.s_addr = htonl(ends[i]);
		begin();
		kernel.tw_reuse = "1";
		struct holder *const waiting = add_waiting(LOW + 1, 30000);
		waiting->local.v4.sin_addr.s_addr = htonl(ends[0]);
		waiting->peer = route.destination;
		CHECK(ports_read(&ports, &route, &call) == 0, "%s", call);
		CHECK(ports.left == 10 && ports.left_inferred == (i == 1), "row %zu: %u, %d", i,
		    ports.left, ports.left_inferred);
		ports_free(&ports);
	}
}

int main(void)
{
	TEST(of_an_odd_range_the_figure_is_exact_where_neither_end_is_left);
	TEST(a_range_may_begin_below_1024_and_a_wider_one_loses_none);
	TEST(that_another_system_takes_timestamps_is_inferred);
	TEST(the_range_has_both_its_ends);
	TEST(a_port_beyond_the_range_that_somebody_has_counts_as_bound);
	TEST(unreserving_gives_the_ports_that_nothing_else_takes);
	TEST(only_what_a_process_has_can_be_left_to_the_kernel);
	TEST(each_port_that_is_taken_has_its_process);
	TEST(the_first_and_the_last_time_wait_are_told);
	TEST(a_time_wait_is_taken_over_as_the_kernel_does);
	TEST(of_tw_reuse_2_loopback_is_either_end);
	return test_failures != 0;
}
