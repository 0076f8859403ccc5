/* Completion for zsh: a function for each command, in the words of _arguments. */
#include <string.h>

#include "cli/doc/help.h"
#include "cli/doc/hint.h"
#include "cli/doc/shell.h"
#include "cli/out.h"

static const char words[] =
    "# _reuse_words WORD...: offers the words, and what such as @ADDR stands for.\n"
    "_reuse_words() {\n"
    "\tlocal word\n"
    "\tlocal -a found\n"
    "\tfor word; do\n"
    "\t\tcase $word in\n"
    "\t\t@ADDR) found=(${(f)\"$(_reuse_addresses)\"}); compadd \"$expl[@]\" -a found ;;\n"
    "\t\t@ADDR:PORT)\n"
    "\t\t\tfound=(${(f)\"$(_reuse_addresses | sed -e 's/.*:.*/[&]/' -e 's/$/:/')\"})\n"
    "\t\t\tcompadd \"$expl[@]\" -S '' -a found ;;\n"
    "\t\t@IF) found=(${(f)\"$(_reuse_interfaces)\"}); compadd \"$expl[@]\" -a found ;;\n"
    "\t\t@USER) _users ;;\n"
    "\t\t@FILE) _files ;;\n"
    "\t\t*) compadd \"$expl[@]\" -- $word ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n\n"
    "# _reuse_message WORD: says what is wanted. Where an option is begun, that would keep it from\n"
    "# being completed.\n"
    "_reuse_message() {\n"
    "\t[[ $PREFIX == -* ]] || _message -- $1\n"
    "}\n";

/* Where the command stands first, its operands and options are told by its own function. */
static const char dispatch[] =
    "\tif ((CURRENT == 2)); then\n"
    "\t\t_describe -t commands command commands\n"
    "\t\t_arguments '(- *)'{-h,--help}'[show what the program is for]' \\\n"
    "\t\t\t'(- *)--version[print the version]'\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tshift words\n"
    "\t((CURRENT--))\n"
    "\t(($+functions[_reuse_$words[1]])) && _reuse_$words[1]\n"
    "}\n";

/* " \" ends the line before; what stands there is quoted for zsh, and within it for _arguments. */
static void quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			out_start("'\\''");
		else
			out_start("%s%c", strchr("[]:\\", *text) ? "\\" : "", *text);
}

static void action(const char *name, const struct hint *hint)
{
	out_start(":");
	quoted(name);
	out_start(":");
	out_start(*hint->text ? " _reuse_words " : " _reuse_message ");
	quoted(*hint->text ? hint->text : name);
	out_start("'");
}

static void option(const struct opt *row)
{
	struct hint hint;

	out_start(" \\\n\t\t");
	if (row->letter)
		out_start("'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
		    row->arg ? "+" : "", row->name, row->arg ? "=" : "");
	else
		out_start("'--%s%s[", row->name, row->arg ? "=" : "");
	quoted(row->help);
	out_start("]");
	if (row->arg) {
		hint_value(row, &hint);
		action(row->arg, &hint);
	} else {
		out_start("'");
	}
}

static void function(const struct command *command)
{
	struct hint hint = {0};
	const char *name;

	out_start("_reuse_%s() {\n\t_arguments -s -S :", command->name);
	for (const struct opt *row = command->opts; row->name; row++)
		option(row);
	for (const struct opt *row = common_opts; row->name; row++)
		option(row);
	for (size_t at = 0; !hint.repeats && (name = hint_operand(command, at, &hint)) != NULL;
	     at++) {
		out_start(" \\\n\t\t'");
		if (hint.repeats)
			out_start("*");
		else
			out_start("%zu", at + 1);
		action(name, &hint);
	}
	out_line("\n}\n");
}

void doc_zsh(const struct command *only)
{
	out_start("#compdef reuse");
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_start(" %s", command_links[i]);
	out_line("\n# Completion of reuse for zsh, made by 'reuse help --as zsh'.\n");
	out_line(
	    "_reuse_addresses() {\n\t{ ip -o addr || ifconfig -a } 2>/dev/null | awk '%s'\n}\n",
	    shell_addresses);
	out_line(
	    "_reuse_interfaces() {\n\t{ ip -o link || ifconfig -a } 2>/dev/null | awk '%s'\n}\n",
	    shell_interfaces);
	out_line("%s", words);
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]))
			function(commands[i]);
	out_line("_reuse() {\n\tlocal -a commands expl\n\tcase $service in");
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_line("\t%s) _reuse_%s; return ;;", command_links[i], commands[i]->name);
	out_line("\tesac\n\tcommands=(");
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i])) {
			out_start("\t\t'%s:", commands[i]->name);
			quoted(commands[i]->summary);
			out_line("'");
		}
	out_line("\t)");
	out_start("%s", dispatch);
	out_start("\n# Read as a file of fpath, or by eval.\n"
		  "if [[ $funcstack[1] == _reuse ]]; then\n\t_reuse \"$@\"\nelse\n"
		  "\tcompdef _reuse reuse");
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_start(" %s", command_links[i]);
	out_line("\nfi");
}
