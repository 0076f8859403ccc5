/* ctest: os=Linux wrap=file_read wrap=getrlimit wrap=group_processes */
/* os/bounds on Linux: limits and the commands that raise them, of a kernel whose files are written down here. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/bounds.h"
#include "os/linux/file.h"
#include "os/linux/group.h"
#include "tests/lib/test.h"

static struct {
	const char *path, *text;
} files[] = {
    {"/proc/sys/fs/nr_open", "1000\n"},
    {"/proc/sys/fs/file-nr", "700\t30\t9000\n"},
    {"/proc/sys/fs/file-max", "9000\n"},
    {"/proc/sys/kernel/threads-max", "600000000\n"},
    {"/proc/sys/kernel/pid_max", "4194304\n"},
    {"/proc/loadavg", "0.01 0.02 0.03 2/345 6789\n"},
    {"/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"},
    {"/proc/sys/net/ipv4/ip_local_reserved_ports", "32768,40000-40009,1000\n"},
    {"/proc/sys/net/ipv4/tcp_mem", "10\t20\t31\n"},
    {"/proc/net/sockstat", "sockets: used 9\nTCP: inuse 1 orphan 0 tw 0 alloc 2 mem 5\n"},
    {"/proc/meminfo", "MemTotal: 9 kB\nMemAvailable: 7 kB\n"},
    {"/proc/sys/net/netfilter/nf_conntrack_max", "2147483000\n"},
    {"/proc/sys/net/netfilter/nf_conntrack_count", "17\n"},
    {"/proc/sys/net/core/somaxconn", "4096\n"},
    {"/proc/sys/net/ipv4/tcp_max_tw_buckets", "0\n"},
    {"/proc/self/uid_map", "0\t1000\t1\n"},
    {NULL, NULL},
};
static struct rlimit descriptors, processes;
static bool began;             /* main */
static const char *group_file; /* of a group that sets a limit of ten processes; NULL: none does */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
ssize_t __wrap_file_read(const char *path, char *text, size_t size);
int __real_getrlimit(int resource, struct rlimit *limit);
int __wrap_getrlimit(int resource, struct rlimit *limit);
bool __wrap_group_processes(struct group_figure *figure);

bool __wrap_group_processes(struct group_figure *figure)
{
	*figure = (struct group_figure){.limit = 10, .used = 1};
	snprintf(figure->file, sizeof figure->file, "%s", group_file ? group_file : "");
	return group_file != NULL;
}

ssize_t __wrap_file_read(const char *path, char *text, size_t size)
{
	for (size_t i = 0; files[i].path; i++)
		if (!strcmp(files[i].path, path)) {
			snprintf(text, size, "%s", files[i].text);
			return (ssize_t)strlen(text);
		}
	errno = ENOENT;
	return -1;
}

static int read_limit(int resource, struct rlimit *limit)
{
	*limit = resource == RLIMIT_NOFILE ? descriptors : processes;
	return 0;
}

/* MemorySanitizer calls it before it has a shadow to write to. */
#ifdef __clang__
__attribute__((disable_sanitizer_instrumentation))
#endif
int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	return began ? read_limit(resource, limit) : __real_getrlimit(resource, limit);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* As in the files above, but that one. */
static const struct bound *read_with(const char *path, const char *text)
{
	static struct bound bounds[BOUND_COUNT];
	size_t i = 0;

	while (strcmp(files[i].path, path) != 0)
		i++;
	const char *const before = files[i].text;
	files[i].text = text;
	bounds_read(bounds);
	files[i].text = before;
	return bounds;
}

static const struct bound *read_all(void)
{
	return read_with(files[0].path, files[0].text);
}

static void check_bound(const struct bound *bound, long long value, long long used,
    const char *where, const char *raise)
{
	CHECK(bound->value == value && bound->used == used, "%s: %lld of %lld", bound->name,
	    (long long)bound->used, (long long)bound->value);
	CHECK_TEXT(bound->where, where);
	CHECK_TEXT(bound->raise, raise);
}

