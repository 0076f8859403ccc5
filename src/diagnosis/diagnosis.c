#include <errno.h>
#include <string.h>

#include "diagnosis/diagnosis.h"

size_t diagnose_errno(enum tcp_call call, int error, const struct subject *subject,
    struct reason reasons[REASONS_MOST])
{
	size_t count = 0;

	/* Those that hold stand before those that could not be asked. */
	for (int pass = 0; pass < 2; pass++)
		for (const struct cause *cause = errors_cause(NULL, call, error);
		     cause && count < REASONS_MOST; cause = errors_cause(cause, call, error)) {
			struct reason *reason = &reasons[count];
			reason->cause = cause;
			reason->holds = cause_holds(cause, subject, reason->said);
			count += reason->holds == (pass == 0 ? FACT_YES : FACT_UNKNOWN);
		}
	return count;
}

/* What it is refused for besides other sockets. */
static void find_reasons(struct diagnosis *diagnosis)
{
	const struct fault *fault = &diagnosis->refused;
	const struct subject subject = {.local = &diagnosis->newcomer.local,
	    .udp = diagnosis->newcomer.udp,
	    .bind = diagnosis->bind};

	if (fault->at == CALL_NONE ||
	    (fault->error == EADDRINUSE && addr_port(&diagnosis->newcomer.local) != 0))
		return;
	diagnosis->reason_count =
	    diagnose_errno(fault->at, fault->error, &subject, diagnosis->reasons);
	for (size_t i = 0; i < diagnosis->reason_count; i++)
		diagnosis->privileged |=
		    diagnosis->reasons[i].holds == FACT_YES &&
		    diagnosis->reasons[i].cause->check == CHECK_PRIVILEGED_PORT;
}

void diagnose(const struct findings *findings, const struct newcomer *newcomer, bool bind,
    struct diagnosis *diagnosis)
{
	const struct outcome *outcome = &diagnosis->test.outcomes[PROBE_NONE];

	*diagnosis = (struct diagnosis){.findings = findings, .newcomer = *newcomer, .bind = bind};
	bindtest_run(findings, newcomer, bind, &diagnosis->test);
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
