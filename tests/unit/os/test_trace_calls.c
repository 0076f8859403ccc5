/* ctest: os=Linux */
/* The filter of `reuse run`, run by an interpreter of its own: which calls it reports to the tracer. */
#include <stdlib.h>

#include "os/linux/trace_calls.h"
#include "tests/lib/test.h"

enum { ROOM = 4096, FASTOPEN = 0x20000000, X32 = 0x40000000, NONE = -1, BOXED = 24, NUMBERS = 600 };

static const uint32_t allow = 0x7fff0000, report = 0x7ff00000;

/* What linux/audit.h and asm/unistd.h say. The calls of x32 have a bit more than those of x86-64. */
static const struct machine {
	uint32_t audit;
	int bind, listen, connect, socket, ring, read, sendto, sendmsg, sendmmsg, box, seccomp,
	    prctl;
	bool big; /* big-endian: the low half of an argument stands behind the high one */
} machines[] = {
    {0xc000003e, 49, 50, 42, 41, 425, 0, 44, 46, 307, NONE, 317, 157, false},
    {0xc000003e, X32 + 49, X32 + 50, X32 + 42, X32 + 41, X32 + 425, X32 + 0, X32 + 44, X32 + 518,
	X32 + 538, NONE, X32 + 317, X32 + 157, false}, /* x32 */
    {0x40000003, 361, 363, 362, 359, 425, 3, 369, 370, 345, 102, 354, 172, false},
    {0xc00000b7, 200, 201, 203, 198, 425, 63, 206, 211, 269, NONE, 277, 167, false},
    {0x40000028, 282, 284, 283, 281, 425, 3, 290, 296, 374, NONE, 383, 172, false},
    {0xc00000f3, 200, 201, 203, 198, 425, 63, 206, 211, 269, NONE, 277, 167, false}, /* riscv64 */
    {0xc0000102, 200, 201, 203, 198, 425, 63, 206, 211, 269, NONE, 277, 167,
	false},                                                                    /* loongarch64 */
    {0xc0000015, 327, 329, 328, 326, 425, 3, 335, 341, 349, 102, 358, 171, false}, /* ppc64le */
    {0x80000015, 327, 329, 328, 326, 425, 3, 335, 341, 349, 102, 358, 171, true},  /* ppc64 */
    {0x80000016, 361, 363, 362, 359, 425, 3, 369, 370, 358, 102, 348, 172, true},  /* s390x */
    {0x00000016, 361, 363, 362, 359, 425, 3, 369, 370, 358, 102, 348, 172, true},  /* s390 */
};

/* struct seccomp_data, linux/seccomp.h */
struct call {
	uint32_t number, audit;
	uint64_t ip, args[6];
};

static struct filter_step steps[ROOM];

/* What the filter says; 0 where it does what a program must not. */
static uint32_t said_of(bool all, const struct call *call)
{
	const size_t count = trace_calls_filter(all, steps);
	uint32_t a = 0;

	for (size_t at = 0; at < count; at++) {
		const struct filter_step *step = &steps[at];
		if (step->code == 0x20 && step->k + sizeof a <= sizeof *call)
			memcpy(&a, (const char *)call + step->k, sizeof a);
		else if (step->code == 0x15)
			at += a == step->k ? step->if_true : step->if_false;
		else if (step->code == 0x45)
			at += a & step->k ? step->if_true : step->if_false;
		else
			return step->code == 0x06 ? step->k : 0;
	}
	return 0;
}

static bool host_big(void)
{
	const uint16_t one = 1;
	unsigned char first;

	memcpy(&first, &one, 1);
	return first == 0;
}

static void check_call(
    const struct machine *machine, bool all, int number, const uint64_t args[6], uint32_t want)
{
	struct call call = {.number = (uint32_t)number, .audit = machine->audit};

	for (size_t i = 0; args && i < sizeof call.args / sizeof *call.args; i++)
		call.args[i] = machine->big != host_big() ? args[i] << 32 | args[i] >> 32 : args[i];
	const uint32_t said = said_of(all, &call);
	CHECK(said == want, "%#x of %#x number %d, all %d", said, machine->audit, number, all);
}

static void it_has_room(void)
{
	for (int all = 0; all < 2; all++) {
		const size_t count = trace_calls_filter(all, steps);
		CHECK(count <= TRACE_CALLS_STEPS, "%zu steps, all %d", count, all);
	}
}

