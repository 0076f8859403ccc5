#include <stdio.h>
#include <string.h>

#include "os/parse/supervise.h"

/* The name that the kernel keeps of a program has 15 letters. */
static const struct {
	const char *program;
	enum supervisor supervisor;
} supervisors[] = {
    {"supervisord", SUPERVISOR_SUPERVISORD},
    {"runsv", SUPERVISOR_RUNIT},
    {"s6-supervise", SUPERVISOR_S6},
    {"supervise", SUPERVISOR_DAEMONTOOLS},
    {"supervise-daemo", SUPERVISOR_OPENRC},
    {"autossh", SUPERVISOR_AUTOSSH},
    {"systemd", SUPERVISOR_NONE}, /* its units are told */
    {"(sd-pam)", SUPERVISOR_NONE},
    {"init", SUPERVISOR_NONE},
    {"login", SUPERVISOR_NONE},
    {"sshd", SUPERVISOR_NONE},
    {"sshd-session", SUPERVISOR_NONE},
    {"su", SUPERVISOR_NONE},
    {"sudo", SUPERVISOR_NONE},
    {"tmux: server", SUPERVISOR_NONE},
    {"screen", SUPERVISOR_NONE},
    {"cron", SUPERVISOR_NONE},
    {"crond", SUPERVISOR_NONE},
    {"conmon", SUPERVISOR_NONE},
    {"containerd-shim", SUPERVISOR_NONE},
    {"docker-init", SUPERVISOR_NONE},
    {"tini", SUPERVISOR_NONE},
    {"dumb-init", SUPERVISOR_NONE},
    {"catatonit", SUPERVISOR_NONE},
};

enum supervisor supervise_find(const char *program)
{
	static const char pm2[] = "PM2 v"; /* "PM2 v5.3.0: God Daemon (/root/.pm2)" */

	for (size_t i = 0; i < sizeof supervisors / sizeof *supervisors; i++)
		if (strcmp(program, supervisors[i].program) == 0)
			return supervisors[i].supervisor;
	return strncmp(program, pm2, sizeof pm2 - 1) == 0 ? SUPERVISOR_PM2 : SUPERVISOR_PARENT;
}

/* The value of a variable; NULL where it is not there. The text ends with a NUL. */
static const char *find_variable(const char *environ, size_t len, const char *name)
{
	const size_t n = strlen(name);

	for (const char *at = environ; at < environ + len; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return NULL;
}

void supervise_name(
    enum supervisor supervisor, const char *environ, size_t len, char name[SUPERVISED])
{
	const bool pm2 = supervisor == SUPERVISOR_PM2;
	const char *process =
	    find_variable(environ, len, pm2 ? "pm_id" : "SUPERVISOR_PROCESS_NAME");
	const char *group = pm2 ? NULL : find_variable(environ, len, "SUPERVISOR_GROUP_NAME");
	int n = 0;

	*name = 0;
	if (process && group && strcmp(group, process) != 0)
		n = snprintf(name, SUPERVISED, "%s:%s", group, process);
	else if (process)
		n = snprintf(name, SUPERVISED, "%s", process);
	if (n >= SUPERVISED)
		*name = 0;
}
