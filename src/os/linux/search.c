/* The processes that hold sockets, on Linux. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "os/linux/collect.h"
#include "os/linux/details.h"
#include "os/linux/know.h"
#include "os/linux/pidfd.h"
#include "os/linux/places.h"
#include "os/linux/walk.h"

enum {
	FEW = 10000, /* sockets: of so many the processes are looked for to the end */
	/* How long to look among very many descriptors for the processes of more, and once each socket has
	 * its process, for further ones: a link takes some microseconds, the options of a socket twice as
	 * many, and there may be a million. */
	LOOK_US = 400000,
	SHARERS_US = 200000,
};

/* Whether the caller's own time is over. */
static bool walk_late(const struct walk *walk)
{
	const int64_t by_us = walk->holders->know_by_us;

	return by_us && clock_us() >= by_us;
}

bool walk_enough(const struct walk *walk)
{
	const bool all = walk->found == walk->count;

	if (walk_late(walk))
		return true;
	if (walk->thorough && !all)
		return false;
	const bool extra = all || walk->turn > TURN_LARGE;

	return (extra || !walk->patient) &&
	       clock_us() - walk->since_us > (extra ? SHARERS_US : LOOK_US);
}

void walk_error(struct walk *walk, int error)
{
	if (error != ENOENT && error != ESRCH)
		walk->holders->error = error;
}

static int by_inode(const void *a, const void *b)
{
	const uint64_t one = (*(struct holder *const *)a)->inode;
	const uint64_t other = (*(struct holder *const *)b)->inode;

	return (one > other) - (one < other);
}

/* The first of those of that inode: all TCP sockets of an MPTCP socket share it. */
static struct holder **find_first(const struct walk *walk, uint64_t inode)
{
	const struct holder key = {.inode = inode};
	const struct holder *const wanted = &key;
	struct holder **found =
	    bsearch(&wanted, walk->by_inode, walk->count, sizeof *walk->by_inode, by_inode);

	while (found && found > walk->by_inode && found[-1]->inode == inode)
		found--;
	return found;
}

struct holder *walk_find(const struct walk *walk, uint64_t inode)
{
	struct holder **found = find_first(walk, inode);

	return found ? *found : NULL;
}

void *walk_grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	const size_t more = *room ? 2 * *room : 64;
	void *grown = realloc(list, more * size);
	if (grown)
		*room = more;
	return grown;
}

/* The number of the process in the list: the last one, or a new one. Descriptors of one are looked at in a
 * row; it comes again in a later turn. SIZE_MAX without memory. */
static size_t enter_process(struct walk *walk, const struct task *task)
{
	struct holders *h = walk->holders;

	for (size_t i = h->process_count; i-- > 0;)
		if (h->processes[i].pid == task->pid)
			return i;
		else if (walk->turn == TURN_SMALL)
			break;
	struct process *list =
	    walk_grow(h->processes, h->process_count, &walk->process_room, sizeof *list);
	if (!list)
		return SIZE_MAX;
	h->processes = list;
	details_read(task, h->process_count < FEW, &list[h->process_count]);
	return h->process_count++;
}

void walk_note(
    struct walk *walk, struct holder *holder, const struct task *task, enum owner_way way)
{
	struct holders *h = walk->holders;

	struct holder **const last = walk->by_inode + walk->count;
	for (struct holder **one = find_first(walk, holder->inode);
	     one < last && (*one)->inode == holder->inode; one++)
		walk->found += (*one)->owner_count++ == 0;
	if (h->owner_count == HOLDERS_MOST)
		return;
	const size_t process = enter_process(walk, task);
	struct owner *list = walk_grow(h->owners, h->owner_count, &walk->owner_room, sizeof *list);
	if (list)
		h->owners = list;
	if (!list || process == SIZE_MAX) {
		walk_error(walk, ENOMEM);
		return;
	}
	list[h->owner_count++] =
	    (struct owner){.inode = holder->inode, .process = process, .way = way};
}

/* Notes whether the network namespace of a process is hidden: it may be another. */
static void look_where(struct walk *walk, int dir)
{
	char namespace[WALK_LINK];

	if (walk_link(dir, "ns/net", namespace) < 0)
		walk->holders->elsewhere_hidden |= errno == EACCES || errno == EPERM;
}

/* A folder that cannot be opened: with hidepid=noaccess those of others' processes are listed, and closed. */
static void note_closed(struct walk *walk, int error, bool thread)
{
	if (error != EPERM)
		walk_error(walk, error);
	else
		walk->holders->hidden += walk->turn == TURN_SMALL && !thread;
}

/* Calls `look` for each entry of a folder of /proc that is a number, with its folder. */
static void each_number(struct walk *walk, const char *path, int at, long pid,
    void (*look)(struct walk *, struct task *))
{
	const int folder = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = folder < 0 ? NULL : fdopendir(folder);

	if (!list) {
		walk_error(walk, errno);
		if (folder >= 0)
			close(folder);
		return;
	}
	for (const struct dirent *entry; (entry = readdir(list));) {
		char *end;
		const long number = strtol(entry->d_name, &end, 10);
		struct task task = {.pid = pid ? pid : number, .thread = pid ? number : 0};
		if (number <= 0 || *end || number == pid)
			continue;
		task.dir = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (task.dir < 0) {
			note_closed(walk, errno, pid != 0);
			continue;
		}
		look(walk, &task);
		close(task.dir);
	}
	closedir(list);
}

