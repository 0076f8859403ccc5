/* Completion for shells: the program completes, each shell asks it. */
#include "cli/doc/help.h"
#include "cli/out.h"

/* bash 3.2 and later, without the package bash-completion. bash parts words at : and =, too, which
 * addresses and --name=value hold: so the words are read from the line, and what stands before the last of
 * these signs is not offered again. */
static const char bash[] =
    "_reuse() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n' typed cur program=reuse word\n"
    "\tCOMPREPLY=()\n"
    "\tread -r -a typed <<<\"$line\"\n"
    "\t[[ $line == *[[:space:]] ]] && typed+=('')\n"
    "\t[[ -n $line ]] || typed=(\"${COMP_WORDS[@]:0:COMP_CWORD + 1}\") # asked by a script\n"
    "\tcur=${typed[${#typed[@]} - 1]}\n"
    "\tif [[ ${typed[0]##*/} == reuse ]]; then\n"
    "\t\tprogram=${typed[0]/#\\~/$HOME}\n"
    "\t\ttyped=(\"${typed[@]:1}\")\n"
    "\telse\n"
    "\t\ttyped[0]=${typed[0]##*/}\n"
    "\tfi\n"
    "\twhile IFS= read -r word; do\n"
    "\t\tCOMPREPLY+=(\"$word\")\n"
    "\tdone < <(\"$program\" help --complete \"${typed[@]}\" 2>/dev/null)\n"
    "\t((${#COMPREPLY[@]})) || return\n"
    "\tif ((COMP_TYPE == 63 && ${#COMPREPLY[@]} > 1)); then # listed, and nothing inserted\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]/$'\\t'/  }\") # behind a tab: an explanation\n"
    "\telse\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]%%$'\\t'*}\")\n"
    "\tfi\n"
    "\t[[ ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null\n"
    "\tif [[ $COMP_WORDBREAKS == *:* && $cur == *:* ]]; then\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"${cur%:*}:\"}\")\n"
    "\telif [[ $COMP_WORDBREAKS == *=* && $cur == --*=* ]]; then\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"${cur%%=*}=\"}\")\n"
    "\tfi\n"
    "}\n"
    "complete -o default -F _reuse reuse";

static const char zsh[] =
    "_reuse() {\n"
    "\tlocal program=reuse line\n"
    "\tlocal -a typed found shown open\n"
    "\ttyped=(\"${(@Q)words[1,CURRENT]}\")\n"
    "\tif [[ ${typed[1]:t} == reuse ]]; then\n"
    "\t\tprogram=${~typed[1]}\n"
    "\t\tshift typed\n"
    "\telse\n"
    "\t\ttyped[1]=${typed[1]:t}\n"
    "\tfi\n"
    "\tfor line in \"${(@f)$($program help --complete \"${(@)typed}\" 2>/dev/null)}\"; do\n"
    "\t\t[[ -n $line ]] || continue\n"
    "\t\tif [[ $line == *: ]]; then\n"
    "\t\t\topen+=(\"$line\")\n"
    "\t\telse\n"
    "\t\t\tfound+=(\"${line%%$'\\t'*}\")\n"
    "\t\t\tshown+=(\"${line/$'\\t'/  }\")\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tif ((! $#found && ! $#open)); then\n"
    "\t\t_files\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tcompadd -d shown -a found\n"
    "\tcompadd -S '' -d open -a open\n"
    "}\n"
    "_reuse \"$@\"";

static const char fish[] =
    "function __reuse_complete\n"
    "\tset -l typed (commandline -opc)\n"
    "\tset -l last (commandline -ct)\n"
    "\tset -l program reuse\n"
    "\tset -l name (string replace -r '.*/' '' -- $typed[1])\n"
    "\tif test \"$name\" = reuse\n"
    "\t\tset program (string replace -r '^~' $HOME -- $typed[1])\n"
    "\t\tset -e typed[1]\n"
    "\telse\n"
    "\t\tset typed[1] $name\n"
    "\tend\n"
    "\tset -l found (command $program help --complete $typed \"$last\" 2>/dev/null)\n"
    "\tif test (count $found) -gt 0\n"
    "\t\tprintf '%s\\n' $found\n"
    "\telse\n"
    "\t\t__fish_complete_path \"$last\"\n"
    "\tend\n"
    "end";

/* The program's names, each begun with `before`. */
static void stub_names(const char *before)
{
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i])
			out_start("%s%s", before, command_links[i]);
	out_line("%s", "");
}

void doc_bash(const struct command *only)
{
	(void)only;
	out_line("# Completion of reuse for bash, made by 'reuse help --as bash'.");
	out_start("%s", bash);
	stub_names(" ");
}

void doc_zsh(const struct command *only)
{
	(void)only;
	out_start("#compdef reuse");
	stub_names(" ");
	out_line("# Completion of reuse for zsh, made by 'reuse help --as zsh'.");
	out_line("%s", zsh);
}

void doc_fish(const struct command *only)
{
	static const char complete[] = "complete -f -a '(__reuse_complete)' -c ";

	(void)only;
	out_line("# Completion of reuse for fish, made by 'reuse help --as fish'.");
	out_line("%s", fish);
	out_start("%sreuse", complete);
	for (size_t i = 0; commands[i]; i++)
		if (*command_links[i])
			out_start("\n%s%s", complete, command_links[i]);
	out_line("%s", "");
}
