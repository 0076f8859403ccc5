#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/linux/file.h"
#include "tcp/fault.h"

ssize_t file_read(const char *path, char *text, size_t size)
{
	return file_read_at(AT_FDCWD, path, text, size);
}

ssize_t file_read_at(int dir, const char *path, char *text, size_t size)
{
	const int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	while (len < size) {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	fault_close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}
