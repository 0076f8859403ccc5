#include <stdio.h>
#include <string.h>

#include "os/parse/forward.h"

/* The name that the kernel keeps of a program has 15 letters. */
static const struct {
	const char *program;
	enum forwarder forwarder;
} known[] = {
    {"docker-proxy", FORWARDER_DOCKER_PROXY},
    {"rootlessport", FORWARDER_ROOTLESSPORT},
    {"rootlessport-ch", FORWARDER_ROOTLESSPORT},
    {"rootlesskit", FORWARDER_ROOTLESSKIT},
    {"slirp4netns", FORWARDER_SLIRP4NETNS},
    {"pasta", FORWARDER_PASTA},
    {"pasta.avx2", FORWARDER_PASTA},
    {"passt", FORWARDER_PASTA},
    {"passt.avx2", FORWARDER_PASTA},
    {"conmon", FORWARDER_CONMON},
    {"systemd-socket-", FORWARDER_SOCKET_PROXYD},
    {"ssh", FORWARDER_SSH},
    {"socat", FORWARDER_SOCAT},
    {"socat1", FORWARDER_SOCAT},
    {"kubectl", FORWARDER_KUBECTL},
    {"inetd", FORWARDER_INETD},
    {"xinetd", FORWARDER_INETD},
};

void forward_argument(const char *command, const char *option, char *into, size_t size)
{
	const size_t n = strlen(option);

	*into = 0;
	for (const char *at = command; (at = strstr(at, option)); at += n) {
		if ((at > command && at[-1] != ' ') || (at[n] != ' ' && at[n] != '='))
			continue;
		const size_t len = strcspn(at + n + 1, " ");
		if (len < size)
			snprintf(into, size, "%.*s", (int)len, at + n + 1);
		return;
	}
}

/* The last argument. */
static void take_last(const char *command, char to[FORWARDS_TO])
{
	const char *const last = strrchr(command, ' ');

	if (last && strlen(last + 1) < FORWARDS_TO)
		memcpy(to, last + 1, strlen(last + 1) + 1);
}

enum forwarder forward_find(const char *program, const char *command, char to[FORWARDS_TO])
{
	enum forwarder found = FORWARDER_NONE;
	char address[64], port[16];

	*to = 0;
	for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++)
		if (strcmp(program, known[i].program) == 0)
			found = known[i].forwarder;
	if (found == FORWARDER_DOCKER_PROXY) {
		forward_argument(command, "-container-ip", address, sizeof address);
		forward_argument(command, "-container-port", port, sizeof port);
		if (*address && *port)
			snprintf(to, FORWARDS_TO, strchr(address, ':') ? "[%s]:%s" : "%s:%s",
			    address, port);
	} else if (found == FORWARDER_SOCKET_PROXYD || found == FORWARDER_SOCAT) {
		take_last(command, to);
	}
	return found;
}
