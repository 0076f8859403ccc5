#include <unistd.h>

#include "tcp/call.h"
#include "tcp/probe.h"
#include "tcp/sock.h"

enum { OPTIONS = 4, OF_SETS = 3 };

static const enum option options[OPTIONS] = {
    OPTION_REUSEADDR, OPTION_REUSEPORT, OPTION_V6ONLY, OPTION_FREEBIND};

unsigned probe_bit(enum option option)
{
	for (unsigned bit = 0; bit < OF_SETS; bit++)
		if (options[bit] == option)
			return 1U << bit;
	return 0;
}

int probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	struct setting settings[OPTIONS];
	struct plan plan = {
	    .local = *local, .settings = settings, .udp = udp, .backlog = SOCK_NO_LISTEN};

	*fault = (struct fault){0};
	for (unsigned bit = 0; bit < OPTIONS; bit++)
		if (set & 1U << bit)
			settings[plan.setting_count++] =
			    (struct setting){.option = options[bit], .value = 1};
	const int fd = sock_open(&plan, fault);
	if (fd < 0)
		return -1;
	call_close(fd);
	return 0;
}

int probe_connect(const union addr *peer, bool udp, struct fault *fault)
{
	const struct plan plan = {.peer = *peer, .udp = udp, .backlog = SOCK_NO_LISTEN};

	*fault = (struct fault){0};
	const int fd = sock_open(&plan, fault);
	if (fd < 0)
		return -1;
	call_close(fd);
	return 0;
}

int probe_bind_as(long uid, const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	const uid_t self = geteuid();

	if (call_seteuid((uid_t)uid) < 0)
		return fault_set(fault, CALL_SETEUID);
	const int result = probe_bind(local, udp, set, fault);
	/* Back is always allowed: it is the saved user ID or the real one. */
	if (call_seteuid(self) < 0)
		return fault_set(fault, CALL_SETEUID);
	return result;
}

size_t probe_options(unsigned set, const char *names[3])
{
	size_t n = 0;

	for (unsigned bit = 0; bit < OF_SETS; bit++)
		if (set & 1U << bit)
			names[n++] = option_name(options[bit]);
	return n;
}
