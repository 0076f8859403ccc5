/* The page `reuse help systems`: what is known of each system's rule, and how. */
#ifndef REUSE_CMD_HELP_SYSTEMS_H
#define REUSE_CMD_HELP_SYSTEMS_H

/* As text, on stdout. */
void systems_show(void);

/* As the manual page reuse-systems(7). */
void systems_man(void);

/* As events, one for each row: {"event":"help","topic":"systems","system":...}. */
void systems_json(void);

#endif
