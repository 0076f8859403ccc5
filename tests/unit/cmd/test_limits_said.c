/* ctest: wrap=out_width wrap=out_terminal wrap=clock_us wrap=memory_read wrap=bounds_read wrap=stop_wanted */
/* cmd/limits: all that its views show, word for word, and what is refused beforehand. */
#include <signal.h>

#include "clock.h"
#include "cmd/limits/fits.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/ports_view.h"
#include "cmd/limits/proof_view.h"
#include "cmd/limits/view.h"
#include "tests/lib/shown.h"

static int width = OUT_UNBOUNDED, terminal, stopped;
static int64_t now_us;
static struct memory memory;
static struct bound bounds[BOUND_COUNT];

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);
int __wrap_out_terminal(void);
int64_t __wrap_clock_us(void);
void __wrap_memory_read(struct memory *into);
void __wrap_bounds_read(struct bound into[BOUND_COUNT]);
int __wrap_stop_wanted(void);

int __wrap_out_width(void)
{
	return width;
}

int __wrap_out_terminal(void)
{
	return terminal;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}

void __wrap_memory_read(struct memory *into)
{
	*into = memory;
}

void __wrap_bounds_read(struct bound into[BOUND_COUNT])
{
	memcpy(into, bounds, sizeof bounds);
}

int __wrap_stop_wanted(void)
{
	return stopped;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void numbers_are_grouped_and_bytes_have_units(void)
{
	static const struct {
		int64_t number;
		const char *grouped, *bytes;
	} rows[] = {
	    {0, "0", "0 B"},
	    {7, "7", "7 B"},
	    {999, "999", "999 B"},
	    {1000, "1,000", "1.0 kB"},
	    {1049, "1,049", "1.0 kB"},
	    {1050, "1,050", "1.1 kB"},
	    {10000, "10,000", "10.0 kB"},
	    {999949, "999,949", "999.9 kB"},
	    {999950, "999,950", "1.0 MB"},
	    {123456789, "123,456,789", "123.5 MB"},
	    {2000000000, "2,000,000,000", "2.0 GB"},
	    {3000000000000, "3,000,000,000,000", "3.0 TB"},
	    {4000000000000000, "4,000,000,000,000,000", "4.0 PB"},
	    {INT64_MAX, "9,223,372,036,854,775,807", "9.2 EB"},
	    {-1, "-1", "-1 B"},
	    {-1234, "-1,234", "-1234 B"},
	    {-123456, "-123,456", "-123456 B"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[GROUPED_TEXT + BYTES_TEXT];
		CHECK_TEXT(grouped_print(text, rows[i].number), rows[i].grouped);
		CHECK_TEXT(bytes_print(text, rows[i].number), rows[i].bytes);
	}
}

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

static struct proof proof;

static void show_proof(void)
{
	proof_view(&proof);
}

static void show_progress(void)
{
	for (int stage = 0; stage < 3; stage++) {
		proof.told_us = now_us - SECOND_US;
		proof_view_progress(&proof, stage, now_us - INT64_C(4) * SECOND_US);
		/* Too soon. */
		now_us += SECOND_US - 1;
		proof_view_progress(&proof, stage, now_us - INT64_C(4) * SECOND_US);
		now_us -= SECOND_US - 1;
	}
	proof_view_stage("opened", 100, INT64_C(2) * SECOND_US);
	proof_view_stage("echoed", 0, INT64_C(2) * SECOND_US);
}

static void the_proof_is_told_as_far_as_it_came(void)
{
	now_us = INT64_C(100) * SECOND_US;
	memory = (struct memory){.available = 5000000000, .total = 8000000000};
	proof = (struct proof){
	    .fleet.plan = {.connections = 1000, .source = addr_loopback(AF_INET, 4000)},
	    .count = {.opened = 100, .echoed = 40, .closed = 20},
	    .began_us = INT64_C(90) * SECOND_US,
	    .open_us = 1500,
	    .kernel_bytes = 5000,
	    .own_bytes = 10050,
	    .sources = 1,
	    .counted = 100};
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; kernel 50 bytes each, both ends; own 100 bytes\n"
	    "100 connections, distinct sources: 1, in the kernel's own table\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":100,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":1,\"own_bytes_each\":100,\"kernel_bytes_each\":50}\n");
	CHECK_LINES(shown_as((struct common){0}, show_progress),
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_progress),
	    "opened 100 of 1000, 25/s, 5.0 GB free, 36 s left\n"
	    "echoed 40 of 100, 10/s, 5.0 GB free, 6 s left\n"
	    "closed 20 of 100, 5/s, 5.0 GB free, 16 s left\n"
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_progress), "");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_progress),
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n"
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n"
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n");
	memory.available = -1;
	proof.count.closed = 0;
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_progress),
	    "opened 100 of 1000, 25/s, 36 s left\n"
	    "echoed 40 of 100, 10/s, 6 s left\n"
	    "closed 0 of 100, 0/s\n"
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	proof.own_bytes = -1;
	proof.census_cut = true;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; kernel 50 bytes each, both ends\n"
	    "100 connections, distinct sources: 1, in the part of the kernel's own table that was read\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":100,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":null,\"own_bytes_each\":null,\"kernel_bytes_each\":50}\n");
	proof.own_bytes = 0;
	proof.kernel_bytes = -1;
	proof.sources = 0;
	proof.census_cut = false;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; own 0 bytes\n"
	    "\033[1m100 connections, distinct sources: 0\033[0m, in the kernel's own table\n");
	proof.sources = -1;
	proof.census_failed = true;
	proof.count.opened = 1;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 1 opened, 40 echoed, 10.0 s\n"
	    "1500.0 us a connection; own 0 bytes\n"
	    "the kernel's own table of connections cannot be read here\n");
	proof.count.opened = 0;
	stopped = SIGTERM;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "interrupted: all are closed\n"
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 0 opened, 40 echoed, 10.0 s\n"
	    "the kernel's own table of connections cannot be read here\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":0,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":null,\"own_bytes_each\":null,\"kernel_bytes_each\":null}\n");
	stopped = 0;
	proof.open_us = 0;
	proof.census_failed = false;
	proof.count.opened = 5;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 5 opened, 40 echoed, 10.0 s\n");
}

