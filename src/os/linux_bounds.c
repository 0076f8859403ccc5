#include <stdio.h>
#include <unistd.h>

#include "os/bounds.h"
#include "os/linux_figures.h"
#include "os/linux_file.h"
#include "os/linux_group.h"
#include "os/memory.h"

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

static void read_files(struct bound bounds[BOUND_COUNT])
{
	const char *in_use = SYS "fs/file-nr";

	bounds_set(&bounds[BOUND_FILES_CEILING], read_field(SYS "fs/nr_open", 0), 0,
	    SYS "fs/nr_open", "sysctl -w fs.nr_open=");
	/* file-nr: allocated, free of these, the most: proc(5). */
	bounds_set(&bounds[BOUND_FILES_SYSTEM], read_field(SYS "fs/file-max", 0),
	    at_least_0(read_field(in_use, 0) - at_least_0(read_field(in_use, 1))),
	    SYS "fs/file-max", "sysctl -w fs.file-max=");
}

static void read_processes(struct bound bounds[BOUND_COUNT])
{
	struct group_figure group;

	bounds_set(&bounds[BOUND_THREADS], read_field(SYS "kernel/threads-max", 0), tasks(),
	    SYS "kernel/threads-max", "sysctl -w kernel.threads-max=");
	bounds_set(&bounds[BOUND_PIDS], read_field(SYS "kernel/pid_max", 0), tasks(),
	    SYS "kernel/pid_max", "sysctl -w kernel.pid_max=");
	struct bound *bound = &bounds[BOUND_GROUP_PROCESSES];
	bounds_set(bound, BOUND_UNLIMITED, 0, "/proc/self/cgroup", NULL);
	if (group_processes(&group)) {
		bounds_set(bound, group.limit, group.used, group.file, NULL);
		snprintf(bound->raise, sizeof bound->raise, "echo %lld > %.120s",
		    2 * (long long)group.limit, group.file);
	}
}

static void read_ports(struct bound *bound)
{
	const char *path = SYS "net/ipv4/ip_local_port_range";
	const int64_t lowest = read_field(path, 0), highest = read_field(path, 1);
	static char text[65536];

	if (lowest < 0 || highest > 65535 || highest < lowest)
		return;
	const ssize_t len = file_read(SYS "net/ipv4/ip_local_reserved_ports", text, sizeof text);
	const int64_t reserved =
	    len > 0 ? figures_reserved(text, (size_t)len, (unsigned)lowest, (unsigned)highest) : 0;
	bounds_set(bound, highest - lowest + 1 - reserved, 0, path, NULL);
	snprintf(bound->raise, sizeof bound->raise,
	    "sysctl -w net.ipv4.ip_local_port_range='1024 65535'");
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
		bounds_set(&bounds[BOUND_MEMORY], available * 1024, 0, "/proc/meminfo", NULL);
	struct bound *bound = &bounds[BOUND_GROUP_MEMORY];
	bounds_set(bound, BOUND_UNLIMITED, 0, "/proc/self/cgroup", NULL);
	if (group_memory(&group)) {
		bounds_set(bound, group.limit, group.used, group.file, NULL);
		snprintf(bound->raise, sizeof bound->raise, "echo %lld > %.120s",
		    2 * (long long)group.limit, group.file);
	}
	if (pages >= 0 && pages < INT64_MAX / page / 2) {
		const ssize_t n = file_read("/proc/net/sockstat", text, sizeof text);
		const int64_t used = n > 0 ? figures_keyed(text, (size_t)n, "TCP:", "mem") : 0;
		bound = &bounds[BOUND_TCP_MEMORY];
		bounds_set(
		    bound, pages * page, at_least_0(used) * page, SYS "net/ipv4/tcp_mem", NULL);
		snprintf(bound->raise, sizeof bound->raise,
		    "sysctl -w net.ipv4.tcp_mem='%lld %lld %lld'", (long long)pages,
		    (long long)(pages + pages / 2), 2 * (long long)pages);
	}
}

void bounds_read(struct bound bounds[BOUND_COUNT])
{
	bounds_read_posix(bounds);
	read_files(bounds);
	read_processes(bounds);
	read_ports(&bounds[BOUND_PORTS]);
	read_memory(bounds);
	bounds_set(&bounds[BOUND_TRACKED], read_field(SYS "net/netfilter/nf_conntrack_max", 0),
	    at_least_0(read_field(SYS "net/netfilter/nf_conntrack_count", 0)),
	    SYS "net/netfilter/nf_conntrack_max", "sysctl -w net.netfilter.nf_conntrack_max=");
	bounds_set(&bounds[BOUND_BACKLOG], read_field(SYS "net/core/somaxconn", 0), 0,
	    SYS "net/core/somaxconn", "sysctl -w net.core.somaxconn=");
	bounds_set(&bounds[BOUND_TIME_WAIT], read_field(SYS "net/ipv4/tcp_max_tw_buckets", 0), 0,
	    SYS "net/ipv4/tcp_max_tw_buckets", "sysctl -w net.ipv4.tcp_max_tw_buckets=");
	bounds_set(&bounds[BOUND_ORPHANS], read_field(SYS "net/ipv4/tcp_max_orphans", 0), 0,
	    SYS "net/ipv4/tcp_max_orphans", "sysctl -w net.ipv4.tcp_max_orphans=");
}
