#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "answer/brief.h"
#include "cmd/listen/sockets.h"
#include "os/service.h"
#include "tcp/sock.h"
#include "words/report.h"

/* What each listening socket is prepared with, whoever opened it. Returns how many settings. Whether the port is
 * shared, by what interface and family, was said before a socket of somebody else's was bound. */
static size_t write_settings(
    const struct sockets_wanted *wanted, bool ours, struct setting into[SETTINGS_MOST])
{
	struct settings_wanted of_each = wanted->settings;

	if (!ours)
		of_each.no_reuseaddr = of_each.no_reuseport = 1;
	size_t n = settings_write(&of_each, into);
	if (!ours)
		return n;
	/* Where SO_REUSEPORT alone leaves all connections to one of the workers: FreeBSD, setsockopt(2). */
	if (wanted->workers && !wanted->settings.no_reuseport && option_known(OPTION_REUSEPORT_LB))
		into[n++] = (struct setting){.option = OPTION_REUSEPORT_LB, .value = 1};
	if (wanted->v6only >= 0)
		into[n++] = (struct setting){.option = OPTION_V6ONLY, .value = wanted->v6only};
	return n;
}

size_t sockets_settings(const struct sockets_wanted *wanted, struct setting into[SETTINGS_MOST])
{
	return write_settings(wanted, false, into);
}

/* The listening socket, or -1 after a complaint. */
static int open_one(const struct sockets_wanted *wanted, const union addr *local)
{
	struct setting settings[SETTINGS_MOST];
	const struct plan plan = {.local = *local,
	    .backlog = wanted->backlog < INT_MAX ? (int)wanted->backlog : INT_MAX,
	    .settings = settings,
	    .setting_count = write_settings(wanted, true, settings)};
	struct fault fault;
	const int fd = sock_open(&plan, &fault);

	if (fd < 0)
		brief_plan(&fault, &plan);
	return fd;
}

int *sockets_open(const struct sockets_wanted *wanted, const union addr *local)
{
	const unsigned count = wanted->workers ? (unsigned)wanted->workers : 1;
	const struct setting spread = {
	    .option = wanted->spread == SPREAD_CPU ? OPTION_SPREAD_CPU : OPTION_SPREAD_RANDOM,
	    .value = count};
	int *fds = malloc(count * sizeof *fds);
	union addr taken = *local;
	struct fault fault;

	if (!fds) {
		report_call("malloc", errno);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++) {
		fds[i] = open_one(wanted, &taken);
		if (fds[i] < 0)
			goto failed;
		taken = sock_local(fds[i]); /* port 0: the rest on the one that the kernel chose */
	}
	/* The program numbers the sockets in the order in which they began to listen. Where there is
	 * nothing to pick from it would only leave another server on the port without any. */
	if (wanted->spread == SPREAD_HASH || count == 1 || option_set(fds[0], &spread, &fault) == 0)
		return fds;
	report_fault(&fault, local, NULL, 0);
failed:
	/* The process ends, and the descriptors with it. */
	free(fds);
	return NULL;
}

const char *sockets_meaningless(const struct sockets_wanted *wanted)
{
	if (wanted->workers)
		return "--workers";
	if (wanted->spread != SPREAD_HASH)
		return "--spread";
	if (wanted->v6only >= 0)
		return wanted->v6only ? "--v6only" : "--no-v6only";
	if (wanted->settings.no_reuseaddr)
		return "--no-reuseaddr";
	if (wanted->settings.no_reuseport)
		return "--no-reuseport";
	if (*wanted->settings.device.device)
		return "--device";
	return wanted->backlog != BACKLOG_UNASKED ? "--backlog" : NULL;
}

/* Returns 0, or -1 after a complaint. */
static int take_one(int fd, const struct setting settings[], size_t setting_count)
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
	for (size_t i = 0; i < setting_count; i++) {
		if (option_set(fd, &settings[i], &fault) == 0)
			continue;
		/* MPTCP, which has no urgent bytes. */
		if (settings[i].option == OPTION_OOBINLINE && fault.error == EOPNOTSUPP)
			continue;
		report_fault(&fault, &local, NULL, 0);
		return -1;
	}
	return 0;
}

int *sockets_take(const struct sockets_wanted *wanted, unsigned count)
{
	struct setting settings[SETTINGS_MOST];
	const size_t n = write_settings(wanted, false, settings);

	/* As many as there really are, whatever the number says: the first that is none ends it. */
	for (unsigned i = 0; i < count; i++)
		if (take_one(SERVICE_FIRST + (int)i, settings, n) < 0)
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