static struct ports ports;
static struct route route;

static void show_ports(void)
{
	if (out_json())
		ports_json(&ports, &route);
	else
		ports_view(&ports, &route);
}

static void the_ports_that_are_taken_add_up_in_their_order(void)
{
	static struct process process = {.pid = 12, .program = "curl"};
	static struct ports_taken taken[] = {{PORTS_RESERVED, NULL, 3},
	    {PORTS_BOUND, &process, 2000}, {PORTS_BOUND, NULL, 1}, {PORTS_CONNECTED, &process, 5},
	    {PORTS_TIME_WAIT, NULL, 6}, {PORTS_REUSABLE, NULL, 7}};

	route = (struct route){.source = addr_loopback(AF_INET, 0),
	    .destination = addr_loopback(AF_INET, 80),
	    .by_itself = true};
	ports = (struct ports){.low = 32768,
	    .high = 60999,
	    .widest = 1024,
	    .left = 26217,
	    .left_to_bind = 26218,
	    .taken = taken,
	    .taken_count = sizeof taken / sizeof *taken,
	    .gains = {[PORTS_BY_NO_PORT] = 5,
		[PORTS_BY_SOURCE] = 7,
		[PORTS_BY_RANGE] = 30000,
		[PORTS_BY_UNRESERVED] = 5,
		[PORTS_BY_BIND] = 1},
	    .waits = 13,
	    .first_ms = 1600,
	    .last_ms = 59400};
	CHECK_LINES(shown_as((struct common){0}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "how many more connections can be made now\n"
	    "  connect without bind                        26,217\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217\n"
	    "  bind to port 0, connect                     26,218\n"
	    "\n"
	    "ports 32768 to 60999, 28,232: of these are taken\n"
	    "  reserved                                         3\n"
	    "  bound by curl[12]                            2,000\n"
	    "  bound by no process seen                         1\n"
	    "  connected to it by curl[12]                      5\n"
	    "  in TIME_WAIT                                     6\n"
	    "  in TIME_WAIT, which connect takes over           7\n"
	    "of 13 TIME_WAITs the first ends in 2 s, the last in 59 s\n"
	    "\n"
	    "what would give connect more\n"
	    "  +30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535'\n"
	    "  +7: another source address, bound with IP_BIND_ADDRESS_NO_PORT\n"
	    "  +5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect\n"
	    "  +5: sysctl -w net.ipv4.ip_local_reserved_ports=''\n"
	    "  +1: bind to the source and port 0 before connect (ports bound elsewhere)\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-60999\"}\n"
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":26217,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"observed\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535'\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+7: another source address, bound with IP_BIND_ADDRESS_NO_PORT\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: sysctl -w net.ipv4.ip_local_reserved_ports=''\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+1: bind to the source and port 0 before connect (ports bound elsewhere)\"}\n");
	ports.not_asked = 2;
	ports.left_inferred = ports.bind_inferred = ports.end_left = ports.not_searched = true;
	ports.stamps_inferred = true;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "\033[1mhow many more connections can be made now\033[0m\n"
	    "  connect without bind                        26,217  (inferred)\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217  (inferred)\n"
	    "  bind to port 0, connect                     26,218  (inferred)\n"
	    "with an odd number of ports the kernel may miss the first or the last (inferred)\n"
	    "\n"
	    "\033[1mports 32768 to 60999, 28,232: of these are taken\033[0m\n"
	    "  reserved                                         3\n"
	    "  bound by curl[12]                            2,000\n"
	    "  bound by no process found in time                1\n"
	    "  connected to it by curl[12]                      5\n"
	    "  in TIME_WAIT                                     6\n"
	    "  in TIME_WAIT, which connect takes over           7\n"
	    "whether they were bound is inferred for 2\n"
	    "whether those TIME_WAITs can be taken over depends on timestamps (inferred)\n"
	    "of 13 TIME_WAITs the first ends in 2 s, the last in 59 s\n"
	    "\n"
	    "\033[1mwhat would give connect more\033[0m\n"
	    "  +30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535' (inferred)\n"
	    "  +7: another source address, bound with IP_BIND_ADDRESS_NO_PORT (inferred)\n"
	    "  +5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect (inferred)\n"
	    "  +5: sysctl -w net.ipv4.ip_local_reserved_ports='' (inferred)\n"
	    "  +1: bind to the source and port 0 before connect (ports bound elsewhere) (inferred)\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-60999\"}\n"
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535' (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+7: another source address, bound with IP_BIND_ADDRESS_NO_PORT (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: sysctl -w net.ipv4.ip_local_reserved_ports='' (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+1: bind to the source and port 0 before connect (ports bound elsewhere) (inferred)\"}\n");
	route.by_itself = false;
	ports.taken_count = 0;
	ports.high = ports.low;
	ports.waits = 1;
	memset(ports.gains, 0, sizeof ports.gains);
	CHECK_LINES(shown_as((struct common){0}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "how many more connections can be made now\n"
	    "  connect without bind                             -\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217  (inferred)\n"
	    "  bind to port 0, connect                     26,218  (inferred)\n"
	    "without bind the kernel chooses another source\n"
	    "with an odd number of ports the kernel may miss the first or the last (inferred)\n"
	    "\n"
	    "ports 32768 to 32768, 1: none is taken\n"
	    "whether they were bound is inferred for 2\n"
	    "whether those TIME_WAITs can be taken over depends on timestamps (inferred)\n"
	    "the TIME_WAIT ends in 2 s\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-32768\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":null,\"basis\":null}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"inferred\"}\n");
	ports.not_asked = 0;
	ports.taken_count = 6;
	CHECK_LINES(shown_events("taken", show_ports),
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"inferred\"}\n");
}

static const char *refused(const struct fleet_plan *plan, bool suffices)
{
	static char said[8192];
	const struct capture capture = capture_begin(stderr);
	const bool got = room_suffices(plan, &cost);

	capture_end(&capture, said, sizeof said);
	CHECK(got == suffices, "%d", got);
	return said;
}

static void what_cannot_be_had_is_refused_with_what_is_short(void)
{
	struct fleet_plan plan = {
	    .connections = 1000, .descriptors = 1000, .source = addr_loopback(AF_INET, 4000)};

	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i] = (struct bound){.name = bound_rows[i].name, .value = BOUND_UNLIMITED};
	cost = (struct cost){.kernel_bytes = 10000};
	memory = (struct memory){.available = INT64_C(100) << 30, .total = INT64_C(100) << 30};
	CHECK_LINES(refused(&plan, true), "");
	memory.available = 1000000;
	memory.total = 4000000;
	CHECK_LINES(refused(&plan, false),
	    "reuse: 1000 connections need 10.9 MB of memory, 10.0 kB each for both ends; there is room for 600.0 kB: 1.0 MB available, of which 400.0 kB are kept free\n");
	cost.kernel_bytes = -1;
	memory.total = INT64_C(100) << 30;
	CHECK_LINES(refused(&plan, false),
	    "reuse: 1000 connections need 4.9 MB of memory, at least 4.0 kB each for both ends; there is room for 0 B: 1.0 MB available, of which 10.7 GB are kept free\n");
	memory.total = -1;
	CHECK_LINES(refused(&plan, true), "");
	memory.available = -1;
	memory.total = 10;
	CHECK_LINES(refused(&plan, true), "");
	const uint64_t processes = fleet_processes(&plan);
	bounds[BOUND_FILES_SYSTEM].value = (int64_t)(2 * plan.connections + processes * 8) + 10;
	bounds[BOUND_FILES_SYSTEM].used = 10;
	bounds[BOUND_PIDS].value = (int64_t)processes;
	bounds[BOUND_TRACKED].value = 999;
	CHECK_LINES(refused(&plan, true), "");
	bounds[BOUND_FILES_SYSTEM].used++;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 2024 open files: fs.file-max is 2034, and 11 are in use\n");
	bounds[BOUND_FILES_SYSTEM].used--;
	bounds[BOUND_PIDS].value--;
	snprintf(bounds[BOUND_PIDS].raise, sizeof bounds[0].raise, "sysctl -w kernel.pid_max=8");
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 3 processes: kernel.pid_max is 2, and 0 are in use\n"
	    "reuse: to raise it: sysctl -w kernel.pid_max=8\n");
	bounds[BOUND_PIDS].exempt = true;
	CHECK_LINES(refused(&plan, true), "");
	cost.tracked = true;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 1000 tracked connections: nf_conntrack_max is 999, and 0 are in use\n");
	bounds[BOUND_TRACKED].value = 1000;
	CHECK_LINES(refused(&plan, true), "");
	cost.tracked = false;
	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i].value = BOUND_UNLIMITED;
	plan.connections = 65536 - CROWD_LOWEST_PORT;
	CHECK_LINES(refused(&plan, true), "");
	plan.by_port = true;
	CHECK_LINES(refused(&plan, true), "");
	plan.connections++;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 64513 ports of one address, and there are 64512\n");
}

int main(void)
{
	TEST(numbers_are_grouped_and_bytes_have_units);
	TEST(the_audit_is_a_conclusion_a_table_and_what_raises_each);
	TEST(the_proof_is_told_as_far_as_it_came);
	TEST(the_ports_that_are_taken_add_up_in_their_order);
	TEST(what_cannot_be_had_is_refused_with_what_is_short);
	return test_failures != 0;
}
