/* ctest: os=Linux wrap=out_width wrap=out_terminal wrap=tunable_read wrap=facts_no_new_privileges */
/* answer: what is said first of a socket of each role, and of sockets and processes on a terminal. */
#include <errno.h>

#include "answer/sentences.h"
#include "os/tunable.h"
#include "tests/lib/situation.h"

enum { PORT = 8080, ROOT = 0, MINE = 4000002 };

static int width = OUT_UNBOUNDED;
static char reserved[TUNABLE_TEXT];
static enum fact no_new;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);
int __wrap_out_terminal(void);
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
enum fact __wrap_facts_no_new_privileges(void);

int __wrap_out_width(void)
{
	return width;
}

int __wrap_out_terminal(void)
{
	return width != OUT_UNBOUNDED;
}

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	(void)name;
	memcpy(text, reserved, sizeof reserved);
	return 0;
}

enum fact __wrap_facts_no_new_privileges(void)
{
	return no_new;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct diagnosis asked;

static void show_answer(void)
{
	struct sentence sentence = {.inferred = true};

	sentences_answer(&asked, asked.in_the_way, "TCP it", &sentence);
	out_line("%s%s", sentence.text, sentence.inferred ? "" : " [observed]");
}

static void begin(void)
{
	situation_begin();
	asked = (struct diagnosis){.findings = &situation.findings,
	    .newcomer = {.local = situation_addr("127.0.0.1", PORT), .uid = MINE},
	    .refused = {.at = CALL_BIND, .error = EADDRINUSE},
	    .in_the_way = 1,
	    .cures = {.set = -1, .as = -1, .wait_ms = -1}};
	width = OUT_UNBOUNDED;
}

static void the_first_in_the_way_is_told_by_its_role(void)
{
	static const struct {
		enum role role;
		enum holder_state state;
		const char *want;
	} rows[] = {{ROLE_LISTENER, HOLDER_LISTEN,
			"TCP it is in use: x[7] of root listens on 127.0.0.1:8080 [observed]\n"},
	    {ROLE_BOUND, HOLDER_BOUND,
		"TCP it is in use: x[7] of root has bound 127.0.0.1:8080 only [observed]\n"},
	    {ROLE_SELF, HOLDER_ESTABLISHED,
		"TCP it is in use: x[7] of root has connected 127.0.0.1:8080 to itself [observed]\n"},
	    {ROLE_EPHEMERAL, HOLDER_SYN_SENT,
		"TCP it is in use: x[7] of root is connecting 127.0.0.1:8080 -> 192.0.2.7:40000, from a port that the kernel picked (inferred)\n"},
	    {ROLE_ACCEPTED, HOLDER_ESTABLISHED,
		"TCP it is in use: x[7] of root has the connection 127.0.0.1:8080 -> 192.0.2.7:40000 [observed]\n"},
	    {ROLE_ALONE, HOLDER_CLOSE_WAIT,
		"TCP it is in use: x[7] of root has the connection 127.0.0.1:8080 -> 192.0.2.7:40000 [observed]\n"},
	    {ROLE_OUTGOING, HOLDER_SYN_SENT,
		"TCP it is in use: x[7] of root is connecting 127.0.0.1:8080 -> 192.0.2.7:40000 [observed]\n"},
	    {ROLE_PENDING, HOLDER_ESTABLISHED,
		"TCP it is in use: the connection 127.0.0.1:8080 -> 192.0.2.7:40000 is not accepted yet [observed]\n"},
	    {ROLE_ORPHAN, HOLDER_LAST_ACK,
		"TCP it is in use: an orphan in LAST_ACK, 127.0.0.1:8080 -> 192.0.2.7:40000, which its process has closed [observed]\n"},
	    {ROLE_REMNANT, HOLDER_TIME_WAIT,
		"TCP it is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in TIME_WAIT for 0 s more [observed]\n"},
	    {ROLE_SPENT, HOLDER_TIME_WAIT,
		"TCP it is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in TIME_WAIT for 1 s more, from a port that the kernel picked (inferred)\n"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		situation_process(7, "x", ROOT);
		struct holder *const holder =
		    situation_add(rows[i].role, rows[i].state, "127.0.0.1", "192.0.2.7", PORT);
		holder->left_ms = rows[i].role == ROLE_REMNANT ? 0 : 1;
		CHECK_LINES(shown_as((struct common){0}, show_answer), rows[i].want);
		holder->left_ms = -1;
		if (role_is_remnant(rows[i].role))
			CHECK_LINES(shown_as((struct common){0}, show_answer),
			    rows[i].role == ROLE_SPENT
				? "TCP it is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in TIME_WAIT, from a port that the kernel picked (inferred)\n"
				: "TCP it is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in TIME_WAIT [observed]\n");
	}
	begin();
	situation_process(7, "x", -1);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT);
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is in use: x[7] listens on 127.0.0.1:8080 [observed]\n");
	situation.list[0].uid = MINE;
	asked.in_the_way = 2;
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is in use: x[7] of 4000002 listens on 127.0.0.1:8080, and 1 more socket [observed]\n");
	asked.in_the_way = 3;
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is in use: x[7] of 4000002 listens on 127.0.0.1:8080, and 2 more sockets [observed]\n");
	asked.in_the_way = 0;
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is refused to you: bind says EADDRINUSE (no socket that is listed has it) [observed]\n");
	situation.findings.holders.bound_error = EPERM;
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is in use by a socket that cannot be seen [observed]\n");
	asked.newcomer.local = situation_addr("127.0.0.1", 0);
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is refused to you: bind says EADDRINUSE (no socket that is listed has it) [observed]\n");
	asked.newcomer.local = situation_addr("127.0.0.1", 1);
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it is in use by a socket that cannot be seen [observed]\n");
	asked.refused = (struct fault){0};
	CHECK_LINES(shown_as((struct common){0}, show_answer),
	    "TCP it may be free or not: no holder was seen, and nothing was tried [observed]\n");
	asked.free = true;
	CHECK_LINES(shown_as((struct common){0}, show_answer), "TCP it is free [observed]\n");
}

static void that_it_is_in_the_way_by_what_was_not_read_is_inferred(void)
{
	static const char known[] =
	    "TCP it is in use: the closed connection [::1]:8080 -> [2001:db8::7]:40000 is in TIME_WAIT [observed]\n";
	static const char guessed[] =
	    "TCP it is in use: the closed connection [::1]:8080 -> [2001:db8::7]:40000 is in TIME_WAIT (inferred)\n";

	begin();
	struct holder *const holder =
	    situation_add(ROLE_REMNANT, HOLDER_TIME_WAIT, "::1", "2001:db8::7", PORT);
	holder->left_ms = -1;
	holder->v6only = -1;
	CHECK_LINES(shown_as((struct common){0}, show_answer), known);
	asked.newcomer.local = situation_addr("0.0.0.0", PORT);
	CHECK_LINES(shown_as((struct common){0}, show_answer), guessed);
	/* It was tried, or the program's own bind was refused. */
	asked.bind = true;
	CHECK_LINES(shown_as((struct common){0}, show_answer), known);
	asked.bind = false;
	asked.newcomer.refused = asked.refused;
	CHECK_LINES(shown_as((struct common){0}, show_answer), known);
	asked.newcomer.refused = (struct fault){0};
	holder->v6only = 0;
	CHECK_LINES(shown_as((struct common){0}, show_answer), known);
	holder->v6only = -1;
	asked.newcomer.local = situation_addr("::", PORT);
	CHECK_LINES(shown_as((struct common){0}, show_answer), known);
}

static void show_table(void)
{
	static size_t index[SITUATION_MOST];

	for (size_t i = 0; i < SITUATION_MOST; i++)
		index[i] = i;
	report_table(&situation.findings.holders, situation.roles, index,
	    situation.findings.holders.count, 0);
	report_details(&situation.findings.holders, index, situation.findings.holders.count, 0);
}

static void a_table_goes_on_below_where_the_terminal_is_narrow(void)
{
	static const int widths[] = {120, 80, 60, 50, 40};
	static const char *const want[] = {
	    "\033[2mSTATE        LOCAL           PEER             USER  PROCESS     OPTIONS\n"
	    "\033[0m\033[0mLISTEN       192.0.2.1:8080  -                root  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "\033[0m\033[0mESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none  from a port that the kernel picked (inferred)\n"
	    "\033[0mnginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 3 waiting, limit not told\n",
	    "\033[2mSTATE        LOCAL           PEER             USER  PROCESS\n"
	    "  OPTIONS\n"
	    "\033[0m\033[0mLISTEN       192.0.2.1:8080  -                root  nginx[812]\n"
	    "  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "\033[0m\033[0mESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]\n"
	    "  none  from a port that the kernel picked (inferred)\n"
	    "\033[0mnginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 3 waiting, limit not told\n",
	    "\033[2mSTATE        LOCAL           PEER             USER\n"
	    "  PROCESS     OPTIONS\n"
	    "\033[0m\033[0mLISTEN       192.0.2.1:8080  -                root\n"
	    "  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "\033[0m\033[0mESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root\n"
	    "  nginx[812]  none  from a port that the kernel picked\n"
	    "  (inferred)\n"
	    "\033[0mnginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 3 waiting, limit not told\n",
	    "\033[2mSTATE        LOCAL           PEER\n"
	    "  USER  PROCESS     OPTIONS\n"
	    "\033[0m\033[0mLISTEN       192.0.2.1:8080  -\n"
	    "  root  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3\n"
	    "  not accepted yet\n"
	    "\033[0m\033[0mESTABLISHED  192.0.2.1:8080  192.0.2.7:40000\n"
	    "  root  nginx[812]  none  from a port that the\n"
	    "  kernel picked (inferred)\n"
	    "\033[0mnginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 3 waiting, limit not told\n",
	    "\033[2mSTATE        LOCAL\n"
	    "  PEER             USER  PROCESS\n"
	    "  OPTIONS\n"
	    "\033[0m\033[0mLISTEN       192.0.2.1:8080\n"
	    "  -                root  nginx[812]\n"
	    "  SO_REUSEADDR SO_REUSEPORT  3 not\n"
	    "  accepted yet\n"
	    "\033[0m\033[0mESTABLISHED  192.0.2.1:8080\n"
	    "  192.0.2.7:40000  root  nginx[812]\n"
	    "  none  from a port that the kernel\n"
	    "  picked (inferred)\n"
	    "\033[0mnginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 3 waiting, limit not told\n"};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		begin();
		situation_process(812, "nginx", ROOT);
		situation_add(ROLE_LISTENER, HOLDER_LISTEN, "192.0.2.1", "", PORT)->queued = 3;
		situation.list[0].reuseaddr = situation.list[0].reuseport = 1;
		situation_add(ROLE_EPHEMERAL, HOLDER_ESTABLISHED, "192.0.2.1", "192.0.2.7", PORT);
		width = widths[i];
		CHECK_LINES(
		    shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_table), want[i]);
	}
}

/* "…" where it is cut, and no character in part. */
static void a_command_line_is_cut_to_the_terminal(void)
{
	static char command[] = "server --name=\xc3\xa4\xc3\xb6\xc3\xbc --port 8080 --verbose";
	char all[4096] = "";

	for (width = 20; width < 56; width++) {
		const int columns = width;
		begin();
		situation_process(7, "x", ROOT)->command = command;
		situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.1", "", PORT);
		width = columns;
		const char *const shown = shown_as((struct common){0}, show_table);
		const char *const line = strstr(shown, "x[7]: ");
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s", line ? line : "-\n");
	}
	CHECK_LINES(all, "x[7]: server --nam…\n"
			 "x[7]: server --name…\n"
			 "x[7]: server --name=…\n"
			 "x[7]: server --name=…\n"
			 "x[7]: server --name=ä…\n"
			 "x[7]: server --name=ä…\n"
			 "x[7]: server --name=äö…\n"
			 "x[7]: server --name=äö…\n"
			 "x[7]: server --name=äöü…\n"
			 "x[7]: server --name=äöü …\n"
			 "x[7]: server --name=äöü -…\n"
			 "x[7]: server --name=äöü --…\n"
			 "x[7]: server --name=äöü --p…\n"
			 "x[7]: server --name=äöü --po…\n"
			 "x[7]: server --name=äöü --por…\n"
			 "x[7]: server --name=äöü --port…\n"
			 "x[7]: server --name=äöü --port …\n"
			 "x[7]: server --name=äöü --port 8…\n"
			 "x[7]: server --name=äöü --port 80…\n"
			 "x[7]: server --name=äöü --port 808…\n"
			 "x[7]: server --name=äöü --port 8080…\n"
			 "x[7]: server --name=äöü --port 8080 …\n"
			 "x[7]: server --name=äöü --port 8080 -…\n"
			 "x[7]: server --name=äöü --port 8080 --…\n"
			 "x[7]: server --name=äöü --port 8080 --v…\n"
			 "x[7]: server --name=äöü --port 8080 --ve…\n"
			 "x[7]: server --name=äöü --port 8080 --ver…\n"
			 "x[7]: server --name=äöü --port 8080 --verb…\n"
			 "x[7]: server --name=äöü --port 8080 --verbo…\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n"
			 "x[7]: server --name=äöü --port 8080 --verbose\n");
}

static struct sentences sentences;

static void show_cures(void)
{
	sentences_cures(&asked, false, &sentences);
	for (size_t i = 0; i < sentences.count; i++)
		out_line("%s", sentences.list[i].text);
}

#define CURES(want) CHECK_LINES(shown_as((struct common){0}, show_cures), want)

static void each_cure_has_its_sentence(void)
{
	begin();
	asked.cures.only_closed = true;
	CURES(
	    "wait until the other end has closed too, or the kernel gives up (inferred)\n"
	    "or take another port or address (none was tried)\n"
	    "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n");
	asked.cures.wait_ms = 0;
	CURES(
	    "wait 0 s or a little more: then it is free without any option\n"
	    "or take another port or address (none was tried)\n"
	    "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n");
	asked.cures.wait_ms = 1001;
	asked.cures.may_stay = true;
	asked.cures.late_ms = 5000;
	CURES(
	    "wait 2 s or a little more: then it is free without any option; where the other end takes all before, it may stay closed for 60 s from then on\n"
	    "or take another port or address (none was tried)\n"
	    "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n");
	asked.cures.at_most = true;
	asked.cures.half_open = true;
	asked.privileged = true;
	CURES(
	    "wait 7 s at most: then only the privilege is missing; where the other end closes first, it is in TIME_WAIT for 60 s from then on (inferred)\n"
	    "running as root is not enough: its holder must be stopped as well\n"
	    "or take another port or address (none was tried)\n"
	    "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n");
	begin();
	asked.cures.as = MINE + 1;
	no_new = FACT_YES;
	CURES(
	    "run as 4000003, started from elsewhere: no_new_privs is set here, sudo has no effect\n"
	    "or take another port or address (none was tried)\n");
	asked.newcomer.uid = ROOT;
	CURES("run as 4000003\n"
	      "or take another port or address (none was tried)\n");
	asked.cures.as_set = PROBE_PORT;
	no_new = FACT_NO;
	CURES("run as 4000003 with SO_REUSEPORT\n"
	      "or take another port or address (none was tried)\n");
	begin();
	asked.cures.last_tried = 8092;
	asked.cures.device = true;
	CURES(
	    "bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it\n"
	    "or take another port or address (up to port 8092 none is free to you)\n");
	asked.refused.error = EACCES;
	CURES(
	    "bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it\n");
	asked.refused.error = EADDRINUSE;
	asked.newcomer.local = situation_addr("127.0.0.1", 0);
	CURES(
	    "bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it\n");
	begin();
	asked.cures.reserve = true;
	CURES(
	    "or take another port or address (none was tried)\n"
	    "to keep a server's port out of the kernel's choice: sysctl -w net.ipv4.ip_local_reserved_ports=8080 (inferred)\n");
	memset(reserved, '1', sizeof reserved - 3);
	reserved[sizeof reserved - 3] = 0;
	CURES(
	    "or take another port or address (none was tried)\n"
	    "to keep a server's port out of the kernel's choice: sysctl -w net.ipv4.ip_local_reserved_ports=8080,1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111 (inferred)\n");
	reserved[sizeof reserved - 3] = '1';
	CURES(
	    "or take another port or address (none was tried)\n"
	    "to keep a server's port out of the kernel's choice: sysctl -w net.ipv4.ip_local_reserved_ports=8080,$(sysctl -n net.ipv4.ip_local_reserved_ports) (inferred)\n");
	*reserved = 0;
	for (int set = 0; set < PROBE_SETS; set++) {
		static const char *const want[] = {
		    "no option on your socket, set before bind, lets you have it; if both listen on [::]:8080, the kernel deals new connections out between the two, unless a program chooses\n"
		    "or take another port: 8081 is free\n",
		    "SO_REUSEADDR on your socket, set before bind, lets you have it\n"
		    "or take another port: 8081 is free\n",
		    "SO_REUSEPORT on your socket, set before bind, lets you have it; if both listen on [::]:8080, the kernel deals new connections out between the two, unless a program chooses\n"
		    "or take another port: 8081 is free\n",
		    "SO_REUSEADDR and SO_REUSEPORT on your socket, set before bind, lets you have it\n"
		    "or take another port: 8081 is free\n",

		    "IPV6_V6ONLY on your socket, set before bind, lets you have [::]:8080 for IPv6 alone\n"
		    "or take another port: 8081 is free\n",
		    "IPV6_V6ONLY and SO_REUSEADDR on your socket, set before bind, lets you have [::]:8080 for IPv6 alone\n"
		    "or take another port: 8081 is free\n",
		    "IPV6_V6ONLY and SO_REUSEPORT on your socket, set before bind, lets you have [::]:8080 for IPv6 alone\n"
		    "or take another port: 8081 is free\n",
		    "IPV6_V6ONLY, SO_REUSEADDR and SO_REUSEPORT on your socket, set before bind, lets you have [::]:8080 for IPv6 alone\n"
		    "or take another port: 8081 is free\n"};
		begin();
		asked.cures.set = set;
		asked.cures.next_port = PORT + 1;
		asked.newcomer.local = situation_addr("::", PORT);
		situation_process(7, "x", ROOT);
		situation_add(ROLE_LISTENER, HOLDER_LISTEN, "::", "", PORT)->v6only = set & 1;
		situation_add(ROLE_LISTENER, HOLDER_LISTEN, "0.0.0.0", "", PORT);
		CURES(want[set]);
	}
}

int main(void)
{
	TEST(the_first_in_the_way_is_told_by_its_role);
	TEST(that_it_is_in_the_way_by_what_was_not_read_is_inferred);
	TEST(a_table_goes_on_below_where_the_terminal_is_narrow);
	TEST(a_command_line_is_cut_to_the_terminal);
	TEST(each_cure_has_its_sentence);
	return test_failures != 0;
}
