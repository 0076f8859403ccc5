/* A fault, told to a person: complaint, what it means, which command helps; and as JSON. */
#ifndef REUSE_WORDS_REPORT_H
#define REUSE_WORDS_REPORT_H

#include "tcp/addr.h"
#include "tcp/fault.h"

/* `local` and `peer` may be NULL, or AF_UNSPEC. With `meaning` a line says what the errno means
 * from that call. */
void report_fault(
    const struct fault *fault, const union addr *local, const union addr *peer, int meaning);

/* The same with a line that names the cause; NULL: none is known. */
void report_fault_cause(
    const struct fault *fault, const union addr *local, const union addr *peer, const char *cause);

/* The same for a call that struct fault does not know, without advice. */
void report_call(const char *call, int error);

/* A complaint in words of one's own. `error`: the errno that says the same; 0: none does. `local` and
 * `peer` as above. */
__attribute__((format(printf, 5, 6))) void report_words(const char *call, int error,
    const union addr *local, const union addr *peer, const char *format, ...);

#endif