static void each_limit_comes_with_its_use_place_and_remedy(void)
{
	const long long page = sysconf(_SC_PAGESIZE);

	descriptors = (struct rlimit){100, 500};
	processes = (struct rlimit){70, RLIM_INFINITY};
	const struct bound *const bounds = read_all();
	check_bound(&bounds[BOUND_FILES_SOFT], 100, 0, "ulimit -Sn", "ulimit -Sn 500");
	check_bound(&bounds[BOUND_FILES_HARD], 500, 0, "ulimit -Hn", "ulimit -Hn 1000");
	check_bound(
	    &bounds[BOUND_FILES_CEILING], 1000, 0, files[0].path, "sysctl -w fs.nr_open=2000");
	check_bound(&bounds[BOUND_FILES_SYSTEM], 9000, 670, "/proc/sys/fs/file-max",
	    "sysctl -w fs.file-max=18000");
	check_bound(&bounds[BOUND_THREADS], 600000000, 345, "/proc/sys/kernel/threads-max",
	    "sysctl -w kernel.threads-max=1073741823");
	check_bound(&bounds[BOUND_PIDS], 4194304, 345, "/proc/sys/kernel/pid_max", "");
	check_bound(&bounds[BOUND_PORTS], 60999 - 32768 + 1 - 11, 0,
	    "/proc/sys/net/ipv4/ip_local_port_range",
	    "sysctl -w net.ipv4.ip_local_port_range='1024 65535'");
	check_bound(&bounds[BOUND_MEMORY], 7168, 0, "/proc/meminfo", "");
	check_bound(&bounds[BOUND_TCP_MEMORY], 31 * page, 5 * page, "/proc/sys/net/ipv4/tcp_mem",
	    "sysctl -w net.ipv4.tcp_mem='31 46 62'");
	check_bound(&bounds[BOUND_TRACKED], 2147483000, 17,
	    "/proc/sys/net/netfilter/nf_conntrack_max",
	    "sysctl -w net.netfilter.nf_conntrack_max=2147483647");
	check_bound(&bounds[BOUND_BACKLOG], 4096, 0, "/proc/sys/net/core/somaxconn",
	    "sysctl -w net.core.somaxconn=8192");
	check_bound(&bounds[BOUND_TIME_WAIT], 0, 0, "/proc/sys/net/ipv4/tcp_max_tw_buckets",
	    "sysctl -w net.ipv4.tcp_max_tw_buckets=0");
	CHECK(bounds[BOUND_ORPHANS].value == BOUND_UNKNOWN, "known");
	CHECK_TEXT(bounds[BOUND_USER_PROCESSES].raise, "ulimit -Su unlimited");
}

static void the_command_for_a_group_is_one_for_a_shell_or_none(void)
{
	struct group_figure figure;
	char quotes[sizeof figure.file];
	struct {
		const char *file, *raise;
	} rows[] = {
	    {"/sys/fs/cgroup/a/pids.max", "echo 20 > /sys/fs/cgroup/a/pids.max"},
	    {"/sys/fs/cgroup/it's/pids.max", "echo 20 > '/sys/fs/cgroup/it'\\''s/pids.max'"},
	    {quotes, ""}, /* there is no room for it */
	};

	memset(quotes, '\'', sizeof quotes - 1);
	quotes[sizeof quotes - 1] = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		group_file = rows[i].file;
		CHECK_TEXT(read_all()[BOUND_GROUP_PROCESSES].raise, rows[i].raise);
	}
	group_file = NULL;
}