/* A thread of a process that may have a table of its own. */
static void look_at_thread(struct walk *walk, struct task *task)
{
	if (walk->found < walk->count && !walk_enough(walk) &&
	    !pidfd_same_files(task->pid, task->thread) &&
	    !(walk->last_thread && pidfd_same_files(walk->last_thread, task->thread))) {
		walk->last_thread = task->thread;
		walk_descriptors(walk, task);
	}
}

static void look_at_process(struct walk *walk, struct task *task)
{
	if (walk_late(walk)) {
		walk->holders->unsearched++;
		return;
	}
	if (walk->turn == TURN_SMALL)
		look_where(walk, task->dir);
	if (walk->count == 0 && walk->turn != TURN_BOUND)
		return;
	if (walk->turn == TURN_ACCEPT) {
		walk_accept(walk, task);
		each_number(walk, "task", task->dir, task->pid, walk_accept);
		return;
	}
	if (walk->turn != TURN_THREADS) {
		walk_descriptors(walk, task);
		return;
	}
	walk->last_thread = 0;
	if (walk_enough(walk))
		walk->holders->unsearched++;
	else
		each_number(walk, "task", task->dir, task->pid, look_at_thread);
}

static int by_inode_and_process(const void *a, const void *b)
{
	const struct owner *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode > other->inode ? 1 : -1;
	return (one->process > other->process) - (one->process < other->process);
}

/* Sorts the owners by socket and gives each holder its share; a process that has a socket under
 * several descriptors is its owner once. */
static void hand_out(struct walk *walk)
{
	struct holders *h = walk->holders;
	size_t n = 0;

	if (h->owner_count > 0)
		qsort(h->owners, h->owner_count, sizeof *h->owners, by_inode_and_process);
	for (size_t i = 0; i < h->owner_count; i++)
		if (n == 0 || by_inode_and_process(&h->owners[i], &h->owners[n - 1]) != 0)
			h->owners[n++] = h->owners[i];
	h->owner_count = n;
	for (size_t i = 0; i < walk->count; i++)
		walk->by_inode[i]->owner_count = 0;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && h->owners[end].inode == h->owners[i].inode;)
			end++;
		struct holder **holder = find_first(walk, h->owners[i].inode);
		struct holder **const last = walk->by_inode + walk->count;
		const struct holder *known = holder ? *holder : NULL;
		for (; holder && holder < last && (*holder)->inode == known->inode; holder++) {
			(*holder)->owner = i;
			(*holder)->owner_count = end - i;
			(*holder)->reuseaddr = known->reuseaddr;
			(*holder)->reuseport = known->reuseport;
		}
	}
}

/* Makes the index. */
static bool search_begin(struct walk *walk)
{
	struct holders *h = walk->holders;

	free(walk->by_inode);
	walk->count = 0;
	walk->by_inode = calloc(h->count + 1, sizeof(struct holder *));
	if (!walk->by_inode) {
		walk_error(walk, ENOMEM);
		return false;
	}
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].inode)
			walk->by_inode[walk->count++] = &h->list[i];
	qsort(walk->by_inode, walk->count, sizeof *walk->by_inode, by_inode);
	return true;
}

/* Where the kernel lists no bound-only sockets: looks for those of processes that one may look at. */
static void find_bound(struct walk *walk)
{
	struct holders *h = walk->holders;

	walk->turn = TURN_BOUND;
	walk->unmapped = collect_unmapped();
	each_number(walk, "/proc", AT_FDCWD, 0, look_at_process);
	for (size_t i = 0; i < walk->bound_count; i++) {
		/* One that several processes have is listed once. */
		bool known = false;
		for (size_t j = 0; j < i && !known; j++)
			known = walk->bound[j].inode == walk->bound[i].inode;
		struct holder *list =
		    known ? NULL : realloc(h->list, (h->count + 1) * sizeof *list);
		if (!list)
			continue;
		h->list = list;
		list[h->count++] = walk->bound[i];
	}
	free(walk->bound);
}

void holders_know(struct holders *holders, bool patient)
{
	struct walk walk = {.holders = holders, .since_us = clock_us()};
	const bool elsewhere = holders->networks;

	holders->outer_proc = pidfd_proc_is_outer();
	if (!search_begin(&walk))
		return;
	if (holders->protocols & HOLDERS_TCP && holders->bound_error && !elsewhere) {
		find_bound(&walk);
		if (!search_begin(&walk))
			return;
	}
	walk.thorough = patient;
	walk.patient = patient || walk.count <= FEW;
	/* With nothing to look for the walk only finds out whether somebody's namespace is hidden. */
	walk.turn = elsewhere && walk.count == 0 ? TURN_BOUND : TURN_SMALL;
	for (; walk.turn < TURN_BOUND; walk.turn++) {
		/* Where time ran out there is none for the rare ways either. */
		if (walk.turn > TURN_LARGE && (walk.found == walk.count || holders->unsearched > 0))
			break;
		walk.since_us = walk.turn == TURN_LARGE ? walk.since_us : clock_us();
		each_number(&walk, "/proc", AT_FDCWD, 0, look_at_process);
	}
	hand_out(&walk);
	free(walk.by_inode);
	const size_t unfound = again_look(holders);
	places_find(holders);
	supervisors_find(holders);
	frozen_find(holders);
	unseen_find(holders, unfound > 0);
}
