/* Text out of /proc, the bytes alone: proc(5). Opens nothing. */
#ifndef REUSE_OS_PARSE_PROC_H
#define REUSE_OS_PARSE_PROC_H

#include "os/holder.h"

/* Reads a line of /proc/net/tcp or udp (AF_INET), tcp6 or udp6 (AF_INET6). False where it is none of a socket,
 * as the first one. */
bool proc_socket(const char *line, size_t len, int family, struct holder *holder);

/* Reads where a link in /proc/PID/fd leads: "socket:[4101505]". False where that is no socket. */
bool proc_link(const char *link, size_t len, uint64_t *inode);

/* /proc/self/uid_map: whether each user has its own number in this namespace, as in the first one. */
bool proc_maps_all(const char *text, size_t len);

#endif
