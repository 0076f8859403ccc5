/* The options that every command has. */
#ifndef REUSE_CLI_COMMON_H
#define REUSE_CLI_COMMON_H

#include "cli/opt.h"

/* Every command's options begin with it. */
struct common {
	int quiet, verbose, stamp, explain, json, no_color;
	int numeric; /* no names, numbers only */
	int family;  /* 4, 6, or 0: either */
	int help;
};

extern const struct opt common_opts[];

#endif
