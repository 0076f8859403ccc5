/* ctest: wrap=sock_local wrap=settings_names */
/* cmd/connect/view: all that connect shows and complains of, word for word. */
#include <errno.h>

#include "clock.h"
#include "cmd/connect/view.h"
#include "tests/lib/shown.h"
#include "tcp/sock.h"
#include "words/settings.h"

static struct connect_view view;
static union addr mine, peer;
static char complained[4096];

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
union addr __wrap_sock_local(int fd);
const char *__wrap_settings_names(int fd, char names[SETTINGS_NAMES]);

union addr __wrap_sock_local(int fd)
{
	(void)fd;
	return mine;
}

const char *__wrap_settings_names(int fd, char names[SETTINGS_NAMES])
{
	(void)fd;
	snprintf(names, SETTINGS_NAMES, "SO_KEEPALIVE");
	return names;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* What is shown, and below it what is complained of. */
static const char *both(struct common common, void show(void))
{
	static char all[16384];
	const struct capture capture = capture_begin(stderr);
	const char *const shown = shown_as(common, show);

	capture_end(&capture, complained, sizeof complained);
	snprintf(all, sizeof all, "%.8000s%s", shown, complained);
	return all;
}

static void begin(const char *data, uint64_t len)
{
	mine = addr_loopback(AF_INET, 3001);
	peer = addr_loopback(AF_INET, 3000);
	view = (struct connect_view){.local = &mine,
	    .peer = &peer,
	    .len = len,
	    .every_us = 2500000,
	    .timeout_us = INT64_C(5) * SECOND_US};
	connect_view_begin(&view, data);
}

static void show_beats(void)
{
	const struct beat_result back = {.rtt_ns = 58499};

	connect_view_connected(&view, 3, 41499);
	connect_view_lub(&view);
	CHECK(view.waits, "it waits for no echo");
	connect_view_dub(&view, 1, &back);
	CHECK(!view.waits, "it waits for an echo that came");
}

static void a_heartbeat_goes_out_and_comes_back(void)
{
	begin("hi\x1b", 3);
	CHECK_LINES(both((struct common){0}, show_beats),
	    "127.0.0.1:3001 -> 127.0.0.1:3000 connected in 0.041 ms\n"
	    "Lub hi\\x1b... Dub hi\\x1b (0.058 ms)\n");
	CHECK_LINES(both((struct common){.verbose = 1}, show_beats),
	    "127.0.0.1:3001 -> 127.0.0.1:3000 connected in 0.041 ms\n"
	    "  SO_KEEPALIVE, 3 bytes each 2.5 s, waiting 5 s at most\n"
	    "Lub hi\\x1b... Dub hi\\x1b (0.058 ms)\n");
	CHECK_LINES(both((struct common){.quiet = 1}, show_beats),
	    "127.0.0.1:3001 -> 127.0.0.1:3000 connected in 0.041 ms\n");
	CHECK_LINES(both((struct common){.json = 1}, show_beats),
	    "{\"event\":\"connected\",\"local\":\"127.0.0.1:3001\",\"peer\":\"127.0.0.1:3000\",\"ms\":0.041}\n"
	    "{\"event\":\"beat\",\"seq\":1,\"bytes\":3,\"rtt_ms\":0.058}\n");
	CHECK_LINES(both((struct common){.json = 1, .quiet = 1}, show_beats),
	    "{\"event\":\"connected\",\"local\":\"127.0.0.1:3001\",\"peer\":\"127.0.0.1:3000\",\"ms\":0.041}\n");
	CHECK_LINES(both((struct common){.color = COMMON_COLOR_ALWAYS}, show_beats),
	    "\033[35m127.0.0.1:3001\033[0m -> 127.0.0.1:3000 connected in 0.041 ms\n"
	    "Lub hi\\x1b... Dub hi\\x1b (0.058 ms)\n");
}

static void a_long_heartbeat_is_shown_by_its_length(void)
{
	char data[CONNECT_VIEW_SHOWN + 2];

	memset(data, 'x', sizeof data - 1);
	data[sizeof data - 1] = 0;
	begin(data, CONNECT_VIEW_SHOWN);
	CHECK(strlen(view.shown) == CONNECT_VIEW_SHOWN, "%zu", strlen(view.shown));
	begin(data, CONNECT_VIEW_SHOWN + 1);
	CHECK_TEXT(view.shown, "257 bytes");
	begin(NULL, 5);
	CHECK_TEXT(view.shown, "5 bytes");
}

static enum beat_end end;
static bool in_heartbeat;

static void show_end(void)
{
	const struct beat_result result = {.error = ECONNRESET, .at = 7, .got = 0x0a, .want = 0xf1};

	if (in_heartbeat) {
		connect_view_lub(&view);
		connect_view_lost(&view, 4, end, &result);
		CHECK(!view.waits, "it waits for an echo that is lost");
	}
	connect_view_closed(&view, end, &result, in_heartbeat);
}

static void each_end_has_its_reason(void)
{
	static const struct {
		enum beat_end end;
		const char *lost, *lost_json, *closed, *closed_json;
	} rows[] = {
	    {BEAT_ECHOED, "Lub hi... lost\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"done\"}\n"
		"{\"event\":\"closed\",\"reason\":\"done\"}\n",
		"", ""},
	    {BEAT_TIMEOUT,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: no whole echo within 5 s\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"timeout\"}\n"
		"{\"event\":\"closed\",\"reason\":\"timeout\"}\n"
		"reuse: heartbeat 4 lost: no whole echo within 5 s\n",
		"reuse: no whole echo within 5 s\n",
		"{\"event\":\"closed\",\"reason\":\"timeout\"}\n"
		"reuse: no whole echo within 5 s\n"},
	    {BEAT_MISMATCH,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: byte 7 came back as 0x0a instead of 0xf1 (counted from 0)\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"mismatch\",\"at\":7,\"want\":241,\"got\":10}\n"
		"{\"event\":\"closed\",\"reason\":\"mismatch\"}\n"
		"reuse: heartbeat 4 lost: byte 7 came back as 0x0a instead of 0xf1 (counted from 0)\n",
		"reuse: byte 7 came back as 0x0a instead of 0xf1 (counted from 0)\n",
		"{\"event\":\"closed\",\"reason\":\"mismatch\"}\n"
		"reuse: byte 7 came back as 0x0a instead of 0xf1 (counted from 0)\n"},
	    {BEAT_SURPLUS,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 sent more than it received, first 0x0a\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"surplus\"}\n"
		"{\"event\":\"closed\",\"reason\":\"surplus\"}\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 sent more than it received, first 0x0a\n",
		"reuse: 127.0.0.1:3000 sent more than it received, first 0x0a\n",
		"{\"event\":\"closed\",\"reason\":\"surplus\"}\n"
		"reuse: 127.0.0.1:3000 sent more than it received, first 0x0a\n"},
	    {BEAT_PEER,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 closed the connection\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"peer\"}\n"
		"{\"event\":\"closed\",\"reason\":\"peer\"}\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 closed the connection\n",
		"reuse: 127.0.0.1:3000 closed the connection\n",
		"{\"event\":\"closed\",\"reason\":\"peer\"}\n"
		"reuse: 127.0.0.1:3000 closed the connection\n"},
	    {BEAT_RESET,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 reset the connection\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"reset\"}\n"
		"{\"event\":\"closed\",\"reason\":\"reset\"}\n"
		"reuse: heartbeat 4 lost: 127.0.0.1:3000 reset the connection\n",
		"reuse: 127.0.0.1:3000 reset the connection\n",
		"{\"event\":\"closed\",\"reason\":\"reset\"}\n"
		"reuse: 127.0.0.1:3000 reset the connection\n"},
	    {BEAT_FAULT,
		"Lub hi... lost\n"
		"reuse: heartbeat 4 lost: Connection reset by peer (ECONNRESET)\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"ECONNRESET\"}\n"
		"{\"event\":\"closed\",\"reason\":\"ECONNRESET\"}\n"
		"reuse: heartbeat 4 lost: Connection reset by peer (ECONNRESET)\n",
		"reuse: Connection reset by peer (ECONNRESET)\n",
		"{\"event\":\"closed\",\"reason\":\"ECONNRESET\"}\n"
		"reuse: Connection reset by peer (ECONNRESET)\n"},
	    {BEAT_STOPPED, "Lub hi... stopped\n",
		"{\"event\":\"lost\",\"seq\":4,\"reason\":\"stopped\"}\n"
		"{\"event\":\"closed\",\"reason\":\"stopped\"}\n",
		"", ""},
	};

	begin("hi", 2);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		end = rows[i].end;
		in_heartbeat = true;
		CHECK_LINES(both((struct common){0}, show_end), rows[i].lost);
		CHECK_LINES(both((struct common){.json = 1}, show_end), rows[i].lost_json);
		in_heartbeat = false;
		CHECK_LINES(both((struct common){.quiet = 1}, show_end), rows[i].closed);
		CHECK_LINES(
		    both((struct common){.json = 1, .quiet = 1}, show_end), rows[i].closed_json);
	}
}

