/* ctest: wrap=sock_local wrap=option_get wrap=clock_us wrap=echo_open wrap=echo_poller wrap=writer_left_out wrap=writer_cut */
/* cmd/listen/view: all that listen shows, word for word, and how long it waits to show the rest. */
#include <errno.h>

#include "cli/writer.h"
#include "clock.h"
#include "cmd/listen/view.h"
#include "tcp/option.h"
#include "tcp/sock.h"
#include "tests/lib/shown.h"

static int64_t now_us = SECOND_US;
static unsigned on; /* options, 1u << enum option */
static uint64_t left_out;
static bool cut[2];

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
union addr __wrap_sock_local(int fd);
bool __wrap_option_get(int fd, enum option option);
int64_t __wrap_clock_us(void);
uint64_t __wrap_echo_open(const struct echo *echo);
const char *__wrap_echo_poller(const struct echo *echo);
uint64_t __wrap_writer_left_out(void);
bool __wrap_writer_cut(enum writer to);

union addr __wrap_sock_local(int fd)
{
	return addr_loopback(AF_INET, (unsigned)fd);
}

bool __wrap_option_get(int fd, enum option option)
{
	(void)fd;
	return (on & 1u << option) != 0;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}

uint64_t __wrap_echo_open(const struct echo *echo)
{
	(void)echo;
	return 5;
}

const char *__wrap_echo_poller(const struct echo *echo)
{
	(void)echo;
	return "poll";
}

uint64_t __wrap_writer_left_out(void)
{
	return left_out;
}

bool __wrap_writer_cut(enum writer to)
{
	return cut[to == WRITER_ERR];
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct listen_view view;

static void show_events(void)
{
	static const struct {
		enum echo_reason reason;
		int error;
	} ends[] = {{ECHO_PEER, 0}, {ECHO_RESET, 0}, {ECHO_IDLE, 0}, {ECHO_OWED, 0},
	    {ECHO_STOPPED, 0}, {ECHO_FAULT, ETIMEDOUT}};
	const union addr peer = addr_loopback(AF_INET, 3001);
	struct echo_event event = {.what = ECHO_OPENED, .peer = &peer, .fd = 3000};

	listen_view_tell(&view, &event);
	event.what = ECHO_HEARD;
	event.bytes = 5;
	listen_view_tell(&view, &event);
	event.what = ECHO_CLOSED;
	event.bytes = 15;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		event.reason = ends[i].reason;
		event.error = ends[i].error;
		listen_view_tell(&view, &event);
	}
}

