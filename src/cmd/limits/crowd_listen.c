#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd/limits/crowd_listen.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum { HIGHEST_PORT = 65535 };

static int open_listener(
    const union addr *local, const char *device, int backlog, struct fault *fault)
{
	struct setting settings[2] = {
	    {.option = OPTION_LINGER, .value = 0}, {.option = OPTION_DEVICE}};
	struct plan plan = {
	    .local = *local, .settings = settings, .setting_count = 1, .backlog = backlog};

	if (*device) {
		strncpy(settings[1].device, device, sizeof settings[1].device - 1);
		plan.setting_count = 2;
		const int fd = sock_open(&plan, fault);
		if (fd >= 0 || fault->at != CALL_OPTION)
			return fd;
		plan.setting_count = 1; /* before Linux 5.7 only root may: socket(7) */
	}
	return sock_open(&plan, fault);
}

static void note_port(struct crowd_board *board, unsigned port)
{
	atomic_fetch_or(&board->ports[port / 8], (unsigned char)(1u << port % 8));
}

int crowd_listen_any(const struct crowd_plan *plan, unsigned *port, struct fault *fault)
{
	union addr any = addr_any(AF_INET, 0);
	struct port other;
	int fd = open_listener(&any, plan->device, INT_MAX, fault);

	/* The kernel has none left of those that it gives by itself. */
	if (fd < 0 && fault->at == CALL_BIND && fault->error == EADDRINUSE &&
	    port_take(&other) == 0) {
		addr_set_port(&any, other.number);
		fd = open_listener(&any, plan->device, INT_MAX, fault);
		port_give_back(&other);
	}
	if (fd < 0)
		return -1;
	const union addr local = sock_local(fd);
	*port = (unsigned)addr_port(&local);
	note_port(plan->board, *port);
	return fd;
}

int crowd_listen_next(const struct crowd_plan *plan, unsigned *port, struct fault *fault)
{
	union addr local = plan->source;

	for (;;) {
		const unsigned taken = atomic_fetch_add(&plan->board->ports_taken, 1);
		if (taken > HIGHEST_PORT - CROWD_LOWEST_PORT) {
			errno = EADDRNOTAVAIL;
			return fault_set(fault, CALL_BIND);
		}
		*port = HIGHEST_PORT - taken;
		addr_set_port(&local, *port);
		const int fd = open_listener(&local, "", 1, fault);
		if (fd >= 0) {
			note_port(plan->board, *port);
			return fd;
		}
		if (fault->at != CALL_BIND ||
		    (fault->error != EADDRINUSE && fault->error != EACCES))
			return -1;
	}
}
