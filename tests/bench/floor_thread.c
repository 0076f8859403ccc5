/* The smallest echo server with one blocking thread for each connection, without any checks: the
 * other floor. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 65536, STACK = BUFFER + 32768, BACKLOG = 4096 };

static int listen_on(const char *port)
{
	const struct sockaddr_in here = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0 || listen(fd, BACKLOG) < 0) {
		perror("floor_thread");
		exit(1);
	}
	return fd;
}

static void *echo(void *peer)
{
	const int fd = (int)(intptr_t)peer;
	char buffer[BUFFER];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		send(fd, buffer, (size_t)n, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	const int listener = listen_on(argc > 1 ? argv[1] : "3000");
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	for (;;) {
		const int fd = accept(listener, NULL, NULL);
		pthread_t thread;
		if (fd >= 0 && pthread_create(&thread, &attr, echo, (void *)(intptr_t)fd) != 0)
			close(fd);
	}
}
