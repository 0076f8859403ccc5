#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/bounds.h"
#include "os/linux/file.h"
#include "os/linux/group.h"
#include "os/parse/figures.h"
#include "os/shell.h"
#include "os/tunable.h"

#define SYS "/proc/sys/"

/* Field `at` of the file; -1 where it is not there. */
static int64_t read_field(const char *path, unsigned at)
{
	char text[512];
	const ssize_t len = file_read(path, text, sizeof text);

	return len > 0 ? figures_field(text, (size_t)len, at) : -1;
}

static int64_t at_least_0(int64_t value)
{
	return value < 0 ? 0 : value;
}

static int64_t tasks(void)
{
	char text[128];
	const ssize_t len = file_read("/proc/loadavg", text, sizeof text);

	return len > 0 ? at_least_0(figures_tasks(text, (size_t)len)) : 0;
}

/* Processes and threads of this user, as far as they are seen here. */
static int64_t own_tasks(void)
{
	DIR *proc = opendir("/proc");
	int64_t count = 0;
	char path[64];
	struct stat about;

	if (!proc)
		return 0;
	for (const struct dirent *entry; (entry = readdir(proc));) {
		snprintf(path, sizeof path, "/proc/%.32s/task", entry->d_name);
		/* A directory for each thread, beside the two links that every directory has. */
		if (*entry->d_name >= '1' && *entry->d_name <= '9' && stat(path, &about) == 0 &&
		    about.st_uid == getuid() && about.st_nlink > 2)
			count += (int64_t)about.st_nlink - 2;
	}
	closedir(proc);
	return count;
}

static void set_group(struct bound *bound, const struct group_figure *group)
{
	bounds_set(bound, group->limit, group->used, group->file);
	if (group->limit >= INT64_MAX / 2)
		return;
	snprintf(bound->raise, sizeof bound->raise, "echo %lld >", 2 * (long long)group->limit);
	if (!shell_add(bound->raise, sizeof bound->raise, group->file))
		bound->raise[0] = 0;
}

/* One of /proc/sys. `raise`: the command as in bounds_raise, up to `most`, beyond which the kernel
 * refuses it. */
static void read_tunable(
    struct bound *bound, const char *path, int64_t used, const char *raise, int64_t most)
{
	bounds_set(bound, read_field(path, 0), at_least_0(used), path);
	bounds_raise(bound, raise, most);
}

/* Beyond fs.nr_open even root cannot raise the limit of a process: it goes first. */
static void raise_ceiling_too(struct bound *bound, const struct bound *ceiling, const char *words)
{
	char first[64];

	snprintf(first, sizeof first, "%.63s", ceiling->raise);
	const char *figure = strrchr(first, '=');
	if (figure && bound->value != BOUND_UNLIMITED && bound->value >= ceiling->value)
		snprintf(
		    bound->raise, sizeof bound->raise, "%s && %s %s", first, words, figure + 1);
}

static void read_files(struct bound bounds[BOUND_COUNT])
{
	const char *in_use = SYS "fs/file-nr";
	struct bound *ceiling = &bounds[BOUND_FILES_CEILING];

	/* fs/file_table.c: sysctl_nr_open_max */
	read_tunable(ceiling, SYS "fs/nr_open", 0, "sysctl -w fs.nr_open=", INT32_MAX / 64 * 64);
	raise_ceiling_too(&bounds[BOUND_FILES_HARD], ceiling, "ulimit -Hn");
	raise_ceiling_too(&bounds[BOUND_FILES_SOFT], ceiling, "ulimit -n");
	/* file-nr: allocated, free of these, the most: proc(5). */
	read_tunable(&bounds[BOUND_FILES_SYSTEM], SYS "fs/file-max",
	    read_field(in_use, 0) - at_least_0(read_field(in_use, 1)),
	    "sysctl -w fs.file-max=", INT64_MAX);
}

/* Not held to the limit of a user: root, who is root outside of all user namespaces too
 * (getrlimit(2); kernel/fork.c asks for INIT_USER). */
static bool is_outer_root(void)
{
	return getuid() == 0 && read_field("/proc/self/uid_map", 1) == 0;
}

