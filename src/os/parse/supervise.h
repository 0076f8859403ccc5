/* Programs that start again what ends, by their name. Opens nothing. */
#ifndef REUSE_OS_PARSE_SUPERVISE_H
#define REUSE_OS_PARSE_SUPERVISE_H

#include "os/holder.h"

/* Which one a parent is, by the name that the kernel keeps of it: SUPERVISOR_PARENT where it is none that is
 * known, SUPERVISOR_NONE where it is one that starts nothing again, such as a session or a container's first. */
enum supervisor supervise_find(const char *program);

/* The name under which it knows the process, from /proc/PID/environ: what supervisord and pm2 leave there. "" where
 * it is not there, or has no room. */
void supervise_name(
    enum supervisor supervisor, const char *environ, size_t len, char name[SUPERVISED]);

#endif
