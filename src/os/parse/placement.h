/* Units and containers out of the names of control groups. Opens nothing. */
#ifndef REUSE_OS_PARSE_PLACEMENT_H
#define REUSE_OS_PARSE_PLACEMENT_H

#include <stddef.h>

#include "os/placement.h"

/* Adds to `placement` what the path of a control group tells: "/system.slice/nginx.service". */
void placement_of_group(const char *path, size_t len, bool of_systemd, struct placement *placement);

/* What /proc/PID/cgroup tells: of both versions, also where containers alone use the first. */
void placement_of_process(const char *text, size_t len, struct placement *placement);

/* Docker's own note of a container, config.v2.json: writes its name, "" where there is none or no room. */
void placement_docker_name(const char *text, size_t len, char name[PLACE_NAME]);

/* Whether the note names that address as the container's. */
bool placement_docker_has(const char *text, size_t len, const char *address);

#endif
