/* The options that every command has. */
#ifndef REUSE_CLI_COMMON_H
#define REUSE_CLI_COMMON_H

#include "cli/opt.h"

enum common_color { COMMON_COLOR_AUTO, COMMON_COLOR_ALWAYS, COMMON_COLOR_NEVER };

/* Every command's options begin with it. */
struct common {
	int quiet, verbose, stamp, explain, json;
	enum common_color color;
	int numeric; /* no names, numbers only */
	int family;  /* 4, 6, or 0: either */
	int help;    /* 1: its own options alone, 2: all of it */
};

extern const struct opt common_opts[];

#endif
