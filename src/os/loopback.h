/* The interface that leads back to this machine. */
#ifndef REUSE_OS_LOOPBACK_H
#define REUSE_OS_LOOPBACK_H

#include <net/if.h>
#include <stdbool.h>

enum loopback {
	LOOPBACK_UP,
	LOOPBACK_DOWN, /* there is one, but it is not up */
	LOOPBACK_NONE,
};

/* Writes its name to `name`, "" where there is none or it cannot be known (then LOOPBACK_UP is
 * answered: trying will tell). */
enum loopback loopback_find(char name[IF_NAMESIZE]);

/* Whether all of 127.0.0.0/8 is on it, not 127.0.0.1 alone. */
bool loopback_is_wide(void);

#endif
