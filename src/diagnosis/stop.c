#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/stop.h"
#include "words/who.h"

/* A word as the shell reads it back: in single quotes where it is not plain. False where there is no room for
 * all of it: the text is as before. */
static bool add_word(char *text, size_t size, const char *word)
{
	const char *plain =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-";
	const size_t before = strlen(text);
	size_t n = before;

	if (*word && strspn(word, plain) == strlen(word)) {
		n += (size_t)snprintf(text + n, size - n, " %s", word);
	} else {
		n += (size_t)snprintf(text + n, size - n, " '");
		for (; *word && n < size; word++)
			n += (size_t)snprintf(
			    text + n, size - n, *word == '\'' ? "'\\''" : "%c", *word);
		if (n < size)
			n += (size_t)snprintf(text + n, size - n, "'");
	}
	if (n >= size)
		text[before] = 0;
	return n < size;
}

static bool has_word(const char *text, const char *word)
{
	char quoted[STOP_COMMAND] = "";

	if (!add_word(quoted, sizeof quoted, word))
		return false;
	const size_t len = strlen(quoted);
	for (const char *at = strstr(text, quoted); at; at = strstr(at + 1, quoted))
		if (at[len] == ' ' || !at[len])
			return true;
	return false;
}

/* The command that the words to stop stand behind, by manager; NULL: none. */
static const char *const commands[] = {
    [MANAGER_NONE] = "kill",
    [MANAGER_SYSTEM] = "systemctl stop",
    [MANAGER_USER] = "systemctl --user stop",
    [MANAGER_DOCKER] = "docker stop",
    [MANAGER_PODMAN] = "podman stop",
    [MANAGER_POD] = "crictl stop",
    [MANAGER_LXC] = "lxc-stop -n",
    [MANAGER_MACHINE] = "machinectl terminate",
    [MANAGER_SUPERVISORD] = "supervisorctl stop",
    [MANAGER_RUNIT] = "sv stop",
    [MANAGER_S6] = "s6-svc -d",
    [MANAGER_DAEMONTOOLS] = "svc -d",
    [MANAGER_OPENRC] = "rc-service",
    [MANAGER_PM2] = "pm2 stop",
    [MANAGER_AUTOSSH] = "kill",
    [MANAGER_STARTED] = "systemctl",
    [MANAGER_PROXY] = NULL,
    [MANAGER_FIRST] = NULL,
    [MANAGER_KIN] = NULL,
    [MANAGER_OUTER] = NULL,
    [MANAGER_OTHER] = NULL,
};

enum { AS_USER = 160 };
static const char go_first[] = "cd / && ";

static bool is_socket_unit(const char *unit)
{
	const size_t n = strlen(unit);

	return n > 7 && !strcmp(unit + n - 7, ".socket");
}

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
	if (process && process->pid == 1 && !is_socket_unit(place->unit))
		return MANAGER_FIRST;
	/* Its unit may be the supervisor's, with all that this supervises. */
	const enum manager supervisor = manager_of_supervised(process);
	const bool alone = !*place->unit || place->session;
	/* autossh supervises one tunnel alone: a unit around it is that tunnel's. */
	if (alone || (supervisor != MANAGER_NONE && supervisor != MANAGER_AUTOSSH))
		return supervisor;
	return place->user_manager ? MANAGER_USER : MANAGER_SYSTEM;
}

/* Where that is stopped which `process` does, be it for a container. */
static const struct placement *stop_place(
    const struct holders *holders, const struct holder *holder, size_t p)
{
	const struct process *process = holder_process(holders, holder, p);

	return process->forwards_place ? holders_placement(holders, process->forwards_place)
				       : holder_place(holders, holder, p);
}

