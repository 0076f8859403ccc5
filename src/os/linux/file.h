/* Small text files of the Linux kernel. */
#ifndef REUSE_OS_LINUX_FILE_H
#define REUSE_OS_LINUX_FILE_H

#include <sys/types.h>

/* Reads at most `size` bytes of the file. Returns how many, or -1 with errno. */
ssize_t file_read(const char *path, char *text, size_t size);

/* The same of a path below the folder `dir`. */
ssize_t file_read_at(int dir, const char *path, char *text, size_t size);

#endif
