/* Completion for bash, 3.2 and later, without the package bash-completion. */
#include <string.h>

#include "cli/doc/help.h"
#include "cli/doc/hint.h"
#include "cli/doc/shell.h"
#include "cli/out.h"

static const char words[] =
    "# _reuse_words WORD...: the words, a line each, and what such as @ADDR stands for.\n"
    "_reuse_words() {\n"
    "\tlocal word\n"
    "\tfor word; do\n"
    "\t\tcase $word in\n"
    "\t\t@ADDR) _reuse_addresses ;;\n"
    "\t\t@ADDR:PORT) _reuse_addresses | sed -e 's/.*:.*/[&]/' -e 's/$/:/' ;;\n"
    "\t\t@IF) _reuse_interfaces ;;\n"
    "\t\t@USER) compgen -u ;;\n"
    "\t\t*) echo \"$word\" ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n";

static const char reply[] = "# _reuse_reply WORDS: offers those that begin as what is typed does.\n"
			    "_reuse_reply() {\n"
			    "\tlocal word\n"
			    "\twhile IFS= read -r word; do\n"
			    "\t\tCOMPREPLY+=(\"$word\")\n"
			    "\tdone < <(compgen -W \"$1\" -- \"$cur\")\n"
			    "}\n";

/* bash parts words at : and =, too, which addresses and --name=value hold: so the words are read
 * from the line, and what stands before the last of these signs is not offered again. */
static const char begin[] =
    "_reuse() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n' typed cur command place= list= at=1 i\n"
    "\tlocal options valued ended= operand=1\n"
    "\tCOMPREPLY=()\n"
    "\tread -r -a typed <<<\"$line\"\n"
    "\t[[ $line == *[[:space:]] ]] && typed+=('')\n"
    "\t[[ -n $line ]] || typed=(\"${COMP_WORDS[@]:0:COMP_CWORD + 1}\") # asked by a script\n"
    "\tcur=${typed[${#typed[@]} - 1]}\n"
    "\tcase ${typed[0]##*/} in\n";

static const char middle[] =
    "\t# Is it the value of an option that is written, or which operand?\n"
    "\tfor ((i = at; i < ${#typed[@]} - 1; i++)); do\n"
    "\t\tif [[ -n $place ]]; then\n"
    "\t\t\tplace=\n"
    "\t\telif [[ -n $ended || ${typed[i]} != -?* ]]; then\n"
    "\t\t\toperand=$((operand + 1))\n"
    "\t\telif [[ ${typed[i]} == -- ]]; then\n"
    "\t\t\tended=1\n"
    "\t\telif [[ ${typed[i]} == --* ]]; then\n"
    "\t\t\t[[ \" $valued \" == *\" ${typed[i]} \"* ]] && place=${typed[i]}\n"
    "\t\telif [[ \" $valued \" == *\" -${typed[i]:${#typed[i]} - 1} \"* ]]; then\n"
    "\t\t\tplace=-${typed[i]:${#typed[i]} - 1}\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tlocal before=\n"
    "\tif [[ -z $place$ended && $cur == --*=* ]]; then\n"
    "\t\tplace=${cur%%=*} cur=${cur#*=}\n"
    "\t\t[[ $COMP_WORDBREAKS == *=* ]] || before=$place=\n"
    "\telif [[ -z $place$ended && $cur == -* ]]; then\n"
    "\t\t_reuse_reply \"$options\"\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tcase $command:${place:-$operand} in\n";

static const char end[] =
    "\tesac\n"
    "\tif [[ $list == @FILE ]]; then\n"
    "\t\tcompopt -o default 2>/dev/null\n"
    "\t\treturn\n"
    "\tfi\n"
    "\t[[ $list == *@ADDR:PORT* ]] && compopt -o nospace 2>/dev/null\n"
    "\t_reuse_reply \"$(_reuse_words $list)\"\n"
    "\t[[ $COMP_WORDBREAKS == *:* && $cur == *:* ]] && COMPREPLY=(\"${COMPREPLY[@]#\"${cur%:*}:\"}\")\n"
    "\t[[ -z $before ]] || COMPREPLY=(\"${COMPREPLY[@]/#/$before}\")\n"
    "}\n";

/* Which options there are, and which of them take a value. */
static void options(const struct command *command)
{
	out_start("\t%s)\n\t\toptions='", command->name);
	shell_options(command->opts, false);
	out_start("'\n\t\tvalued='");
	shell_options(command->opts, true);
	out_line("' ;;");
}

/* What may be the value of an option, and an operand. */
static void places(const struct command *command)
{
	struct hint hint;

	for (const struct opt *row = command->opts; row->name; row++) {
		if (!row->arg)
			continue;
		hint_value(row, &hint);
		if (!*hint.text)
			continue;
		out_start("\t");
		if (row->letter)
			out_start("%s:-%c | ", command->name, row->letter);
		out_line("%s:--%s) list='%s' ;;", command->name, row->name, hint.text);
	}
	hint.repeats = false;
	for (size_t at = 0; !hint.repeats && hint_operand(command, at, &hint); at++) {
		if (!*hint.text)
			continue;
		if (hint.repeats)
			out_start("\t%s:[0-9]*)", command->name);
		else
			out_start("\t%s:%zu)", command->name, at + 1);
		out_line(" list='%s' ;;", hint.text);
	}
}

void doc_bash(const struct command *only)
{
	out_line("# Completion of reuse for bash, made by 'reuse help --as bash'.\n");
	out_line(
	    "_reuse_addresses() {\n\t{ ip -o addr || ifconfig -a; } 2>/dev/null | awk '%s'\n}\n",
	    shell_addresses);
	out_line(
	    "_reuse_interfaces() {\n\t{ ip -o link || ifconfig -a; } 2>/dev/null | awk '%s'\n}\n",
	    shell_interfaces);
	out_line("%s", words);
	out_line("%s", reply);
	out_start("%s", begin);
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_line("\t%s) command=%s ;;", command_links[i], commands[i]->name);
	out_line("\t*) command=${typed[1]} at=2 ;;\n\tesac");
	out_line("\tif ((at == 2 && ${#typed[@]} == 2)); then");
	out_start("\t\t_reuse_reply '");
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]))
			out_start("%s ", commands[i]->name);
	out_line("-h --help --version'\n\t\treturn\n\tfi\n\tcase $command in");
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]))
			options(commands[i]);
	out_line("\t*) return ;;\n\tesac");
	out_start("\toptions+='");
	shell_options(common_opts, false);
	out_line("'");
	out_start("%s", middle);
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]))
			places(commands[i]);
	out_start("%s", end);
	out_start("complete -F _reuse reuse");
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_start(" %s", command_links[i]);
	out_line("%s", "");
}
