/* ctest: os=Linux */
/* answer/table, answer/details: the sockets of a port as a table, and what is told of their processes, whole. */
#include "tests/lib/situation.h"

enum { PORT = 8080, ROOT = 0, MINE = 4000002 };

static unsigned tight;

static void show(void)
{
	static size_t index[SITUATION_MOST];
	const struct holders *holders = &situation.findings.holders;

	for (size_t i = 0; i < holders->count; i++)
		index[i] = i;
	report_table(holders, situation.roles, index, holders->count, tight);
	report_details(holders, index, holders->count, tight);
}

static const char *table(unsigned how, int verbose)
{
	tight = how;
	return shown_as((struct common){.verbose = verbose}, show);
}

static void each_role_has_its_note(void)
{
	static const struct {
		enum role role;
		enum holder_state state;
	} rows[] = {{ROLE_LISTENER, HOLDER_LISTEN}, {ROLE_BOUND, HOLDER_BOUND},
	    {ROLE_SELF, HOLDER_ESTABLISHED}, {ROLE_ACCEPTED, HOLDER_CLOSE_WAIT},
	    {ROLE_ALONE, HOLDER_FIN_WAIT2}, {ROLE_OUTGOING, HOLDER_SYN_SENT},
	    {ROLE_EPHEMERAL, HOLDER_SYN_RECV}, {ROLE_PENDING, HOLDER_ESTABLISHED},
	    {ROLE_ORPHAN, HOLDER_LAST_ACK}, {ROLE_REMNANT, HOLDER_TIME_WAIT},
	    {ROLE_SPENT, HOLDER_FIN_WAIT2}, {ROLE_COUNT, HOLDER_CLOSING}};

	situation_begin();
	situation_process(812, "nginx", ROOT);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holder *const holder = situation_add(
		    rows[i].role, rows[i].state, "192.0.2.1", i > 1 ? "192.0.2.7" : "", PORT);
		if (holder->remnant)
			holder->left_ms = i == 9 ? 0 : 59001;
	}
	situation.list[0].queued = 1;
	CHECK_LINES(table(0, 0),
	    "STATE        LOCAL           PEER             USER  PROCESS     OPTIONS\n"
	    "LISTEN       192.0.2.1:8080  -                root  nginx[812]  none  1 not accepted yet\n"
	    "BOUND        192.0.2.1:8080  -                root  nginx[812]  none  only bound\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none  connected to itself\n"
	    "CLOSE_WAIT   192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "FIN_WAIT2    192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "SYN_SENT     192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "SYN_RECV     192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none  from a port that the kernel picked (inferred)\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  -     -           -  not accepted yet\n"
	    "LAST_ACK     192.0.2.1:8080  192.0.2.7:40000  -     -           -  orphan: its process has closed it\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -     -           -  0 s left\n"
	    "FIN_WAIT2    192.0.2.1:8080  192.0.2.7:40000  -     -           -  orphan, 60 s left\n"
	    "CLOSING      192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "nginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 1 waiting, limit not told\n");
	situation.list[1].udp = true;
	situation.list[9].left_ms = -1;
	situation.list[0].reuseaddr = situation.list[0].reuseport = 1;
	situation.list[0].v6only = 1;
	situation.list[0].device = 1;
	situation.list[2].inode = 0;
	situation.list[2].reuseaddr = situation.list[3].reuseaddr = -1;
	situation.list[3].uid = -1;
	CHECK_LINES(table(0, 0),
	    "STATE        LOCAL              PEER             USER  PROCESS     OPTIONS\n"
	    "LISTEN       192.0.2.1:8080%lo  -                root  nginx[812]  SO_REUSEADDR SO_REUSEPORT SO_BINDTODEVICE  1 not accepted yet\n"
	    "UDP BOUND    192.0.2.1:8080     -                root  nginx[812]  none\n"
	    "ESTABLISHED  192.0.2.1:8080     192.0.2.7:40000  root  nginx[812]  -  connected to itself\n"
	    "CLOSE_WAIT   192.0.2.1:8080     192.0.2.7:40000  -     nginx[812]  not seen\n"
	    "FIN_WAIT2    192.0.2.1:8080     192.0.2.7:40000  root  nginx[812]  none\n"
	    "SYN_SENT     192.0.2.1:8080     192.0.2.7:40000  root  nginx[812]  none\n"
	    "SYN_RECV     192.0.2.1:8080     192.0.2.7:40000  root  nginx[812]  none  from a port that the kernel picked (inferred)\n"
	    "ESTABLISHED  192.0.2.1:8080     192.0.2.7:40000  -     -           -  not accepted yet\n"
	    "LAST_ACK     192.0.2.1:8080     192.0.2.7:40000  -     -           -  orphan: its process has closed it\n"
	    "TIME_WAIT    192.0.2.1:8080     192.0.2.7:40000  -     -           -\n"
	    "FIN_WAIT2    192.0.2.1:8080     192.0.2.7:40000  -     -           -  orphan, 60 s left\n"
	    "CLOSING      192.0.2.1:8080     192.0.2.7:40000  root  nginx[812]  none\n"
	    "nginx[812]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080%lo: 1 waiting, limit not told\n");
}

