/* What the rows of diagnosis/causes name: the checks, as cause_holds, and the cures that are written, as cause_cure. */
#ifndef REUSE_DIAGNOSIS_CAUSES_CHECKS_H
#define REUSE_DIAGNOSIS_CAUSES_CHECKS_H

#include "diagnosis/causes.h"

/* causes_confined: what confines this process. */
enum fact confined_landlock(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_bind(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_filter(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_group(const struct subject *subject, char said[CAUSE_SAID]);
enum fact confined_family(const struct subject *subject, char said[CAUSE_SAID]);

/* The port that is asked about, or 0. */
unsigned confined_port(const struct subject *subject);

/* An address for documentation (RFC 5737, RFC 3849, RFC 9637), with that port: nobody's, and not this machine's either
 * where it has one of them all the same. */
union addr confined_nowhere(int family, unsigned port);

/* Whether bind says `error` to port `port` before the network looks at it. */
bool confined_early(const struct subject *subject, bool udp, unsigned port, int error);

/* causes_ends: an address or a port of this end. */
enum fact ends_foreign(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_tentative(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_twin(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_no_source(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_scope(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_multicast(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_mapped(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_loopback_source(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_pair(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_port_range(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_connect_ports(const struct subject *subject, char said[CAUSE_SAID]);

/* causes_peer: the other end, or the way there. The first: whether nobody of this machine listens at subject->peer. */
enum fact ends_listener(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_queue(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_broadcast(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_route(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_route_says(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_firewall(const struct subject *subject, char said[CAUSE_SAID]);

/* causes: the value of what the cause names. */
enum fact cause_tunable(const struct subject *subject, char said[CAUSE_SAID]);

/* causes_cures */
void cure_privilege(const struct subject *subject, char text[CAUSE_CURE]);
void cure_scope(const struct subject *subject, char text[CAUSE_CURE]);
void cure_foreign_address(const struct subject *subject, char text[CAUSE_CURE]);
void cure_tentative(const struct subject *subject, char text[CAUSE_CURE]);
void cure_no_source(const struct subject *subject, char text[CAUSE_CURE]);
void cure_port_range(const struct subject *subject, char text[CAUSE_CURE]);
void cure_group(const struct subject *subject, char text[CAUSE_CURE]);

#endif
