#include <unistd.h>

#include "os/facts.h"

void facts_about(long pid, unsigned filters)
{
	(void)pid;
	(void)filters;
}

enum fact facts_elsewhere(void)
{
	return FACT_UNKNOWN;
}

enum fact facts_may_bind_low(void)
{
	return geteuid() == 0 ? FACT_YES : FACT_UNKNOWN;
}

enum fact facts_foreign_network(void)
{
	return FACT_NO;
}

enum fact facts_filtered(void)
{
	return FACT_UNKNOWN;
}

enum fact facts_landlock(void)
{
	return FACT_NO;
}

enum fact facts_no_new_privileges(void)
{
	return FACT_UNKNOWN;
}

enum fact facts_group_program(enum tcp_call call, int family)
{
	(void)call;
	(void)family;
	return FACT_NO;
}

enum address_state facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	(void)addr;
	*interface = 0;
	return ADDRESS_UNKNOWN;
}

enum fact facts_bindable(const union addr *addr)
{
	(void)addr;
	return FACT_UNKNOWN;
}

enum link_state facts_link(const char *interface)
{
	(void)interface;
	return LINK_UNKNOWN;
}

enum fact facts_has_state(enum address_state state, union addr *addr, char interface[IF_NAMESIZE])
{
	(void)state;
	(void)addr;
	*interface = 0;
	return FACT_UNKNOWN;
}

enum fact facts_has_addresses(int family)
{
	(void)family;
	return FACT_UNKNOWN;
}

enum fact facts_could_bind_low(void)
{
	return FACT_UNKNOWN;
}

enum fact facts_loopback_down(void)
{
	return FACT_UNKNOWN;
}
