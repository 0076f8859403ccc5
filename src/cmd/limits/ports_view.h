/* What reuse limits --to shows. */
#ifndef REUSE_CMD_LIMITS_PORTS_VIEW_H
#define REUSE_CMD_LIMITS_PORTS_VIEW_H

#include "cmd/limits/ports.h"

void ports_view(const struct ports *ports, const struct route *route);
void ports_json(const struct ports *ports, const struct route *route);

#endif
