/* Holds idle connections, so that the memory of the server can be looked at meanwhile. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "crowd.h"
#include "dial.h"
#include "load.h"

void load_idle(const struct load *load)
{
	const struct target *target = load->targets;
	fail_blame(ntohs(target->server.sin_port));
	int *crowd = crowd_open(&target->server, target->idle);
	struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};

	printf("{\"idle\": %zu}\n", target->idle);
	fflush(stdout);
	poll(&end, 1, (int)(load->run_us / 1000));
	crowd_close(crowd, target->idle);
}
