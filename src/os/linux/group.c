#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/linux/file.h"
#include "os/linux/group.h"
#include "os/parse/figures.h"

enum { GROUP_TEXT = 65536, LEVELS = 64 };

/* What a controller's files are called in one of the two versions. */
struct names {
	const char *controller; /* version 1; NULL: version 2 */
	const char *limit, *used, *stat, *cached;
};

/* The directory of the group of `process` below the mount, and the mount's: "" where this hierarchy is not seen. */
static bool seek_group(const char *process, const char *controller,
    char directory[2 * FIGURES_PATH], size_t *mount_len)
{
	static char text[GROUP_TEXT];
	char path[FIGURES_PATH], root[FIGURES_PATH], point[FIGURES_PATH], file[64];

	snprintf(file, sizeof file, "/proc/%s/cgroup", process);
	ssize_t len = file_read(file, text, sizeof text);

	if (len <= 0 || !figures_group(text, (size_t)len, controller, path))
		return false;
	len = file_read("/proc/self/mountinfo", text, sizeof text);
	struct mounts mounts = {.text = text, .len = len > 0 ? (size_t)len : 0};
	if (!figures_mount(&mounts, controller, root, point))
		return false;
	/* In a container the mount shows the group and what is in it, the path may be the host's. */
	const size_t n = strcmp(root, "/") ? strlen(root) : 0;
	const char *below = !strncmp(path, root, n) ? path + n : "";
	if (!strcmp(below, "/") || !strncmp(below, "/..", 3))
		below = "";
	*mount_len = strlen(point);
	return snprintf(directory, 2UL * FIGURES_PATH, "%s%s", point, below) < 2 * FIGURES_PATH;
}

static int64_t read_figure(const char *directory, const char *name, const char *key)
{
	char path[3 * FIGURES_PATH], text[8192];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	const ssize_t len = file_read(path, text, sizeof text);
	if (len <= 0)
		return -1;
	return key ? figures_keyed(text, (size_t)len, key, NULL)
		   : figures_field(text, (size_t)len, 0);
}

/* The tightest of the group and the groups above it: each binds. */
static bool tightest(const struct names *names, struct group_figure *figure)
{
	char directory[2 * FIGURES_PATH];
	size_t mount;
	bool found = false;

	if (!seek_group("self", names->controller, directory, &mount))
		return false;
	for (int level = 0; level < LEVELS; level++) {
		const int64_t limit = read_figure(directory, names->limit, NULL);
		int64_t used = read_figure(directory, names->used, NULL);
		/* Version 1 shows no limit as 2^63 less a page. */
		if (limit >= 0 && limit < INT64_MAX / 2 && used >= 0) {
			const int64_t cached =
			    names->stat ? read_figure(directory, names->stat, names->cached) : 0;
			if (cached > 0)
				used = cached < used ? used - cached : 0;
			if (!found || limit - used < figure->limit - figure->used) {
				figure->limit = limit;
				figure->used = used;
				snprintf(figure->file, sizeof figure->file, "%s/%s", directory,
				    names->limit);
				found = true;
			}
		}
		char *slash = strrchr(directory, '/');
		if (!slash || (size_t)(slash - directory) < mount)
			break;
		*slash = 0;
	}
	return found;
}

/* The tighter of the two versions: both may be in use at once. */
static bool tighter(const struct names *one, const struct names *two, struct group_figure *figure)
{
	struct group_figure other;
	const bool first = tightest(one, figure), second = tightest(two, &other);

	if (second && (!first || other.limit - other.used < figure->limit - figure->used))
		*figure = other;
	return first || second;
}

bool group_memory(struct group_figure *figure)
{
	static const struct names two = {
	    NULL, "memory.max", "memory.current", "memory.stat", "inactive_file"};
	static const struct names one = {"memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	    "memory.stat", "total_inactive_file"};

	return tighter(&two, &one, figure);
}

bool group_processes(struct group_figure *figure)
{
	static const struct names two = {NULL, "pids.max", "pids.current", NULL, NULL};
	static const struct names one = {"pids", "pids.max", "pids.current", NULL, NULL};

	return tighter(&two, &one, figure);
}

int group_open(const char *process)
{
	char directory[2 * FIGURES_PATH];
	size_t mount;

	return seek_group(process, NULL, directory, &mount)
		   ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
		   : -1;
}
