/* ctest: wrap=out_width wrap=out_terminal */
/* cmd/limits: all that the view of the bounds shows, word for word. */
#include "cmd/limits/view.h"
#include "tests/lib/shown.h"

static int width = OUT_UNBOUNDED, terminal;
static struct bound bounds[BOUND_COUNT];

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);
int __wrap_out_terminal(void);

int __wrap_out_width(void)
{
	return width;
}

int __wrap_out_terminal(void)
{
	return terminal;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct audit_row judged[BOUND_COUNT];
static struct cost cost;

/* A machine with a bound of each kind: small numbers, so that it is seen which binds first. */
static void machine(void)
{
	for (int i = 0; i < BOUND_COUNT; i++) {
		bounds[i] = (struct bound){.name = bound_rows[i].name, .value = BOUND_UNKNOWN};
		if (i % 5 != 4) {
			bounds[i].value = 1000 + 1000 * (int64_t)i * i * i;
			bounds[i].used = i;
		}
		if (i % 5 == 3)
			bounds[i].value = BOUND_UNLIMITED;
		snprintf(bounds[i].where, sizeof bounds[i].where, "/where/%.*s", i,
		    "it/is/set/in/a/long/path");
		if (i % 2)
			snprintf(bounds[i].raise, sizeof bounds[i].raise, "raise %d", i);
	}
	bounds[BOUND_FILES_HARD].value = 2000;
	bounds[BOUND_FILES_SOFT].value = 1003;
	bounds[BOUND_GROUP_MEMORY].value = 12000000;
	bounds[BOUND_PORTS].value = 2500;
	bounds[BOUND_FILES_SYSTEM].value = 100000000;
	bounds[BOUND_USER_PROCESSES].value = 100;
	bounds[BOUND_USER_PROCESSES].exempt = true;
	cost = (struct cost){.kernel_bytes = 8001, .tracked = true};
	audit_judge(bounds, &cost, judged);
}

static void show_audit(void)
{
	if (out_json())
		audit_json(bounds, judged);
	else
		audit_view(bounds, judged, &cost);
}

static void the_audit_is_a_conclusion_a_table_and_what_raises_each(void)
{
	machine();
	CHECK_LINES(shown_as((struct common){0}, show_audit),
	    "how many connections, and the limit that is hit first\n"
	    "  as a                      one process                    many processes\n"
	    "  client to one       1,000 descriptors (soft)       2,492 ephemeral ports\n"
	    "  client to many      1,000 descriptors (soft)       2,999 cgroup's memory\n"
	    "  server                999 descriptors (soft)       2,999 cgroup's memory\n"
	    "\n"
	    "A connection costs 4.0 kB of kernel memory at each end (1000 measured).\n"
	    "\n"
	    "                                                      connections allowed, as a\n"
	    "limit                                 value client: one        many      server\n"
	    "one process\n"
	    "  descriptors of a process, soft      1,003       1,000       1,000         999\n"
	    "  descriptors of a process, hard      2,000       1,996       1,996       1,995\n"
	    "  fs.nr_open                          9,000       8,995       8,995       8,994\n"
	    "all processes, each with as many descriptors as the hard limit allows\n"
	    "  processes of a user                   100  does not apply to root\n"
	    "  cgroup pids.max                 not known\n"
	    "  kernel.threads-max                126,000        251M        251M        251M\n"
	    "  kernel.pid_max                    217,000        433M        433M        433M\n"
	    "all connections\n"
	    "  fs.file-max                   100,000,000         99M         99M         99M\n"
	    "  net.ipv4.ip_local_port_range        2,500       2,492           -           -\n"
	    "  memory available                not known\n"
	    "  cgroup memory.max                 12.0 MB       2,999       2,999       2,999\n"
	    "  nf_conntrack_max                1,332,000   1,331,989   1,331,989   1,331,989\n"
	    "what else runs out\n"
	    "  net.ipv4.tcp_mem                   1.7 MB  queued data; idle ones have none\n"
	    "  net.core.somaxconn              unlimited\n"
	    "  net.ipv4.tcp_max_tw_buckets     not known\n"
	    "  net.ipv4.tcp_max_orphans        3,376,000  closed, with data not sent yet\n"
	    "\n"
	    "where it is set, and what raises it\n"
	    "/where/\n"
	    "/where/i                                 raise 1\n"
	    "/where/it\n"
	    "/where/it/                               raise 3\n"
	    "/where/it/is                             raise 5\n"
	    "/where/it/is/\n"
	    "/where/it/is/s                           raise 7\n"
	    "/where/it/is/se\n"
	    "/where/it/is/set/\n"
	    "/where/it/is/set/i                       raise 11\n"
	    "/where/it/is/set/in\n"
	    "/where/it/is/set/in/a/                   raise 15\n");
	CHECK_LINES(shown_events("bound", show_audit),
	    "{\"event\":\"bound\",\"name\":\"descriptors of a process, soft\",\"value\":1003,\"where\":\"/where/\",\"client_one\":1000,\"client_many\":1000,\"server\":999,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"descriptors of a process, hard\",\"value\":2000,\"where\":\"/where/i\",\"client_one\":1996,\"client_many\":1996,\"server\":1995,\"raise\":\"raise 1\"}\n"
	    "{\"event\":\"bound\",\"name\":\"fs.nr_open\",\"value\":9000,\"where\":\"/where/it\",\"client_one\":8995,\"client_many\":8995,\"server\":8994,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"processes of a user\",\"value\":100,\"where\":\"/where/it/\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":\"raise 3\"}\n"
	    "{\"event\":\"bound\",\"name\":\"cgroup pids.max\",\"value\":null,\"where\":\"/where/it/i\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"kernel.threads-max\",\"value\":126000,\"where\":\"/where/it/is\",\"client_one\":251614012,\"client_many\":251614012,\"server\":251488016,\"raise\":\"raise 5\"}\n"
	    "{\"event\":\"bound\",\"name\":\"kernel.pid_max\",\"value\":217000,\"where\":\"/where/it/is/\",\"client_one\":433339015,\"client_many\":433339015,\"server\":433122020,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"fs.file-max\",\"value\":100000000,\"where\":\"/where/it/is/s\",\"client_one\":99999993,\"client_many\":99999993,\"server\":99999992,\"raise\":\"raise 7\"}\n"
	    "{\"event\":\"bound\",\"name\":\"net.ipv4.ip_local_port_range\",\"value\":2500,\"where\":\"/where/it/is/se\",\"client_one\":2492,\"client_many\":null,\"server\":null,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"memory available\",\"value\":null,\"where\":\"/where/it/is/set\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":\"raise 9\"}\n"
	    "{\"event\":\"bound\",\"name\":\"cgroup memory.max\",\"value\":12000000,\"where\":\"/where/it/is/set/\",\"client_one\":2999,\"client_many\":2999,\"server\":2999,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"nf_conntrack_max\",\"value\":1332000,\"where\":\"/where/it/is/set/i\",\"client_one\":1331989,\"client_many\":1331989,\"server\":1331989,\"raise\":\"raise 11\"}\n"
	    "{\"event\":\"bound\",\"name\":\"net.ipv4.tcp_mem\",\"value\":1729000,\"where\":\"/where/it/is/set/in\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"net.core.somaxconn\",\"value\":null,\"where\":\"/where/it/is/set/in/\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":\"raise 13\"}\n"
	    "{\"event\":\"bound\",\"name\":\"net.ipv4.tcp_max_tw_buckets\",\"value\":null,\"where\":\"/where/it/is/set/in/a\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":null}\n"
	    "{\"event\":\"bound\",\"name\":\"net.ipv4.tcp_max_orphans\",\"value\":3376000,\"where\":\"/where/it/is/set/in/a/\",\"client_one\":null,\"client_many\":null,\"server\":null,\"raise\":\"raise 15\"}\n");
	CHECK_LINES(shown_events("verdict", show_audit),
	    "{\"event\":\"verdict\",\"use\":\"client_one\",\"connections\":1000,\"bound\":\"descriptors of a process, soft\"}\n"
	    "{\"event\":\"verdict\",\"use\":\"client_many\",\"connections\":1000,\"bound\":\"descriptors of a process, soft\"}\n"
	    "{\"event\":\"verdict\",\"use\":\"server\",\"connections\":999,\"bound\":\"descriptors of a process, soft\"}\n");
	terminal = 1;
	width = 92;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_audit),
	    "\033[1mhow many connections, and the limit that is hit first\033[0m\n"
	    "  as a                      one process                    many processes\n"
	    "  client to one       1,000 descriptors (soft)       2,492 ephemeral ports\n"
	    "  client to many      1,000 descriptors (soft)       2,999 cgroup's memory\n"
	    "  server                999 descriptors (soft)       2,999 cgroup's memory\n"
	    "\n"
	    "A connection costs 4.0 kB of kernel memory at each end (1000 measured).\n"
	    "\n"
	    "                                                      connections allowed, as a\n"
	    "limit                                 value client: one        many      server\n"
	    "\033[1mone process\033[0m\n"
	    "  descriptors of a process, soft      1,003\033[1m       1,000\033[0m\033[1m       1,000\033[0m\033[1m         999\033[0m\n"
	    "  descriptors of a process, hard      2,000       1,996       1,996       1,995\n"
	    "  fs.nr_open                          9,000       8,995       8,995       8,994\n"
	    "\033[1mall processes, each with as many descriptors as the hard limit allows\033[0m\n"
	    "  processes of a user                   100  does not apply to root\n"
	    "  cgroup pids.max                 not known\n"
	    "  kernel.threads-max                126,000        251M        251M        251M\n"
	    "  kernel.pid_max                    217,000        433M        433M        433M\n"
	    "\033[1mall connections\033[0m\n"
	    "  fs.file-max                   100,000,000         99M         99M         99M\n"
	    "  net.ipv4.ip_local_port_range        2,500\033[1m       2,492\033[0m           -           -\n"
	    "  memory available                not known\n"
	    "  cgroup memory.max                 12.0 MB       2,999\033[1m       2,999\033[0m\033[1m       2,999\033[0m\n"
	    "  nf_conntrack_max                1,332,000   1,331,989   1,331,989   1,331,989\n"
	    "\033[1mwhat else runs out\033[0m\n"
	    "  net.ipv4.tcp_mem                   1.7 MB  queued data; idle ones have none\n"
	    "  net.core.somaxconn              unlimited\n"
	    "  net.ipv4.tcp_max_tw_buckets     not known\n"
	    "  net.ipv4.tcp_max_orphans        3,376,000  closed, with data not sent yet\n"
	    "\n"
	    "\033[1mwhere it is set, and what raises it\033[0m\n"
	    "/where/\n"
	    "/where/i                                 raise 1\n"
	    "/where/it\n"
	    "/where/it/                               raise 3\n"
	    "/where/it/is                             raise 5\n"
	    "/where/it/is/\n"
	    "/where/it/is/s                           raise 7\n"
	    "/where/it/is/se\n"
	    "/where/it/is/set/\n"
	    "/where/it/is/set/i                       raise 11\n"
	    "/where/it/is/set/in\n"
	    "/where/it/is/set/in/a/                   raise 15\n");
	width = 80;
	CHECK_LINES(shown_as((struct common){0}, show_audit),
	    "how many connections, and the limit that is hit first\n"
	    "  as a                      one process                    many processes\n"
	    "  client to one       1,000 descriptors (soft)       2,492 ephemeral ports\n"
	    "  client to many      1,000 descriptors (soft)       2,999 cgroup's memory\n"
	    "  server                999 descriptors (soft)       2,999 cgroup's memory\n"
	    "\n"
	    "A connection costs 4.0 kB of kernel memory at each end (1000 measured).\n"
	    "\n"
	    "                                                      connections allowed, as a\n"
	    "limit                                 value client: one        many      server\n"
	    "one process\n"
	    "  descriptors of a process, soft      1,003       1,000       1,000         999\n"
	    "  descriptors of a process, hard      2,000       1,996       1,996       1,995\n"
	    "  fs.nr_open                          9,000       8,995       8,995       8,994\n"
	    "all processes, each with as many descriptors as the hard limit allows\n"
	    "  processes of a user                   100  does not apply to root\n"
	    "  cgroup pids.max                 not known\n"
	    "  kernel.threads-max                126,000        251M        251M        251M\n"
	    "  kernel.pid_max                    217,000        433M        433M        433M\n"
	    "all connections\n"
	    "  fs.file-max                   100,000,000         99M         99M         99M\n"
	    "  net.ipv4.ip_local_port_range        2,500       2,492           -           -\n"
	    "  memory available                not known\n"
	    "  cgroup memory.max                 12.0 MB       2,999       2,999       2,999\n"
	    "  nf_conntrack_max                1,332,000   1,331,989   1,331,989   1,331,989\n"
	    "what else runs out\n"
	    "  net.ipv4.tcp_mem                   1.7 MB  queued data; idle ones have none\n"
	    "  net.core.somaxconn              unlimited\n"
	    "  net.ipv4.tcp_max_tw_buckets     not known\n"
	    "  net.ipv4.tcp_max_orphans        3,376,000  closed, with data not sent yet\n"
	    "\n"
	    "where it is set, and what raises it\n"
	    "/where/\n"
	    "/where/i                     raise 1\n"
	    "/where/it\n"
	    "/where/it/                   raise 3\n"
	    "/where/it/is                 raise 5\n"
	    "/where/it/is/\n"
	    "/where/it/is/s               raise 7\n"
	    "/where/it/is/se\n"
	    "/where/it/is/set/\n"
	    "/where/it/is/set/i           raise 11\n"
	    "/where/it/is/set/in\n"
	    "/where/it/is/set/in/a/       raise 15\n");
	width = 60;
	CHECK_LINES(shown_as((struct common){0}, show_audit),
	    "how many connections, and the limit that is hit first\n"
	    "  as a                      one process, then many\n"
	    "  client to one       1,000 descriptors (soft)\n"
	    "                      2,492 ephemeral ports\n"
	    "  client to many      1,000 descriptors (soft)\n"
	    "                      2,999 cgroup's memory\n"
	    "  server                999 descriptors (soft)\n"
	    "                      2,999 cgroup's memory\n"
	    "\n"
	    "A connection costs 4.0 kB of kernel memory at each end (1000 measured).\n"
	    "\n"
	    "                        connections allowed, as a\n"
	    "        value client: one        many      server\n"
	    "one process\n"
	    "  descriptors of a process, soft\n"
	    "        1,003       1,000       1,000         999\n"
	    "  descriptors of a process, hard\n"
	    "        2,000       1,996       1,996       1,995\n"
	    "  fs.nr_open\n"
	    "        9,000       8,995       8,995       8,994\n"
	    "all processes, each with as many descriptors as the hard limit allows\n"
	    "  processes of a user\n"
	    "          100  does not apply to root\n"
	    "  cgroup pids.max\n"
	    "    not known\n"
	    "  kernel.threads-max\n"
	    "      126,000        251M        251M        251M\n"
	    "  kernel.pid_max\n"
	    "      217,000        433M        433M        433M\n"
	    "all connections\n"
	    "  fs.file-max\n"
	    "  100,000,000         99M         99M         99M\n"
	    "  net.ipv4.ip_local_port_range\n"
	    "        2,500       2,492           -           -\n"
	    "  memory available\n"
	    "    not known\n"
	    "  cgroup memory.max\n"
	    "      12.0 MB       2,999       2,999       2,999\n"
	    "  nf_conntrack_max\n"
	    "    1,332,000   1,331,989   1,331,989   1,331,989\n"
	    "what else runs out\n"
	    "  net.ipv4.tcp_mem\n"
	    "       1.7 MB  queued data; idle ones have none\n"
	    "  net.core.somaxconn\n"
	    "    unlimited\n"
	    "  net.ipv4.tcp_max_tw_buckets\n"
	    "    not known\n"
	    "  net.ipv4.tcp_max_orphans\n"
	    "    3,376,000  closed, with data not sent yet\n"
	    "\n"
	    "where it is set, and what raises it\n"
	    "/where/\n"
	    "/where/i\n"
	    "  raise 1\n"
	    "/where/it\n"
	    "/where/it/\n"
	    "  raise 3\n"
	    "/where/it/is\n"
	    "  raise 5\n"
	    "/where/it/is/\n"
	    "/where/it/is/s\n"
	    "  raise 7\n"
	    "/where/it/is/se\n"
	    "/where/it/is/set/\n"
	    "/where/it/is/set/i\n"
	    "  raise 11\n"
	    "/where/it/is/set/in\n"
	    "/where/it/is/set/in/a/\n"
	    "  raise 15\n");
	terminal = 0;
	width = OUT_UNBOUNDED;
	cost.kernel_bytes = -1;
	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i].value = BOUND_UNKNOWN;
	audit_judge(bounds, &cost, judged);
	CHECK_LINES(shown_as((struct common){0}, show_audit),
	    "how many connections, and the limit that is hit first\n"
	    "  as a                      one process                    many processes\n"
	    "  client to one           ? not known here               ? not known here\n"
	    "  client to many          ? not known here               ? not known here\n"
	    "  server                  ? not known here               ? not known here\n"
	    "\n"
	    "What a connection costs is not known here.\n"
	    "\n"
	    "                                                      connections allowed, as a\n"
	    "limit                                 value client: one        many      server\n"
	    "one process\n"
	    "  descriptors of a process, soft  not known\n"
	    "  descriptors of a process, hard  not known\n"
	    "  fs.nr_open                      not known\n"
	    "all processes, each with as many descriptors as the hard limit allows\n"
	    "  processes of a user             not known\n"
	    "  cgroup pids.max                 not known\n"
	    "  kernel.threads-max              not known\n"
	    "  kernel.pid_max                  not known\n"
	    "all connections\n"
	    "  fs.file-max                     not known\n"
	    "  net.ipv4.ip_local_port_range    not known\n"
	    "  memory available                not known\n"
	    "  cgroup memory.max               not known\n"
	    "  nf_conntrack_max                not known\n"
	    "what else runs out\n"
	    "  net.ipv4.tcp_mem                not known\n"
	    "  net.core.somaxconn              not known\n"
	    "  net.ipv4.tcp_max_tw_buckets     not known\n"
	    "  net.ipv4.tcp_max_orphans        not known\n"
	    "\n"
	    "where it is set, and what raises it\n");
	CHECK_LINES(shown_events("verdict", show_audit),
	    "{\"event\":\"verdict\",\"use\":\"client_one\",\"connections\":null,\"bound\":null}\n"
	    "{\"event\":\"verdict\",\"use\":\"client_many\",\"connections\":null,\"bound\":null}\n"
	    "{\"event\":\"verdict\",\"use\":\"server\",\"connections\":null,\"bound\":null}\n");
}

int main(void)
{
	TEST(the_audit_is_a_conclusion_a_table_and_what_raises_each);
	return test_failures != 0;
}
