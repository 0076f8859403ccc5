#include <stddef.h>

#include "cmd/rules/tables.h"

const struct rules_options rules_options[RULES_OPTIONS] = {
    {"-", ""},
    {"A", " reuseaddr"},
    {"P", " reuseport"},
    {"AP", " reuseaddr reuseport"},
};

const struct rules_address rules_addresses[RULES_ADDRESSES] = {
    {"0.0.0.0", "0.0.0.0", "0.0.0.0", ""},
    {"127.0.0.1", "127.0.0.1", "127.0.0.1", ""},
    {"127.0.0.2", "127.0.0.2", "127.0.0.2", ""},
    {"::", "::", "[::]", " no-v6only"},
    {":: v6only", "::v6only", "[::]", " v6only"},
    {"::1", "::1", "[::1]", ""},
    {"::ffff:127.0.0.1", "::f:127", "[::ffff:127.0.0.1]", " no-v6only"},
    {"::ffff:0.0.0.0", "::f:0", "[::ffff:0.0.0.0]", " no-v6only"},
};

const struct rules_state rules_states[RULES_STATES] = {
    {"open", {"a bind 127.0.0.1:P*"}},
    {"LISTEN", {"a bind 127.0.0.1:P*", "a listen"}},
    /* s, which has the options of a, closes first. */
    {"TIME_WAIT", {"a bind 127.0.0.1:P*", "a listen", "c connect 127.0.0.1:P", "s accept a",
		      "a close", "s close", "c close"}},
};

const struct rules_situation rules_situations[RULES_SITUATIONS] = {
    {"both listen", {"a bind 127.0.0.1:P*", "b bind 127.0.0.1:P*", "a listen", "b listen"}},
    {"listen then dial", {"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*", "a listen",
			     "b bind 127.0.0.1:P*", "b connect 127.0.0.1:Q"}},
    {"dial then listen", {"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*",
			     "a connect 127.0.0.1:Q", "b bind 127.0.0.1:P*", "b listen"}},
    {"dial the same pair",
	{"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*", "a connect 127.0.0.1:Q",
	    "b bind 127.0.0.1:P*", "b connect 127.0.0.1:Q"}},
    {"dial another",
	{"d bind 127.0.0.1:Q", "d listen", "e bind 127.0.0.1:R", "e listen", "a bind 127.0.0.1:P*",
	    "a connect 127.0.0.1:Q", "b bind 127.0.0.1:P*", "b connect 127.0.0.1:R"}},
};

const struct rules_beside rules_besides[RULES_BESIDES] = {
    {"0.0.0.0 -", "0.0.0.0", "127.0.0.1", ""},
    {"0.0.0.0 A", "0.0.0.0", "127.0.0.1", " reuseaddr"},
    {"0.0.0.0 P", "0.0.0.0", "127.0.0.1", " reuseport"},
    {"0.0.0.0 AP", "0.0.0.0", "127.0.0.1", " reuseaddr reuseport"},
    {"127.0.0.1 -", "127.0.0.1", "0.0.0.0", ""},
    {"127.0.0.1 A", "127.0.0.1", "0.0.0.0", " reuseaddr"},
    {"127.0.0.1 P", "127.0.0.1", "0.0.0.0", " reuseport"},
    {"127.0.0.1 AP", "127.0.0.1", "0.0.0.0", " reuseaddr reuseport"},
};

const struct rules_way rules_ways[RULES_WAYS] = {
    {"connect alone", NULL, RULE_BY_CONNECT},
    {"bind no-port", " no-port", RULE_BY_NO_PORT},
    {"bind -", "", RULE_BY_BIND},
    {"bind A", " reuseaddr", RULE_BY_BIND_REUSEADDR},
    {"bind P", " reuseport", RULE_BY_BIND},
    {"bind AP", " reuseaddr reuseport", RULE_BY_BIND},
};
