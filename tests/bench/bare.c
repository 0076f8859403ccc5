/* The least that `reuse limits --prove N` can cost here: the same connections, both ends of some thousand
 * in a process each, opened, echoed and reset in as many system calls, without a look at anything.
 * usage: bare N
 * prints microseconds a connection: open, echo, close. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PHASES = 3, MOST = 500000 };

static int ends[2][MOST], gates[PHASES][2], passed[2];
static struct sockaddr_in source = {.sin_family = AF_INET};
static socklen_t size = sizeof source;

static void check(long result, const char *call)
{
	if (result < 0) {
		perror(call);
		_exit(1);
	}
}

/* A socket that resets at close, bound. */
static int bound(const struct sockaddr_in *local)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	const struct linger reset = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	check(bind(fd, (const struct sockaddr *)local, size), "bind");
	return fd;
}

static void pass(int phase, int listener, struct sockaddr_in to, int many)
{
	char beat[8] = "beat";

	for (int i = 0; i < many; i++) {
		if (phase == 0) {
			to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (unsigned)i);
			ends[0][i] = bound(&source);
			check(connect(ends[0][i], (struct sockaddr *)&to, size), "connect");
			check(ends[1][i] = accept(listener, NULL, NULL), "accept");
		} else if (phase == 1) {
			for (int end = 0; end < 2; end++) {
				check(send(ends[end][i], beat, sizeof beat, 0), "send");
				check(recv(ends[!end][i], beat, sizeof beat, 0), "recv");
			}
		} else {
			close(ends[0][i]);
			close(ends[1][i]);
		}
	}
}

/* A process: each phase begins with a byte from its gate. */
static void work(int many)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	const int listener = bound(&at);
	char token;

	check(listen(listener, 4096), "listen");
	getsockname(listener, (struct sockaddr *)&at, &size);
	for (int phase = 0; phase < PHASES; phase++) {
		check(read(gates[phase][0], &token, 1), "read");
		pass(phase, listener, at, many);
		check(write(passed[1], "", 1), "write");
	}
	_exit(0);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	const int many = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100000;
	struct rlimit limit;
	char byte;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	const int each = limit.rlim_cur < 2UL * MOST ? (int)limit.rlim_cur / 2 - 30 : MOST;
	const int processes = (many + each - 1) / each;
	source.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const int held = bound(&source);
	getsockname(held, (struct sockaddr *)&source, &size);
	check(pipe(passed), "pipe");
	for (int phase = 0; phase < PHASES; phase++)
		check(pipe(gates[phase]), "pipe");
	for (int i = 0; i < processes; i++)
		if (fork() == 0)
			work(many / processes + (i < many % processes));
	for (int phase = 0; phase < PHASES; phase++) {
		const double began_us = now_us();
		for (int i = 0; i < processes; i++)
			check(write(gates[phase][1], "", 1), "write");
		for (int i = 0; i < processes; i++)
			check(read(passed[0], &byte, 1), "read");
		printf("%.1f ", (now_us() - began_us) / many);
	}
	printf("us a connection: open, echo, close; %d processes\n", processes);
	while (wait(NULL) > 0)
		;
	return 0;
}
