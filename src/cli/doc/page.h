/* A page that is made of parts, on stdout: as text, or in man(7) macros. */
#ifndef REUSE_CLI_DOC_PAGE_H
#define REUSE_CLI_DOC_PAGE_H

#include <stdbool.h>

enum page_form { PAGE_TEXT, PAGE_MAN };

/* A heading within the page. */
void page_section(enum page_form form, const char *title);

/* A word or a sentence, and below it what belongs to it. `text` may be NULL. */
void page_item(enum page_form form, const char *term, const char *text);

/* The events of --json that `command` writes, NULL: of every command, with their fields. */
void page_events(enum page_form form, const char *command);

#endif
