#include "tcp/share.h"

const struct setting share_both[SHARE_BOTH] = {
    {.option = OPTION_REUSEADDR, .value = 1}, {.option = OPTION_REUSEPORT, .value = 1}};

const struct share_set share_sets[SHARE_SETS] = {
    {"-", ""},
    {"A", " reuseaddr"},
    {"P", " reuseport"},
    {"AP", " reuseaddr reuseport"},
};
