#include <limits.h>
#include <string.h>

#include "cli/spelling.h"
#include "cli/text.h"

enum { LETTERS = 31 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned spelling_distance(const char *a, const char *b)
{
	unsigned d[LETTERS + 1][LETTERS + 1];
	const size_t m = strnlen(a, LETTERS + 1), n = strnlen(b, LETTERS + 1);

	if (m > LETTERS || n > LETTERS)
		return UINT_MAX;
	for (unsigned i = 0; i <= m; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= m; i++)
		for (size_t j = 1; j <= n; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1);
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[m][n];
}

void spelling_add(struct spelling *spelling, const char *name)
{
	const size_t len = strlen(spelling->word);
	const bool begins = len > 0 && !strncmp(name, spelling->word, len);

	if (!begins &&
	    (spelling->begins || spelling_distance(spelling->word, name) > (len > 4 ? 2 : 1)))
		return;
	if (begins && !spelling->begins)
		*spelling->text = 0;
	spelling->begins |= begins;
	text_add(spelling->text, sizeof spelling->text - 1, "%s'%s%s'",
	    *spelling->text ? " or " : ", did you mean ", spelling->before ? spelling->before : "",
	    name);
}

const char *spelling_text(struct spelling *spelling)
{
	if (*spelling->text)
		text_add(spelling->text, sizeof spelling->text, "?");
	return spelling->text;
}
