/* The seccomp filter: which system calls an echo server may still make. Data in, data out; loading it
 * is os/linux/sandbox.c's. */
#ifndef REUSE_OS_LINUX_FILTER_H
#define REUSE_OS_LINUX_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "os/sandbox.h"

enum filter_machine { FILTER_X86_64, FILTER_ARM64, FILTER_MACHINES };

/* One step of a classic BPF program: struct sock_filter of linux/filter.h, which not every libc
 * ships. */
struct filter_step {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
};

enum { FILTER_STEPS = 340 };

/* Writes the program for a process whose number is `self`. Returns how many steps it has. */
size_t filter_write(enum filter_machine machine, enum sandbox_role role, uint32_t self,
    struct filter_step into[FILTER_STEPS]);

/* Tells `each` the name of every call in the filter, and its number (-1: the machine lacks it). */
void filter_each(
    enum filter_machine machine, void (*each)(void *who, const char *name, int number), void *who);

#endif
