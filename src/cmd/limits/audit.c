#include "cmd/limits/audit.h"

enum { STANDARD = 3 }; /* descriptors that a process has open anyway */

/* What one process and `more` others can have with `each` descriptors of their own; AUDIT_NONE where
 * that is beyond counting. */
static int64_t in_processes(int64_t more, int64_t each)
{
	return each > 0 && more < INT64_MAX / each - 1 ? (more + 1) * each : AUDIT_NONE;
}

static void allow(struct audit_row *row, int64_t client_one, int64_t client_many, int64_t server)
{
	const int64_t values[AUDIT_USES] = {client_one, client_many, server};

	for (int i = 0; i < AUDIT_USES; i++)
		row->allows[i] = values[i] < 0 ? 0 : values[i];
}

void audit_judge(const struct bound bounds[BOUND_COUNT], const struct cost *cost,
    struct audit_row rows[BOUND_COUNT])
{
	const int64_t hard = bounds[BOUND_FILES_HARD].value;

	for (int i = 0; i < BOUND_COUNT; i++) {
		const struct bound *bound = &bounds[i];
		struct audit_row *row = &rows[i];
		const int64_t left = bounds_left(bound);
		for (int use = 0; use < AUDIT_USES; use++)
			row->allows[use] = AUDIT_NONE;
		if (!bounds_is_figure(bound->value) || bound->exempt)
			continue;
		switch ((enum bound_id)i) {
		case BOUND_FILES_SOFT:
		case BOUND_FILES_HARD:
		case BOUND_FILES_CEILING:
			/* A server has its listener too. */
			allow(row, left - STANDARD, left - STANDARD, left - STANDARD - 1);
			break;
		case BOUND_FILES_SYSTEM:
			/* Root may go beyond (proc(5)), and then nobody else can open a file. */
			allow(row, left, left, left - 1);
			break;
		case BOUND_USER_PROCESSES:
		case BOUND_GROUP_PROCESSES:
		case BOUND_THREADS:
		case BOUND_PIDS:
			/* Each with as many descriptors as it can have; this one is in use
			 * already. */
			if (bounds_is_figure(hard)) {
				row->allows[AUDIT_CLIENT_ONE] = row->allows[AUDIT_CLIENT_MANY] =
				    in_processes(left, hard - STANDARD);
				row->allows[AUDIT_SERVER] = in_processes(left, hard - STANDARD - 1);
			}
			break;
		case BOUND_PORTS:
			/* From one address. To another destination the same ports serve again. */
			row->allows[AUDIT_CLIENT_ONE] = left;
			break;
		case BOUND_MEMORY:
		case BOUND_GROUP_MEMORY:
			/* The other end is another machine's. */
			if (cost->kernel_bytes > 1)
				allow(row, left / (cost->kernel_bytes / 2),
				    left / (cost->kernel_bytes / 2),
				    left / (cost->kernel_bytes / 2));
			break;
		case BOUND_TRACKED:
			if (cost->tracked)
				allow(row, left, left, left);
			break;
		case BOUND_TCP_MEMORY:
		case BOUND_BACKLOG:
		case BOUND_TIME_WAIT:
		case BOUND_ORPHANS:
		case BOUND_COUNT:
			break;
		}
	}
}

enum bound_id audit_first(
    const struct audit_row rows[BOUND_COUNT], enum audit_use use, bool together)
{
	enum bound_id first = BOUND_COUNT;

	for (int i = together ? BOUND_FILES_SYSTEM : 0; i < BOUND_COUNT; i++)
		if (rows[i].allows[use] != AUDIT_NONE &&
		    (first == BOUND_COUNT || rows[i].allows[use] < rows[first].allows[use]))
			first = (enum bound_id)i;
	return first;
}
