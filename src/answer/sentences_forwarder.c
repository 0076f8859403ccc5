/* Who has a port for others, and what is to be stopped instead. */
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "words/who.h"

/* Who kills a forwarder takes a network or a session away, and what it forwards to goes on. */
static const char *what_forwards(const struct process *process)
{
	switch (process->forwarder) {
	case FORWARDER_ROOTLESSPORT:
	case FORWARDER_ROOTLESSKIT:
	case FORWARDER_SLIRP4NETNS:
	case FORWARDER_PASTA:
	case FORWARDER_CONMON:
		return "a container or network namespace, which would go on without it: 'podman ps', "
		       "'docker ps' or 'lsns -t net' shows what to stop instead";
	case FORWARDER_GVPROXY:
		return "podman's virtual machine, which would lose its network; instead: podman machine stop";
	case FORWARDER_SSHD:
		return "an 'ssh -R', whose whole session would end";
	case FORWARDER_DOCKERD:
		return "a container or a swarm's service, and all its others would stop as well: 'docker "
		       "ps' and 'docker service ls' show what to stop instead";
	case FORWARDER_LXD:
		return "an instance: once 'lxc config device remove' (or incus's) has removed the "
		       "proxy device, it does not come again";
	case FORWARDER_NONE:
	case FORWARDER_DOCKER_PROXY:
	case FORWARDER_DOCKER_DESKTOP:
	case FORWARDER_SOCKET_PROXYD:
	case FORWARDER_SSH:
	case FORWARDER_SOCAT:
	case FORWARDER_KUBECTL:
	case FORWARDER_INETD:
		break;
	}
	return NULL;
}

/* Whether a word of `command` (NULL: none) ends with that port, as tcp://0.0.0.0:80 does with 80. */
static bool names_port(const char *command, unsigned port)
{
	char told[16];
	const size_t len = (size_t)snprintf(told, sizeof told, ":%u", port);

	for (const char *at = command; at && (at = strstr(at, told)); at += len)
		if (at[len] == 0 || at[len] == ' ')
			return true;
	return false;
}

/* Whether Docker has the port for itself: to be called there, and for a swarm's managers and nodes. */
static bool is_dockers_own(const struct process *process, unsigned port)
{
	return process->forwarder == FORWARDER_DOCKERD &&
	       (port == 2375 || port == 2376 || port == 2377 || port == 7946 ||
		   names_port(process->command, port));
}

void sentences_forwarder(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	const unsigned port = addr_port(&diagnosis->newcomer.local);
	char who[WHO_TEXT];

	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct stop *stop = &cures->stops[i];
		if (!stop->process || !what_forwards(stop->process) ||
		    is_dockers_own(stop->process, port) ||
		    (stop->manager != MANAGER_NONE &&
			stop->process->forwarder != FORWARDER_DOCKERD))
			continue;
		sentences_add(sentences, SENTENCE_STOP, true, "%s forwards the port for %s",
		    who_process(stop->process, who), what_forwards(stop->process));
		return;
	}
}
