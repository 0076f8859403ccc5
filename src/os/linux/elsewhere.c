/* The sockets of other network namespaces: network_namespaces(7). A netlink socket stays in the namespace in
 * which it was made, so the caller goes there for as long as that takes, and comes back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/collect.h"
#include "os/linux/details.h"
#include "os/linux/sock_diag.h"

enum {
	NETWORKS = 4096, /* further ones are not looked at */
	LOOK_MS = 1000,  /* of the processor's time, */
	BUSY_MS = 1500,  /* and at most so long where others have that */
	ALL_MS = 50,     /* for connections: all namespaces have one table of them */
	ELSEWHERE_PATH = 320,
};

static const char names_folder[] = "/run/netns"; /* of ip-netns(8) */

/* Namespaces that were seen. */
struct tour {
	struct network *list;
	size_t count, room;
	int home; /* ours, to come back to */
};

/* Notes a namespace, or what else is known of one. Returns it; NULL where there is no room. */
static struct network *enter_network(struct tour *tour, uint64_t id)
{
	for (size_t i = tour->count; i-- > 0;)
		if (tour->list[i].id == id)
			return &tour->list[i];
	if (tour->count == NETWORKS)
		return NULL;
	if (tour->count == tour->room) {
		const size_t room = tour->room ? 2 * tour->room : 16;
		struct network *list = realloc(tour->list, room * sizeof *list);
		if (!list)
			return NULL;
		tour->list = list;
		tour->room = room;
	}
	tour->list[tour->count] = (struct network){.id = id};
	return &tour->list[tour->count++];
}

/* Notes the namespace of a process. The first one met of each speaks for it: the one that is the
 * container's first process, mostly. */
static bool see_process(void *who, long pid, int dir)
{
	struct stat stat;
	struct network *network =
	    fstatat(dir, "ns/net", &stat, 0) == 0 ? enter_network(who, stat.st_ino) : NULL;

	if (network && network->pid == 0)
		network->pid = pid;
	return true;
}

static void see_names(struct tour *tour)
{
	DIR *names = opendir(names_folder);
	struct stat stat;

	if (!names)
		return;
	for (const struct dirent *entry; (entry = readdir(names));) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(names), entry->d_name, &stat, 0) < 0)
			continue;
		struct network *network = enter_network(tour, stat.st_ino);
		if (network)
			snprintf(network->name, sizeof network->name, "%.*s",
			    (int)sizeof network->name - 1, entry->d_name);
	}
	closedir(names);
}

/* A descriptor of the namespace; -1 where it is gone, or another took its place. */
static int open_network(const struct network *network)
{
	char path[ELSEWHERE_PATH];
	struct stat stat;

	if (*network->name)
		snprintf(path, sizeof path, "%s/%s", names_folder, network->name);
	else
		snprintf(path, sizeof path, "/proc/%ld/ns/net", network->pid);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &stat) == 0 && stat.st_ino == network->id)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A netlink socket in that namespace; -1 with errno. */
static int open_diag_in(const struct tour *tour, int network)
{
	int fd = -1, error = 0;

	if (setns(network, CLONE_NEWNET) < 0)
		return -1;
	fd = sock_diag_open();
	error = errno;
	/* It was allowed when the tour began, and nothing is needed for it. */
	if (setns(tour->home, CLONE_NEWNET) < 0)
		abort();
	errno = error;
	return fd;
}

/* Adds the sockets of one; it joins holders->networks where it has any. */
static int visit(
    const struct tour *tour, struct collection *c, unsigned protocols, struct network *network)
{
	struct holders *h = c->holders;
	const size_t before = h->count;
	const int there = open_network(network);
	const int fd = there < 0 ? -1 : open_diag_in(tour, there);

	if (there >= 0)
		close(there);
	if (fd < 0)
		return errno == EPERM ? -1 : 0;
	collect_dump(c, fd, protocols);
	close(fd);
	if (h->count == before)
		return 0;
	if (network->pid)
		details_program_of(network->pid, network->program);
	h->networks[h->network_count] = *network;
	for (size_t i = before; i < h->count; i++)
		h->list[i].network = h->network_count;
	h->network_count++;
	return 0;
}

static int64_t tour_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Visits all but ours. Returns 0, or -1 with EPERM where none may be entered. */
static int visit_all(struct tour *tour, struct collection *c, unsigned protocols)
{
	const int64_t began = tour_ms(CLOCK_MONOTONIC), at_work = tour_ms(CLOCK_THREAD_CPUTIME_ID);
	struct stat home;
	size_t visited = 0, refused = 0;

	if (fstat(tour->home, &home) < 0)
		return -1;
	for (size_t i = 0; i < tour->count; i++) {
		if (tour->list[i].id == home.st_ino)
			continue;
		const int64_t worked = tour_ms(CLOCK_THREAD_CPUTIME_ID) - at_work;
		if (worked > ALL_MS)
			c->states = DIAG_LISTENERS | DIAG_BOUND;
		if (worked > LOOK_MS || tour_ms(CLOCK_MONOTONIC) - began > BUSY_MS) {
			c->holders->cut = true;
			break;
		}
		visited++;
		refused += visit(tour, c, protocols, &tour->list[i]) < 0;
	}
	if (visited == 0 || refused < visited)
		return 0;
	errno = EPERM;
	return -1;
}

int holders_read_elsewhere(struct holders *holders, unsigned protocols, unsigned port)
{
	struct tour tour = {.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
	struct collection c = {
	    .holders = holders, .port = port, .states = DIAG_ALL, .unmapped = -1};
	int result = -1, error = 0;

	*holders = (struct holders){.protocols = protocols, .port = port};
	/* To where one is already: whether one may come back. */
	if (tour.home >= 0 && setns(tour.home, CLONE_NEWNET) == 0) {
		each_process(see_process, &tour);
		see_names(&tour);
		holders->networks = calloc(tour.count + 1, sizeof *holders->networks);
		holders->network_count = holders->networks ? 1 : 0;
		errno = ENOMEM;
		result = holders->networks ? visit_all(&tour, &c, protocols) : -1;
	}
	error = errno;
	if (tour.home >= 0)
		close(tour.home);
	free(tour.list);
	if (result < 0)
		holders_free(holders);
	errno = error;
	return result;
}