/* The word that names it to its manager. */
static const char *stop_name(const struct stop *stop, char number[24])
{
	switch (stop->manager) {
	case MANAGER_NONE:
		snprintf(number, 24, "%ld", stop->process ? stop->process->pid : 0);
		return number;
	case MANAGER_SYSTEM:
	case MANAGER_USER:
	case MANAGER_STARTED:
		return stop->place->unit;
	case MANAGER_DOCKER:
	case MANAGER_PODMAN:
		return *stop->place->name ? stop->place->name : stop->place->container;
	case MANAGER_POD:
	case MANAGER_LXC:
	case MANAGER_MACHINE:
		return stop->place->container;
	case MANAGER_SUPERVISORD:
	case MANAGER_RUNIT:
	case MANAGER_S6:
	case MANAGER_DAEMONTOOLS:
	case MANAGER_OPENRC:
	case MANAGER_PM2:
	case MANAGER_AUTOSSH:
		return stop->process->supervised;
	case MANAGER_PROXY:
	case MANAGER_FIRST:
	case MANAGER_KIN:
	case MANAGER_OUTER:
	case MANAGER_OTHER:
		break;
	}
	return "";
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

/* A socket unit stands before its service. */
static bool add_unit(char *command, const char *unit, const char *begin)
{
	char rest[STOP_COMMAND];
	const size_t n = strlen(begin);

	if (!is_socket_unit(unit))
		return add_word(command, STOP_COMMAND, unit);
	snprintf(rest, sizeof rest, "%s", command + n);
	command[n] = 0;
	const bool room = add_word(command, STOP_COMMAND - strlen(rest), unit);
	const size_t at = strlen(command);
	snprintf(command + at, STOP_COMMAND - at, "%s", rest);
	return room;
}

/* What stands before the command of a manager that is another user's alone, who may not be allowed in the folder
 * where it is typed; "" where it is nobody's, or who asks is that user. */
static const char *as_user(const struct stop *stop, char text[AS_USER])
{
	const bool docker = stop->manager == MANAGER_DOCKER;
	char name[AS_USER / 2] = "", number[24];

	*text = 0;
	if (!stop->place || !stop->place->user_manager || stop->user == (long)geteuid() ||
	    !(docker || stop->manager == MANAGER_USER || stop->manager == MANAGER_PODMAN))
		return text;
	const char *const user = who_user(stop->user);
	snprintf(number, sizeof number, "#%ld", stop->user);
	if (!add_word(name, sizeof name, *user >= '0' && *user <= '9' ? number : user))
		add_word(name, sizeof name, number);
	snprintf(text, AS_USER,
	    docker ? "sudo -u%s DOCKER_HOST=unix:///run/user/%ld/docker.sock "
		   : "sudo -u%s XDG_RUNTIME_DIR=/run/user/%ld ",
	    name, stop->user);
	return text;
}

/* podman stops no container that is paused. */
static bool write_unpause(struct stop *stop, const char *as, const char *name)
{
	const bool podman = stop->manager == MANAGER_PODMAN;
	char *const command = stop->command;

	snprintf(command, STOP_COMMAND, "%s%s%s unpause", *as ? go_first : "", as,
	    podman ? "podman" : "docker");
	if (!add_word(command, STOP_COMMAND, name))
		return false;
	const size_t n = strlen(command);
	snprintf(command + n, STOP_COMMAND - n, " && %s%s", as, commands[stop->manager]);
	return add_word(command, STOP_COMMAND, name);
}

/* systemd knows which they are. */
static bool write_started(char command[STOP_COMMAND], const struct placement *place)
{
	const char *who = place->user_manager ? "systemctl --user" : "systemctl";

	snprintf(command, STOP_COMMAND, "%s stop $(%s show -p Triggers --value", who, who);
	if (!add_word(command, STOP_COMMAND - 1, place->unit))
		return false;
	const size_t n = strlen(command);
	snprintf(command + n, STOP_COMMAND - n, ")");
	return true;
}

/* Adds its name to its command. False where that has no room for it. */
static bool write_command(struct stop *stop, unsigned port, bool udp)
{
	const char *begin = commands[stop->manager];
	char number[24], as[AS_USER], whole[AS_USER + 64];
	const char *const name = stop_name(stop, number);

	if (stop->manager == MANAGER_PROXY) {
		snprintf(stop->command, STOP_COMMAND,
		    "docker stop $(docker ps -q --filter publish=%u%s)", port, udp ? "/udp" : "");
		return true;
	}
	if (!begin)
		return true;
	if (stop->manager == MANAGER_STARTED)
		return write_started(stop->command, stop->place);
	if (stop->manager == MANAGER_NONE && (stop->suspended || stop->deaf || stop->frozen))
		begin = "kill -KILL";
	if (!*stop->command && stop->frozen && stop->manager != MANAGER_NONE)
		return write_unpause(stop, as_user(stop, as), name);
	if (*as_user(stop, as)) {
		snprintf(whole, sizeof whole, "%s%s%s", go_first, as, begin);
		begin = whole;
	}
	if (!*stop->command)
		snprintf(stop->command, STOP_COMMAND, "%s", begin);
	if (has_word(stop->command, name))
		return true;
	if (stop->manager == MANAGER_SYSTEM || stop->manager == MANAGER_USER)
		return add_unit(stop->command, name, begin);
	return add_word(stop->command, STOP_COMMAND, name) &&
	       (stop->manager != MANAGER_OPENRC || add_word(stop->command, STOP_COMMAND, "stop"));
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
		if (write_command(&with, port, holder->udp)) {
			memcpy(stop->command, with.command, sizeof with.command);
			return 0;
		}
	}
	if (*count == STOPS_MOST)
		return -1;
	*end = *wanted;
	if (!write_command(end, port, holder->udp))
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
		const struct placement *place = stop_place(holders, holder, p);
		struct stop stop = {.manager = manager_of(process, place, self),
		    .process = process,
		    .place = place,
		    .user = place->manager_uid,
		    .suspended = process->state == 'T' || process->state == 't',
		    .deaf = process->deaf};
		if (stop.manager == MANAGER_NONE && holders->outer_proc)
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
	if (!is_socket_unit(made->unit) ||
	    (stop.manager != MANAGER_SYSTEM && stop.manager != MANAGER_USER))
		return 0;
	stop.manager = MANAGER_STARTED;
	return add_stop(holder, &stop, stops, count);
}
