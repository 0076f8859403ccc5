/* One socket of a port, as text or as JSON. */
#ifndef REUSE_CMD_WHY_HOLDER_VIEW_H
#define REUSE_CMD_WHY_HOLDER_VIEW_H

#include "diagnosis/findings.h"

/* One holder as text, from column `indent` on. */
void holder_view_line(const struct holding *holding, size_t i, int indent);

/* Its members, into an object that is open. */
void holder_view_members(const struct holding *holding, size_t i);

#endif
