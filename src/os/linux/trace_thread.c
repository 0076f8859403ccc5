#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/linux/trace_calls.h"
#include "os/linux/trace_thread.h"

enum {
	GET_SYSCALL_INFO = 0x420e, /* linux/ptrace.h */
	PEEK_DATA = 2,
	MIN_V4 = 16, /* of a struct sockaddr, in bytes: inet_bind, inet6_bind */
	MIN_V6 = 24,
	RESTART_FIRST = 512, /* ERESTARTSYS; linux/errno.h */
	RESTART_LAST = 516,
};

/* struct ptrace_syscall_info, linux/ptrace.h, which not every libc ships. */
struct call_info {
	uint8_t op, pad[3];
	uint32_t machine;
	uint64_t instruction, stack;
	union {
		struct {
			uint64_t number, args[6];
			uint32_t data;
		} entry;
		struct {
			int64_t value;
			uint8_t is_error;
		} exit;
	} of;
};

long trace_ask(int request, long thread, uintptr_t addr, uintptr_t data)
{
	return syscall(SYS_ptrace, (long)request, thread, addr, data);
}

static bool read_info(long thread, struct call_info *info)
{
	memset(info, 0, sizeof *info);
	return trace_ask(GET_SYSCALL_INFO, thread, sizeof *info, (uintptr_t)info) > 0;
}

/* --- memory ----------------------------------------------------------------------------- */

/* Word by word, for a process that lets no other look but its tracer. */
static bool peek(long thread, uint64_t from, void *into, size_t len)
{
	for (size_t at = 0; at < len; at += sizeof(long)) {
		long word = 0;
		const size_t n = len - at < sizeof word ? len - at : sizeof word;
		if (trace_ask(PEEK_DATA, thread, (uintptr_t)(from + at), (uintptr_t)&word) < 0)
			return false;
		memcpy((char *)into + at, &word, n);
	}
	return true;
}

/* Whatever address a program gives: a bad one is an ordinary thing. */
static bool read_there(long thread, uint64_t from, void *into, size_t len)
{
	struct iovec here = {.iov_base = into, .iov_len = len};
	struct iovec there = {.iov_len = len};
	const uintptr_t at = (uintptr_t)from;

	memcpy(
	    &there.iov_base, &at, sizeof at); /* an address of the other process: no pointer here */
	if (syscall(SYS_process_vm_readv, thread, &here, 1L, &there, 1L, 0L) == (long)len)
		return true;
	return peek(thread, from, into, len);
}

/* The address that bind and connect are given. */
static void read_address_there(struct traced *call, uint64_t from, uint64_t len)
{
	union addr addr = {0};
	const size_t n = len < sizeof addr ? (size_t)len : sizeof addr;

	call->addr = (union addr){0};
	call->malformed = true;
	if (n < sizeof addr.any.sa_family || !read_there(call->thread, from, &addr, n))
		return;
	const int family = addr.any.sa_family;
	if ((family == AF_INET && n < MIN_V4) || (family == AF_INET6 && n < MIN_V6) ||
	    (family != AF_INET && family != AF_INET6 && family != AF_UNSPEC))
		return;
	call->malformed = false;
	if (family == AF_INET)
		memset((char *)&addr + sizeof addr.v4, 0, sizeof addr - sizeof addr.v4);
	if (family != AF_UNSPEC)
		call->addr = addr;
}

/* The arguments of a socketcall, which lie in memory. */
static bool unbox(long thread, size_t word, uint64_t from, uint64_t args[6])
{
	unsigned char bytes[6 * sizeof(uint64_t)];
	size_t got =
	    6; /* of sendto; a shorter list that ends with a page is read as far as it goes */

	while (got > 0 && !read_there(thread, from, bytes, got * word))
		got--;
	memset(args, 0, 6 * sizeof *args);
	for (size_t i = 0; i < got; i++) {
		uint32_t half;
		memcpy(&half, bytes + i * word, sizeof half);
		args[i] = half;
		if (word == sizeof args[i])
			memcpy(&args[i], bytes + i * word, word);
	}
	return got > 0;
}

