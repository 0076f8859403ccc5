/* Many connections that are known to be accepted: each has had one message echoed. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <netinet/in.h>
#include <stddef.h>

/* Returns `count` connected descriptors; the caller closes and frees them by crowd_close. */
int *crowd_open(const struct sockaddr_in *server, size_t count);

void crowd_close(int *crowd, size_t count);

#endif
