#include <string.h>

#include "cli/doc/shell.h"
#include "cli/out.h"

/* ip: "2: eth0    inet6 fe80::1/64 scope link"; ifconfig: "  inet6 ::1 prefixlen 128", in older
 * ones "  inet addr:127.0.0.1". Only with its scope does an address of the link lead anywhere. */
const char shell_addresses[] =
    "function show(a) { if (!seen[a]++) print a }\n"
    "{ for (i = 1; i < NF; i++) if ($i == \"inet\" || $i == \"inet6\") {\n"
    "\ta = $(i + 1); sub(\"/.*\", \"\", a); sub(\"^addr:\", \"\", a)\n"
    "\tif (i == 3 && a ~ /^fe80:/) a = a \"%\" $2\n"
    "\tshow(a) } }\n"
    "END { show(\"127.0.0.1\"); show(\"::1\") }";

/* ip: "2: eth0@if3: <...>"; ifconfig: "eth0: flags=...". */
const char shell_interfaces[] =
    "/^[0-9]+: / { sub(\"@.*\", \"\", $2); sub(\":$\", \"\", $2); print $2 }\n"
    "/^[a-z]/ { sub(\":$\", \"\", $1); print $1 }";

bool shell_wants(const struct command *only, const struct command *command)
{
	return !only || only == command;
}

void shell_options(const struct opt *rows, bool valued)
{
	for (const struct opt *row = rows; row->name; row++) {
		if (valued && !row->arg)
			continue;
		if (row->letter)
			out_start(" -%c", row->letter);
		out_start(" --%s", row->name);
	}
}

void shell_escape(const char *text, const char *special, const char *mark)
{
	for (; *text; text++)
		out_start("%s%c", strchr(special, *text) ? mark : "", *text);
}
