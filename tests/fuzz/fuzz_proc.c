/* os/parse/proc: lines of /proc/net/tcp and tcp6, and where links of /proc/PID/fd lead. */
#include <string.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *at = (const char *)bytes, *const end = at + len;
	uint64_t inode;

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