static void beyond_the_ceiling_it_is_raised_first(void)
{
	descriptors = (struct rlimit){1000, 1000};
	processes = (struct rlimit){70, 70};
	const struct bound *const bounds = read_all();
	CHECK_TEXT(bounds[BOUND_FILES_SOFT].raise, "sysctl -w fs.nr_open=2000 && ulimit -n 2000");
	CHECK_TEXT(bounds[BOUND_FILES_HARD].raise, "sysctl -w fs.nr_open=2000 && ulimit -Hn 2000");
	CHECK_TEXT(bounds[BOUND_USER_PROCESSES].raise, "ulimit -u 140");
	CHECK_TEXT(read_with(files[0].path, "2147483520")[BOUND_FILES_CEILING].raise,
	    "sysctl -w fs.nr_open=2147483584");
	CHECK_TEXT(read_with(files[0].path, "2147483584")[BOUND_FILES_CEILING].raise, "");
}

static void what_is_more_than_counts_is_no_limit(void)
{
	descriptors = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	processes = (struct rlimit){(rlim_t)INT64_MAX + 1, (rlim_t)INT64_MAX + 1};
	const struct bound *const bounds = read_all();
	CHECK(bounds[BOUND_FILES_SOFT].value == BOUND_UNLIMITED, "a figure");
	CHECK(bounds[BOUND_FILES_HARD].value == BOUND_UNLIMITED, "a figure");
	CHECK(bounds[BOUND_USER_PROCESSES].value == BOUND_UNLIMITED, "a figure");
	CHECK_TEXT(bounds[BOUND_FILES_SOFT].raise, "");
	CHECK_TEXT(bounds[BOUND_USER_PROCESSES].raise, "");
}

static void a_range_of_ports_that_is_none_is_not_counted(void)
{
	static const struct {
		const char *text;
		long long value;
		const char *raise;
	} rows[] = {
	    {"0\t65535\n", 65536 - 12, "sysctl -w net.ipv4.ip_local_reserved_ports=''"},
	    {"1024\t65535\n", 64512 - 11, "sysctl -w net.ipv4.ip_local_reserved_ports=''"},
	    {"5\t5\n", 1, "sysctl -w net.ipv4.ip_local_port_range='1024 65535'"},
	    {"6\t5\n", BOUND_UNKNOWN, ""},
	    {"1024\t65536\n", BOUND_UNKNOWN, ""},
	    {"1024\n", BOUND_UNKNOWN, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct bound *const ports =
		    &read_with("/proc/sys/net/ipv4/ip_local_port_range", rows[i].text)[BOUND_PORTS];
		CHECK(ports->value == rows[i].value, "row %zu: %lld", i, (long long)ports->value);
		CHECK_TEXT(ports->raise, rows[i].raise);
	}
}

static void what_does_not_tell_its_use_has_none(void)
{
	CHECK(read_with("/proc/net/sockstat", "")[BOUND_TCP_MEMORY].used == 0, "used");
	CHECK(read_with("/proc/loadavg", "")[BOUND_PIDS].used == 0, "used");
}

static void only_root_of_the_first_user_namespace_is_exempt(void)
{
	const struct bound *user = &read_all()[BOUND_USER_PROCESSES];
	CHECK(!user->exempt && user->used > 0, "%d, %lld", user->exempt, (long long)user->used);
	if (getuid() != 0)
		return;
	user = &read_with("/proc/self/uid_map", "0\t0\t1000\n")[BOUND_USER_PROCESSES];
	CHECK(user->exempt && user->used == 0, "%d, %lld", user->exempt, (long long)user->used);
}

int main(void)
{
	began = true;
	TEST(each_limit_comes_with_its_use_place_and_remedy);
	TEST(the_command_for_a_group_is_one_for_a_shell_or_none);
	TEST(beyond_the_ceiling_it_is_raised_first);
	TEST(what_is_more_than_counts_is_no_limit);
	TEST(what_does_not_tell_its_use_has_none);
	TEST(only_root_of_the_first_user_namespace_is_exempt);
	TEST(a_range_of_ports_that_is_none_is_not_counted);
	return test_failures != 0;
}
