/* The names of containers, without asking their engines. */
#ifndef REUSE_OS_LINUX_PLACES_NAMED_H
#define REUSE_OS_LINUX_PLACES_NAMED_H

#include "os/holder.h"

/* Finds the containers behind what forwards their ports, but docker-proxy: by the arguments of conmon, by the network
 * that the others lead to. Enters them as places, without names. */
void containers_behind(struct holders *holders);

/* Fills in the names of places that are containers of podman (its conmon's arguments have it) and Docker (its
 * notes under /var/lib/docker, which root may read); and the containers behind docker-proxy. */
void containers_name(struct holders *holders);

#endif
