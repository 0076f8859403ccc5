/* What is said of the program as a whole: paragraphs, as in struct command. */
#ifndef REUSE_CLI_DOC_PROGRAM_H
#define REUSE_CLI_DOC_PROGRAM_H

extern const char doc_purpose[];     /* what it is for, a sentence */
extern const char doc_story[];       /* what sharing is */
extern const char doc_session[];     /* the main job, to paste */
extern const char doc_statuses[];    /* what the exit status means, likewise */
extern const char doc_conventions[]; /* how words are written, whatever the command */

#endif