static void it_reports_what_addresses_a_socket(void)
{
	static const uint64_t plain[6] = {3, 0, 5, 0x40, 0, 0},
			      opens[6] = {3, 0, FASTOPEN, FASTOPEN | 0x40, 0, 0};
	/* SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL; PR_SET_SECCOMP, PR_SET_NAME */
	static const uint64_t installs[6] = {1}, asks[6] = {2}, sets[6] = {22, 2}, names[6] = {15};

	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const struct machine *on = &machines[m];
		for (int all = 0; all < 2; all++) {
			check_call(on, all, on->bind, NULL, report);
			check_call(on, all, on->listen, NULL, report);
			check_call(on, all, on->connect, NULL, report);
			check_call(on, all, on->ring, NULL, report);
			check_call(on, all, on->read, NULL, allow);
			check_call(on, all, on->socket, NULL, all ? report : allow);
			check_call(on, all, on->sendto, plain, allow);
			check_call(on, all, on->sendmsg, plain, allow);
			check_call(on, all, on->sendmmsg, plain, allow);
			check_call(on, all, on->sendto, opens, report);
			check_call(on, all, on->sendmsg, opens, report);
			check_call(on, all, on->sendmmsg, opens, report);
			check_call(on, all, on->seccomp, installs, report);
			check_call(on, all, on->seccomp, asks, allow);
			check_call(on, all, on->prctl, sets, report);
			check_call(on, all, on->prctl, names, allow);
		}
	}
}

/* socketcall: bind is 2, send 9, sendto 11. */
static void of_socketcall_it_reports_these_alone(void)
{
	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const uint64_t bind[6] = {2}, send[6] = {9}, sendto[6] = {11};
		if (machines[m].box == NONE)
			continue;
		check_call(&machines[m], false, machines[m].box, bind, report);
		check_call(&machines[m], false, machines[m].box, send, allow);
		check_call(&machines[m], false, machines[m].box, sendto, report);
	}
}

/* linux/net.h. The others, as getsockname, 6, and shutdown, 13, pass. */
static void each_call_within_socketcall_is_known(void)
{
	static const struct {
		enum trace_number number;
		enum tcp_call call;
		bool more; /* told only where all is asked for */
	} rows[] = {
	    [1] = {TRACE_NUMBER_CALL, CALL_SOCKET, true},
	    [2] = {TRACE_NUMBER_CALL, CALL_BIND, false},
	    [3] = {TRACE_NUMBER_CALL, CALL_CONNECT, false},
	    [4] = {TRACE_NUMBER_CALL, CALL_LISTEN, false},
	    [5] = {TRACE_NUMBER_CALL, CALL_ACCEPT, true},
	    [11] = {TRACE_NUMBER_SENDTO, CALL_CONNECT, false},
	    [14] = {TRACE_NUMBER_CALL, CALL_OPTION, true},
	    [16] = {TRACE_NUMBER_SENDMSG, CALL_CONNECT, false},
	    [18] = {TRACE_NUMBER_CALL, CALL_ACCEPT, true},
	    [20] = {TRACE_NUMBER_SENDMMSG, CALL_CONNECT, false},
	    [BOXED - 1] = {TRACE_NUMBER_NONE, CALL_NONE, false},
	};

	for (uint64_t which = 0; which < BOXED; which++) {
		enum tcp_call call = CALL_POLL;
		const enum trace_number number = trace_calls_boxed(which, &call);
		CHECK(number == rows[which].number && call == rows[which].call, "%llu: %d, %d",
		    (unsigned long long)which, (int)number, (int)call);
		for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
			for (int all = 0; all < 2 && machines[m].box != NONE; all++)
				check_call(&machines[m], all, machines[m].box, (uint64_t[6]){which},
				    number != TRACE_NUMBER_NONE && (all || !rows[which].more)
					? report
					: allow);
	}
}

/* Those that only -v shows. accept is accept4 on some. */
static const struct life {
	uint32_t audit;
	int close, setsockopt, accept, accept4;
} lives[] = {
    {0xc000003e, 3, 54, 43, 288},
    {0xc000003e, X32 + 3, X32 + 541, X32 + 43, X32 + 288},
    {0x40000003, 6, 366, NONE, 364},
    {0xc00000b7, 57, 208, 202, 242},
    {0x40000028, 6, 294, 285, 366},
    {0xc00000f3, 57, 208, 202, 242},
    {0xc0000102, 57, 208, 202, 242},
    {0xc0000015, 6, 339, 330, 344},
    {0x80000015, 6, 339, 330, 344},
    {0x80000016, 6, 366, NONE, 364},
    {0x00000016, 6, 366, NONE, 364},
};

/* What is reported of this number, with any arguments. */
static bool is_reported(const struct machine *on, const struct life *life, int number, bool all)
{
	const int always[] = {on->bind, on->listen, on->connect, on->ring};
	const int more[] = {on->socket, life->close, life->setsockopt, life->accept, life->accept4};

	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (always[i] == number)
			return true;
	for (size_t i = 0; all && i < sizeof more / sizeof *more; i++)
		if (more[i] == number)
			return true;
	return false;
}

