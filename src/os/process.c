#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"
#include "os/process.h"

bool user_find(const char *name, struct account *user)
{
	const struct passwd *entry = strlen(name) < USER_NAME ? getpwnam(name) : NULL;

	if (!entry)
		return false;
	snprintf(user->name, sizeof user->name, "%s", name);
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	return true;
}

const char *user_name(uid_t uid, char name[USER_NAME])
{
	const struct passwd *entry = getpwuid(uid);

	if (entry && *entry->pw_name && strlen(entry->pw_name) < USER_NAME)
		snprintf(name, USER_NAME, "%s", entry->pw_name);
	else
		snprintf(name, USER_NAME, "%lu", (unsigned long)uid);
	return name;
}

int user_become(const struct account *user, const char **call)
{
	*call = "initgroups";
	if (initgroups(user->name, (GROUP_OF_INITGROUPS)user->gid) < 0)
		return -1;
	*call = "setgid";
	if (setgid(user->gid) < 0)
		return -1;
	*call = "setuid";
	if (setuid(user->uid) < 0)
		return -1;
	/* A setuid that can be taken back was none (a set-user-ID program run by a user). */
	if (user->uid != 0 && setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

uint64_t descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	/* rlim_t has a sign on FreeBSD. */
	const uint64_t before = (uint64_t)limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return (uint64_t)limit.rlim_cur;
#ifdef OPEN_MAX
	/* macOS refuses more than OPEN_MAX although the hard limit says infinity: getrlimit(2) there. */
	limit.rlim_cur = OPEN_MAX;
	if (before < OPEN_MAX && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return (uint64_t)limit.rlim_cur;
#endif
	return before;
}

void descriptors_close(int first)
{
#if HAVE_CLOSE_RANGE
	if (close_range((unsigned)first, ~0u, 0) == 0)
		return;
#endif
	const long most = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd < most; fd++)
		close(fd);
}
