/* os/parse/proc, placement, forward: lines of /proc/net/tcp and tcp6, where links of /proc/PID/fd lead, what stands
 * in fdinfo, stat, status, cgroup and mountinfo, and Docker's notes. */
#include <string.h>

#include "os/parse/forward.h"
#include "os/parse/placement.h"
#include "os/parse/proc.h"
#include "tests/fuzz/fuzz.h"

static void read_line(const char *line, size_t len, int family)
{
	struct holder holder;

	memset(&holder, 0, sizeof holder);
	if (!proc_socket(line, len, family, &holder))
		return;
	HOLD(holder.local.any.sa_family == family, "family %d", holder.local.any.sa_family);
	HOLD(holder_state_name(holder.state), "state %d has no name", (int)holder.state);
}

static void hear(void *who, uint64_t inode)
{
	(void)inode;
	++*(unsigned *)who;
}

/* The whole as each of the files. */
static void read_files(const char *text, size_t len)
{
	struct placement placement = {0};
	struct proc_stat stat;
	char name[PLACE_NAME], to[FORWARDS_TO];
	unsigned heard = 0;
	bool hides;
	long group;

	proc_registered(text, len, hear, &heard);
	HOLD(heard <= len / 9, "%u files in %zu bytes", heard, len);
	proc_stat(text, len, &stat);
	proc_user(text, len);
	proc_hides(text, len, &hides, &group);
	proc_maps_all(text, len);
	placement_of_process(text, len, &placement);
	HOLD(strlen(placement.unit) < PLACE_UNIT, "no end of the unit");
	HOLD(strlen(placement.container) < PLACE_CONTAINER, "no end of the container");
	HOLD(!*placement.container == !placement.engine, "engine %d without a name",
	    (int)placement.engine);
	placement_docker_name(text, len, name);
	placement_docker_has(text, len, "172.17.0.2");

	/* A command line ends. */
	char *command = malloc(len + 1);
	HOLD(command, "no memory");
	memcpy(command, text, len);
	command[len] = 0;
	forward_find("docker-proxy", command, to);
	forward_find("socat", command, to);
	HOLD(strlen(to) < FORWARDS_TO, "no end of where it leads");
	free(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *at = (const char *)bytes, *const end = at + len;
	uint64_t inode;

	read_files(at, len);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t n = (size_t)((newline ? newline : end) - at);
		read_line(at, n, AF_INET);
		read_line(at, n, AF_INET6);
		proc_link(at, n, &inode);
		at += n + 1;
	}
	return 0;
}
