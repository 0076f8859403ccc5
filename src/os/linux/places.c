#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "os/linux/file.h"
#include "os/linux/places.h"
#include "os/linux/places_named.h"
#include "os/parse/figures.h"
#include "os/parse/placement.h"

enum {
	MOST = 4096,  /* places; further ones are not known */
	DEEPEST = 24, /* groups within groups */
	FOLDERS = 200000,
	PLACE_TEXT = 8192,
	MOUNTINFO = 1 << 18,
	CGROUP2_MAGIC = 0x63677270, /* linux/magic.h */
};

/* A control group whose sockets were seen. */
struct group {
	uint64_t id;
	size_t place;
};

struct hunt {
	struct holders *holders;
	struct group *groups; /* sorted by id */
	size_t count, left;   /* left: not found yet */
	size_t folders;
	char path[DEEPEST * 256]; /* of the folder looked at, below the mount */
};

static bool same_place(const struct placement *a, const struct placement *b)
{
	return !strcmp(a->unit, b->unit) && a->user_manager == b->user_manager &&
	       a->manager_uid == b->manager_uid && a->session == b->session &&
	       a->engine == b->engine && a->pod == b->pod && !strcmp(a->container, b->container) &&
	       !strcmp(a->name, b->name);
}

/* The list grows by powers of two. */
size_t places_enter(struct holders *holders, const struct placement *placement)
{
	for (size_t i = holders->place_count; i-- > 0;)
		if (same_place(&holders->places[i], placement))
			return i;
	if (holders->place_count == MOST)
		return 0;
	if ((holders->place_count & (holders->place_count - 1)) == 0) {
		struct placement *more =
		    realloc(holders->places, 2 * holders->place_count * sizeof *holders->places);
		if (!more) {
			holders->error = ENOMEM;
			return 0;
		}
		holders->places = more;
	}
	holders->places[holders->place_count] = *placement;
	return holders->place_count++;
}

static size_t place_of(struct holders *h, const char *process)
{
	char path[64], text[PLACE_TEXT];
	struct placement placement;

	/* Compared as bytes: no hole may hold chance. */
	memset(&placement, 0, sizeof placement);
	snprintf(path, sizeof path, "/proc/%s/cgroup", process);
	const ssize_t n = file_read(path, text, sizeof text);
	if (n <= 0)
		return 0;
	placement_of_process(text, (size_t)n, &placement);
	return places_enter(h, &placement);
}

size_t places_of_process(struct holders *h, long pid)
{
	char name[24];

	snprintf(name, sizeof name, "%ld", pid);
	return place_of(h, name);
}

static bool read_stat(long pid, struct proc_stat *stat)
{
	const int dir = details_open(pid);
	const bool read = details_stat(dir, stat);

	if (dir >= 0)
		close(dir);
	return read;
}

/* Whether a service manager has started its session, and a script that has no job control runs it there: it is of a unit
 * with StandardInput=tty. An interactive shell gives each job a process group. */
static bool is_of_script(const struct process *process)
{
	struct proc_stat stat, leader;
	char parent[HOLDER_PROGRAM];

	if (!read_stat(process->pid, &stat) || stat.group != process->session ||
	    !read_stat(process->session, &leader))
		return false;
	details_program_of(leader.parent, parent);
	return !strcmp(parent, "systemd");
}

static void place_process(struct holders *holders, struct process *process)
{
	process->place = places_of_process(holders, process->pid);
	process->guest = process->session != 0 && process->session != process->pid &&
			 places_of_process(holders, process->session) == process->place &&
			 !is_of_script(process);
}

