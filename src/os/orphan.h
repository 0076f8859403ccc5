/* A process that shall not outlive the one that began it. */
#ifndef REUSE_OS_ORPHAN_H
#define REUSE_OS_ORPHAN_H

/* The calling process gets SIGTERM when its parent ends, however that ends, or has ended already. Where the
 * system cannot do that, nothing comes. */
void orphan_ends(void);

#endif
