/* This process: whose it is, what it may open, where it runs and how long. */
#ifndef REUSE_OS_PROCESS_H
#define REUSE_OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { USER_NAME = 64 };

struct account {
	char name[USER_NAME];
	uid_t uid;
	gid_t gid;
};

/* Looks `name` up. Returns false where there is no such user. */
bool user_find(const char *name, struct account *user);

/* The name of a user, or the number in digits where it has none. Returns `name`. */
const char *user_name(uid_t uid, char name[USER_NAME]);

/* Becomes that user for good: supplementary groups, group, user. Returns 0, or -1 with errno and
 * `*call` naming the call that failed ("setuid", static); the process may then be half changed and
 * should end. */
int user_become(const struct account *user, const char **call);

/* Raises the soft limit of descriptors to the hard one, as far as the system lets. Returns the soft
 * limit then. */
uint64_t descriptors_raise(void);

/* Closes all descriptors from `first` on: whoever started this process left them open. */
void descriptors_close(int first);

/* Keeps this process on processor `number` (from 0). Returns 0, or -1 with errno: ENOTSUP where this
 * system offers no such thing. */
int cpu_pin(unsigned number);

/* This process gets SIGTERM when its parent ends, however that ends, or has ended already. Where the system
 * cannot do that, nothing comes. */
void orphan_ends(void);

#endif
