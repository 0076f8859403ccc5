#include <errno.h>
#include <stdlib.h>

#include "cmd/listen/handed.h"
#include "os/service.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "words/report.h"

static int take(int fd, const struct setting settings[], size_t setting_count, int backlog)
{
	struct fault fault;
	const char *why = service_take(fd);

	if (why) {
		/* The errno is what accept(2) would say of it. */
		report_words("accept", errno, NULL, NULL,
		    "descriptor %d from the service manager: %s", fd, why);
		return -1;
	}
	const union addr local = sock_local(fd);
	for (size_t i = 0; i < setting_count; i++)
		if (option_set(fd, &settings[i], &fault) < 0) {
			report_fault(&fault, &local, NULL, 0);
			return -1;
		}
	if (backlog != HANDED_OWN_BACKLOG && call_listen(fd, backlog) < 0) {
		fault_set(&fault, CALL_LISTEN);
		report_fault(&fault, &local, NULL, 0);
		return -1;
	}
	return 0;
}

int *handed_take(unsigned count, const struct setting settings[], size_t setting_count, int backlog)
{
	/* As many as there really are, whatever the number says: the first that is none ends it. */
	for (unsigned i = 0; i < count; i++)
		if (take(SERVICE_FIRST + (int)i, settings, setting_count, backlog) < 0)
			return NULL;
	/* There is one at least. NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI) */
	int *fds = malloc(count * sizeof *fds);
	if (!fds) {
		report_call("malloc", errno);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++)
		fds[i] = SERVICE_FIRST + (int)i;
	return fds;
}