static void many_alike_are_one_line(void)
{
	situation_begin();
	situation_process(12, "python3", MINE);
	for (size_t i = 0; i < 6; i++)
		situation_add(ROLE_ACCEPTED, HOLDER_ESTABLISHED, "192.0.2.1", "192.0.2.7", PORT);
	for (size_t i = 0; i < 5; i++)
		situation_add(ROLE_LISTENER, HOLDER_LISTEN, "192.0.2.1", "", PORT)->queue_limit = 9;
	situation_process(13, "python3", MINE);
	for (size_t i = 0; i < 5; i++)
		situation_add(ROLE_ACCEPTED, HOLDER_ESTABLISHED, "192.0.2.1", "192.0.2.7", PORT);
	for (size_t i = 0; i < 4; i++)
		situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.1", "", PORT)->udp = true;
	for (size_t i = 0; i < 6; i++)
		situation_add(ROLE_REMNANT, HOLDER_TIME_WAIT, "192.0.2.1", "192.0.2.7", PORT)
		    ->left_ms = i == 3 ? 58000 : 1000;
	for (size_t i = 0; i < 2; i++)
		situation_add(ROLE_PENDING, HOLDER_ESTABLISHED, "192.0.2.1", "192.0.2.7", PORT);
	for (size_t i = 0; i < 2; i++)
		situation_add(ROLE_ACCEPTED, HOLDER_CLOSE_WAIT, "192.0.2.1", "192.0.2.7", PORT)
		    ->owner_count = 0;
	CHECK_LINES(table(0, 0),
	    "STATE        LOCAL           PEER             USER     PROCESS      OPTIONS\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "6 ESTABLISHED (python3[12])\n"
	    "6 TIME_WAIT (no process, 58 s left)\n"
	    "and 4 more; -v shows them\n"
	    "python3[12]: (no command line)\n"
	    "python3[13]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "and 1 more accept queue\n");
	CHECK_LINES(table(1, 0),
	    "STATE        LOCAL           PEER             USER     PROCESS      OPTIONS\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  -        -            -  not accepted yet\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  -        -            -  not accepted yet\n"
	    "CLOSE_WAIT   192.0.2.1:8080  192.0.2.7:40000  4000002  -            none\n"
	    "CLOSE_WAIT   192.0.2.1:8080  192.0.2.7:40000  4000002  -            none\n"
	    "6 ESTABLISHED (python3[12])\n"
	    "5 ESTABLISHED (python3[13])\n"
	    "4 UDP BOUND (python3[13])\n"
	    "6 TIME_WAIT (no process, 58 s left)\n"
	    "python3[12]: (no command line)\n"
	    "python3[13]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "and 1 more accept queue\n");
	CHECK_LINES(table(2, 0),
	    "STATE   LOCAL           PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  python3[12]  none\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  python3[12]  none\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  python3[12]  none\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  python3[12]  none\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  python3[12]  none\n"
	    "6 ESTABLISHED (python3[12])\n"
	    "5 ESTABLISHED (python3[13])\n"
	    "4 UDP BOUND (python3[13])\n"
	    "6 TIME_WAIT (no process, 58 s left)\n"
	    "2 ESTABLISHED (no process, not accepted yet)\n"
	    "2 CLOSE_WAIT (process not seen)\n"
	    "python3[12]: (no command line)\n"
	    "python3[13]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "and 1 more accept queue\n");
	CHECK_LINES(table(3, 0),
	    "6 ESTABLISHED (python3[12])\n"
	    "5 LISTEN (python3[12])\n"
	    "5 ESTABLISHED (python3[13])\n"
	    "4 UDP BOUND (python3[13])\n"
	    "6 TIME_WAIT (no process, 58 s left)\n"
	    "2 ESTABLISHED (no process, not accepted yet)\n"
	    "2 CLOSE_WAIT (process not seen)\n"
	    "python3[12]: (no command line)\n"
	    "python3[13]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "and 4 more accept queues\n");
	CHECK_LINES(table(3, 1),
	    "STATE        LOCAL           PEER             USER     PROCESS      OPTIONS\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "LISTEN       192.0.2.1:8080  -                4000002  python3[12]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "UDP BOUND    192.0.2.1:8080  -                4000002  python3[13]  none\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  1 s left\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  1 s left\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  1 s left\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  58 s left\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  1 s left\n"
	    "TIME_WAIT    192.0.2.1:8080  192.0.2.7:40000  -        -            -  1 s left\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  -        -            -  not accepted yet\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  -        -            -  not accepted yet\n"
	    "CLOSE_WAIT   192.0.2.1:8080  192.0.2.7:40000  4000002  -            none\n"
	    "CLOSE_WAIT   192.0.2.1:8080  192.0.2.7:40000  4000002  -            none\n"
	    "python3[12]: (no command line)\n"
	    "python3[13]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n"
	    "accept queue of 192.0.2.1:8080 (python3[12]): 0 waiting, limit 9\n");
}

static void those_that_have_no_room_are_counted(void)
{
	situation_begin();
	for (size_t i = 0; i < 66; i++) {
		situation_process(100 + (long)i, "p", MINE);
		situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.1", "", PORT);
	}
	CHECK_LINES(table(0, 0), "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[100]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[101]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[102]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[103]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[104]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[105]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[106]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[107]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[108]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[109]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[110]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[111]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[112]   none  only bound\n"
				 "BOUND  192.0.2.1:8080  -     4000002  p[113]   none  only bound\n"
				 "and 52 more; -v shows them\n"
				 "p[100]: (no command line)\n"
				 "p[101]: (no command line)\n"
				 "p[102]: (no command line)\n"
				 "p[103]: (no command line)\n"
				 "p[104]: (no command line)\n"
				 "p[105]: (no command line)\n");
}

static void of_a_process_its_place_and_its_state(void)
{
	static const struct placement places[] = {
	    {.unit = "a.service"},
	    {.unit = "session-1.scope", .session = true},
	    {.unit = "b.service", .user_manager = true, .manager_uid = MINE},
	    {.engine = CONTAINER_PODMAN, .container = "0123456789abcdef", .name = "web"},
	    {.engine = CONTAINER_CONTAINERD, .container = "0123456789abcdef"},
	    {.engine = CONTAINER_OTHER, .container = "0123456789abcdef"},
	    {.engine = CONTAINER_NSPAWN, .container = "machine"},
	};
	static const char states[] = "TtZDSR";
	char *command = strdup("/bin/x a\x1b"
			       "b");

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		situation_begin();
		situation.places[1] = places[i];
		struct process *const process = situation_process(7, "x", MINE);
		process->place = 1;
		process->state = states[i % (sizeof states - 1)];
		process->frozen = i == 6;
		process->command = i & 1 ? command : NULL;
		process->started = (int64_t)i * 86400;
		if (i == 2)
			snprintf(process->forwards_to, sizeof process->forwards_to, "192.0.2.9:80");
		situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.1", "", PORT);
		situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.2", "", PORT);
		static const char *const want[] = {
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: (no command line), unit a.service, stopped (ctrl-z)\n",
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: /bin/x a\\x1bb, since 1970-01-02 00:00:00, stopped by a debugger\n",
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: (no command line), since 1970-01-03 00:00:00, unit b.service (of a user's manager), a zombie, forwards to 192.0.2.9:80\n",
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: /bin/x a\\x1bb, since 1970-01-04 00:00:00, container web (0123456789ab) of podman, in uninterruptible sleep\n",

		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: (no command line), since 1970-01-05 00:00:00, container 0123456789ab of containerd\n",
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: /bin/x a\\x1bb, since 1970-01-06 00:00:00, container 0123456789ab\n",
		    "STATE  LOCAL           PEER  USER     PROCESS  OPTIONS\n"
		    "BOUND  192.0.2.1:8080  -     4000002  x[7]     none  only bound\n"
		    "BOUND  192.0.2.2:8080  -     4000002  x[7]     none  only bound\n"
		    "x[7]: (no command line), since 1970-01-07 00:00:00, container machine of nspawn, frozen by its control group\n"};
		CHECK_LINES(table(0, 0), want[i]);
	}
	free(command);
}

static void of_a_socket_without_a_process_where_it_was_made(void)
{
	situation_begin();
	situation.places[1] = (struct placement){.unit = "a.service"};
	situation.places[2] = (struct placement){.unit = "b.socket"};
	for (size_t i = 0; i < 8; i++) {
		struct holder *const holder =
		    situation_add(ROLE_BOUND, HOLDER_BOUND, "192.0.2.1", "", PORT);
		holder->inode = i + 1;
		holder->place = i < 2 ? 1 : i == 7 ? 3 : i == 2 ? 2 : 0;
	}
	situation.places[3] = (struct placement){.unit = "c.service"};
	CHECK_LINES(table(0, 0), "8 BOUND (process not seen)\n"
				 "made in unit a.service\n"
				 "made in unit b.socket\n");
}

static void of_queues_those_first_that_matter(void)
{
	situation_begin();
	situation_process(7, "x", MINE);
	for (size_t i = 0; i < 6; i++) {
		struct holder *const holder = situation_add(
		    ROLE_LISTENER, HOLDER_LISTEN, "192.0.2.1", "", PORT + (unsigned)i);
		holder->drops = i == 4 ? 1 : i == 3 ? -1 : 0;
		holder->queued = i == 5 ? 2 : 0;
		holder->queue_limit = i == 5 ? 0 : 128;
	}
	CHECK_LINES(table(0, 0),
	    "6 LISTEN (x[7])\n"
	    "x[7]: (no command line)\n"
	    "accept queue of 192.0.2.1:8084 (x[7]): 0 waiting, limit 128, 1 dropped\n"
	    "accept queue of 192.0.2.1:8085 (x[7]): 2 waiting, limit 0, 0 dropped\n"
	    "accept queue of 192.0.2.1:8080 (x[7]): 0 waiting, limit 128, 0 dropped\n"
	    "accept queue of 192.0.2.1:8081 (x[7]): 0 waiting, limit 128, 0 dropped\n"
	    "and 2 more accept queues\n");
	CHECK_LINES(table(3, 0),
	    "6 LISTEN (x[7])\n"
	    "x[7]: (no command line)\n"
	    "accept queue of 192.0.2.1:8084 (x[7]): 0 waiting, limit 128, 1 dropped\n"
	    "and 5 more accept queues\n");
	situation.findings.holders.count = 5;
	CHECK_LINES(table(0, 0),
	    "STATE   LOCAL           PEER  USER     PROCESS  OPTIONS\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  x[7]     none\n"
	    "LISTEN  192.0.2.1:8081  -     4000002  x[7]     none\n"
	    "LISTEN  192.0.2.1:8082  -     4000002  x[7]     none\n"
	    "LISTEN  192.0.2.1:8083  -     4000002  x[7]     none\n"
	    "LISTEN  192.0.2.1:8084  -     4000002  x[7]     none\n"
	    "x[7]: (no command line)\n"
	    "accept queue of 192.0.2.1:8084 (x[7]): 0 waiting, limit 128, 1 dropped\n"
	    "accept queue of 192.0.2.1:8080 (x[7]): 0 waiting, limit 128, 0 dropped\n"
	    "accept queue of 192.0.2.1:8081 (x[7]): 0 waiting, limit 128, 0 dropped\n"
	    "accept queue of 192.0.2.1:8082 (x[7]): 0 waiting, limit 128, 0 dropped\n"
	    "and 1 more accept queue\n");
	situation.findings.holders.count = 1;
	CHECK_LINES(table(0, 0),
	    "STATE   LOCAL           PEER  USER     PROCESS  OPTIONS\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  x[7]     none\n"
	    "x[7]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080: 0 waiting, limit 128, 0 dropped\n");
}

/* A process of several sockets, sockets of several processes. */
static void a_process_is_told_once_and_of_many_six(void)
{
	situation_begin();
	for (long i = 0; i < 8; i++)
		situation_process(i + 20, "w", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "192.0.2.1", "", PORT);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "192.0.2.1", "", PORT);
	for (size_t i = 0; i < 8; i++)
		situation.owners[i].process = i;
	situation.list[0].owner = 0;
	situation.list[0].owner_count = 2;
	situation.list[1].owner = 1;
	situation.list[1].owner_count = 7;
	CHECK_LINES(table(0, 0),
	    "STATE   LOCAL           PEER  USER     PROCESS                             OPTIONS\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  w[20] w[21]                         none\n"
	    "LISTEN  192.0.2.1:8080  -     4000002  w[21] w[22] w[23] w[24] and 3 more  none\n"
	    "w[20]: (no command line)\n"
	    "w[21]: (no command line)\n"
	    "w[22]: (no command line)\n"
	    "w[23]: (no command line)\n"
	    "w[24]: (no command line)\n"
	    "w[25]: (no command line)\n"
	    "accept queue of 192.0.2.1:8080 (w[20] w[21]): 0 waiting, limit not told\n"
	    "accept queue of 192.0.2.1:8080 (w[21] w[22] w[23] w[24] and 3 more): 0 waiting, limit not told\n");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	TEST(each_role_has_its_note);
	TEST(many_alike_are_one_line);
	TEST(those_that_have_no_room_are_counted);
	TEST(of_a_process_its_place_and_its_state);
	TEST(of_a_socket_without_a_process_where_it_was_made);
	TEST(of_queues_those_first_that_matter);
	TEST(a_process_is_told_once_and_of_many_six);
	return test_failures != 0;
}
