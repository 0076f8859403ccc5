#include <stdio.h>
#include <string.h>

#include "diagnosis/stop.h"
#include "diagnosis/stop_command.h"

static enum manager manager_of_container(const struct placement *place)
{
	if (place->pod)
		return MANAGER_POD;
	switch (place->engine) {
	case CONTAINER_NONE:
	case CONTAINER_OTHER:
		return MANAGER_OTHER;
	case CONTAINER_DOCKER:
		return MANAGER_DOCKER;
	case CONTAINER_PODMAN:
		return MANAGER_PODMAN;
	case CONTAINER_CONTAINERD:
	case CONTAINER_CRIO:
		return MANAGER_POD;
	case CONTAINER_LXC:
		return MANAGER_LXC;
	case CONTAINER_NSPAWN:
		return MANAGER_MACHINE;
	}
	return MANAGER_OTHER;
}

/* Of a supervisor that knows the process by a name: MANAGER_NONE where it has none, or is no supervisor. */
static enum manager manager_of_supervised(const struct process *process)
{
	static const enum manager managers[] = {[SUPERVISOR_NONE] = MANAGER_NONE,
	    [SUPERVISOR_SUPERVISORD] = MANAGER_SUPERVISORD,
	    [SUPERVISOR_RUNIT] = MANAGER_RUNIT,
	    [SUPERVISOR_S6] = MANAGER_S6,
	    [SUPERVISOR_DAEMONTOOLS] = MANAGER_DAEMONTOOLS,
	    [SUPERVISOR_OPENRC] = MANAGER_OPENRC,
	    [SUPERVISOR_PM2] = MANAGER_PM2,
	    [SUPERVISOR_AUTOSSH] = MANAGER_AUTOSSH,
	    [SUPERVISOR_PARENT] = MANAGER_NONE};

	return process && *process->supervised ? managers[process->supervisor] : MANAGER_NONE;
}

/* Whether it publishes the ports of Docker's containers. */
static bool is_dockers(const struct process *process)
{
	return process->forwarder == FORWARDER_DOCKER_PROXY ||
	       process->forwarder == FORWARDER_DOCKER_DESKTOP ||
	       (process->forwarder == FORWARDER_ROOTLESSKIT && process->command &&
		   strstr(process->command, "dockerd"));
}

/* Units in which others run, whom they do not stop, and how their own programs are called. */
static const char *const hosts[][2] = {{"cron.service", "cron"}, {"crond.service", "crond"},
    {"cronie.service", "crond"}, {"atd.service", "atd"}, {"ssh.service", "sshd"},
    {"sshd.service", "sshd"}, {"libvirtd.service", "libvirtd"},
    {"virtnetworkd.service", "virtnetworkd"}};

/* Whether its unit is another's: of a terminal, or of who has started it. */
static bool is_guest(const struct process *process, const struct placement *place)
{
	if (!process || process->guest || process->forwarder == FORWARDER_LXD)
		return process;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (strcmp(place->unit, hosts[i][0]) == 0)
			return process->forwarder == FORWARDER_SSHD ||
			       strncmp(process->program, hosts[i][1], strlen(hosts[i][1])) != 0;
	return false;
}

/* Who stops `process` (NULL: what is at `place`). `self`: where the asker is. */
static enum manager manager_of(
    const struct process *process, const struct placement *place, const struct placement *self)
{
	if (process && process->kin != KIN_NONE)
		return MANAGER_KIN;
	if (process && is_dockers(process) && !*place->container)
		return MANAGER_PROXY;
	/* In the same container there is no engine to ask. */
	if (*place->container && strcmp(place->container, self->container) != 0)
		return manager_of_container(place);
	if (process && process->pid == 1 && !stop_is_socket(place->unit))
		return MANAGER_FIRST;
	/* Its unit may be the supervisor's, with all that this supervises. */
	const enum manager supervisor = manager_of_supervised(process);
	const bool alone = !*place->unit || place->session || is_guest(process, place);
	/* autossh supervises one tunnel alone: a unit around it is that tunnel's. */
	if (alone || (supervisor != MANAGER_NONE && supervisor != MANAGER_AUTOSSH))
		return supervisor;
	return place->user_manager ? MANAGER_USER : MANAGER_SYSTEM;
}

/* The place to stop: that of the process, or of the container for which it forwards the port. */
static const struct placement *stop_place(
    const struct holders *holders, const struct holder *holder, size_t p)
{
	const struct process *process = holder_process(holders, holder, p);

	return process->forwards_place ? holders_placement(holders, process->forwards_place)
				       : holder_place(holders, holder, p);
}