static void each_event_has_its_line(void)
{
	view = (struct listen_view){.worker = LISTEN_VIEW_ALONE, .throttle.share = 1};
	CHECK_LINES(shown_as((struct common){0}, show_events),
	    "+ 127.0.0.1:3001\n"
	    "  127.0.0.1:3001 5 bytes\n"
	    "- 127.0.0.1:3001 15 bytes, closed by peer\n"
	    "- 127.0.0.1:3001 15 bytes, reset by peer\n"
	    "- 127.0.0.1:3001 15 bytes, idle\n"
	    "- 127.0.0.1:3001 15 bytes, owed too much\n"
	    "- 127.0.0.1:3001 15 bytes, stopped\n"
	    "- 127.0.0.1:3001 15 bytes, ETIMEDOUT\n");
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_events),
	    "+ 127.0.0.1:3001\n"
	    "  127.0.0.1:3001 5 bytes\n"
	    "- 127.0.0.1:3001 15 bytes, closed by peer\n"
	    "- 127.0.0.1:3001 15 bytes, \033[31mreset by peer\033[0m\n"
	    "- 127.0.0.1:3001 15 bytes, idle\n"
	    "- 127.0.0.1:3001 15 bytes, owed too much\n"
	    "- 127.0.0.1:3001 15 bytes, stopped\n"
	    "- 127.0.0.1:3001 15 bytes, \033[31mETIMEDOUT\033[0m\n");
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_events),
	    "+ 127.0.0.1:3001 at 127.0.0.1:3000, 5 open (poll)\n"
	    "  127.0.0.1:3001 5 bytes\n"
	    "- 127.0.0.1:3001 15 bytes, closed by peer\n"
	    "- 127.0.0.1:3001 15 bytes, reset by peer\n"
	    "- 127.0.0.1:3001 15 bytes, idle\n"
	    "- 127.0.0.1:3001 15 bytes, owed too much\n"
	    "- 127.0.0.1:3001 15 bytes, stopped\n"
	    "- 127.0.0.1:3001 15 bytes, ETIMEDOUT\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_events),
	    "{\"event\":\"opened\",\"peer\":\"127.0.0.1:3001\",\"local\":\"127.0.0.1:3000\"}\n"
	    "{\"event\":\"heard\",\"peer\":\"127.0.0.1:3001\",\"bytes\":5}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"peer\"}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"reset\"}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"idle\"}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"owed\"}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"stopped\"}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"ETIMEDOUT\"}\n");
	view.worker = 0;
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_events),
	    "+ 127.0.0.1:3001 at 127.0.0.1:3000, 5 open, worker 0 (poll)\n"
	    "  127.0.0.1:3001 5 bytes\n"
	    "- 127.0.0.1:3001 15 bytes, closed by peer\n"
	    "- 127.0.0.1:3001 15 bytes, reset by peer\n"
	    "- 127.0.0.1:3001 15 bytes, idle\n"
	    "- 127.0.0.1:3001 15 bytes, owed too much\n"
	    "- 127.0.0.1:3001 15 bytes, stopped\n"
	    "- 127.0.0.1:3001 15 bytes, ETIMEDOUT\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_events),
	    "{\"event\":\"opened\",\"peer\":\"127.0.0.1:3001\",\"local\":\"127.0.0.1:3000\",\"worker\":0}\n"
	    "{\"event\":\"heard\",\"peer\":\"127.0.0.1:3001\",\"bytes\":5,\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"peer\",\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"reset\",\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"idle\",\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"owed\",\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"stopped\",\"worker\":0}\n"
	    "{\"event\":\"closed\",\"peer\":\"127.0.0.1:3001\",\"bytes\":15,\"reason\":\"ETIMEDOUT\",\"worker\":0}\n");
}

static void with_q_it_is_told_of_those_without_room_alone(void)
{
	CHECK(listen_view_tells() == (ECHO_OPENED | ECHO_HEARD | ECHO_CLOSED | ECHO_FULL), "%u",
	    listen_view_tells());
	out_style(&(struct common){.quiet = 1});
	CHECK(listen_view_tells() == ECHO_FULL, "%u", listen_view_tells());
	out_style(&(struct common){0});
}

static const char *full(void)
{
	static char said[1024];
	const struct echo_event event = {.what = ECHO_FULL, .fd = 3000, .error = EMFILE};
	const struct capture capture = capture_begin(stderr);

	listen_view_tell(&view, &event);
	capture_end(&capture, said, sizeof said);
	return said;
}

static void it_complains_once_a_second_of_no_room(void)
{
	view = (struct listen_view){.worker = LISTEN_VIEW_ALONE, .throttle.share = 1};
	char want[256];
	snprintf(
	    want, sizeof want, "reuse: accept 127.0.0.1:3000: %s (EMFILE)\n", strerror(EMFILE));
	CHECK_LINES(full(), want);
	now_us += SECOND_US - 1;
	CHECK_LINES(full(), "");
	now_us++;
	CHECK_LINES(full(), want);
}

static bool v6only;

static void show_listening(void)
{
	listen_view_listening(3000, v6only);
}

static void the_first_line_names_the_options(void)
{
	on = 0;
	CHECK_LINES(shown_as((struct common){0}, show_listening),
	    "listening on 127.0.0.1:3000 (no options), ctrl-c to stop\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_listening),
	    "{\"event\":\"listening\",\"local\":\"127.0.0.1:3000\",\"options\":[]}\n");
	on = 1u << OPTION_REUSEADDR | 1u << OPTION_REUSEPORT | 1u << OPTION_V6ONLY;
	CHECK_LINES(shown_as((struct common){0}, show_listening),
	    "listening on 127.0.0.1:3000 (SO_REUSEADDR SO_REUSEPORT), ctrl-c to stop\n");
	v6only = true;
	CHECK_LINES(shown_as((struct common){0}, show_listening),
	    "listening on 127.0.0.1:3000 (SO_REUSEADDR SO_REUSEPORT IPV6_V6ONLY), ctrl-c to stop\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_listening),
	    "{\"event\":\"listening\",\"local\":\"127.0.0.1:3000\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\",\"IPV6_V6ONLY\"]}\n");
}

