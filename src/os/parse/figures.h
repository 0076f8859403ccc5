/* Figures out of the text files of the Linux kernel. Pure: bytes in, numbers out. */
#ifndef REUSE_OS_PARSE_FIGURES_H
#define REUSE_OS_PARSE_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in field `at` (from 0, parted by blanks) of the first line; "max" is INT64_MAX, so is
 * one that does not fit. -1 where there is none. */
int64_t figures_field(const char *text, size_t len, unsigned at);

/* The number behind `key` at the start of a line: "MemAvailable:   24266028 kB", "TCP: inuse 5". With
 * `word` the number behind that word further on in the line ("mem"); else NULL. -1 where there is
 * none. */
int64_t figures_keyed(const char *text, size_t len, const char *key, const char *word);

enum { FIGURES_PORTS = 65536 / 8 };

/* Marks the ports that the list "8080,30000-30010" names: bit p % 8 of ports[p / 8]. */
void figures_mark_reserved(const char *text, size_t len, unsigned char ports[FIGURES_PORTS]);

enum { FIGURES_PATH = 256 };

/* /proc/self/cgroup: the group's path in the hierarchy of `controller`; NULL: of version 2. False where
 * there is none, or no room. */
bool figures_group(const char *text, size_t len, const char *controller, char path[FIGURES_PATH]);

/* The text of /proc/self/mountinfo, and how much of it was looked at. */
struct mounts {
	const char *text;
	size_t len, at;
};

/* Where that hierarchy is mounted next, and which group stands at its root (proc(5)). False: no more. */
bool figures_mount(struct mounts *mounts, const char *controller, char root[FIGURES_PATH],
    char point[FIGURES_PATH]);

/* How many processes and threads there are, from /proc/loadavg: "0.99 1.24 0.82 4/100 23742". */
int64_t figures_tasks(const char *text, size_t len);

#endif
