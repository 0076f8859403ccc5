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

void bounds_set(struct bound *bound, int64_t value, int64_t used, const char *where)
{
	bound->value = value;
	bound->used = used;
	snprintf(bound->where, sizeof bound->where, "%s", where);
	bound->raise[0] = 0;
}

void bounds_raise(struct bound *bound, const char *words, int64_t most)
{
	if (bound->value < 0 || bound->value >= most || bound->value >= INT64_MAX / 2)
		return;
	const int64_t to = 2 * bound->value < most ? 2 * bound->value : most;
	snprintf(bound->raise, sizeof bound->raise, "%s%lld", words, (long long)to);
}

bool bounds_is_figure(int64_t value)
{
	return value >= 0 && value != BOUND_UNLIMITED;
}

int64_t bounds_left(const struct bound *bound)
{
	return bound->value > bound->used ? bound->value - bound->used : 0;
}

int64_t bounds_processes_left(const struct bound bounds[BOUND_COUNT])
{
	int64_t least = BOUND_UNLIMITED;

	for (int i = BOUND_USER_PROCESSES; i <= BOUND_PIDS; i++) {
		const struct bound *bound = &bounds[i];
		if (!bounds_is_figure(bound->value) || bound->exempt)
			continue;
		if (bounds_left(bound) < least)
			least = bounds_left(bound);
	}
	return least;
}

/* A soft limit goes up to the hard one by `soft`; beyond that root raises both by `both`. */
static void raise_soft(
    struct bound *bound, int64_t hard, const char *soft, const char *both, int64_t most)
{
	if (bound->value >= hard)
		bounds_raise(bound, both, most);
	else if (hard == BOUND_UNLIMITED)
		snprintf(bound->raise, sizeof bound->raise, "%sunlimited", soft);
	else
		snprintf(bound->raise, sizeof bound->raise, "%s%lld", soft, (long long)hard);
}

void bounds_read_posix(struct bound bounds[BOUND_COUNT], int64_t ceiling)
{
	struct rlimit limit;

	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i] = (struct bound){.name = names[i], .value = BOUND_UNKNOWN};
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		struct bound *soft = &bounds[BOUND_FILES_SOFT], *hard = &bounds[BOUND_FILES_HARD];
		bounds_set(hard, bounded(limit.rlim_max), 0, "ulimit -Hn");
		bounds_raise(hard, "ulimit -Hn ", ceiling);
		bounds_set(soft, bounded(limit.rlim_cur), 0, "ulimit -Sn");
		raise_soft(soft, hard->value, "ulimit -Sn ", "ulimit -n ", ceiling);
	}
	if (getrlimit(RLIMIT_NPROC, &limit) == 0) {
		struct bound *processes = &bounds[BOUND_USER_PROCESSES];
		bounds_set(processes, bounded(limit.rlim_cur), 0, "ulimit -u");
		raise_soft(processes, bounded(limit.rlim_max), "ulimit -Su ", "ulimit -u ",
		    BOUND_UNLIMITED);
	}
}
