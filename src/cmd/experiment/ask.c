#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/stop.h"
#include "cmd/experiment/ask.h"

enum { LINE = 80 };

bool ask_possible(void)
{
	return isatty(STDIN_FILENO) && out_terminal();
}

/* A line typed, without its newline; what does not fit is dropped. Returns false at the end of the
 * input, or when told to stop. */
static bool read_line(int stop, char line[LINE])
{
	struct pollfd fds[2] = {
	    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
	size_t len = 0;

	for (;;) {
		char c;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return false;
		if (stop_wanted())
			return false;
		if (!fds[0].revents)
			continue;
		const ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return false;
		if (c == '\n')
			break;
		if (len < LINE - 1)
			line[len++] = c;
	}
	line[len] = 0;
	return true;
}

static int count_answers(const struct question *question)
{
	int n = 0;

	while (n < EXPERIMENT_ANSWERS && question->answers[n])
		n++;
	return n;
}

int ask_question(struct show *show, const struct question *question)
{
	const int count = count_answers(question);
	char line[LINE], before[8];

	view_text("? ", question->text);
	for (int i = 0; i < count; i++) {
		snprintf(before, sizeof before, "  %d  ", i + 1);
		view_text(before, question->answers[i]);
	}
	for (;;) {
		out_prompt("Your guess, 1 to %d (enter: none): ", count);
		if (!read_line(show->stop, line)) {
			out_line("%s", "");
			show->asking = false;
			return -1;
		}
		char *end;
		const long guess = strtol(line, &end, 10);
		if (!line[strspn(line, " \t\r")])
			return -1;
		if (!end[strspn(end, " \t\r")] && guess >= 1 && guess <= count)
			return (int)guess - 1;
	}
}

void ask_reveal(struct show *show, const struct question *question, int answer)
{
	char text[VIEW_TEXT];

	if (show->outcome.part_differs) {
		view_text("! ", "This kernel surprised us both; it does not count.");
		return;
	}
	if (show->outcome.part_open) {
		view_text("! ", "What this kernel should do is not known; it does not count.");
		return;
	}
	show->asked++;
	show->right += answer == question->right;
	snprintf(text, sizeof text, "%s It is %d: %s.",
	    answer == question->right ? "Right." : "No.", question->right + 1,
	    question->answers[question->right]);
	view_text("! ", text);
}
