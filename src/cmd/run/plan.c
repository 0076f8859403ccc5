#include <errno.h>
#include <stdio.h>

#include "cmd/run/plan.h"
#include "cmd/run/view.h"
#include "tcp/errname.h"
#include "tcp/share.h"
#include "tcp/sock.h"

bool run_plan_changes(const struct run_plan *plan)
{
	return plan->set_count > 0 || plan->has_source;
}

void run_plan_apply(const struct run_plan *plan, struct traced *call)
{
	const bool ipv6 = sock_local(call->sock).any.sa_family == AF_INET6;
	char text[RUN_TEXT];

	for (size_t i = 0; i < plan->set_count; i++) {
		const struct setting *setting = &plan->set[i];
		struct fault fault;
		if (setting->option == OPTION_V6ONLY && !ipv6)
			continue;
		if (option_set(call->sock, setting, &fault) == 0) {
			call->set |= 1u << setting->option;
			continue;
		}
		snprintf(text, sizeof text, "does not get %s: setsockopt fails with %s",
		    option_name(setting->option), errname(fault.error));
		run_view_once(call, RUN_ONCE_SETTING + (unsigned)i, text);
	}
}

/* The source as a socket of `family` takes it that connects to `peer`; AF_UNSPEC: there is none. */
static union addr plan_source(const struct run_plan *plan, int family, const union addr *peer)
{
	const union addr *v4 = &plan->sources[0], *v6 = &plan->sources[1];

	if (family == AF_INET)
		return *v4;
	if (peer->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&peer->v6.sin6_addr))
		return *v6;
	return v4->any.sa_family == AF_INET ? addr_map(v4) : *v4;
}

void run_plan_bind(const struct run_plan *plan, struct traced *call)
{
	const union addr local = sock_local(call->sock);
	struct fault fault;

	/* Already bound, also to an address without a port yet; or no connect to anywhere. */
	if (!addr_is_any(&local) || addr_port(&local) != 0 || call->addr.any.sa_family == AF_UNSPEC)
		return;
	const union addr source = plan_source(plan, local.any.sa_family, &call->addr);
	if (source.any.sa_family == AF_UNSPEC) {
		run_view_once(call, RUN_ONCE_FAMILY,
		    "connects over another family than the source's: left unchanged");
		return;
	}
	call->source = source;
	run_plan_apply(plan, call);
	for (size_t i = 0; i < SHARE_BOTH; i++) {
		if (option_set(call->sock, &share_both[i], &fault) < 0) {
			call->refuse = fault.error;
			return;
		}
		call->set |= 1u << share_both[i].option;
	}
	if (bind(call->sock, &source.any, addr_len(&source)) < 0)
		call->refuse = errno;
}