static struct rtt rtt;
static uint64_t sent, echoed;

static void show_summary(void)
{
	connect_view_summary(&view, sent, echoed, &rtt);
}

static void the_summary_counts_what_is_still_out_as_not_lost(void)
{
	begin("hi", 2);
	sent = echoed = 0;
	CHECK_LINES(both((struct common){0}, show_summary),
	    "--- 127.0.0.1:3001 -> 127.0.0.1:3000 ---\n"
	    "0 sent, 0 echoed, 0% lost\n");
	CHECK_LINES(both((struct common){.json = 1}, show_summary),
	    "{\"event\":\"summary\",\"sent\":0,\"echoed\":0,\"lost\":0,\"rtt_ms\":null}\n");
	sent = 3;
	echoed = 2;
	rtt_add(&rtt, 1000000);
	rtt_add(&rtt, 3000000);
	CHECK_LINES(both((struct common){0}, show_summary),
	    "--- 127.0.0.1:3001 -> 127.0.0.1:3000 ---\n"
	    "3 sent, 2 echoed, 33.3% lost, rtt min/avg/max/mdev = 1.000/2.000/3.000/1.000 ms\n");
	CHECK_LINES(both((struct common){.json = 1}, show_summary),
	    "{\"event\":\"summary\",\"sent\":3,\"echoed\":2,\"lost\":1,\"rtt_ms\":{\"min\":1.000,\"avg\":2.000,\"max\":3.000,\"mdev\":1.000,\"p50\":1.001,\"p99\":3.000}}\n");
	view.waits = true;
	CHECK_LINES(both((struct common){0}, show_summary),
	    "\n"
	    "--- 127.0.0.1:3001 -> 127.0.0.1:3000 ---\n"
	    "3 sent, 2 echoed, 0% lost, rtt min/avg/max/mdev = 1.000/2.000/3.000/1.000 ms\n");
	CHECK_LINES(both((struct common){.quiet = 1}, show_summary),
	    "--- 127.0.0.1:3001 -> 127.0.0.1:3000 ---\n"
	    "3 sent, 2 echoed, 0% lost, rtt min/avg/max/mdev = 1.000/2.000/3.000/1.000 ms\n");
	CHECK_LINES(both((struct common){.json = 1}, show_summary),
	    "{\"event\":\"summary\",\"sent\":3,\"echoed\":2,\"lost\":0,\"rtt_ms\":{\"min\":1.000,\"avg\":2.000,\"max\":3.000,\"mdev\":1.000,\"p50\":1.001,\"p99\":3.000}}\n");
}

int main(void)
{
	TEST(a_heartbeat_goes_out_and_comes_back);
	TEST(a_long_heartbeat_is_shown_by_its_length);
	TEST(each_end_has_its_reason);
	TEST(the_summary_counts_what_is_still_out_as_not_lost);
	return test_failures != 0;
}
