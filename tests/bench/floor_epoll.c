/* The smallest echo server on one epoll loop, without any checks: the floor that an honest server
 * is held against. Its sockets block, so a client that does not read what it is sent stops all. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 4096 };

static int listen_on(const char *port)
{
	const struct sockaddr_in here = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0 || listen(fd, BACKLOG) < 0) {
		perror("floor_epoll");
		exit(1);
	}
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo(int fd)
{
	static char buffer[65536];
	const ssize_t n = recv(fd, buffer, sizeof buffer, 0);

	if (n > 0)
		send(fd, buffer, (size_t)n, MSG_NOSIGNAL);
	else
		close(fd);
}

int main(int argc, char **argv)
{
	const int listener = listen_on(argc > 1 ? argv[1] : "3000");
	const int epoll = epoll_create1(0);
	struct epoll_event events[EVENTS];

	watch(epoll, listener);
	for (;;) {
		const int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd != listener) {
				echo(events[i].data.fd);
				continue;
			}
			for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;)
				watch(epoll, fd);
		}
	}
}
