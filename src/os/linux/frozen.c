/* cgroups(7): whether a group is frozen stands in cgroup.events in version 2, in freezer.state in version 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/file.h"
#include "os/linux/know.h"
#include "os/parse/figures.h"

enum { LOOKED_AT = 128, GROUPS_OF_ONE = 8192, MOUNTS_TEXT = 1 << 18 };

/* Whether a group is frozen by its file below one of the mounts of its hierarchy. The first mount that has the file
 * counts: one may be covered by another. */
static bool group_says(struct mounts mounts, const char *controller, const char *group)
{
	char root[FIGURES_PATH], point[FIGURES_PATH], path[3 * FIGURES_PATH], text[256];

	while (figures_mount(&mounts, controller, root, point)) {
		const size_t n = strcmp(root, "/") ? strlen(root) : 0;
		if (strncmp(group, root, n) != 0)
			continue;
		snprintf(path, sizeof path, "%s%s/%s", point, group + n,
		    controller ? "freezer.state" : "cgroup.events");
		const ssize_t got = file_read(path, text, sizeof text - 1);
		if (got <= 0)
			continue;
		text[got] = 0;
		return controller ? !strncmp(text, "FROZEN", 6)
				  : figures_keyed(text, (size_t)got, "frozen", NULL) == 1;
	}
	return false;
}

static bool is_frozen(struct mounts mounts, long pid)
{
	static const char *const controllers[] = {NULL, "freezer"};
	char path[64], text[GROUPS_OF_ONE], group[FIGURES_PATH];
	bool frozen = false;

	snprintf(path, sizeof path, "/proc/%ld/cgroup", pid);
	const ssize_t n = file_read(path, text, sizeof text);
	for (size_t i = 0; n > 0 && i < 2 && !frozen; i++)
		frozen = figures_group(text, (size_t)n, controllers[i], group) &&
			 group_says(mounts, controllers[i], group);
	return frozen;
}

void frozen_find(struct holders *holders)
{
	char *text = holders->process_count > 0 ? malloc(MOUNTS_TEXT) : NULL;
	const ssize_t n = text ? file_read("/proc/self/mountinfo", text, MOUNTS_TEXT) : -1;
	const struct mounts mounts = {.text = text, .len = n > 0 ? (size_t)n : 0};

	for (size_t i = 0; mounts.len > 0 && i < holders->process_count && i < LOOKED_AT; i++)
		holders->processes[i].frozen = is_frozen(mounts, holders->processes[i].pid);
	free(text);
}
