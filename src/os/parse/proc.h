/* Text out of /proc, the bytes alone: proc(5). Opens nothing. */
#ifndef REUSE_OS_PARSE_PROC_H
#define REUSE_OS_PARSE_PROC_H

#include "os/holder.h"

/* Reads a line of /proc/net/tcp (AF_INET) or tcp6 (AF_INET6). False where it is none of a socket,
 * as the first one. */
bool proc_socket(const char *line, size_t len, int family, struct holder *holder);

/* Reads where a link in /proc/PID/fd leads: "socket:[4101505]". False where that is no socket. */
bool proc_link(const char *link, size_t len, uint64_t *inode);

#endif
