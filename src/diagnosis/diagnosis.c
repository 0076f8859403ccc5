#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "diagnosis/diagnosis.h"

size_t diagnose_errno(enum tcp_call call, int error, const struct subject *subject,
    struct reason reasons[REASONS_MOST])
{
	struct subject asked = subject ? *subject : (struct subject){0};
	size_t count = 0;

	asked.call = call;
	/* Those that hold stand before those that could not be asked. */
	for (int pass = 0; pass < 2; pass++)
		for (const struct cause *cause = errors_cause(NULL, call, error);
		     cause && count < REASONS_MOST; cause = errors_cause(cause, call, error)) {
			struct reason *reason = &reasons[count];
			reason->cause = cause;
			reason->holds = cause_holds(cause, &asked, reason->said);
			count += reason->holds == (pass == 0 ? FACT_YES : FACT_UNKNOWN);
		}
	return count;
}

/* Causes of another errno that hold as well: bind stops at the first. */
static void add_others(struct diagnosis *diagnosis, int error, const struct subject *subject)
{
	for (const struct cause *cause = errors_cause(NULL, CALL_BIND, error);
	     cause && diagnosis->reason_count < REASONS_MOST;
	     cause = errors_cause(cause, CALL_BIND, error)) {
		struct reason *reason = &diagnosis->reasons[diagnosis->reason_count];
		const bool asked = cause->check == CHECK_PRIVILEGED_PORT || error != EACCES;
		reason->cause = cause;
		reason->holds = asked ? cause_holds(cause, subject, reason->said) : FACT_NO;
		diagnosis->reason_count += reason->holds == FACT_YES;
	}
}

/* What else it would be refused for. Of IPv4 the address is looked at before the privilege, of IPv6 the
 * privilege first: Linux, __inet_bind and __inet6_bind. */
static void add_next(struct diagnosis *diagnosis, const struct subject *subject)
{
	const struct fault *fault = &diagnosis->refused;

	if (fault->at != CALL_BIND || diagnosis->reason_count == 0 ||
	    diagnosis->reasons[0].holds != FACT_YES)
		return;
	if (fault->error != EACCES && fault->error != EADDRINUSE) {
		add_others(diagnosis, EACCES, subject);
	} else if (diagnosis->reasons[0].cause->check == CHECK_PRIVILEGED_PORT &&
		   subject->local->any.sa_family == AF_INET6) {
		add_others(diagnosis, EADDRNOTAVAIL, subject);
		add_others(diagnosis, EINVAL, subject);
	}
}

/* Whether root of this network would be let in, as far as it is no matter of sharing. */
static bool lacks_privilege(const struct diagnosis *diagnosis)
{
	bool lacks = false;

	for (size_t i = 0; i < diagnosis->reason_count; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		if (reason->holds != FACT_YES)
			continue;
		if (reason->cause->check == CHECK_PRIVILEGED_PORT)
			lacks = true;
		else if (reason->cause->check != CHECK_FOREIGN_NETWORK)
			return false;
	}
	return lacks;
}

/* Where the sockets that are listed would let it in, something else has answered before the network. */
static void find_sandbox(struct diagnosis *diagnosis, const struct subject *subject)
{
	const struct cause *cause = errors_cause(NULL, CALL_BIND, EADDRINUSE);
	struct reason *reason = diagnosis->reasons;

	if (diagnosis->in_the_way > 0 || !conflict_complete(diagnosis->findings))
		return;
	while (cause && cause->check != CHECK_SANDBOX)
		cause = errors_cause(cause, CALL_BIND, EADDRINUSE);
	if (!cause)
		return;
	reason->cause = cause;
	reason->holds = cause_holds(cause, subject, reason->said);
	diagnosis->reason_count = reason->holds != FACT_NO;
}

/* What it is refused for besides other sockets. */
static void find_reasons(struct diagnosis *diagnosis)
{
	const struct fault *fault = &diagnosis->refused;
	const struct subject subject = {.local = &diagnosis->newcomer.local,
	    .udp = diagnosis->newcomer.udp,
	    .bind = diagnosis->bind,
	    .seen = diagnosis->newcomer.seen,
	    .bound = diagnosis->newcomer.bound,
	    .v6only = (diagnosis->newcomer.set & PROBE_V6ONLY) != 0,
	    .refused = diagnosis->test.outcomes[PROBE_NONE].basis == BASIS_TRIED};

	if (fault->at == CALL_NONE)
		return;
	if (fault->error == EADDRINUSE && addr_port(&diagnosis->newcomer.local) != 0) {
		find_sandbox(diagnosis, &subject);
		return;
	}
	diagnosis->reason_count =
	    diagnose_errno(fault->at, fault->error, &subject, diagnosis->reasons);
	add_next(diagnosis, &subject);
	diagnosis->privileged = fault->error == EACCES && lacks_privilege(diagnosis);
}

