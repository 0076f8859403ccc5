/* The checks of causes that lie in an address or a port: as cause_holds. */
#ifndef REUSE_DIAGNOSIS_CAUSES_ENDS_H
#define REUSE_DIAGNOSIS_CAUSES_ENDS_H

#include "diagnosis/causes.h"

enum fact ends_foreign(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_checked(
    const struct subject *subject, enum address_state wanted, char said[CAUSE_SAID]);
enum fact ends_no_source(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_scope(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_multicast(const struct subject *subject);
enum fact ends_mapped(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_loopback_source(const struct subject *subject);

/* Whether nobody of this machine listens at subject->peer. */
enum fact ends_listener(const struct subject *subject, char said[CAUSE_SAID]);

enum fact ends_queue(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_broadcast(const struct subject *subject);
enum fact ends_route(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_route_says(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact ends_firewall(const struct subject *subject, int error, char said[CAUSE_SAID]);
enum fact ends_pair(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_port_range(const struct subject *subject, char said[CAUSE_SAID]);
enum fact ends_connect_ports(const struct subject *subject, char said[CAUSE_SAID]);

#endif
