/* reuse help --complete: what may stand for the last word of a command line. */
#ifndef REUSE_CMD_HELP_COMPLETE_H
#define REUSE_CMD_HELP_COMPLETE_H

/* Prints the candidates for words[count - 1], one a line, what explains one behind a tab: `words` is what is
 * typed behind "reuse", or begins with a link's name. Nothing where any word or file may stand. */
void complete(int count, char **words);

#endif
