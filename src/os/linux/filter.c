/* What is not listed is refused with EPERM, so that a caller takes it for a matter of rights and goes
 * on. The list is what the C libraries (glibc, musl) make of accept, send, recv, poll, epoll, write,
 * malloc, signals, time and exit, and on every machine the forms that a newer libc may take. */
#include <errno.h>
#include <stdbool.h>

#include "os/linux/filter.h"

enum {
	/* linux/bpf_common.h, linux/filter.h */
	LOAD = 0x20,   /* BPF_LD | BPF_W | BPF_ABS: a word of struct seccomp_data */
	MASK = 0x54,   /* BPF_ALU | BPF_AND | BPF_K */
	EQUAL = 0x15,  /* BPF_JMP | BPF_JEQ | BPF_K */
	MORE = 0x25,   /* BPF_JMP | BPF_JGT | BPF_K */
	RETURN = 0x06, /* BPF_RET | BPF_K */
	/* struct seccomp_data, linux/seccomp.h */
	AT_NUMBER = 0,
	AT_MACHINE = 4,
	AT_ARGS = 16, /* eight bytes each; both machines are little-endian */
	/* From here on a later kernel's: 6.17 ends with file_setattr. */
	NEWEST = 469,
	X32 = 0x40000000, /* calls of the x32 ABI have this bit; the machine's number is the same */
};

static const uint32_t allow = UINT32_C(0x7fff0000);  /* SECCOMP_RET_ALLOW */
static const uint32_t refuse = UINT32_C(0x00050000); /* SECCOMP_RET_ERRNO, the errno added */

static const uint32_t audit_machines[FILTER_MACHINES] = {
    [FILTER_X86_64] = UINT32_C(0xc000003e), /* linux/audit.h: AUDIT_ARCH_X86_64 */
    [FILTER_ARM64] = UINT32_C(0xc00000b7),  /* AUDIT_ARCH_AARCH64 */
};

/* Under which arguments a call is allowed: where (args[arg] & mask) is one of the values, and args[other],
 * where that is not 0, the one beside it. */
struct rule {
	unsigned arg;
	uint32_t mask;
	bool wide; /* the upper half of args[arg] must be 0 */
	bool self; /* the process's own number is a value, too */
	unsigned count;
	uint32_t values[6];
	unsigned other;
	uint32_t others[6];
};

/* No address: with MSG_FASTOPEN sendto is a connect. */
static const struct rule no_address = {.arg = 4, .mask = UINT32_MAX, .wide = true, .count = 1};
/* SOL_SOCKET SO_LINGER, to reset; what a connection may not have inherited: IPPROTO_TCP TCP_NODELAY and TCP_KEEPIDLE,
 * SOL_SOCKET SO_OOBINLINE and SO_KEEPALIVE. */
static const struct rule options = {.arg = 1,
    .mask = UINT32_MAX,
    .count = 5,
    .values = {1, 6, 6, 1, 1},
    .other = 2,
    .others = {13, 1, 4, 10, 9}};
/* SIGKILL, for a worker that does not end. */
static const struct rule to_end = {.arg = 1, .mask = UINT32_MAX, .count = 1, .values = {9}};
static const struct rule no_exec = {.arg = 2, .mask = 4, .count = 1}; /* PROT_EXEC */
/* TCGETS, TIOCGWINSZ and TCGETS2 (asm-generic/ioctls.h): whether it is a terminal; TIOCOUTQ, which is
 * SIOCOUTQ: what a peer has not got yet; FIONREAD. */
static const struct rule looks = {.arg = 1,
    .mask = UINT32_MAX,
    .count = 5,
    .values = {0x5401, 0x5413, 0x802c542a, 0x5411, 0x541b}};
/* F_DUPFD to F_SETFL and F_DUPFD_CLOEXEC: no owner to signal, no lease. */
static const struct rule flags = {
    .arg = 1, .mask = UINT32_MAX, .count = 6, .values = {0, 1, 2, 3, 4, 1030}};
static const struct rule to_self = {.mask = UINT32_MAX, .self = true};
/* No CLONE_NEW... flag: linux/sched.h. */
static const struct rule no_namespace = {.mask = 0x7e020000, .count = 1};
/* As if there were none: libc then takes clone, whose flags can be looked at. */
static const struct rule missing;

enum { SERVER = 1 << SANDBOX_SERVER, CREW = 1 << SANDBOX_CREW, BOTH = SERVER | CREW };

