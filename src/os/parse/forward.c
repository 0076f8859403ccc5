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
    {"gvproxy", FORWARDER_GVPROXY},
    {"com.docker.back", FORWARDER_DOCKER_DESKTOP},
    {"dockerd", FORWARDER_DOCKERD},
    {"lxd", FORWARDER_LXD},
    {"incusd", FORWARDER_LXD},
    {"sshd", FORWARDER_SSHD},
    {"sshd-session", FORWARDER_SSHD},
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

/* Of "9007:db:5432" and "127.0.0.1:9007:[::1]:5432" what stands behind the port; several are none. */
static void take_tunnel(const char *command, char to[FORWARDS_TO])
{
	const char *const option = strstr(command, " -L");
	char spec[FORWARDS_TO];

	if (!option || strstr(option + 1, " -L"))
		return;
	const char *const begin = option + 3 + (option[3] == ' ');
	const size_t len = strcspn(begin, " ");
	if (len >= sizeof spec)
		return;
	snprintf(spec, sizeof spec, "%.*s", (int)len, begin);
	char *const port = strrchr(spec, ':');
	if (!port || port == spec)
		return;
	*port = 0;
	const char *host = port[-1] == ']' ? strrchr(spec, '[') : strrchr(spec, ':');
	*port = ':';
	if (host)
		snprintf(to, FORWARDS_TO, "%s", host + (*host == ':'));
}

/* Of "kubectl port-forward svc/web 8080:80" both, as "svc/web:80"; of several ports none. */
static void take_forward(const char *command, char to[FORWARDS_TO])
{
	static const char word[] = " port-forward ";
	const char *const at = strstr(command, word);
	char name[FORWARDS_TO / 2], local[8], remote[8];

	if (at && sscanf(at + sizeof word - 1, "%63s %7[0-9]:%7[0-9]", name, local, remote) == 3 &&
	    *name != '-')
		snprintf(to, FORWARDS_TO, "%s:%s", name, remote);
}

/* A session's name is "sshd: bob@pts/0", the server's own "sshd: /usr/sbin/sshd -D [listener] ...". */
static bool is_session(const char *command)
{
	return (!strncmp(command, "sshd: ", 6) || !strncmp(command, "sshd-session: ", 14)) &&
	       !strstr(command, "[listener]");
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
	} else if (found == FORWARDER_SSH) {
		take_tunnel(command, to);
	} else if (found == FORWARDER_KUBECTL) {
		take_forward(command, to);
	} else if ((found == FORWARDER_SSHD && !is_session(command)) ||
		   (found == FORWARDER_LXD && !strstr(command, " forkproxy "))) {
		found = FORWARDER_NONE;
	}
	return found;
}
