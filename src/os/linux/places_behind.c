/* The containers behind rootlessport, pasta and the like: those whose network these lead to. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/linux/details.h"
#include "os/linux/places.h"
#include "os/linux/places_named.h"
#include "os/parse/forward.h"

enum { BEHIND_PATH = 384 };

/* A network, by its file; of number 0: it cannot be told. */
struct network_id {
	dev_t device;
	ino_t number;
};

static struct network_id network_at(int dir, const char *path)
{
	struct stat stat;

	return fstatat(dir, path, &stat, 0) == 0 ? (struct network_id){stat.st_dev, stat.st_ino}
						 : (struct network_id){0};
}

static bool same_network(struct network_id one, struct network_id other)
{
	return one.device == other.device && one.number == other.number;
}

struct child {
	long parent;
	struct network_id own, network;
};

static bool look_at_child(void *who, long pid, int dir)
{
	struct child *child = who;
	struct proc_stat stat;

	(void)pid;
	if (!details_stat(dir, &stat) || stat.parent != child->parent)
		return true;
	const struct network_id network = network_at(dir, "ns/net");
	if (!same_network(network, child->own))
		child->network = network;
	return !child->network.number;
}

/* The network that it leads to: the one that its arguments name (pasta, slirp4netns), or its child's (rootlessport). */
static struct network_id network_behind(const struct process *process)
{
	static const char by_path[] = " --netns-type=path ";
	const char *const command = process->command ? process->command : "";
	const char *const at = strstr(command, by_path);
	char path[BEHIND_PATH], name[BEHIND_PATH / 2] = "";
	struct child child = {.parent = process->pid};

	forward_argument(command, "--netns", name, sizeof name);
	if (at)
		sscanf(at + sizeof by_path - 1, "%191s", name);
	/* It may stand in mounts of its own. */
	snprintf(path, sizeof path, "/proc/%ld/root%s", process->pid, name);
	struct network_id named = {0};
	if (*name)
		named = network_at(AT_FDCWD, path);
	if (*name && !named.number)
		named = network_at(AT_FDCWD, name);
	if (named.number)
		return named;
	snprintf(path, sizeof path, "/proc/%ld/ns/net", process->pid);
	child.own = network_at(AT_FDCWD, path);
	each_process(look_at_child, &child);
	return child.network;
}

struct behind {
	struct holders *holders;
	struct network_id network;
	size_t place;
};

static bool look_for_container(void *who, long pid, int dir)
{
	struct behind *behind = who;

	if (!same_network(network_at(dir, "ns/net"), behind->network))
		return true;
	const size_t place = places_of_process(behind->holders, pid);
	if (*behind->holders->places[place].container)
		behind->place = place;
	return !behind->place;
}

/* conmon is told the id of its container, and by whom. */
static size_t place_of_conmon(struct holders *holders, const char *command)
{
	struct placement place;
	char id[PLACE_CONTAINER];

	memset(&place, 0, sizeof place);
	forward_argument(command, "-c", id, sizeof id);
	place.engine = strstr(command, "crio") ? CONTAINER_CRIO : CONTAINER_PODMAN;
	if (!*id)
		return 0;
	memcpy(place.container, id, sizeof id);
	forward_argument(command, "-n", place.name, sizeof place.name);
	return places_enter(holders, &place);
}

void containers_behind(struct holders *holders)
{
	for (size_t i = 0; i < holders->process_count; i++) {
		struct process *process = &holders->processes[i];
		struct behind behind = {.holders = holders};
		if (process->forwarder == FORWARDER_CONMON && process->command)
			process->forwards_place = place_of_conmon(holders, process->command);
		if (process->forwarder != FORWARDER_ROOTLESSPORT &&
		    process->forwarder != FORWARDER_ROOTLESSKIT &&
		    process->forwarder != FORWARDER_SLIRP4NETNS &&
		    process->forwarder != FORWARDER_PASTA)
			continue;
		behind.network = network_behind(process);
		if (behind.network.number)
			each_process(look_for_container, &behind);
		process->forwards_place = behind.place;
	}
}