/* The numbers: asm/unistd_64.h and asm-generic/unistd.h. Those with a rule and those that are called
 * often come first: what is always allowed Linux 5.11 remembers, the rest runs through the program. */
static const struct row {
	const char *name;
	int numbers[FILTER_MACHINES]; /* -1: the machine has no such call */
	unsigned roles;
	const struct rule *rule; /* NULL: always allowed */
} rows[] = {
    {"sendto", {44, 206}, BOTH, &no_address},
    {"recvfrom", {45, 207}, BOTH, NULL},
    {"epoll_wait", {232, -1}, BOTH, NULL},
    {"epoll_pwait", {281, 22}, BOTH, NULL},
    {"poll", {7, -1}, BOTH, NULL},
    {"ppoll", {271, 73}, BOTH, NULL},
    {"write", {1, 64}, BOTH, NULL},
    {"writev", {20, 66}, BOTH, NULL},
    {"accept4", {288, 242}, BOTH, NULL},
    {"close", {3, 57}, BOTH, NULL},
    {"mmap", {9, 222}, BOTH, &no_exec},
    {"mprotect", {10, 226}, BOTH, &no_exec},
    {"ioctl", {16, 29}, BOTH, &looks},
    {"fcntl", {72, 25}, BOTH, &flags},
    {"tgkill", {234, 131}, SERVER, &to_self},
    {"tkill", {200, 130}, SERVER, &to_self},

    /* connections */
    {"accept", {43, 202}, BOTH, NULL},
    {"shutdown", {48, 210}, BOTH, NULL},
    {"getsockname", {51, 204}, BOTH, NULL},
    {"getpeername", {52, 205}, BOTH, NULL},
    {"getsockopt", {55, 209}, BOTH, NULL},
    {"setsockopt", {54, 208}, BOTH, &options},
    {"epoll_create1", {291, 20}, BOTH, NULL},
    {"epoll_ctl", {233, 21}, BOTH, NULL},
    {"epoll_pwait2", {441, 441}, BOTH, NULL},

    /* lines */
    {"read", {0, 63}, BOTH, NULL},
    {"readv", {19, 65}, BOTH, NULL},
    {"lseek", {8, 62}, BOTH, NULL},
    {"fstat", {5, 80}, BOTH, NULL},
    {"setitimer", {38, 103}, BOTH, NULL},

    /* memory */
    {"brk", {12, 214}, BOTH, NULL},
    {"munmap", {11, 215}, BOTH, NULL},
    {"mremap", {25, 216}, BOTH, NULL},
    {"madvise", {28, 233}, BOTH, NULL},
    {"futex", {202, 98}, BOTH, NULL},
    {"getrandom", {318, 278}, BOTH, NULL},

    /* time, where it does not come from the vDSO */
    {"clock_gettime", {228, 113}, BOTH, NULL},
    {"clock_getres", {229, 114}, BOTH, NULL},
    {"clock_nanosleep", {230, 115}, BOTH, NULL},
    {"nanosleep", {35, 101}, BOTH, NULL},
    {"gettimeofday", {96, 169}, BOTH, NULL},
    {"time", {201, -1}, BOTH, NULL},

    /* signals and the end */
    {"rt_sigaction", {13, 134}, BOTH, NULL},
    {"rt_sigprocmask", {14, 135}, BOTH, NULL},
    {"rt_sigreturn", {15, 139}, BOTH, NULL},
    {"sigaltstack", {131, 132}, BOTH, NULL},
    {"restart_syscall", {219, 128}, BOTH, NULL},
    {"exit", {60, 93}, BOTH, NULL},
    {"exit_group", {231, 94}, BOTH, NULL},

    /* about itself */
    {"getpid", {39, 172}, BOTH, NULL},
    {"gettid", {186, 178}, BOTH, NULL},
    {"getppid", {110, 173}, BOTH, NULL},
    {"getuid", {102, 174}, BOTH, NULL},
    {"geteuid", {107, 175}, BOTH, NULL},
    {"getgid", {104, 176}, BOTH, NULL},
    {"getegid", {108, 177}, BOTH, NULL},
    {"getrlimit", {97, 163}, BOTH, NULL},
    {"getrusage", {98, 165}, BOTH, NULL},
    {"getcpu", {309, 168}, BOTH, NULL},
    {"sched_yield", {24, 124}, BOTH, NULL},
    {"sched_getaffinity", {204, 123}, BOTH, NULL},
    {"set_robust_list", {273, 99}, BOTH, NULL},
    {"set_tid_address", {218, 96}, BOTH, NULL},
    {"rseq", {334, 293}, BOTH, NULL},
    {"membarrier", {324, 283}, BOTH, NULL},
    {"uname", {63, 160}, BOTH, NULL},
    {"sysinfo", {99, 179}, BOTH, NULL},

    /* fork a server, which pins itself, narrows its filter and may raise a signal, and collect it */
    {"clone", {56, 220}, CREW, &no_namespace},
    {"clone3", {435, 435}, CREW, &missing},
    {"fork", {57, -1}, CREW, NULL},
    {"wait4", {61, 260}, CREW, NULL},
    {"waitid", {247, 95}, CREW, NULL},
    {"pipe", {22, -1}, CREW, NULL},
    {"pipe2", {293, 59}, CREW, NULL},
    {"sched_setaffinity", {203, 122}, CREW, NULL},
    {"seccomp", {317, 277}, CREW, NULL},
    {"kill", {62, 129}, CREW, &to_end},
    {"tgkill", {234, 131}, CREW, NULL},
    {"tkill", {200, 130}, CREW, NULL},
};

