#include "cli/stop.h"
#include "cmd/experiment/ask.h"
#include "cmd/experiment/needs.h"
#include "cmd/experiment/part.h"

void part_run(struct show *show, const struct part *part)
{
	const char *const reason = needs_missing(needs_of(show, part));
	const struct outcome *const outcome = &show->outcome;
	int answer = -1;

	view_part(show, part);
	if (reason) {
		view_skip(show, reason);
		return;
	}
	if (part->question.text && show->asking)
		answer = ask_question(show, &part->question);
	if (stop_wanted())
		return;
	if (part->programs[0].name)
		demo_run(show, part);
	else if (needs_network(part->needs))
		apart_run(show, part);
	else
		steps_run(show, part, false);
	if (outcome->broken || outcome->part_skipped || stop_wanted())
		return;
	if (answer >= 0)
		ask_reveal(show, &part->question, answer);
	if (!outcome->part_differs && !outcome->part_open)
		view_lesson(part);
}
