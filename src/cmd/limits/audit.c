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
		switch (bound_rows[i].kind) {
		case BOUND_IN_DESCRIPTORS:
			/* A server has its listener too. */
			allow(row, left - STANDARD, left - STANDARD, left - STANDARD - 1);
			break;
		case BOUND_IN_FILES:
			/* Root may go beyond (proc(5)), and then nobody else can open a file. */
			allow(row, left, left, left - 1);
			break;
		case BOUND_IN_PROCESSES:
			/* Each with as many descriptors as it can have; this one is in use
			 * already. */
			if (bounds_is_figure(hard)) {
				row->allows[AUDIT_CLIENT_ONE] = row->allows[AUDIT_CLIENT_MANY] =
				    in_processes(left, hard - STANDARD);
				row->allows[AUDIT_SERVER] = in_processes(left, hard - STANDARD - 1);
			}
			break;
		case BOUND_IN_PORTS:
			/* From one address. To another destination the same ports serve again. */
			row->allows[AUDIT_CLIENT_ONE] = left;
			break;
		case BOUND_IN_MEMORY:
			/* The other end is another machine's. */
			if (cost->kernel_bytes > 1) {
				const int64_t many = left / (cost->kernel_bytes / 2);
				allow(row, many, many, many);
			}
			break;
		case BOUND_IN_TRACKED:
			if (cost->tracked)
				allow(row, left, left, left);
			break;
		case BOUND_IN_BYTES:
		case BOUND_IN_ELSE:
			break;
		}
	}
}

enum bound_id audit_first(
    const struct audit_row rows[BOUND_COUNT], enum audit_use use, bool together)
{
	enum bound_id first = BOUND_COUNT;

	for (int i = 0; i < BOUND_COUNT; i++)
		if (!(together && bound_rows[i].kind == BOUND_IN_DESCRIPTORS) &&
		    rows[i].allows[use] != AUDIT_NONE &&
		    (first == BOUND_COUNT || rows[i].allows[use] < rows[first].allows[use]))
			first = (enum bound_id)i;
	return first;
}