/* The errno of the first cause that holds as far as it can be asked without a bind; 0: none does. */
static int derived_error(const struct subject *subject)
{
	static const int of_v4[] = {EADDRNOTAVAIL, EINVAL, EACCES};
	static const int of_v6[] = {EACCES, EINVAL, EADDRNOTAVAIL};
	static const int of_group[] = {EINVAL, EACCES, EADDRNOTAVAIL};
	const union addr *local = subject->local;
	const bool v6 = local->any.sa_family == AF_INET6;
	const int *errors = !v6 ? of_v4 : of_v6;
	/* A wildcard is everywhere, and an IPv4 multicast address may be bound. */
	const bool placed =
	    !addr_is_any(local) && (v6 || !IN_MULTICAST(ntohl(local->v4.sin_addr.s_addr)));
	char said[CAUSE_SAID];

	if (v6 && IN6_IS_ADDR_MULTICAST(&local->v6.sin6_addr))
		errors = of_group;
	for (size_t i = 0; i < 3; i++) {
		const int error = errors[i];
		for (const struct cause *cause = errors_cause(NULL, CALL_BIND, error); cause;
		     cause = errors_cause(cause, CALL_BIND, error))
			if ((placed || error == EACCES) && cause->check != CHECK_FOREIGN_NETWORK &&
			    cause_holds(cause, subject, said) == FACT_YES)
				return error;
	}
	return 0;
}

/* Where nothing is bound what is refused for another reason than sharing is derived too. */
static void derive_refusal(struct diagnosis *diagnosis)
{
	const struct subject subject = {
	    .local = &diagnosis->newcomer.local, .udp = diagnosis->newcomer.udp};
	const int error = addr_port(subject.local) != 0 ? derived_error(&subject) : 0;

	for (unsigned set = 0; error && set < diagnosis->test.sets; set++)
		diagnosis->test.outcomes[set] = (struct outcome){
		    .basis = BASIS_DERIVED, .fault = {.at = CALL_BIND, .error = error}};
}

void diagnose(const struct findings *findings, const struct newcomer *asked, bool bind,
    struct diagnosis *diagnosis)
{
	const struct outcome *outcome = &diagnosis->test.outcomes[PROBE_NONE];
	const struct newcomer *newcomer = &diagnosis->newcomer;
	const unsigned device = conflict_device(&asked->local);

	*diagnosis = (struct diagnosis){.findings = findings, .newcomer = *asked, .bind = bind};
	if (device)
		diagnosis->newcomer.device = device;
	bindtest_run(findings, newcomer, bind, &diagnosis->test);
	/* What a call was refused for says more. */
	if (!bind && newcomer->refused.at == CALL_NONE)
		derive_refusal(diagnosis);
	/* What is no matter of sharing no option of sharing changes. */
	for (unsigned set = 0; newcomer->refused.at != CALL_NONE && set < diagnosis->test.sets;
	     set++)
		if (set == PROBE_NONE || newcomer->refused.error != EADDRINUSE)
			diagnosis->test.outcomes[set] = (struct outcome){
			    .basis = set == PROBE_NONE ? BASIS_TRIED : BASIS_DERIVED,
			    .fault = newcomer->refused};
	diagnosis->free = outcome->basis != BASIS_UNKNOWN && outcome->fault.at == CALL_NONE;
	diagnosis->refused = outcome->fault;
	for (size_t i = 0; i < findings->holders.count; i++) {
		if (diagnosis->free || !conflict_blocks(newcomer, &findings->holders.list[i]))
			continue;
		if (diagnosis->in_the_way++ == 0)
			diagnosis->first = i;
	}
	find_reasons(diagnosis);
	cures_find(
	    findings, newcomer, &diagnosis->test, diagnosis->privileged, bind, &diagnosis->cures);
}

bool diagnosis_blocks(const struct diagnosis diagnoses[], size_t count, const struct holder *holder)
{
	for (size_t i = 0; i < count; i++)
		if (!diagnoses[i].free && conflict_blocks(&diagnoses[i].newcomer, holder))
			return true;
	return false;
}
