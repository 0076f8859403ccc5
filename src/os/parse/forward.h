/* Programs that listen for others, by their name and their arguments. Opens nothing. */
#ifndef REUSE_OS_PARSE_FORWARD_H
#define REUSE_OS_PARSE_FORWARD_H

#include "os/holder.h"

/* Which one it is. Writes where it forwards to, as far as the arguments tell, else "". */
enum forwarder forward_find(const char *program, const char *command, char to[FORWARDS_TO]);

/* Writes the argument behind `option` in a command line of arguments with blanks between, "" where there is
 * none or no room. */
void forward_argument(const char *command, const char *option, char *into, size_t size);

#endif