static int by_id(const void *a, const void *b)
{
	const struct group *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

static struct group *find_group(const struct hunt *hunt, uint64_t id)
{
	const struct group wanted = {.id = id};

	return bsearch(&wanted, hunt->groups, hunt->count, sizeof wanted, by_id);
}

/* The different groups of the holders. False without memory, or where there is none to look for. */
static bool list_groups(struct hunt *hunt)
{
	const struct holders *h = hunt->holders;
	size_t n = 0;

	hunt->groups = calloc(h->count + 1, sizeof *hunt->groups);
	if (!hunt->groups)
		return false;
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].group && (n == 0 || hunt->groups[n - 1].id != h->list[i].group))
			hunt->groups[n++].id = h->list[i].group;
	if (n > 0)
		qsort(hunt->groups, n, sizeof *hunt->groups, by_id);
	for (size_t i = 0; i < n; i++)
		if (hunt->count == 0 || hunt->groups[hunt->count - 1].id != hunt->groups[i].id)
			hunt->groups[hunt->count++] = hunt->groups[i];
	hunt->left = hunt->count;
	return hunt->count > 0;
}

/* The id of a group is the number of its folder. */
static void look_at_folder(struct hunt *hunt, uint64_t id)
{
	struct group *group = find_group(hunt, id);
	struct placement placement;

	if (!group || group->place)
		return;
	memset(&placement, 0, sizeof placement);
	placement_of_group(hunt->path, strlen(hunt->path), true, &placement);
	group->place = places_enter(hunt->holders, &placement);
	hunt->left--;
}

/* Looks through the folders in `folder`, which it closes. */
static void descend(struct hunt *hunt, int folder, int depth)
{
	DIR *list = folder < 0 ? NULL : fdopendir(folder);
	const size_t len = strlen(hunt->path);

	if (!list) {
		if (folder >= 0)
			close(folder);
		return;
	}
	for (const struct dirent *entry; hunt->left > 0 && (entry = readdir(list));) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    hunt->folders++ >= FOLDERS)
			continue;
		snprintf(hunt->path + len, sizeof hunt->path - len, "/%s", entry->d_name);
		look_at_folder(hunt, entry->d_ino);
		if (depth < DEEPEST)
			descend(hunt,
			    openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			    depth + 1);
		hunt->path[len] = 0;
	}
	closedir(list);
}

/* Looks through one mount of version 2. One that is covered by another mount cannot be opened, or is none. */
static void look_through(struct hunt *hunt, const char *root, const char *point)
{
	const int folder = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (folder >= 0 && (fstatfs(folder, &fs) < 0 || fs.f_type != CGROUP2_MAGIC)) {
		close(folder);
		return;
	}
	snprintf(hunt->path, sizeof hunt->path, "%s", strcmp(root, "/") ? root : "");
	descend(hunt, folder, 0);
}

static void look_through_all(struct hunt *hunt)
{
	char *text = malloc(MOUNTINFO), root[FIGURES_PATH], point[FIGURES_PATH];
	const ssize_t n = text ? file_read("/proc/self/mountinfo", text, MOUNTINFO) : -1;
	struct mounts mounts = {.text = text, .len = n > 0 ? (size_t)n : 0};

	while (hunt->left > 0 && figures_mount(&mounts, NULL, root, point))
		look_through(hunt, root, point);
	free(text);
}

/* The places of the sockets: also where their processes may not be seen. */
static void find_of_sockets(struct holders *holders)
{
	struct hunt *hunt = calloc(1, sizeof *hunt);

	if (hunt) {
		hunt->holders = holders;
		if (list_groups(hunt))
			look_through_all(hunt);
		for (size_t i = 0; hunt->count > 0 && i < holders->count; i++) {
			const struct group *group = find_group(hunt, holders->list[i].group);
			holders->list[i].place = group ? group->place : 0;
		}
		free(hunt->groups);
	}
	free(hunt);
}

void places_find(struct holders *holders)
{
	holders->places = calloc(1, sizeof *holders->places);
	if (!holders->places) {
		holders->error = ENOMEM;
		return;
	}
	holders->place_count = 1;
	holders->place_self = place_of(holders, "self");
	for (size_t i = 0; i < holders->process_count; i++)
		place_process(holders, &holders->processes[i]);
	for (size_t i = 1; i < holders->network_count; i++)
		if (holders->networks[i].pid)
			holders->networks[i].place =
			    places_of_process(holders, holders->networks[i].pid);
	find_of_sockets(holders);
	containers_behind(holders);
	containers_name(holders);
}
