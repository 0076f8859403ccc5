/* Who is in the way of an address, in one line: for the complaints of other commands. */
#ifndef REUSE_ANSWER_BRIEF_H
#define REUSE_ANSWER_BRIEF_H

#include "tcp/addr.h"

enum { BRIEF_TEXT = 512 };

/* "nginx[812] of root listens there, unit nginx.service". Returns false, and writes nothing, where nobody is
 * seen in the way. Binds nothing. */
bool brief_holder(const union addr *local, char text[BRIEF_TEXT]);

#endif
