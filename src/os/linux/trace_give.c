/* A call kept from being made, and the result that it has instead: ptrace(2), PTRACE_SET_SYSCALL_INFO, from
 * Linux 6.16 on the same on every machine; before by the registers of the two machines that are known here. */
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "os/linux/trace_thread.h"

enum {
	SET_SYSCALL_INFO = 0x4212, /* linux/ptrace.h */
	GET_INFO = 0x420e,
	GET_REGISTERS = 0x4204, /* PTRACE_GETREGSET */
	SET_REGISTERS = 0x4205,
	ARM_SYSTEM_CALL = 0x404, /* NT_ARM_SYSTEM_CALL */
	NO_CALL = -1,
	INFO_WORDS = 11, /* struct ptrace_syscall_info as 6.16 wants it */
	WORD_VALUE = 3,  /* where in it number or result stand */
	WORD_ERROR = 4,
};

/* Whether the kernel takes what it has told, with one word changed. */
static int change_call(long thread, uint64_t value, bool is_result)
{
	uint64_t info[INFO_WORDS] = {0};

	if (trace_ask(GET_INFO, thread, sizeof info, (uintptr_t)info) <= 0)
		return -1;
	info[WORD_VALUE] = value;
	if (is_result) {
		const uint8_t error = 1;
		memcpy(&info[WORD_ERROR], &error, sizeof error);
	}
	return trace_ask(SET_SYSCALL_INFO, thread, sizeof info, (uintptr_t)info) == 0 ? 0 : -1;
}

#if defined __x86_64__
/* Also for a thread that makes calls of i386. */
static int by_registers(long thread, long value, bool is_result)
{
	struct user_regs_struct registers;

	if (trace_ask(PTRACE_GETREGS, thread, 0, (uintptr_t)&registers) < 0)
		return -1;
	*(is_result ? &registers.rax : &registers.orig_rax) = (unsigned long long)value;
	return trace_ask(PTRACE_SETREGS, thread, 0, (uintptr_t)&registers) < 0 ? -1 : 0;
}
#elif defined __aarch64__
static int by_registers(long thread, long value, bool is_result)
{
	int number = (int)value;
	uint64_t registers[34] = {0}; /* struct user_pt_regs; x0 is the first, of 32 bits for arm */
	struct iovec area = {.iov_base = registers, .iov_len = sizeof registers};

	if (!is_result) {
		area = (struct iovec){.iov_base = &number, .iov_len = sizeof number};
		return trace_ask(SET_REGISTERS, thread, ARM_SYSTEM_CALL, (uintptr_t)&area) < 0 ? -1
											       : 0;
	}
	if (trace_ask(GET_REGISTERS, thread, NT_PRSTATUS, (uintptr_t)&area) < 0)
		return -1;
	memcpy(registers, &value, area.iov_len < sizeof registers ? sizeof number : sizeof value);
	return trace_ask(SET_REGISTERS, thread, NT_PRSTATUS, (uintptr_t)&area) < 0 ? -1 : 0;
}
#else
static int by_registers(long thread, long value, bool is_result)
{
	(void)thread;
	(void)value;
	(void)is_result;
	return -1;
}
#endif

int trace_skip(long thread)
{
	return change_call(thread, (uint64_t)NO_CALL, false) == 0
		   ? 0
		   : by_registers(thread, NO_CALL, false);
}

int trace_give(long thread, int error)
{
	return change_call(thread, (uint64_t) - (int64_t)error, true) == 0
		   ? 0
		   : by_registers(thread, -error, true);
}
