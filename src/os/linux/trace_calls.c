#include "os/linux/trace_calls.h"

enum {
	/* linux/bpf_common.h */
	LOAD_WORD = 0x20,  /* BPF_LD | BPF_W | BPF_ABS: a word of struct seccomp_data */
	JUMP_EQUAL = 0x15, /* BPF_JMP | BPF_JEQ | BPF_K */
	JUMP_SET = 0x45,   /* BPF_JMP | BPF_JSET | BPF_K */
	GIVE = 0x06,       /* BPF_RET | BPF_K */
	/* struct seccomp_data, linux/seccomp.h */
	NUMBER_AT = 0,
	MACHINE_AT = 4,
	FIRST_ARG_AT = 16,
	ARG_SIZE = 8,

	X32_BIT = 0x40000000, /* __X32_SYSCALL_BIT, asm/unistd.h */
	NO_NUMBER = -1,
	FLAGS_LAST = 3,      /* sendto and sendmmsg: this argument */
	FLAGS_THIRD = 2,     /* sendmsg */
	SET_MODE_FILTER = 1, /* of seccomp; linux/seccomp.h */
	SET_SECCOMP = 22,    /* of prctl; linux/prctl.h */
};

static const uint32_t give_allow = UINT32_C(0x7fff0000); /* SECCOMP_RET_ALLOW */
static const uint32_t give_trace = UINT32_C(0x7ff00000); /* SECCOMP_RET_TRACE */

enum column {
	SOCKET_NR,
	BIND_NR,
	LISTEN_NR,
	CONNECT_NR,
	SETSOCKOPT_NR,
	ACCEPT_NR,
	ACCEPT4_NR,
	CLOSE_NR,
	RING_NR,
	BOX_NR,
	SENDTO_NR,
	SENDMSG_NR,
	SENDMMSG_NR,
	SECCOMP_NR,
	PRCTL_NR,
	COLUMNS
};

/* What each number means, whether it is reported only with `all`; of sends, reported only with MSG_FASTOPEN,
 * which argument has the flags; of those that install a filter, what the first one is. */
static const struct {
	enum tcp_call call;
	bool more;
	enum trace_number number;
	unsigned which;
} columns[COLUMNS] = {
    [SOCKET_NR] = {CALL_SOCKET, true, TRACE_NUMBER_CALL, 0},
    [BIND_NR] = {CALL_BIND, false, TRACE_NUMBER_CALL, 0},
    [LISTEN_NR] = {CALL_LISTEN, false, TRACE_NUMBER_CALL, 0},
    [CONNECT_NR] = {CALL_CONNECT, false, TRACE_NUMBER_CALL, 0},
    [SETSOCKOPT_NR] = {CALL_OPTION, true, TRACE_NUMBER_CALL, 0},
    [ACCEPT_NR] = {CALL_ACCEPT, true, TRACE_NUMBER_CALL, 0},
    [ACCEPT4_NR] = {CALL_ACCEPT, true, TRACE_NUMBER_CALL, 0},
    [CLOSE_NR] = {CALL_CLOSE, true, TRACE_NUMBER_CALL, 0},
    [RING_NR] = {CALL_NONE, false, TRACE_NUMBER_RING, 0},
    [BOX_NR] = {CALL_NONE, false, TRACE_NUMBER_BOX, 0},
    [SENDTO_NR] = {CALL_CONNECT, false, TRACE_NUMBER_SENDTO, FLAGS_LAST},
    [SENDMSG_NR] = {CALL_CONNECT, false, TRACE_NUMBER_SENDMSG, FLAGS_THIRD},
    [SENDMMSG_NR] = {CALL_CONNECT, false, TRACE_NUMBER_SENDMMSG, FLAGS_LAST},
    [SECCOMP_NR] = {CALL_NONE, false, TRACE_NUMBER_FILTER, SET_MODE_FILTER},
    [PRCTL_NR] = {CALL_NONE, false, TRACE_NUMBER_FILTER, SET_SECCOMP},
};

/* linux/audit.h; the numbers are those of asm/unistd.h. A process may make calls of another machine,
 * too: x86-64 those of i386, arm64 those of arm. The calls of x32 are x86-64's with a bit more. */
