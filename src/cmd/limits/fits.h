/* Whether this machine has room for a crowd. */
#ifndef REUSE_CMD_LIMITS_FITS_H
#define REUSE_CMD_LIMITS_FITS_H

#include "cmd/limits/cost.h"
#include "cmd/limits/fleet.h"

enum { ROOM_KEPT = 10 }; /* of the memory a tenth stays free */

/* Whether memory, descriptors, processes and ports suffice; complains of each that does not. */
bool room_suffices(const struct fleet_plan *plan, const struct cost *cost);

#endif
