#include <stdio.h>
#include <sys/resource.h>

#include "os/bounds.h"

const struct bound_row bound_rows[BOUND_COUNT] = {
#define BOUND(id, name, word, group, kind, beside)                                                 \
	[BOUND_##id] = {name, word, BOUND_OF_##group, BOUND_IN_##kind, beside},
#include "os/bounds.def"
#undef BOUND
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

	for (int i = 0; i < BOUND_COUNT; i++) {
		const struct bound *bound = &bounds[i];
		if (bound_rows[i].kind != BOUND_IN_PROCESSES || !bounds_is_figure(bound->value) ||
		    bound->exempt)
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
		bounds[i] = (struct bound){.name = bound_rows[i].name, .value = BOUND_UNKNOWN};
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
