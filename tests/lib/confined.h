/* What a process may, and what confines it, as a test wants it: wrap=facts_may_bind_low wrap=facts_foreign_network
 * wrap=facts_could_bind_low wrap=facts_landlock wrap=facts_filtered wrap=facts_group_program, as far as it needs them. */
#ifndef REUSE_TEST_CONFINED_H
#define REUSE_TEST_CONFINED_H

#include "os/facts.h"

static struct confined {
	enum fact may_bind_low, foreign, could, landlock, filtered, group;
} confined;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
enum fact __wrap_facts_may_bind_low(void);
enum fact __wrap_facts_foreign_network(void);
enum fact __wrap_facts_could_bind_low(void);
enum fact __wrap_facts_landlock(void);
enum fact __wrap_facts_filtered(void);
enum fact __wrap_facts_group_program(enum tcp_call call, int family);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

enum fact __wrap_facts_may_bind_low(void)
{
	return confined.may_bind_low;
}

enum fact __wrap_facts_foreign_network(void)
{
	return confined.foreign;
}

enum fact __wrap_facts_could_bind_low(void)
{
	return confined.could;
}

enum fact __wrap_facts_landlock(void)
{
	return confined.landlock;
}

enum fact __wrap_facts_filtered(void)
{
	return confined.filtered;
}

enum fact __wrap_facts_group_program(enum tcp_call call, int family)
{
	(void)call;
	(void)family;
	return confined.group;
}

#endif