static const struct machine {
	uint32_t machine;
	uint8_t word; /* bytes of a long */
	bool big;     /* big-endian */
	int numbers[COLUMNS];
} machines[] = {
    {UINT32_C(0xc000003e), 8, false,
	{41, 49, 50, 42, 54, 43, 288, 3, 425, -1, 44, 46, 307, 317, 157}}, /* x86-64 */
    {UINT32_C(0xc000003e), 4, false,
	{X32_BIT + 41, X32_BIT + 49, X32_BIT + 50, X32_BIT + 42, X32_BIT + 541, X32_BIT + 43,
	    X32_BIT + 288, X32_BIT + 3, X32_BIT + 425, -1, X32_BIT + 44, X32_BIT + 518,
	    X32_BIT + 538, X32_BIT + 317, X32_BIT + 157}}, /* x32 */
    {UINT32_C(0x40000003), 4, false,
	{359, 361, 363, 362, 366, -1, 364, 6, 425, 102, 369, 370, 345, 354, 172}}, /* i386 */
    {UINT32_C(0xc00000b7), 8, false,
	{198, 200, 201, 203, 208, 202, 242, 57, 425, -1, 206, 211, 269, 277, 167}}, /* arm64 */
    {UINT32_C(0x40000028), 4, false,
	{281, 282, 284, 283, 294, 285, 366, 6, 425, -1, 290, 296, 374, 383, 172}}, /* arm */
    {UINT32_C(0xc00000f3), 8, false,
	{198, 200, 201, 203, 208, 202, 242, 57, 425, -1, 206, 211, 269, 277, 167}}, /* riscv64 */
    {UINT32_C(0xc0000102), 8, false,
	{198, 200, 201, 203, 208, 202, 242, 57, 425, -1, 206, 211, 269, 277,
	    167}}, /* loongarch64 */
    {UINT32_C(0xc0000015), 8, false,
	{326, 327, 329, 328, 339, 330, 344, 6, 425, 102, 335, 341, 349, 358, 171}}, /* ppc64le */
    {UINT32_C(0x80000015), 8, true,
	{326, 327, 329, 328, 339, 330, 344, 6, 425, 102, 335, 341, 349, 358, 171}}, /* ppc64 */
    {UINT32_C(0x80000016), 8, true,
	{359, 361, 363, 362, 366, -1, 364, 6, 425, 102, 369, 370, 358, 348, 172}}, /* s390x */
    {UINT32_C(0x00000016), 4, true,
	{359, 361, 363, 362, 366, -1, 364, 6, 425, 102, 369, 370, 358, 348, 172}}, /* s390 */
};

/* linux/net.h: SYS_SOCKET ... */
static const struct {
	unsigned which;
	enum column column;
} boxed[] = {{1, SOCKET_NR}, {2, BIND_NR}, {3, CONNECT_NR}, {4, LISTEN_NR}, {5, ACCEPT_NR},
    {11, SENDTO_NR}, {14, SETSOCKOPT_NR}, {16, SENDMSG_NR}, {18, ACCEPT4_NR}, {20, SENDMMSG_NR}};

static size_t put_step(
    struct filter_step *into, size_t at, unsigned code, uint32_t k, unsigned if_false)
{
	into[at] = (struct filter_step){
	    .code = (uint16_t)code, .if_true = 0, .if_false = (uint8_t)if_false, .k = k};
	return at + 1;
}

/* Reports where the word loaded is `k`. */
static size_t put_report(struct filter_step *into, size_t at, uint32_t k)
{
	at = put_step(into, at, JUMP_EQUAL, k, 1);
	return put_step(into, at, GIVE, give_trace, 0);
}

/* The calls within socketcall that are in `boxed`; send, recv and the like pass. The flags of those that send with
 * an address lie in memory, where a filter cannot look: each of them is reported. */
static size_t put_box(struct filter_step *into, size_t at, const struct machine *row, bool all)
{
	const size_t jump = at;

	at = put_step(into, at, JUMP_EQUAL, (uint32_t)row->numbers[BOX_NR], 0);
	at = put_step(into, at, LOAD_WORD, FIRST_ARG_AT + (row->big ? 4 : 0), 0);
	for (size_t i = 0; i < sizeof boxed / sizeof *boxed; i++)
		if (all || !columns[boxed[i].column].more)
			at = put_report(into, at, boxed[i].which);
	at = put_step(into, at, GIVE, give_allow, 0);
	into[jump].if_false = (uint8_t)(at - jump - 1);
	return at;
}