static void read_processes(struct bound bounds[BOUND_COUNT])
{
	/* kernel/pid.c: PID_MAX_LIMIT */
	const int64_t most_pids = sizeof(long) > 4 ? 4LL * 1024 * 1024 : 8 * sysconf(_SC_PAGESIZE);
	struct group_figure group;

	struct bound *bound = &bounds[BOUND_USER_PROCESSES];
	bound->exempt = is_outer_root();
	if (!bound->exempt)
		bound->used = own_tasks();
	/* kernel/fork.c: MAX_THREADS */
	read_tunable(&bounds[BOUND_THREADS], SYS "kernel/threads-max", tasks(),
	    "sysctl -w kernel.threads-max=", 0x3fffffff);
	read_tunable(&bounds[BOUND_PIDS], SYS "kernel/pid_max", tasks(),
	    "sysctl -w kernel.pid_max=", most_pids);
	bound = &bounds[BOUND_GROUP_PROCESSES];
	bounds_set(bound, BOUND_UNLIMITED, 0, "/proc/self/cgroup");
	if (group_processes(&group))
		set_group(bound, &group);
}

static void read_ports(struct bound *bound)
{
	const char *path = SYS "net/ipv4/ip_local_port_range";
	const int64_t lowest = read_field(path, 0), highest = read_field(path, 1);

	if (lowest < 0 || highest > 65535 || highest < lowest)
		return;
	const unsigned reserved = tunable_reserved_count((unsigned)lowest, (unsigned)highest);
	bounds_set(bound, highest - lowest + 1 - reserved, 0, path);
	/* Those below 1024 are the privileged ones: the kernel takes no range that has them. */
	if (lowest > 1024 || highest < 65535)
		snprintf(bound->raise, sizeof bound->raise,
		    "sysctl -w net.ipv4.ip_local_port_range='1024 65535'");
	else if (reserved > 0)
		snprintf(bound->raise, sizeof bound->raise,
		    "sysctl -w net.ipv4.ip_local_reserved_ports=''");
}

static void read_memory(struct bound bounds[BOUND_COUNT])
{
	char text[8192];
	const ssize_t len = file_read("/proc/meminfo", text, sizeof text);
	const int64_t available =
	    len > 0 ? figures_keyed(text, (size_t)len, "MemAvailable:", NULL) : -1;
	const int64_t page = sysconf(_SC_PAGESIZE);
	const int64_t pages = read_field(SYS "net/ipv4/tcp_mem", 2);
	struct group_figure group;

	if (available >= 0)
		bounds_set(&bounds[BOUND_MEMORY], available * 1024, 0, "/proc/meminfo");
	struct bound *bound = &bounds[BOUND_GROUP_MEMORY];
	bounds_set(bound, BOUND_UNLIMITED, 0, "/proc/self/cgroup");
	if (group_memory(&group))
		set_group(bound, &group);
	if (pages >= 0 && pages < INT64_MAX / page / 2) {
		const ssize_t n = file_read("/proc/net/sockstat", text, sizeof text);
		const int64_t used = n > 0 ? figures_keyed(text, (size_t)n, "TCP:", "mem") : 0;
		bound = &bounds[BOUND_TCP_MEMORY];
		bounds_set(bound, pages * page, at_least_0(used) * page, SYS "net/ipv4/tcp_mem");
		snprintf(bound->raise, sizeof bound->raise,
		    "sysctl -w net.ipv4.tcp_mem='%lld %lld %lld'", (long long)pages,
		    (long long)pages + pages / 2, 2 * (long long)pages);
	}
}

void bounds_read(struct bound bounds[BOUND_COUNT])
{
	const int64_t ceiling = read_field(SYS "fs/nr_open", 0);

	bounds_read_posix(bounds, ceiling < 0 ? BOUND_UNLIMITED : ceiling);
	read_files(bounds);
	read_processes(bounds);
	read_ports(&bounds[BOUND_PORTS]);
	read_memory(bounds);
	read_tunable(&bounds[BOUND_TRACKED], SYS "net/netfilter/nf_conntrack_max",
	    read_field(SYS "net/netfilter/nf_conntrack_count", 0),
	    "sysctl -w net.netfilter.nf_conntrack_max=", INT32_MAX);
	read_tunable(&bounds[BOUND_BACKLOG], SYS "net/core/somaxconn", 0,
	    "sysctl -w net.core.somaxconn=", INT32_MAX);
	read_tunable(&bounds[BOUND_TIME_WAIT], SYS "net/ipv4/tcp_max_tw_buckets", 0,
	    "sysctl -w net.ipv4.tcp_max_tw_buckets=", INT32_MAX);
	read_tunable(&bounds[BOUND_ORPHANS], SYS "net/ipv4/tcp_max_orphans", 0,
	    "sysctl -w net.ipv4.tcp_max_orphans=", INT32_MAX);
}