static unsigned workers;

static void show_summary(void)
{
	const union addr locals[] = {addr_loopback(AF_INET, 3000), addr_loopback(AF_INET6, 3000)};
	const struct served served[] = {{1, 10, -1}, {2, 20, -1}}, all = {3, 30, workers ? 0 : -1};

	listen_view_summary(locals, 1 + workers / 2, served, workers, &all, 12345678);
}

static void the_summary_is_of_each_worker_and_of_all(void)
{
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_summary),
	    "--- 127.0.0.1:3000 ---\n"
	    "3 connections, 30 bytes echoed, 12.3 s\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_summary),
	    "{\"event\":\"summary\",\"connections\":3,\"bytes\":30,\"seconds\":12.346}\n");
	workers = 2;
	CHECK_LINES(shown_as((struct common){0}, show_summary),
	    "--- 127.0.0.1:3000 [::1]:3000 ---\n"
	    "worker 0: 1 connections, 10 bytes echoed\n"
	    "worker 1: 2 connections, 20 bytes echoed\n"
	    "3 connections, 30 bytes echoed, 12.3 s\n");
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_summary),
	    "--- 127.0.0.1:3000 [::1]:3000 ---\n"
	    "worker 0: 1 connections, 10 bytes echoed\n"
	    "worker 1: 2 connections, 20 bytes echoed\n"
	    "0 dropped by the kernel before accept, because its queue was full or memory was short (each attempt counts)\n"
	    "3 connections, 30 bytes echoed, 12.3 s\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_summary),
	    "{\"event\":\"summary\",\"worker\":0,\"connections\":1,\"bytes\":10,\"seconds\":12.346}\n"
	    "{\"event\":\"summary\",\"worker\":1,\"connections\":2,\"bytes\":20,\"seconds\":12.346}\n"
	    "{\"event\":\"summary\",\"connections\":3,\"bytes\":30,\"seconds\":12.346}\n");
}

static void a_rest_that_is_to_go_out_is_looked_after_soon(void)
{
	static const struct {
		bool out, err;
		int wait_ms, want;
	} rows[] = {{false, false, -1, -1}, {false, false, 5000, 5000}, {true, false, -1, 100},
	    {false, true, -1, 100}, {true, true, 101, 100}, {true, false, 100, 100},
	    {true, false, 99, 99}, {false, true, 0, 0}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cut[0] = rows[i].out;
		cut[1] = rows[i].err;
		const int got = listen_view_wait_ms(rows[i].wait_ms);
		CHECK(got == rows[i].want, "row %zu: %d", i, got);
	}
	cut[0] = cut[1] = false;
}

static int waited;

static void show_turn(void)
{
	waited = listen_view_turn(&view);
}

static void show_last(void)
{
	listen_view_end(&view);
}

static void lines_left_out_are_counted_in_a_line_of_their_own(void)
{
	view = (struct listen_view){.worker = LISTEN_VIEW_ALONE, .throttle.share = 1};
	CHECK_LINES(shown_as((struct common){0}, show_turn), "");
	CHECK(waited == -1, "%d", waited);
	left_out = 7;
	CHECK_LINES(shown_as((struct common){0}, show_turn), "");
	CHECK(waited == 100, "%d", waited);
	left_out = 0;
	now_us += INT64_C(2) * SECOND_US;
	CHECK_LINES(shown_as((struct common){0}, show_turn), "  (7 lines left out)\n");
	view.throttle.left_out = 3;
	CHECK_LINES(shown_as((struct common){0}, show_last), "  (3 lines left out)\n");
	view.throttle.left_out = 4;
	left_out = 2;
	CHECK_LINES(shown_as((struct common){.json = 1}, show_last),
	    "{\"event\":\"left_out\",\"lines\":6}\n");
	view.throttle.left_out = left_out = 0;
	CHECK_LINES(shown_as((struct common){0}, show_last), "");
}

int main(void)
{
	TEST(each_event_has_its_line);
	TEST(with_q_it_is_told_of_those_without_room_alone);
	TEST(it_complains_once_a_second_of_no_room);
	TEST(the_first_line_names_the_options);
	TEST(the_summary_is_of_each_worker_and_of_all);
	TEST(a_rest_that_is_to_go_out_is_looked_after_soon);
	TEST(lines_left_out_are_counted_in_a_line_of_their_own);
	return test_failures != 0;
}