/* Each other number passes, whatever is given; with flags and first arguments of 0 those that send or install, too. */
static void these_calls_are_reported_and_no_other(void)
{
	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const struct machine *on = &machines[m];
		const int from = on->bind & X32;
		CHECK(lives[m].audit == on->audit, "row %zu is of another machine", m);
		for (int number = from; number < from + NUMBERS; number++)
			for (int all = 0; all < 2; all++)
				check_call(on, all, number, NULL,
				    is_reported(on, &lives[m], number, all) ? report : allow);
	}
}

/* Of steps that do not jump nothing is said of where to. */
static void what_a_step_has_no_use_for_is_0(void)
{
	const size_t count = trace_calls_filter(true, steps);

	for (size_t i = 0; i < count; i++)
		CHECK(steps[i].if_true == 0 && (steps[i].code == 0x15 || steps[i].code == 0x45 ||
						   steps[i].if_false == 0),
		    "step %zu, code %#x: %u, %u", i, steps[i].code, steps[i].if_true,
		    steps[i].if_false);
}

static void words_are_as_long_as_those_of_the_machine(void)
{
	static const uint32_t of_32_bits[] = {0x40000003, 0x40000028, 0x00000016};

	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const uint64_t number = (uint64_t)machines[m].bind;
		size_t word = number & X32 ? 4 : 8;
		for (size_t i = 0; i < sizeof of_32_bits / sizeof *of_32_bits; i++)
			word = of_32_bits[i] == machines[m].audit ? 4 : word;
		CHECK(trace_calls_word(machines[m].audit, number) == word, "%#x: %zu",
		    machines[m].audit, trace_calls_word(machines[m].audit, number));
	}
}

static void another_machine_is_let_alone(void)
{
	static const struct machine other = {.audit = 0x12345678};

	for (int number = 0; number < 500; number++)
		check_call(&other, true, number, NULL, allow);
}

static void what_it_reports_is_known_again(void)
{
	enum tcp_call call;

	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const struct machine *on = &machines[m];
		const struct life *life = &lives[m];
		const struct {
			int number;
			enum trace_number which;
			enum tcp_call call;
		} all[] = {
		    {on->socket, TRACE_NUMBER_CALL, CALL_SOCKET},
		    {on->bind, TRACE_NUMBER_CALL, CALL_BIND},
		    {on->listen, TRACE_NUMBER_CALL, CALL_LISTEN},
		    {on->connect, TRACE_NUMBER_CALL, CALL_CONNECT},
		    {life->setsockopt, TRACE_NUMBER_CALL, CALL_OPTION},
		    {life->accept, TRACE_NUMBER_CALL, CALL_ACCEPT},
		    {life->accept4, TRACE_NUMBER_CALL, CALL_ACCEPT},
		    {life->close, TRACE_NUMBER_CALL, CALL_CLOSE},
		    {on->ring, TRACE_NUMBER_RING, CALL_NONE},
		    {on->box, TRACE_NUMBER_BOX, CALL_NONE},
		    {on->sendto, TRACE_NUMBER_SENDTO, CALL_CONNECT},
		    {on->sendmsg, TRACE_NUMBER_SENDMSG, CALL_CONNECT},
		    {on->sendmmsg, TRACE_NUMBER_SENDMMSG, CALL_CONNECT},
		    {on->seccomp, TRACE_NUMBER_FILTER, CALL_NONE},
		    {on->prctl, TRACE_NUMBER_FILTER, CALL_NONE},
		};
		const int from = on->bind & X32;
		for (int number = from - 2; number < from + NUMBERS; number++) {
			size_t i = 0;
			while (i < sizeof all / sizeof *all &&
			       (all[i].number == NONE || all[i].number != number))
				i++;
			const bool is = i < sizeof all / sizeof *all;
			const enum trace_number which =
			    trace_calls_which(on->audit, (uint64_t)number, &call);
			CHECK(which == (is ? all[i].which : TRACE_NUMBER_NONE) &&
				  call == (is ? all[i].call : CALL_NONE),
			    "%d, %d of %#x number %d", (int)which, (int)call, on->audit, number);
		}
	}
	CHECK(trace_calls_word(machines->audit, 49) == 8 &&
		  trace_calls_word(machines->audit, X32 + 49) == 4,
	    "bytes of a long");
}

int main(void)
{
	TEST(it_has_room);
	TEST(it_reports_what_addresses_a_socket);
	TEST(of_socketcall_it_reports_these_alone);
	TEST(each_call_within_socketcall_is_known);
	TEST(these_calls_are_reported_and_no_other);
	TEST(what_a_step_has_no_use_for_is_0);
	TEST(words_are_as_long_as_those_of_the_machine);
	TEST(another_machine_is_let_alone);
	TEST(what_it_reports_is_known_again);
	return test_failures != 0;
}
