/* Where a process runs: the unit of a service manager, a container. Read from its control group. */
#ifndef REUSE_OS_PLACEMENT_H
#define REUSE_OS_PLACEMENT_H

#include <stdbool.h>

enum container_engine {
	CONTAINER_NONE,
	CONTAINER_DOCKER,
	CONTAINER_PODMAN,
	CONTAINER_CONTAINERD,
	CONTAINER_CRIO,
	CONTAINER_LXC,
	CONTAINER_NSPAWN,
	CONTAINER_OTHER, /* some engine's, which is not known */
};

enum { PLACE_UNIT = 256, PLACE_CONTAINER = 65, PLACE_NAME = 128 };

struct placement {
	char unit[PLACE_UNIT]; /* as systemd writes it: "a\\x2db@c.service"; "": none */
	bool user_manager;     /* a unit of the service manager of user `manager_uid` */
	long manager_uid;
	/* the unit is a login session's, or the manager's own: it is not the program's */
	bool session;
	enum container_engine engine;
	bool pod;                        /* of a Kubernetes pod */
	char container[PLACE_CONTAINER]; /* id of 64 digits; of LXC and nspawn the name; "": none */
	/* of the container, where it is known without asking the engine; "" */
	char name[PLACE_NAME];
};

#endif
