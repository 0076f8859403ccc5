/* How to stop what has a socket: the command of whoever manages it. */
#ifndef REUSE_DIAGNOSIS_STOP_H
#define REUSE_DIAGNOSIS_STOP_H

#include "diagnosis/findings.h"
#include "os/placement.h"

enum { STOPS_MOST = 64, STOP_COMMAND = 640 };

/* Who stops a process for good. */
enum manager {
	MANAGER_NONE,   /* no manager: kill */
	MANAGER_SYSTEM, /* systemctl */
	MANAGER_USER,   /* systemctl --user */
	MANAGER_DOCKER,
	MANAGER_PODMAN,
	MANAGER_POD, /* crictl */
	MANAGER_LXC,
	MANAGER_MACHINE, /* machinectl */
	MANAGER_SUPERVISORD,
	MANAGER_RUNIT,
	MANAGER_S6,
	MANAGER_DAEMONTOOLS,
	MANAGER_OPENRC,
	MANAGER_PM2,
	MANAGER_AUTOSSH, /* kill, of the one that starts ssh again */
	MANAGER_STARTED, /* systemctl, of the services that a socket unit has started, whose processes may not be seen */
	MANAGER_PROXY, /* docker-proxy: the container that publishes the port */
	MANAGER_FIRST, /* process 1, and no unit is known: nothing to paste */
	MANAGER_KIN,   /* it is who asks, or has started it: nothing to paste */
	MANAGER_OUTER, /* kill, in the PID namespace that /proc is of, and not here: nothing to paste */
	MANAGER_OTHER, /* a container whose manager is not known: nothing to paste */
};

/* One command, and the first process, unit and container that it stops. */
struct stop {
	enum manager manager;
	const struct process *process; /* NULL: it may not be seen */
	const struct placement *place; /* NULL: none */
	long user;                     /* MANAGER_USER: whose manager */
	bool guessed;   /* that this stops it too is inferred: process 1 keeps it for that unit */
	bool suspended; /* an ordinary kill would have no effect before it goes on */
	bool deaf;      /* nor later: MANAGER_NONE */
	bool frozen;    /* by its control group: MANAGER_NONE, MANAGER_DOCKER, MANAGER_PODMAN */
	char command[STOP_COMMAND]; /* "": there is none to paste */
};

/* Adds the processes of holder i, or its unit or container where no process may be seen, to the stops; what
 * is stopped already is not added again. Returns 0, or -1 where nobody is known who could be stopped, or where
 * they are too many. */
int stop_add(
    const struct findings *findings, size_t i, struct stop stops[STOPS_MOST], size_t *count);

#endif
