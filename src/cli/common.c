#include <stddef.h>

#include "cli/common.h"

#define AT(field) offsetof(struct common, field)

#define COLORS "auto|always|never" /* in the order of enum common_color */

/* opt_parse: one of COLORS. */
static int parse_color(const char *word, void *into, char why[OPT_WHY])
{
	const int at = opt_choice(COLORS, word, why);

	if (at < 0)
		return -1;
	*(enum common_color *)into = (enum common_color)at;
	return 0;
}

/* opt_parse of a switch: by its name all of help is asked for. */
static int note_help(const char *typed, void *into, char why[OPT_WHY])
{
	(void)why;
	*(int *)into = typed[1] == '-' ? 2 : 1;
	return 0;
}

const struct opt common_opts[] = {
    {'4', "ipv4", NULL, AT(family), NULL, 4, "IPv4 only"},
    {'6', "ipv6", NULL, AT(family), NULL, 6, "IPv6 only"},
    {'n', "numeric", NULL, AT(numeric), NULL, 1, "numbers only; look up no names"},
    {'q', "quiet", NULL, AT(quiet), NULL, 1, "no line per connection, message or heartbeat"},
    {'v', "verbose", NULL, AT(verbose), NULL, 1, "print more detail"},
    {'D', "timestamps", NULL, AT(stamp), NULL, 1, "[Unix time] before each line"},
    {0, "explain", NULL, AT(explain), NULL, 1,
	"show the socket calls and their results on stderr; with -v send, recv and poll too"},
    {0, "json", NULL, AT(json), NULL, 1, "one JSON object per line on stdout"},
    {0, "color", COLORS, AT(color), parse_color, 0,
	"colour; auto: on a terminal unless NO_COLOR is set, or with CLICOLOR_FORCE"},
    {0, "no-color", NULL, AT(color), NULL, COMMON_COLOR_NEVER, "the same as --color never"},
    {'h', "help", NULL, AT(help), note_help, 0, "show all of this help (-h: the options alone)"},
    {0},
};
