/* ctest: wrap=out_width wrap=out_terminal */
/* cmd/experiment/view: all that an experiment shows, word for word, on terminals of both kinds and in a pipe. */
#include "cmd/experiment/view.h"
#include "tests/lib/shown.h"

enum { TABLE = 79 }; /* columns: both answers have room from one more on */

static int width = OUT_UNBOUNDED;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);
int __wrap_out_terminal(void);

int __wrap_out_width(void)
{
	return width;
}

int __wrap_out_terminal(void)
{
	return width != OUT_UNBOUNDED;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static const struct experiment experiment = {.number = 7,
    .name = "hand-over",
    .headline = "one server follows another",
    .about = "Two servers on one port. The first closes, and the second goes on.",
    .by_hand = {"1$ reuse listen 3000 LAN", "2$ reuse connect 0 0 LAN 3000", "1$ ^C"},
    .remember = "Who waits in the queue of the first is lost."};
static const struct part part = {.title = "Both listen", .lesson = "The kernel deals out."};
static struct show shown;

static void show_head(void)
{
	view_entry(&shown);
	view_experiment(&shown);
	view_part(&shown, &part);
	view_lesson(&part);
	view_outcome(&shown);
}

static void begin(void)
{
	shown = (struct show){.experiment = &experiment, .stop = -1};
}

static void what_it_is_about_stands_before_it_or_after_the_questions(void)
{
	begin();
	CHECK_LINES(shown_as((struct common){0}, show_head),
	    " 7  hand-over          one server follows another\n"
	    "7 hand-over: one server follows another\n"
	    "\n"
	    "Two servers on one port. The first closes, and the second goes on.\n"
	    "\n"
	    "By hand (1$ is the first terminal, 2$ the second):\n"
	    "  1$ reuse listen 3000 LAN\n"
	    "  2$ reuse connect 0 0 LAN 3000\n"
	    "  1$ ^C\n"
	    "\n"
	    "Both listen\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "7 hand-over: as expected\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_head),
	    "{\"event\":\"experiment\",\"number\":7,\"name\":\"hand-over\",\"about\":\"Two servers on one port. The first closes, and the second goes on.\"}\n"
	    "{\"event\":\"experiment\",\"number\":7,\"name\":\"hand-over\",\"about\":\"Two servers on one port. The first closes, and the second goes on.\"}\n"
	    "{\"event\":\"outcome\",\"number\":7,\"name\":\"hand-over\",\"outcome\":\"expected\",\"reason\":null}\n");
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_head),
	    " 7  hand-over          one server follows another\n"
	    "7 hand-over: as expected\n");
	snprintf(shown.lan, sizeof shown.lan, "192.0.2.7");
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_head),
	    " 7  hand-over          one server follows another\n"
	    "\033[1m7 hand-over\033[0m: one server follows another\n"
	    "\n"
	    "Two servers on one port. The first closes, and the second goes on.\n"
	    "\n"
	    "By hand (1$ is the first terminal, 2$ the second):\n"
	    "  \033[36m1$ reuse listen 3000 192.0.2.7\033[0m\n"
	    "  \033[36m2$ reuse connect 0 0 192.0.2.7 3000\033[0m\n"
	    "  \033[36m1$ ^C\033[0m\n"
	    "\n"
	    "\033[1mBoth listen\033[0m\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "\033[32m7 hand-over: as expected\033[0m\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	begin();
	shown.asking = true;
	CHECK_LINES(shown_as((struct common){0}, show_head),
	    " 7  hand-over          one server follows another\n"
	    "7 hand-over\n"
	    "\n"
	    "Both listen\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "Two servers on one port. The first closes, and the second goes on.\n"
	    "\n"
	    "By hand (1$ is the first terminal, 2$ the second):\n"
	    "  1$ reuse listen 3000 LAN\n"
	    "  2$ reuse connect 0 0 LAN 3000\n"
	    "  1$ ^C\n"
	    "\n"
	    "7 hand-over: as expected\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
}

static void show_steps(void)
{
	static const struct observation seen[] = {
	    {"a bind 127.0.0.1:3000", "ok", "ok", true},
	    {"b bind 127.0.0.1:3000", "EADDRINUSE", "ok", false},
	    {"b bind 127.0.0.1:3000 reuseaddr", "ok", NULL, true},
	    {"a connect from a place with a name so long that no room is left", "EADDRNOTAVAIL",
		"EADDRINUSE", false},
	    {"shared out", "812", "about 1000", true},
	};

	view_part(&shown, &part);
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		view_observation(&shown, &seen[i]);
	view_program(&shown, "server 1", " listen 3000");
	view_observation(&shown, &seen[0]);
	view_program(&shown, "server 1", NULL);
	view_observation(&shown, &seen[3]);
	view_program(&shown, "server 2", NULL);
	view_program(&shown, NULL, NULL);
	view_line("a picture");
	view_line("");
	view_connections();
	view_connection("127.0.0.1:3001", "127.0.0.1:3000", "client", 12);
	view_lesson(&part);
	view_outcome(&shown);
}

static void each_step_is_shown_with_what_was_expected(void)
{
	begin();
	CHECK_LINES(shown_as((struct common){0}, show_steps),
	    "\n"
	    "Both listen\n"
	    "  step                                              observed      expected\n"
	    "  a bind 127.0.0.1:3000                             ok            ok\n"
	    "  b bind 127.0.0.1:3000                             EADDRINUSE    ok\n"
	    "  b bind 127.0.0.1:3000 reuseaddr                   ok\n"
	    "  a connect from a place with a name so long that no room is left\n"
	    "                                                    EADDRNOTAVAIL EADDRINUSE\n"
	    "  shared out                                        812           about 1000\n"
	    "  server 1 listen 3000\n"
	    "    a bind 127.0.0.1:3000                           ok            ok\n"
	    "    a connect from a place with a name so long that no room is left\n"
	    "                                                    EADDRNOTAVAIL EADDRINUSE\n"
	    "  server 2\n"
	    "  a picture\n"
	    "\n"
	    "  SOURCE                DESTINATION           STATE        WHO\n"
	    "  127.0.0.1:3001        127.0.0.1:3000        ESTABLISHED  client, pid 12\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "7 hand-over: differs\n"
	    "  b bind 127.0.0.1:3000 gave EADDRINUSE, expected ok\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	CHECK(shown.outcome.differs && shown.outcome.part_differs && shown.outcome.part_open,
	    "%d %d %d", shown.outcome.differs, shown.outcome.part_differs, shown.outcome.part_open);
	begin();
	CHECK_LINES(shown_as((struct common){.json = 1}, show_steps),
	    "{\"event\":\"step\",\"text\":\"a bind 127.0.0.1:3000\",\"result\":\"ok\"}\n"
	    "{\"event\":\"step\",\"text\":\"b bind 127.0.0.1:3000\",\"result\":\"EADDRINUSE\"}\n"
	    "{\"event\":\"step\",\"text\":\"b bind 127.0.0.1:3000 reuseaddr\",\"result\":\"ok\"}\n"
	    "{\"event\":\"step\",\"text\":\"a connect from a place with a name so long that no room is left\",\"result\":\"EADDRNOTAVAIL\"}\n"
	    "{\"event\":\"step\",\"text\":\"shared out\",\"result\":\"812\"}\n"
	    "{\"event\":\"step\",\"text\":\"server 1: a bind 127.0.0.1:3000\",\"result\":\"ok\"}\n"
	    "{\"event\":\"step\",\"text\":\"server 1: a connect from a place with a name so long that no room is left\",\"result\":\"EADDRNOTAVAIL\"}\n"
	    "{\"event\":\"outcome\",\"number\":7,\"name\":\"hand-over\",\"outcome\":\"differs\",\"reason\":\"b bind 127.0.0.1:3000 gave EADDRINUSE, expected ok\"}\n");
	begin();
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_steps),
	    "7 hand-over: differs\n"
	    "  b bind 127.0.0.1:3000 gave EADDRINUSE, expected ok\n");
	begin();
	width = TABLE + 1;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_steps),
	    "\n"
	    "\033[1mBoth listen\033[0m\n"
	    "\033[2m  step                                              observed      expected\033[0m\n"
	    "  a bind 127.0.0.1:3000                             \033[32mok           \033[0m ok\n"
	    "  b bind 127.0.0.1:3000                             \033[31mEADDRINUSE   \033[0m ok\n"
	    "  b bind 127.0.0.1:3000 reuseaddr                   ok\033[0m\n"
	    "  a connect from a place with a name so long that no room is left\n"
	    "                                                    \033[31mEADDRNOTAVAIL\033[0m EADDRINUSE\n"
	    "  shared out                                        \033[32m812          \033[0m about 1000\n"
	    "  \033[36mserver 1 listen 3000\033[0m\n"
	    "    a bind 127.0.0.1:3000                           \033[32mok           \033[0m ok\n"
	    "    a connect from a place with a name so long that no room is left\n"
	    "                                                    \033[31mEADDRNOTAVAIL\033[0m EADDRINUSE\n"
	    "  \033[36mserver 2\033[0m\n"
	    "  a picture\n"
	    "\n"
	    "  SOURCE                DESTINATION           STATE        WHO\n"
	    "  \033[35m127.0.0.1:3001       \033[0m 127.0.0.1:3000        ESTABLISHED  client, pid 12\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "\033[31m7 hand-over: differs\033[0m\n"
	    "  b bind 127.0.0.1:3000 gave EADDRINUSE, expected ok\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	begin();
	width = TABLE;
	CHECK_LINES(shown_as((struct common){0}, show_steps),
	    "\n"
	    "Both listen\n"
	    " step                                                            observed\n"
	    " a bind 127.0.0.1:3000                                           ok\n"
	    " b bind 127.0.0.1:3000                                           EADDRINUSE\n"
	    " expected: ok\n"
	    " b bind 127.0.0.1:3000 reuseaddr                                 ok\n"
	    " a connect from a place with a name so long that no room is left EADDRNOTAVAIL\n"
	    " expected: EADDRINUSE\n"
	    " shared out                                                      812\n"
	    " server 1 listen 3000\n"
	    "  a bind 127.0.0.1:3000                                          ok\n"
	    "  a connect from a place with a name so long that no room is left\n"
	    "                                                                 EADDRNOTAVAIL\n"
	    "  expected: EADDRINUSE\n"
	    " server 2\n"
	    "  a picture\n"
	    "\n"
	    " 127.0.0.1:3001 -> 127.0.0.1:3000 client\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "7 hand-over: differs\n"
	    "  b bind 127.0.0.1:3000 gave EADDRINUSE, expected ok\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	begin();
	width = 40;
	CHECK_LINES(shown_as((struct common){0}, show_steps),
	    "\n"
	    "Both listen\n"
	    " step                     observed\n"
	    " a bind 127.0.0.1:3000    ok\n"
	    " b bind 127.0.0.1:3000    EADDRINUSE\n"
	    " expected: ok\n"
	    " b bind 127.0.0.1:3000 reuseaddr\n"
	    "                          ok\n"
	    " a connect from a place with a name so long that no room is left\n"
	    "                          EADDRNOTAVAIL\n"
	    " expected: EADDRINUSE\n"
	    " shared out               812\n"
	    " server 1 listen 3000\n"
	    "  a bind 127.0.0.1:3000   ok\n"
	    "  a connect from a place with a name so long that no room is left\n"
	    "                          EADDRNOTAVAIL\n"
	    "  expected: EADDRINUSE\n"
	    " server 2\n"
	    "  a picture\n"
	    "\n"
	    " 127.0.0.1:3001 -> 127.0.0.1:3000 client\n"
	    "  The kernel deals out.\n"
	    "\n"
	    "7 hand-over: differs\n"
	    "  b bind 127.0.0.1:3000 gave\n"
	    "  EADDRINUSE, expected ok\n"
	    "Remember: Who waits in the queue of the\n"
	    "          first is lost.\n");
	width = OUT_UNBOUNDED;
}

static void show_skipped(void)
{
	view_part(&shown, &part);
	view_skip(&shown, "127.0.0.2 is not an address of this machine");
	view_skip(&shown, "nor is ::1");
	view_outcome(&shown);
}

static void show_part(void)
{
	view_part(&shown, &part);
}

static void the_first_reason_is_told_at_the_end(void)
{
	begin();
	CHECK_LINES(shown_as((struct common){0}, show_skipped),
	    "\n"
	    "Both listen\n"
	    "  skipped: 127.0.0.2 is not an address of this machine\n"
	    "  skipped: nor is ::1\n"
	    "\n"
	    "7 hand-over: skipped\n"
	    "  127.0.0.2 is not an address of this machine\n"
	    "Remember: Who waits in the queue of the first is lost.\n");
	CHECK(shown.outcome.part_skipped, "no part is skipped");
	begin();
	CHECK_LINES(shown_as((struct common){.json = 1}, show_skipped),
	    "{\"event\":\"outcome\",\"number\":7,\"name\":\"hand-over\",\"outcome\":\"skipped\",\"reason\":\"127.0.0.2 is not an address of this machine\"}\n");
	begin();
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_skipped),
	    "7 hand-over: skipped\n"
	    "  127.0.0.2 is not an address of this machine\n");
	begin();
	shown.outcome.differs = true;
	snprintf(shown.outcome.reason, VIEW_REASON, "it differs");
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_skipped), "7 hand-over: differs\n"
									 "  it differs\n");
	begin();
	shown.outcome.broken = true;
	CHECK_TEXT(view_word(&shown), "differs");
	shown.outcome.part_skipped = shown.outcome.part_differs = shown.outcome.part_open = true;
	shown.program = "server 1";
	shown_as((struct common){.quiet = 1}, show_part);
	CHECK(!shown.program, "a new part begins with the process of the one before");
	CHECK(
	    !shown.outcome.part_skipped && !shown.outcome.part_differs && !shown.outcome.part_open,
	    "a new part begins with what the one before left");
}

int main(void)
{
	TEST(what_it_is_about_stands_before_it_or_after_the_questions);
	TEST(each_step_is_shown_with_what_was_expected);
	TEST(the_first_reason_is_told_at_the_end);
	return test_failures != 0;
}
