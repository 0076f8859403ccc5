/* What an administrator can set in the kernel. */
#ifndef REUSE_OS_TUNABLE_H
#define REUSE_OS_TUNABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { TUNABLE_TEXT = 256 };

/* Reads "net.ipv4.ip_local_port_range" as sysctl(8) shows it, blanks single. Returns 0, or -1 with
 * errno: ENOTSUP where this system has no way that we know. */
int tunable_read(const char *name, char text[TUNABLE_TEXT]);

/* The number that it is; `otherwise` where it cannot be read. */
long tunable_number(const char *name, long otherwise);

/* The range from which the kernel picks ports, ends included. False where it does not tell. */
bool tunable_port_range(unsigned *low, unsigned *high);

/* By how much the kernel may be late with a timer of so long a time; 0 where it is not known. */
int64_t tunable_late_ms(int64_t timer_ms);

/* Marks the ports that the kernel never picks by itself: bit p % 8 of ports[p / 8]. None where it does not
 * tell. */
void tunable_reserved_ports(unsigned char ports[8192]);

/* How many of low..high these are. */
unsigned tunable_reserved_count(unsigned low, unsigned high);

#endif