/* Reports a call that sends only where it connects as well: MSG_FASTOPEN. */
static size_t put_send(
    struct filter_step *into, size_t at, const struct machine *row, enum column column)
{
	const unsigned flags = FIRST_ARG_AT + ARG_SIZE * columns[column].which + (row->big ? 4 : 0);

	at = put_step(into, at, JUMP_EQUAL, (uint32_t)row->numbers[column], 4);
	at = put_step(into, at, LOAD_WORD, flags, 0);
	at = put_step(into, at, JUMP_SET, TRACE_CALLS_FASTOPEN, 1);
	at = put_step(into, at, GIVE, give_trace, 0);
	return put_step(into, at, GIVE, give_allow, 0);
}

/* Reports a call whose first argument says that it installs a filter. */
static size_t put_install(
    struct filter_step *into, size_t at, const struct machine *row, enum column column)
{
	at = put_step(into, at, JUMP_EQUAL, (uint32_t)row->numbers[column], 4);
	at = put_step(into, at, LOAD_WORD, FIRST_ARG_AT + (row->big ? 4 : 0), 0);
	at = put_report(into, at, columns[column].which);
	return put_step(into, at, GIVE, give_allow, 0);
}

/* What the kernel finds to be let through whatever its arguments are, it lets through without asking the
 * filter again (Linux 5.11, seccomp_cache_prepare); sends are asked of each time, so they stand first. */
size_t trace_calls_filter(bool all, struct filter_step into[TRACE_CALLS_STEPS])
{
	size_t at = 0;

	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const struct machine *row = &machines[m];
		at = put_step(into, at, LOAD_WORD, MACHINE_AT, 0);
		const size_t jump = at;
		at = put_step(into, at, JUMP_EQUAL, row->machine, 0);
		at = put_step(into, at, LOAD_WORD, NUMBER_AT, 0);
		for (enum column c = SENDTO_NR; c < SECCOMP_NR; c++)
			at = put_send(into, at, row, c);
		for (enum column c = SECCOMP_NR; c < COLUMNS; c++)
			at = put_install(into, at, row, c);
		for (size_t c = 0; c < BOX_NR; c++)
			if (row->numbers[c] != NO_NUMBER && (all || !columns[c].more))
				at = put_report(into, at, (uint32_t)row->numbers[c]);
		if (row->numbers[BOX_NR] != NO_NUMBER)
			at = put_box(into, at, row, all);
		into[jump].if_false = (uint8_t)(at - jump - 1);
	}
	return put_step(into, at, GIVE, give_allow, 0);
}

static const struct machine *machine_row(uint32_t machine, uint64_t number)
{
	const bool x32 = machine == machines->machine && number & X32_BIT;

	for (size_t m = x32; m < sizeof machines / sizeof *machines; m++)
		if (machines[m].machine == machine)
			return &machines[m];
	return NULL;
}

/* In which column of the row a call stands; COLUMNS: in none. */
static size_t column_of(const struct machine *row, uint64_t number)
{
	size_t c = 0;

	while (c < COLUMNS && (row->numbers[c] == NO_NUMBER || number != (uint64_t)row->numbers[c]))
		c++;
	return c;
}

enum trace_number trace_calls_which(uint32_t machine, uint64_t number, enum tcp_call *call)
{
	const struct machine *row = machine_row(machine, number);
	const size_t column = row ? column_of(row, number) : COLUMNS;

	*call = column < COLUMNS ? columns[column].call : CALL_NONE;
	return column < COLUMNS ? columns[column].number : TRACE_NUMBER_NONE;
}

enum trace_number trace_calls_boxed(uint64_t which, enum tcp_call *call)
{
	for (size_t i = 0; i < sizeof boxed / sizeof *boxed; i++)
		if (boxed[i].which == which) {
			*call = columns[boxed[i].column].call;
			return columns[boxed[i].column].number;
		}
	*call = CALL_NONE;
	return TRACE_NUMBER_NONE;
}

size_t trace_calls_word(uint32_t machine, uint64_t number)
{
	const struct machine *row = machine_row(machine, number);

	return row ? row->word : sizeof(long);
}
