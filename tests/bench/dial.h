/* A connection to the server under load, the message that travels on it, and the clock. */
#ifndef BENCH_DIAL_H
#define BENCH_DIAL_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { DIAL_PATIENCE_S = 5 }; /* a server silent for so long has failed */

/* 64 bytes that name the connection and the turn: an echo that is late, doubled or from another
 * connection is noticed. */
struct message {
	uint64_t connection, turn;
	unsigned char rest[48];
};

/* Says what went wrong, and with which port, and ends the program: a number is worth nothing after
 * an error. */
__attribute__((noreturn)) void fail(const char *what);

/* From now on the server on `port` (host order) is to blame. */
void fail_blame(unsigned port);

int64_t clock_us(void); /* monotonic */

/* The CPU time used so far by process `pid`, in us; 0 with pid 0. */
int64_t clock_cpu_us(pid_t pid);

void message_fill(struct message *message, size_t connection);

/* Connects to `server` from 127.0.0.2 + (turn mod 64), so that ports in TIME_WAIT never run
 * short. The socket is blocking, with DIAL_PATIENCE_S as its limit; the caller closes it. */
int dial_open(const struct sockaddr_in *server, size_t turn);

void dial_send(int fd, const struct message *message);

/* Reads the rest of an echo of which `got` bytes are in `answer`; fails if it is not `sent`. */
void dial_await(int fd, const struct message *sent, struct message *answer, size_t got);

#endif
