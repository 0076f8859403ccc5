/* The words that stop something, to be pasted into a shell. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/stop_command.h"
#include "os/shell.h"
#include "words/who.h"

static bool has_word(const char *text, const char *word)
{
	char quoted[STOP_COMMAND] = "";

	if (!shell_add(quoted, sizeof quoted, word))
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

bool stop_is_kind(const char *unit, const char *ending)
{
	const size_t len = strlen(unit), n = strlen(ending);

	return len > n && !strcmp(unit + len - n, ending);
}

bool stop_is_socket(const char *unit)
{
	return stop_is_kind(unit, ".socket");
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

/* A socket unit stands before its service. */
static bool add_unit(char *command, const char *unit, const char *begin)
{
	char rest[STOP_COMMAND];
	const size_t n = strlen(begin);

	if (!stop_is_socket(unit))
		return shell_add(command, STOP_COMMAND, unit);
	snprintf(rest, sizeof rest, "%s", command + n);
	command[n] = 0;
	const bool room = shell_add(command, STOP_COMMAND - strlen(rest), unit);
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
	    !(docker || stop->manager == MANAGER_USER || stop->manager == MANAGER_STARTED ||
		stop->manager == MANAGER_PODMAN))
		return text;
	const char *const user = who_user(stop->user);
	snprintf(number, sizeof number, "#%ld", stop->user);
	if (!shell_add(name, sizeof name, *user >= '0' && *user <= '9' ? number : user))
		shell_add(name, sizeof name, number);
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
	if (!shell_add(command, STOP_COMMAND, name))
		return false;
	const size_t n = strlen(command);
	snprintf(command + n, STOP_COMMAND - n, " && %s%s", as, commands[stop->manager]);
	return shell_add(command, STOP_COMMAND, name);
}

/* systemd knows which they are. */
static bool write_started(struct stop *stop, const char *as)
{
	const char *who = stop->place->user_manager ? "systemctl --user" : "systemctl";
	char *const command = stop->command;

	snprintf(command, STOP_COMMAND, "%s%s%s stop $(%s%s show -p Triggers --value",
	    *as ? go_first : "", as, who, as, who);
	if (!shell_add(command, STOP_COMMAND - 1, stop->place->unit))
		return false;
	const size_t n = strlen(command);
	snprintf(command + n, STOP_COMMAND - n, ")");
	return true;
}

bool stop_write(struct stop *stop, unsigned port, bool udp)
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
		return write_started(stop, as_user(stop, as));
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
	/* What it begins with may hold the name too: of the user. */
	if (has_word(stop->command + strlen(begin), name))
		return true;
	if (stop->manager == MANAGER_SYSTEM || stop->manager == MANAGER_USER)
		return add_unit(stop->command, name, begin);
	return shell_add(stop->command, STOP_COMMAND, name) &&
	       (stop->manager != MANAGER_OPENRC || shell_add(stop->command, STOP_COMMAND, "stop"));
}
