/* Processors. */
#ifndef REUSE_OS_CPU_H
#define REUSE_OS_CPU_H

/* Keeps this process on processor `number` (from 0). Returns 0, or -1 with errno: ENOTSUP where this
 * system offers no such thing. */
int cpu_pin(unsigned number);

#endif
