/* ctest: os=Linux */
/* cmd/limits/ports_view: what is said of TIME_WAITs. */
#include "cli/out.h"
#include "cmd/limits/ports_view.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

static char shown[8192];

static void show(const struct ports *ports)
{
	const struct route route = {.source = addr_loopback(AF_INET, 0),
	    .destination = addr_loopback(AF_INET, 80),
	    .by_itself = true};
	const struct capture capture = capture_begin(stdout);

	if (out_json())
		ports_json(ports, &route);
	else
		ports_view(ports, &route);
	capture_end(&capture, shown, sizeof shown);
}

static void it_is_told_when_time_waits_end(void)
{
	static const struct {
		unsigned waits;
		int64_t first_ms, last_ms;
		const char *line; /* NULL: none */
	} rows[] = {
	    {1, 12400, 12400, "\nthe TIME_WAIT ends in 12 s\n"},
	    {2, 12400, 59600, "\nof 2 TIME_WAITs the first ends in 12 s, the last in 60 s\n"},
	    {1234, 0, 1000, "\nof 1,234 TIME_WAITs the first ends in 0 s, the last in 1 s\n"},
	    {0, 0, 0, NULL},
	    {3, -1, -1, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ports ports = {.low = 32768,
		    .high = 60999,
		    .waits = rows[i].waits,
		    .first_ms = rows[i].first_ms,
		    .last_ms = rows[i].last_ms};
		show(&ports);
		const char *line = rows[i].line;
		CHECK(line ? !!strstr(shown, line) : !strstr(shown, "TIME_WAIT"), "row %zu: %s", i,
		    shown);
	}
}

static void ports_whose_state_is_inferred_are_told(void)
{
	struct ports ports = {.low = 32768, .high = 60999};

	show(&ports);
	CHECK(!strstr(shown, "inferred"), "%s", shown);
	ports.not_asked = 1;
	show(&ports);
	CHECK(strstr(shown, "whether they were bound is inferred for 1\n"), "%s", shown);
}

static void what_is_inferred_of_the_wider_range_is_told_of_that_alone(void)
{
	struct ports ports = {.low = 32768,
	    .high = 60999,
	    .not_asked_beyond = 1,
	    .gains = {[PORTS_BY_SOURCE] = 20, [PORTS_BY_RANGE] = 10, [PORTS_BY_BIND] = 5}};

	show(&ports);
	CHECK(
	    strstr(shown, "+20: ") && strstr(shown, "+10: ") && strstr(shown, "+5: "), "%s", shown);
	const char *const source = strstr(shown, "+20: "), *const range = strstr(shown, "+10: "),
			  *const bind = strstr(shown, "+5: ");
	const char *const inferred = strstr(shown, "(inferred)");
	CHECK(inferred > range && inferred < bind && source < range, "%s", shown);
	CHECK(inferred && !strstr(inferred + 1, "(inferred)"), "%s", shown);
	ports.not_asked_beyond = 0;
	show(&ports);
	CHECK(!strstr(shown, "(inferred)"), "%s", shown);
}

static void each_advice_is_inferred_for_its_own_reason(void)
{
	static const struct {
		struct ports ports;
		bool inferred;
	} rows[] = {
	    {{.gains = {[PORTS_BY_UNRESERVED] = 7}}, false},
	    {{.gains = {[PORTS_BY_UNRESERVED] = 7}, .not_asked_reserved = 1}, true},
	    {{.gains = {[PORTS_BY_TW_REUSE] = 7}}, false},
	    {{.gains = {[PORTS_BY_TW_REUSE] = 7}, .reuse_inferred = true}, true},
	    {{.gains = {[PORTS_BY_BIND] = 7}}, false},
	    {{.gains = {[PORTS_BY_BIND] = 7}, .bind_inferred = true}, true},
	    {{.gains = {[PORTS_BY_SOURCE] = 7}, .reuse_inferred = true, .not_asked_reserved = 1},
		false},
	    {{.gains = {[PORTS_BY_SOURCE] = 7}, .odd = true}, true},
	    {{.gains = {[PORTS_BY_NO_PORT] = 7}, .not_asked = 1}, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ports ports = rows[i].ports;
		ports.low = 32768;
		ports.high = 60999;
		show(&ports);
		const char *const at = strstr(shown, "+7: ");
		CHECK(
		    at && !!strstr(at, "(inferred)") == rows[i].inferred, "row %zu: %s", i, shown);
	}
}

static void the_range_advised_begins_at_the_lowest_port_of_its_own(void)
{
	const struct ports ports = {
	    .low = 500, .high = 60999, .widest = 500, .gains = {[PORTS_BY_RANGE] = 4536}};

	show(&ports);
	CHECK(strstr(shown, "+4,536: sysctl -w net.ipv4.ip_local_port_range='500 65535'\n"), "%s",
	    shown);
}

static void of_ports_without_a_process_is_told_why(void)
{
	static const struct {
		enum ports_state state;
		bool not_searched;
		const char *line;
	} rows[] = {
	    {PORTS_BOUND, false, " no process seen "},
	    {PORTS_BOUND, true, " no process found in time "},
	    {PORTS_CONNECTED, false, " no process seen "},
	    {PORTS_TIME_WAIT, true, NULL},
	    {PORTS_RESERVED, false, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ports_taken taken = {.state = rows[i].state, .count = 3};
		const struct ports ports = {.low = 32768,
		    .high = 60999,
		    .taken = &taken,
		    .taken_count = 1,
		    .not_searched = rows[i].not_searched};
		show(&ports);
		CHECK(rows[i].line ? !!strstr(shown, rows[i].line) : !strstr(shown, "no process"),
		    "row %zu: %s", i, shown);
	}
}

static void of_remedies_that_give_the_same_none_is_left_out(void)
{
	const struct ports ports = {.low = 32768,
	    .high = 60999,
	    .gains = {[PORTS_BY_SOURCE] = 7, [PORTS_BY_RANGE] = 7, [PORTS_BY_BIND] = 7}};
	int told = 0;

	show(&ports);
	for (const char *at = shown; (at = strstr(at, "+7: ")); at++)
		told++;
	CHECK(told == 3, "%d: %s", told, shown);
}

static void in_json_ports_without_a_process_have_no_pid(void)
{
	struct process process = {.pid = 12, .program = "nc"};
	struct ports_taken taken[] = {{.state = PORTS_BOUND, .count = 3, .process = &process},
	    {.state = PORTS_TIME_WAIT, .count = 4}};
	const struct ports ports = {.low = 32768, .high = 60999, .taken = taken, .taken_count = 2};

	out_style(&(struct common){.json = 1});
	show(&ports);
	out_style(&(struct common){0});
	CHECK(strstr(shown, "\"state\":\"bound\",\"program\":\"nc\",\"pid\":12,\"ports\":3"), "%s",
	    shown);
	CHECK(strstr(shown, "\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":4"),
	    "%s", shown);
}

int main(void)
{
	TEST(it_is_told_when_time_waits_end);
	TEST(what_is_inferred_of_the_wider_range_is_told_of_that_alone);
	TEST(each_advice_is_inferred_for_its_own_reason);
	TEST(the_range_advised_begins_at_the_lowest_port_of_its_own);
	TEST(of_ports_without_a_process_is_told_why);
	TEST(ports_whose_state_is_inferred_are_told);
	TEST(of_remedies_that_give_the_same_none_is_left_out);
	TEST(in_json_ports_without_a_process_have_no_pid);
	return test_failures != 0;
}
