#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "os/linux/file.h"
#include "os/linux/places.h"
#include "os/linux/places_named.h"
#include "os/parse/forward.h"
#include "os/parse/placement.h"

enum { NOTE = 1 << 18, NOTE_PATH = 256, CONTAINERS = 4096 };

static const char docker_notes[] = "/var/lib/docker/containers";

static bool lacks_name(const struct placement *place, enum container_engine engine)
{
	return place->engine == engine && *place->container && !*place->name;
}

static bool podman_lacks_name(const struct holders *holders)
{
	for (size_t i = 1; i < holders->place_count; i++)
		if (lacks_name(&holders->places[i], CONTAINER_PODMAN))
			return true;
	return false;
}

/* One process: where it is the conmon of a container that lacks its name, names it. */
static void ask_conmon(struct holders *holders, int dir)
{
	char program[HOLDER_PROGRAM], id[PLACE_CONTAINER];

	details_program(dir, program);
	char *command = strcmp(program, "conmon") == 0 ? details_command(dir) : NULL;
	if (!command)
		return;
	forward_argument(command, "-c", id, sizeof id);
	for (size_t i = 1; i < holders->place_count; i++) {
		struct placement *place = &holders->places[i];
		if (lacks_name(place, CONTAINER_PODMAN) && strcmp(place->container, id) == 0)
			forward_argument(command, "-n", place->name, sizeof place->name);
	}
	free(command);
}

static bool look_for_conmon(void *who, long pid, int dir)
{
	(void)pid;
	ask_conmon(who, dir);
	return podman_lacks_name(who);
}

/* Docker's note of a container. Returns its length, or -1. */
static ssize_t read_note(const char *id, char text[NOTE])
{
	char path[NOTE_PATH + sizeof docker_notes];

	snprintf(path, sizeof path, "%s/%s/config.v2.json", docker_notes, id);
	return file_read(path, text, NOTE);
}

static void name_docker(struct holders *holders, char text[NOTE])
{
	for (size_t i = 1; i < holders->place_count; i++) {
		struct placement *place = &holders->places[i];
		if (!lacks_name(place, CONTAINER_DOCKER))
			continue;
		const ssize_t n = read_note(place->container, text);
		if (n > 0)
			placement_docker_name(text, (size_t)n, place->name);
	}
}

/* The container that has the address which a docker-proxy forwards to, as a place. */
static void find_behind(struct holders *holders, struct process *proxy, char text[NOTE])
{
	char address[FORWARDS_TO];
	DIR *notes = opendir(docker_notes);
	unsigned seen = 0;

	/* "172.17.0.2:80", "[fd00::2]:80" */
	snprintf(address, sizeof address, "%s", proxy->forwards_to + (*proxy->forwards_to == '['));
	char *const end = strrchr(address, ':');
	if (end)
		end[end > address && end[-1] == ']' ? -1 : 0] = 0;
	for (const struct dirent *entry; notes && end && !proxy->forwards_place &&
					 (entry = readdir(notes)) && seen < CONTAINERS;
	     seen++) {
		struct placement place;
		const ssize_t n = strlen(entry->d_name) == PLACE_CONTAINER - 1
				      ? read_note(entry->d_name, text)
				      : -1;
		if (n <= 0 || !placement_docker_has(text, (size_t)n, address))
			continue;
		memset(&place, 0, sizeof place);
		place.engine = CONTAINER_DOCKER;
		snprintf(place.container, sizeof place.container, "%.64s", entry->d_name);
		placement_docker_name(text, (size_t)n, place.name);
		proxy->forwards_place = places_enter(holders, &place);
	}
	if (notes)
		closedir(notes);
}

void containers_name(struct holders *holders)
{
	char *text = malloc(NOTE);

	if (podman_lacks_name(holders))
		each_process(look_for_conmon, holders);
	if (text)
		name_docker(holders, text);
	for (size_t i = 0; text && i < holders->process_count; i++)
		if (holders->processes[i].forwarder == FORWARDER_DOCKER_PROXY)
			find_behind(holders, &holders->processes[i], text);
	free(text);
}