/* Of a send with MSG_FASTOPEN: its arguments as those of connect. Returns false where it has none, or no address. */
static bool read_send(struct traced *call, size_t word, enum trace_number number, uint64_t args[6])
{
	const uint64_t flags = args[number == TRACE_NUMBER_SENDMSG ? 2 : 3];
	unsigned char head[sizeof(uint64_t) + sizeof(uint32_t)] = {0}; /* of struct msghdr */
	uint32_t half;

	if (!(flags & TRACE_CALLS_FASTOPEN))
		return false;
	call->fastopen = number == TRACE_NUMBER_SENDTO    ? "sendto"
			 : number == TRACE_NUMBER_SENDMSG ? "sendmsg"
							  : "sendmmsg";
	if (number == TRACE_NUMBER_SENDTO) {
		args[1] = args[4];
		args[2] = args[5];
		return args[1] != 0;
	}
	if (!read_there(call->thread, args[1], head, word + sizeof half))
		return false;
	memcpy(&half, head, sizeof half);
	args[1] = half;
	if (word == sizeof args[1])
		memcpy(&args[1], head, word);
	memcpy(&half, head + word, sizeof half);
	args[2] = half;
	return args[1] != 0;
}

/* --- entry and exit --------------------------------------------------------------------- */

/* What is shown of the arguments, once it is known that the call is of interest. */
static void read_args(struct traced *call, const uint64_t args[6])
{
	switch (call->call) {
	case CALL_BIND:
	case CALL_CONNECT:
		read_address_there(call, args[1], args[2]);
		break;
	case CALL_LISTEN:
		call->args[0] = (int)args[1];
		break;
	case CALL_OPTION: {
		int value = 0;
		call->args[0] = (int)args[1];
		call->args[1] = (int)args[2];
		call->malformed = args[4] < sizeof value || args[4] > 2 * sizeof value ||
				  !read_there(call->thread, args[3], &value, sizeof value);
		call->args[2] = value;
		break;
	}
	default:
		break;
	}
}

static enum trace_read read_call(struct traced *call, const uint64_t args[6])
{
	call->malformed = false;
	call->fd = (int)args[0];
	if (call->call == CALL_SOCKET) {
		for (size_t i = 0; i < sizeof call->args / sizeof *call->args; i++)
			call->args[i] = (int)args[i];
		call->fd = -1;
		/* Of the type the low bits: the rest are flags. */
		const bool tcp = (call->args[0] == AF_INET || call->args[0] == AF_INET6) &&
				 (call->args[1] & 0xf) == SOCK_STREAM;
		return tcp ? TRACE_READ_CALL : TRACE_READ_OTHER;
	}
	const enum trace_read found = trace_borrow_fd(call, call->fd);
	if (found == TRACE_READ_CALL)
		read_args(call, args);
	return found;
}

enum trace_read trace_read_entry(struct traced *call)
{
	struct call_info info;
	uint64_t args[6];
	const uint64_t before = call->inode;
	const enum tcp_call again = call->call;

	call->sock = -1;
	if (!read_info(call->thread, &info))
		return TRACE_READ_OTHER;
	memcpy(args, info.of.entry.args, sizeof args);
	call->fastopen = NULL;
	const size_t word = trace_calls_word(info.machine, info.of.entry.number);
	enum trace_number number =
	    trace_calls_which(info.machine, info.of.entry.number, &call->call);
	if (number == TRACE_NUMBER_BOX) {
		number = trace_calls_boxed(args[0], &call->call);
		if (!unbox(call->thread, word, args[1], args))
			return TRACE_READ_OTHER;
	}
	switch (number) {
	case TRACE_NUMBER_NONE:
	case TRACE_NUMBER_BOX:
		return TRACE_READ_OTHER;
	case TRACE_NUMBER_RING:
		return TRACE_READ_RING;
	case TRACE_NUMBER_FILTER:
		return TRACE_READ_FILTER;
	case TRACE_NUMBER_SENDTO:
	case TRACE_NUMBER_SENDMSG:
	case TRACE_NUMBER_SENDMMSG:
		if (!read_send(call, word, number, args))
			return TRACE_READ_OTHER;
		break;
	case TRACE_NUMBER_CALL:
		break;
	}
	const enum trace_read found = read_call(call, args);
	/* Not an interrupted call that is made again. */
	if (call->call != again || call->inode != before) {
		call->options = call->set = 0;
		call->source = (union addr){0};
	}
	return found;
}

bool trace_read_exit(struct traced *call)
{
	struct call_info info;

	call->sock = -1;
	if (!read_info(call->thread, &info))
		return false;
	const int64_t value = info.of.exit.value;
	if (info.of.exit.is_error && value <= -RESTART_FIRST && value >= -RESTART_LAST)
		return false;
	call->result = info.of.exit.is_error ? -1 : (long)value;
	call->error = info.of.exit.is_error ? (int)-value : 0;
	return true;
}
