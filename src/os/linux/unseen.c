#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/linux/caps.h"
#include "os/linux/file.h"
#include "os/linux/know.h"
#include "os/parse/proc.h"

enum {
	PROC_MAGIC = 0x9fa0, /* linux/magic.h */
	MOUNTS = 1 << 18,
	LINK = 64,
	GROUPS = 1024,
};

/* The first namespaces have these numbers: linux/proc_ns.h. */
static const char first_user[] = "user:[4026531837]", first_pid[] = "pid:[4026531836]";

/* Whether this process is in the namespace; true where that cannot be read. */
static bool is_in(const char *path, const char *first)
{
	char text[LINK];
	const ssize_t n = readlink(path, text, sizeof text - 1);

	if (n < 0)
		return true;
	text[n] = 0;
	return strcmp(text, first) == 0;
}

static bool in_group(long group)
{
	static gid_t groups[GROUPS];
	const int n = getgroups(GROUPS, groups);

	if ((long)getegid() == group)
		return true;
	for (int i = 0; i < n; i++)
		if ((long)groups[i] == group)
			return true;
	return false;
}

static bool hides_processes(void)
{
	char *text = malloc(MOUNTS);
	const ssize_t n = text ? file_read("/proc/self/mountinfo", text, MOUNTS) : -1;
	bool hides = false;
	long group = -1;

	if (n > 0 && !proc_hides(text, (size_t)n, &hides, &group))
		hides = false;
	free(text);
	return hides && !(group >= 0 && in_group(group));
}

static unsigned of_processes(const struct holders *h)
{
	struct statfs fs;
	const bool traces = caps_has(CAPS_SYS_PTRACE);
	unsigned bits = 0;

	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_MAGIC)
		return 1u << UNSEEN_NO_PROC;
	if (!traces && hides_processes())
		bits |= 1u << UNSEEN_HIDEPID;
	if (h->hidden > 0 && geteuid() == 0 && !traces)
		bits |= 1u << UNSEEN_PTRACE;
	if (h->hidden > 0 && !is_in("/proc/self/ns/user", first_user))
		bits |= 1u << UNSEEN_USER_NAMESPACE;
	if (h->hidden > 0 && geteuid() != 0 && !(bits & 1u << UNSEEN_HIDEPID))
		bits |= 1u << UNSEEN_OTHERS;
	if (!is_in("/proc/self/ns/pid", first_pid))
		bits |= 1u << UNSEEN_PID_NAMESPACE;
	if (h->unsearched > 0)
		bits |= 1u << UNSEEN_TIME;
	if (h->in_flight > 0)
		bits |= 1u << UNSEEN_IN_FLIGHT;
	if (h->rings > 0)
		bits |= 1u << UNSEEN_RING;
	if (h->accepting > 0)
		bits |= 1u << UNSEEN_ACCEPT;
	if (h->error)
		bits |= 1u << UNSEEN_MEMORY;
	return bits;
}

void unseen_find(struct holders *holders, bool unfound)
{
	holders->unseen = of_processes(holders);
	if (unfound && holders->unseen == 0)
		holders->unseen = 1u << UNSEEN_KERNEL;
	if (holders->no_diag)
		holders->unseen |= holders->bound_error == ENOTSUP ? 1u << UNSEEN_NO_DIAG
								   : 1u << UNSEEN_DIAG_REFUSED;
	else if (holders->bound_error)
		holders->unseen |= 1u << UNSEEN_OLD_KERNEL;
}
