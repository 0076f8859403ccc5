#include <errno.h>

#include "diagnosis/bindtest.h"

struct run {
	const struct findings *findings;
	const struct newcomer *newcomer;
	struct bindtest *test;
	/* the rule would have let in what was refused: something that is not listed refuses it */
	bool belied;
};

bool bindtest_lets(const struct bindtest *test, unsigned set)
{
	return test->outcomes[set].basis != BASIS_UNKNOWN &&
	       test->outcomes[set].fault.at == CALL_NONE;
}

static bool in_use(const struct fault *fault)
{
	return fault->at == CALL_BIND && fault->error == EADDRINUSE;
}

/* Tries that set; returns whether it was let in. */
static bool try_set(struct run *run, unsigned set)
{
	struct outcome *outcome = &run->test->outcomes[set];

	*outcome = (struct outcome){.basis = BASIS_TRIED};
	return probe_bind(&run->newcomer->local, run->newcomer->udp, set | run->newcomer->set,
		   &outcome->fault) == 0;
}

static void derive(struct run *run, unsigned set, struct fault fault)
{
	run->test->outcomes[set] = (struct outcome){.basis = BASIS_DERIVED, .fault = fault};
}

static void derive_in_use(struct run *run, unsigned set)
{
	derive(run, set, (struct fault){.at = CALL_BIND, .error = EADDRINUSE});
}

static void derive_let_in(struct run *run, unsigned set)
{
	derive(run, set, (struct fault){0});
}

/* By the rule alone. Returns whether all of the sets from `base` on are known. */
static bool derive_all(struct run *run, unsigned base)
{
	bool known = true;

	for (unsigned set = base; set < base + PROBE_V6ONLY; set++) {
		const enum may may = conflict_may(run->findings, run->newcomer,
		    set | run->newcomer->set, run->newcomer->uid, NULL);
		if (may == MAY)
			derive_let_in(run, set);
		else if (may == MAY_NOT)
			derive_in_use(run, set);
		else
			run->test->outcomes[set].basis = BASIS_UNKNOWN;
		known &= may != MAY_OR_NOT;
	}
	return known;
}

/* Binds without options to an address at that port that nobody has, which takes back the mark that a bind with
 * SO_REUSEPORT has left. False where each is somebody's: both wildcards, as a rule. */
static bool bind_spare(const struct run *run)
{
	const unsigned port = addr_port(&run->newcomer->local);
	union addr spare[4];
	struct fault fault;

	spare[0] = addr_loopback(AF_INET, port);
	spare[1] = addr_loopback(AF_INET6, port);
	spare[0].v4.sin_addr.s_addr = htonl(0x7f090909); /* 127.9.9.9 */
	spare[2] = spare[1];
	spare[2].v6.sin6_addr = (struct in6_addr){
	    .s6_addr = {[10] = 0xff, [11] = 0xff, [12] = 127, [13] = 9, [14] = 9, [15] = 9}};
	/* RFC 6666: of a prefix that leads nowhere. */
	spare[3] = spare[1];
	spare[3].v6.sin6_addr = (struct in6_addr){.s6_addr = {[0] = 1, [14] = 9, [15] = 9}};
	for (size_t i = 0; i < 4; i++)
		if (probe_bind(&spare[i], run->newcomer->udp, i < 3 ? PROBE_NONE : PROBE_FREE,
			&fault) == 0)
			return true;
	return false;
}

/* By binds, in the order that does the least harm: each that is let in overwrites or clears what the kernel
 * remembers (Linux 6.18, inet_csk_update_fastreuse). `v6`: PROBE_V6ONLY or 0. The first is SO_REUSEPORT
 * alone: refused, so is none; let in, so are both. The mark of :: with IPV6_V6ONLY lets in one without it that the
 * rule refuses (sk_reuseport_match): where it could not be taken back nothing is tried. */
