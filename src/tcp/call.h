/* The socket calls, each told to --explain: `bind(3, 127.0.0.1:3000) = -1 EADDRINUSE`. They behave
 * as the calls they are named after; errno is theirs. */
#ifndef REUSE_TCP_CALL_H
#define REUSE_TCP_CALL_H

#include <poll.h>
#include <sys/types.h>

#include "tcp/addr.h"

/* Hears of each call, as one line without newline. NULL: nobody does. */
typedef void call_hear(const char *line);
extern call_hear *call_trace;

/* The same for send, recv and poll, of which there are many. */
extern call_hear *call_trace_traffic;

/* A TCP socket, close-on-exec. */
int call_socket(int family);
int call_socket_untold(
    int family, int type); /* SOCK_STREAM, SOCK_DGRAM; --explain does not show it */
int call_socket_udp(int family);

/* setsockopt; `shown` says level, name and value as --explain shows them. */
int call_option(int fd, int level, int name, const void *value, socklen_t len, const char *shown);

int call_bind(int fd, const union addr *addr);
int call_listen(int fd, int backlog);

/* Not told of while under way (EINPROGRESS): call_connected tells how it ended. */
int call_connect(int fd, const union addr *addr);
void call_connected(int fd, const union addr *addr, int error);

/* The socket accepted is non-blocking and close-on-exec. `peer` may be NULL. */
int call_accept(int fd, union addr *peer);

/* connect to AF_UNSPEC. */
int call_disconnect(int fd);

int call_seteuid(uid_t uid);
int call_shutdown(int fd, int how);
int call_close(int fd);

ssize_t call_send(int fd, const void *bytes, size_t len);
ssize_t call_recv(int fd, void *bytes, size_t len);
int call_poll(struct pollfd *fds, nfds_t n, int wait_ms);

/* Tells of a call that this file does not make. `result` below 0 shows errno. */
__attribute__((format(printf, 2, 3))) void call_tell(long result, const char *format, ...);
__attribute__((format(printf, 2, 3))) void call_tell_traffic(long result, const char *format, ...);

#endif
