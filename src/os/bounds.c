#include <stdio.h>
#include <sys/resource.h>

#include "os/bounds.h"

static const char *const names[BOUND_COUNT] = {
    [BOUND_FILES_SOFT] = "descriptors of a process, soft",
    [BOUND_FILES_HARD] = "descriptors of a process, hard",
    [BOUND_FILES_CEILING] = "fs.nr_open",
    [BOUND_FILES_SYSTEM] = "fs.file-max",
    [BOUND_USER_PROCESSES] = "processes of a user",
    [BOUND_GROUP_PROCESSES] = "cgroup pids.max",
    [BOUND_THREADS] = "kernel.threads-max",
    [BOUND_PIDS] = "kernel.pid_max",
    [BOUND_PORTS] = "net.ipv4.ip_local_port_range",
    [BOUND_MEMORY] = "memory available",
    [BOUND_GROUP_MEMORY] = "cgroup memory.max",
    [BOUND_TCP_MEMORY] = "net.ipv4.tcp_mem",
    [BOUND_TRACKED] = "nf_conntrack_max",
    [BOUND_BACKLOG] = "net.core.somaxconn",
    [BOUND_TIME_WAIT] = "net.ipv4.tcp_max_tw_buckets",
    [BOUND_ORPHANS] = "net.ipv4.tcp_max_orphans",
};

static int64_t bounded(rlim_t limit)
{
	return limit == RLIM_INFINITY || limit > (rlim_t)INT64_MAX ? BOUND_UNLIMITED
								   : (int64_t)limit;
}

void bounds_set(
    struct bound *bound, int64_t value, int64_t used, const char *where, const char *raise)
{
	bound->value = value;
	bound->used = used;
	snprintf(bound->where, sizeof bound->where, "%s", where);
	bound->raise[0] = 0;
	if (raise && value >= 0 && value < INT64_MAX / 2)
		snprintf(bound->raise, sizeof bound->raise, "%s%lld", raise, 2 * (long long)value);
}

void bounds_read_posix(struct bound bounds[BOUND_COUNT])
{
	struct rlimit limit;

	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i] = (struct bound){.name = names[i], .value = BOUND_UNKNOWN};
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		const int64_t hard = bounded(limit.rlim_max);
		struct bound *soft = &bounds[BOUND_FILES_SOFT];
		bounds_set(soft, bounded(limit.rlim_cur), 0, "ulimit -Sn", NULL);
		if (hard == BOUND_UNLIMITED)
			snprintf(soft->raise, sizeof soft->raise, "ulimit -Sn unlimited");
		else if (soft->value < hard)
			snprintf(
			    soft->raise, sizeof soft->raise, "ulimit -Sn %lld", (long long)hard);
		else
			snprintf(soft->raise, sizeof soft->raise, "ulimit -n %lld (as root)",
			    2 * (long long)hard);
		bounds_set(&bounds[BOUND_FILES_HARD], hard, 0, "ulimit -Hn", NULL);
		if (hard != BOUND_UNLIMITED)
			snprintf(bounds[BOUND_FILES_HARD].raise, BOUND_TEXT,
			    "ulimit -Hn %lld (as root)", 2 * (long long)hard);
	}
	if (getrlimit(RLIMIT_NPROC, &limit) == 0)
		bounds_set(&bounds[BOUND_USER_PROCESSES], bounded(limit.rlim_cur), 0, "ulimit -u",
		    "ulimit -u ");
}
