/* What `rules` asks: its tables, as words. */
#ifndef REUSE_CMD_RULES_TABLES_H
#define REUSE_CMD_RULES_TABLES_H

#include "tcp/rule.h"

enum {
	RULES_OPTIONS = 4,
	RULES_ADDRESSES = 8,
	RULES_STATES = 3,
	RULES_SITUATIONS = 5,
	RULES_WAYS = 6,
	RULES_BESIDES = 8,
	RULES_PORTS = 10, /* ephemeral ones, in the table about them */
	RULES_STEPS = 10, /* of a state or a situation, with the NULL that ends them */
};

/* The four option sets. `words` begins with a space where it is not empty. */
extern const struct rules_options {
	const char *name, *words;
} rules_options[RULES_OPTIONS];

extern const struct rules_address {
	const char *name;  /* as a row has it */
	const char *brief; /* as a column has it */
	const char *host, *words;
} rules_addresses[RULES_ADDRESSES];

/* In steps, a * at the end stands for the words of an option set. */

/* How a holder, a, gets into its state; then b binds. */
extern const struct rules_state {
	const char *name;
	const char *steps[RULES_STEPS];
} rules_states[RULES_STATES];

extern const struct rules_situation {
	const char *name;
	const char *steps[RULES_STEPS];
} rules_situations[RULES_SITUATIONS];

/* The wildcard and a specific address: the first, with these options, listens; then the other comes. */
extern const struct rules_beside {
	const char *name;
	const char *first, *second; /* hosts */
	const char *words;          /* of the first */
} rules_besides[RULES_BESIDES];

extern const struct rules_way {
	const char *name;
	const char *words; /* of the bind to port 0; NULL: there is none */
	enum rule_way way;
} rules_ways[RULES_WAYS];

#endif
