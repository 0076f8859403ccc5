/* The checks of causes that lie in what confines this process, and not in the network: as cause_holds. */
#ifndef REUSE_DIAGNOSIS_CAUSES_CONFINED_H
#define REUSE_DIAGNOSIS_CAUSES_CONFINED_H

#include "diagnosis/causes.h"

enum fact confined_landlock(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_bind(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_filter(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_group(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact confined_family(const struct subject *subject, char said[CAUSE_SAID]);

/* An address for documentation (RFC 5737, RFC 3849, RFC 9637), with that port: nobody's, and not this machine's either
 * where it has one of them all the same. */
union addr confined_nowhere(int family, unsigned port);

/* Whether bind says `error` to port `port` before the network looks at it. */
bool confined_early(const struct subject *subject, bool udp, unsigned port, int error);

#endif