/* The service for which process 1, a systemd, keeps the socket: one that this has stored there, or a connection that was
 * accepted for it. NULL: for none. */
static const struct placement *kept_for(
    const struct holders *holders, const struct holder *holder, const struct process *process)
{
	if (process->pid != 1 ||
	    strcmp(holders_placement(holders, process->place)->unit, "init.scope") != 0 ||
	    stop_is_socket(holders_placement(holders, holder->place)->unit))
		return NULL;
	for (size_t p = 0; p < holder->owner_count; p++) {
		const struct placement *place = holder_place(holders, holder, p);
		if (stop_is_kind(place->unit, ".service") && !*place->container)
			return place;
	}
	return NULL;
}

/* Whether its command takes one name alone. */
static bool takes_one(enum manager manager)
{
	return manager == MANAGER_S6 || manager == MANAGER_OPENRC;
}

/* Whether both are stopped by one command. A container that is paused has one of its own, and so have the services of a
 * socket unit. */
static bool joined(const struct stop *a, const struct stop *b)
{
	if (a->manager != b->manager)
		return false;
	if ((a->frozen || b->frozen || a->manager == MANAGER_STARTED) && a->place != b->place)
		return false;
	if (a->manager == MANAGER_NONE || a->manager == MANAGER_KIN || a->manager == MANAGER_OUTER)
		return a->process && b->process && a->process->pid == b->process->pid;
	if (takes_one(a->manager) && strcmp(a->process->supervised, b->process->supervised) != 0)
		return false;
	return a->user == b->user;
}

/* The names of one manager go into one command, as long as it has room; the first stays who is told of. */
static int add_stop(
    const struct holder *holder, const struct stop *wanted, struct stop stops[], size_t *count)
{
	struct stop *const end = stops + *count;
	const unsigned port = addr_port(&holder->local);

	for (struct stop *stop = stops; stop < end; stop++) {
		struct stop with = *wanted;
		if (!joined(stop, wanted))
			continue;
		memcpy(with.command, stop->command, sizeof with.command);
		if (stop_write(&with, port, holder->udp)) {
			stop->guessed |= wanted->guessed;
			memcpy(stop->command, with.command, sizeof with.command);
			return 0;
		}
	}
	if (*count == STOPS_MOST)
		return -1;
	*end = *wanted;
	if (!stop_write(end, port, holder->udp))
		*end->command = 0; /* a name too long to be pasted */
	++*count;
	return 0;
}

/* Whether a frozen one is stopped otherwise than one that runs. */
static bool frozen_matters(enum manager manager)
{
	return manager == MANAGER_NONE || manager == MANAGER_DOCKER || manager == MANAGER_PODMAN;
}

int stop_add(
    const struct findings *findings, size_t i, struct stop stops[STOPS_MOST], size_t *count)
{
	const struct holders *holders = &findings->holders;
	const struct holder *holder = &holders->list[i];
	const struct placement *made = holders_placement(holders, holder->place);
	const struct placement *self = holders_placement(holders, holders->place_self);

	for (size_t p = 0; p < holder->owner_count; p++) {
		const struct process *process = holder_process(holders, holder, p);
		const struct placement *kept = kept_for(holders, holder, process);
		const struct placement *place = kept ? kept : stop_place(holders, holder, p);
		struct stop stop = {.manager = manager_of(kept ? NULL : process, place, self),
		    .process = process,
		    .place = place,
		    .user = place->manager_uid,
		    .guessed = kept,
		    .suspended = process->state == 'T' || process->state == 't',
		    .deaf = process->deaf};
		if ((stop.manager == MANAGER_NONE || stop.manager == MANAGER_AUTOSSH) &&
		    holders->outer_proc)
			stop.manager = MANAGER_OUTER;
		stop.frozen = process->frozen && frozen_matters(stop.manager);
		if (add_stop(holder, &stop, stops, count) < 0)
			return -1;
	}
	if (holder->owner_count > 0)
		return 0;
	if (!holder->place || made->session || !(*made->unit || *made->container))
		return -1;
	struct stop stop = {
	    .manager = manager_of(NULL, made, self), .place = made, .user = made->manager_uid};
	if (stop.manager == MANAGER_NONE || add_stop(holder, &stop, stops, count) < 0)
		return -1;
	if (!stop_is_socket(made->unit) ||
	    (stop.manager != MANAGER_SYSTEM && stop.manager != MANAGER_USER))
		return 0;
	stop.manager = MANAGER_STARTED;
	return add_stop(holder, &stop, stops, count);
}
