#include <stddef.h>

#include "cli/common.h"

#define AT(field) offsetof(struct common, field)

const struct opt common_opts[] = {
    {'4', "ipv4", NULL, AT(family), NULL, 4, "IPv4 only"},
    {'6', "ipv6", NULL, AT(family), NULL, 6, "IPv6 only"},
    {'n', "numeric", NULL, AT(numeric), NULL, 1, "numbers only: look no name up"},
    {'q', "quiet", NULL, AT(quiet), NULL, 1, "no line per connection, message or heartbeat"},
    {'v', "verbose", NULL, AT(verbose), NULL, 1, "tell more"},
    {'D', "timestamps", NULL, AT(stamp), NULL, 1, "[Unix time] before each line"},
    {0, "explain", NULL, AT(explain), NULL, 1,
	"show the socket calls and their results on stderr; with -v send, recv and poll too"},
    {0, "json", NULL, AT(json), NULL, 1, "one JSON object a line on stdout"},
    {0, "no-color", NULL, AT(no_color), NULL, 1, "no colour, as with NO_COLOR in the environment"},
    {'h', "help", NULL, AT(help), NULL, 1, "show this help"},
    {0},
};
