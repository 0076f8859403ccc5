/* The checks of causes that lie in what confines this process, and not in the network: as cause_holds, for
 * diagnosis/causes alone. */
#ifndef REUSE_DIAGNOSIS_CAUSES_CONFINED_H
#define REUSE_DIAGNOSIS_CAUSES_CONFINED_H

#include "diagnosis/causes.h"

enum fact confined_landlock(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_bind(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_filter(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_group(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_family(const struct subject *subject, char said[CAUSE_SAID]);

/* Whether bind says `error` to port `port` before the network looks at it. */
bool confined_early(const struct subject *subject, bool udp, unsigned port, int error);

#endif
