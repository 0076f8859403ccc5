#include "tcp/call.h"
#include "tcp/probe.h"
#include "tcp/sock.h"

static const enum option options[] = {OPTION_REUSEADDR, OPTION_REUSEPORT};

void probe_bind(const union addr *local, struct probe *probe)
{
	/* In this order none of them changes the answer to the next. A bind with SO_REUSEPORT that
	 * is allowed, for whatever reason, leaves behind that the next such bind to a like address
	 * is allowed without a look; one without SO_REUSEPORT takes that back. Linux 6.18,
	 * inet_csk_update_fastreuse and sk_reuseport_match. */
	static const unsigned order[PROBE_SETS] = {PROBE_PORT, PROBE_BOTH, PROBE_ADDR, PROBE_NONE};

	*probe = (struct probe){.local = *local};
	for (size_t i = 0; i < PROBE_SETS; i++) {
		const unsigned set = order[i];
		struct setting settings[2];
		struct plan plan = {
		    .local = *local, .settings = settings, .backlog = SOCK_NO_LISTEN};
		for (unsigned bit = 0; bit < 2; bit++)
			if (set & 1U << bit)
				settings[plan.setting_count++] =
				    (struct setting){.option = options[bit], .value = 1};
		const int fd = sock_open(&plan, &probe->faults[set]);
		if (fd >= 0)
			call_close(fd);
	}
}

size_t probe_options(unsigned set, const char *names[2])
{
	size_t n = 0;

	for (unsigned bit = 0; bit < 2; bit++)
		if (set & 1U << bit)
			names[n++] = option_name(options[bit]);
	return n;
}