static void try_all(struct run *run, unsigned v6)
{
	const unsigned none = v6, addr = v6 | PROBE_ADDR, port = v6 | PROBE_PORT,
		       both = v6 | PROBE_BOTH;
	const bool wide = addr_is_any(&run->newcomer->local);
	const struct fault *fault = &run->test->outcomes[port].fault;

	if (v6 && !bind_spare(run))
		return;
	if (try_set(run, port)) {
		derive_let_in(run, both);
		if (try_set(run, none)) {
			derive_let_in(run, addr);
			return;
		}
		if (try_set(run, addr)) {
			struct fault again;
			/* The mark is as it was after one more with SO_REUSEPORT. */
			if (probe_bind(&run->newcomer->local, run->newcomer->udp, port, &again) < 0)
				try_set(run, both);
		}
		if (wide)
			bind_spare(run);
		return;
	}
	if (!in_use(fault)) {
		for (unsigned set = none; set <= both; set++)
			if (set != port)
				derive(run, set, *fault);
		return;
	}
	if (run->test->outcomes[none].basis != BASIS_TRIED)
		derive_in_use(run, none);
	if (try_set(run, addr))
		derive_let_in(run, both);
	else if (try_set(run, both) || wide)
		bind_spare(run);
}

/* One bind without options where that is enough. Returns whether all of the sets are known then. */
static bool try_none(struct run *run, unsigned v6)
{
	struct bindtest *test = run->test;
	const bool derived = derive_all(run, v6);
	const bool let = bindtest_lets(test, v6);

	/* Where a socket is known to be in the way and options are not, it would tell nothing. */
	if (!derived && test->outcomes[v6].basis == BASIS_DERIVED && !let)
		return false;
	if (try_set(run, v6)) {
		for (unsigned set = v6 + 1; set < v6 + PROBE_V6ONLY; set++)
			derive_let_in(run, set);
		return true;
	}
	const struct fault fault = test->outcomes[v6].fault;
	if (in_use(&fault)) {
		/* A socket that nobody lists is in the way where the rule would have let it in. */
		run->belied = derived && let;
		for (unsigned set = v6 + 1; run->belied && set < v6 + PROBE_V6ONLY; set++)
			test->outcomes[set].basis = BASIS_UNKNOWN;
		return derived && !let;
	}
	for (unsigned set = v6 + 1; set < v6 + PROBE_V6ONLY; set++)
		derive(run, set, fault);
	return true;
}

/* Port 0: no option matters but IPV6_V6ONLY, as bind to it shares nothing. */
static void run_any_port(struct run *run, bool bind)
{
	for (unsigned base = 0; base < run->test->sets; base += PROBE_V6ONLY) {
		if (!bind)
			return;
		try_set(run, base);
		for (unsigned set = base + 1; set < base + PROBE_V6ONLY; set++)
			derive(run, set, run->test->outcomes[base].fault);
	}
}

void bindtest_run(const struct findings *findings, const struct newcomer *newcomer, bool bind,
    struct bindtest *test)
{
	struct run run = {.findings = findings, .newcomer = newcomer, .test = test};
	const bool v6 = newcomer->local.any.sa_family == AF_INET6 && addr_is_any(&newcomer->local);

	*test = (struct bindtest){.sets = v6 ? PROBE_SETS : PROBE_V6ONLY};
	if (addr_port(&newcomer->local) == 0) {
		run_any_port(&run, bind);
		return;
	}
	for (unsigned base = 0; base < test->sets; base += PROBE_V6ONLY) {
		/* What is free in both families is free in one, and other refusals are the same. */
		if (base > 0 && test->outcomes[0].basis != BASIS_UNKNOWN &&
		    !in_use(&test->outcomes[0].fault)) {
			for (unsigned set = base; set < test->sets; set++)
				derive(&run, set, test->outcomes[0].fault);
			return;
		}
		if (!bind || (base > 0 && !run.belied && derive_all(&run, base)))
			derive_all(&run, base);
		else if (!try_none(&run, base))
			try_all(&run, base);
	}
}
