/* How long a server takes from its start until it has accepted and answered. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial.h"
#include "load.h"

extern char **environ;

/* A connection as soon as the port answers. From 127.0.0.2, so that it cannot meet itself. */
static int knock(const struct load *load, int64_t until_us)
{
	const struct sockaddr_in source = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1),
	};

	while (clock_us() < until_us) {
		const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || bind(fd, (const struct sockaddr *)&source, sizeof source) < 0)
			return -1;
		if (connect(fd, (const struct sockaddr *)&load->targets->server,
			sizeof load->targets->server) == 0)
			return fd;
		close(fd);
		sched_yield();
	}
	errno = ETIMEDOUT;
	return -1;
}

/* Ends the server, by force if it takes longer than two seconds. */
static void end(pid_t pid)
{
	const int64_t until = clock_us() + 2000000;

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_us() > until)
			kill(pid, SIGKILL);
		usleep(1000);
	}
}

void load_start(const struct load *load)
{
	const struct timeval patience = {.tv_sec = DIAL_PATIENCE_S};
	struct message sent, answer;
	pid_t pid;

	fail_blame(ntohs(load->targets->server.sin_port));
	message_fill(&sent, 0);
	const int64_t begin = clock_us();
	errno = posix_spawnp(&pid, load->command[0], NULL, NULL, load->command, environ);
	if (errno)
		fail(load->command[0]);
	const int fd = knock(load, begin + DIAL_PATIENCE_S * 1000000LL);
	ssize_t n = -1;
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    send(fd, &sent, sizeof sent, MSG_NOSIGNAL) == sizeof sent)
		n = recv(fd, &answer, sizeof answer, MSG_WAITALL);
	const int64_t took = clock_us() - begin;
	const int error = errno;
	if (fd >= 0)
		close(fd);
	end(pid);
	errno = error;
	if (n != sizeof answer)
		fail("no first echo");
	printf("{\"ms\": %.3f}\n", (double)took / 1000);
}
