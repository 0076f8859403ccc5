/* Sockets that the service manager hands over, instead of those that listen opens itself. */
#ifndef REUSE_CMD_LISTEN_HANDED_H
#define REUSE_CMD_LISTEN_HANDED_H

#include "tcp/option.h"

enum { HANDED_OWN_BACKLOG = -1 };

/* Takes over `count` descriptors, sets the settings on each and, where `backlog` is given, that.
 * Returns them on the heap, or NULL after a complaint. */
int *handed_take(
    unsigned count, const struct setting settings[], size_t setting_count, int backlog);

#endif