struct program {
	struct filter_step *steps;
	size_t count;
};

static void add_instruction(
    struct program *program, unsigned code, uint32_t k, unsigned if_true, unsigned if_false)
{
	program->steps[program->count++] = (struct filter_step){.code = (uint16_t)code,
	    .if_true = (uint8_t)if_true,
	    .if_false = (uint8_t)if_false,
	    .k = k};
}

static void add_return(struct program *program, uint32_t verdict)
{
	add_instruction(program, RETURN, verdict, 0, 0);
}

/* The verdict on a call that has a rule. */
static void add_rule(struct program *program, const struct rule *rule, uint32_t self)
{
	const uint32_t at = AT_ARGS + 8 * rule->arg;

	if (rule == &missing) {
		add_return(program, refuse + ENOSYS);
		return;
	}
	if (rule->wide) {
		add_instruction(program, LOAD, at + 4, 0, 0);
		add_instruction(program, EQUAL, 0, 1, 0);
		add_return(program, refuse + EPERM);
	}
	add_instruction(program, LOAD, at, 0, 0);
	add_instruction(program, MASK, rule->mask, 0, 0);
	for (unsigned i = 0; i < rule->count; i++) {
		add_instruction(program, EQUAL, rule->values[i], 0, rule->other ? 3 : 1);
		if (rule->other) {
			add_instruction(program, LOAD, AT_ARGS + 8 * rule->other, 0, 0);
			add_instruction(program, EQUAL, rule->others[i], 0, 1);
		}
		add_return(program, allow);
		if (rule->other)
			add_instruction(program, LOAD, at, 0, 0);
	}
	if (rule->self) {
		add_instruction(program, EQUAL, self, 0, 1);
		add_return(program, allow);
	}
	add_return(program, refuse + EPERM);
}

size_t filter_write(enum filter_machine machine, enum sandbox_role role, uint32_t self,
    struct filter_step into[FILTER_STEPS])
{
	struct program program = {.steps = into};

	/* A process may make calls of another machine, too: x86-64 those of i386, arm64 those of arm. */
	add_instruction(&program, LOAD, AT_MACHINE, 0, 0);
	add_instruction(&program, EQUAL, audit_machines[machine], 1, 0);
	add_return(&program, refuse + EPERM);
	add_instruction(&program, LOAD, AT_NUMBER, 0, 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		if (!(row->roles & 1u << role) || row->numbers[machine] < 0)
			continue;
		const size_t jump = program.count;
		add_instruction(&program, EQUAL, (uint32_t)row->numbers[machine], 0, 0);
		if (row->rule)
			add_rule(&program, row->rule, self);
		else
			add_return(&program, allow);
		into[jump].if_false = (uint8_t)(program.count - jump - 1);
	}
	/* What a later kernel brings is not there, so that a later libc does without; the numbers of
	 * x32 are no later ones. */
	add_instruction(&program, MORE, X32 - 1, 2, 0);
	add_instruction(&program, MORE, NEWEST, 0, 1);
	add_return(&program, refuse + ENOSYS);
	add_return(&program, refuse + EPERM);
	return program.count;
}

void filter_each(
    enum filter_machine machine, void (*each)(void *who, const char *name, int number), void *who)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		each(who, rows[i].name, rows[i].numbers[machine]);
}
