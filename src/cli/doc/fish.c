/* Completion for fish: a line for each option and each operand. */
#include <stdio.h>
#include <string.h>

#include "cli/doc/help.h"
#include "cli/doc/hint.h"
#include "cli/doc/shell.h"
#include "cli/out.h"

static const char words[] =
    "# What such as @ADDR stands for, a line each; other words are printed as they are.\n"
    "function __reuse_words\n"
    "\tfor word in $argv\n"
    "\t\tswitch $word\n"
    "\t\t\tcase @ADDR\n"
    "\t\t\t\t__reuse_addresses\n"
    "\t\t\tcase @ADDR:PORT\n"
    "\t\t\t\t__reuse_addresses | sed -e 's/.*:.*/[&]/' -e 's/$/:/'\n"
    "\t\t\tcase @IF\n"
    "\t\t\t\t__reuse_interfaces\n"
    "\t\t\tcase @USER\n"
    "\t\t\t\t__fish_complete_users\n"
    "\t\t\tcase @FILE\n"
    "\t\t\t\t__fish_complete_path (commandline -ct)\n"
    "\t\t\tcase '*'\n"
    "\t\t\t\techo $word\n"
    "\t\tend\n"
    "\tend\n"
    "end\n";

static const char place[] =
    "# Whether command $argv[1] is being written, or with '' its name.\n"
    "function __reuse_is\n"
    "\tset -l typed (commandline -opc)\n"
    "\ttest \"$typed[2]\" = \"$argv[1]\"\n"
    "end\n\n"
    "# Whether operand number $argv[2] of command $argv[1] is being written; + stands for any.\n"
    "function __reuse_at\n"
    "\t__reuse_is $argv[1]; or return\n"
    "\tset -l typed (commandline -opc)\n"
    "\tset -e typed[1 2]\n"
    "\tset -l operand 1\n"
    "\tset -l value 0\n"
    "\tset -l ended 0\n"
    "\tset -l valued (__reuse_valued $argv[1])\n"
    "\tfor word in $typed\n"
    "\t\tif test $value = 1\n"
    "\t\t\tset value 0\n"
    "\t\telse if test $ended = 1; or not string match -q -- '-?*' $word\n"
    "\t\t\tset operand (math $operand + 1)\n"
    "\t\telse if test \"$word\" = --\n"
    "\t\t\tset ended 1\n"
    "\t\telse if string match -q -- '--*' $word\n"
    "\t\t\tcontains -- $word $valued; and set value 1\n"
    "\t\telse if contains -- -(string sub -s -1 -- $word) $valued\n"
    "\t\t\tset value 1\n"
    "\t\tend\n"
    "\tend\n"
    "\ttest \"$argv[2]\" = +; or test \"$argv[2]\" = $operand\n"
    "end\n";

/* In single quotes; fish takes a backslash and a quote for its own there. */
static void quoted(const char *text)
{
	out_start("'");
	shell_escape(text, "\\'", "\\");
	out_start("'");
}

/* What is to be offered: as it stands, or found out when it is needed. */
static void offer(const struct hint *hint)
{
	if (!*hint->text)
		return;
	if (strchr(hint->text, '@'))
		out_start(" -a '(__reuse_words %s)'", hint->text);
	else
		out_start(" -a '%s'", hint->text);
}

/* `condition` is a call for fish. */
static void options(const char *condition, const struct opt *row)
{
	struct hint hint;

	for (; row->name; row++) {
		out_start("complete -c reuse -n '%s'", condition);
		if (row->letter)
			out_start(" -s %c", row->letter);
		out_start(" -l %s", row->name);
		if (row->arg) {
			hint_value(row, &hint);
			out_start(" -x");
			offer(&hint);
		}
		out_start(" -d ");
		quoted(row->help);
		out_line("%s", "");
	}
}

static void command(const struct command *command)
{
	char condition[80];
	struct hint hint = {0};

	snprintf(condition, sizeof condition, "__reuse_is %s", command->name);
	options(condition, command->opts);
	options(condition, common_opts);
	for (size_t at = 0; !hint.repeats && hint_operand(command, at, &hint); at++) {
		if (!*hint.text)
			continue;
		out_start("complete -c reuse -n '__reuse_at %s ", command->name);
		if (hint.repeats && at == 0)
			out_start("+'");
		else
			out_start("%zu'", at + 1);
		offer(&hint);
		out_line("%s", "");
	}
}

void doc_fish(const struct command *only)
{
	out_line("# Completion of reuse for fish, made by 'reuse help --as fish'.\n");
	out_line(
	    "function __reuse_addresses\n\tbegin; ip -o addr; or ifconfig -a; end 2>/dev/null | "
	    "awk '%s'\nend\n",
	    shell_addresses);
	out_line(
	    "function __reuse_interfaces\n\tbegin; ip -o link; or ifconfig -a; end 2>/dev/null | "
	    "awk '%s'\nend\n",
	    shell_interfaces);
	out_line("%s", words);
	out_line("# Those options of command $argv[1] that take a value.\n"
		 "function __reuse_valued\n\tswitch $argv[1]");
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]) && commands[i]->opts->name) {
			out_start("\t\tcase %s\n\t\t\tstring split ' ' -- '", commands[i]->name);
			shell_options(commands[i]->opts, true);
			out_line("'");
		}
	out_line("\tend\nend\n");
	out_line("%s", place);
	out_line("complete -c reuse -f");
	out_line(
	    "complete -c reuse -n \"__reuse_is ''\" -s h -l help -d 'show what the program is for'");
	out_line("complete -c reuse -n \"__reuse_is ''\" -l version -d 'print the version'");
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i])) {
			out_start(
			    "complete -c reuse -n \"__reuse_is ''\" -a %s -d ", commands[i]->name);
			quoted(commands[i]->summary);
			out_line("%s", "");
		}
	for (size_t i = 0; commands[i]; i++)
		if (shell_wants(only, commands[i]))
			command(commands[i]);
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i] && shell_wants(only, commands[i]))
			out_line(
			    "complete -c %s -f -w 'reuse %s'", command_links[i], commands[i]->name);
}
