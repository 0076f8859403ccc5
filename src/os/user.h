/* Becoming somebody else. */
#ifndef REUSE_OS_USER_H
#define REUSE_OS_USER_H

#include <stdbool.h>
#include <sys/types.h>

enum { USER_NAME = 64 };

struct user {
	char name[USER_NAME];
	uid_t uid;
	gid_t gid;
};

/* Looks `name` up. Returns false where there is no such user. */
bool user_find(const char *name, struct user *user);

/* The name of a user, or the number in digits where it has none. Returns `name`. */
const char *user_name(uid_t uid, char name[USER_NAME]);

/* Becomes that user for good: supplementary groups, group, user. Returns 0, or -1 with errno and
 * `*call` naming the call that failed ("setuid", static); the process may then be half changed and
 * should end. */
int user_become(const struct user *user, const char **call);

#endif
