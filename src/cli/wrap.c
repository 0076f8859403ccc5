#include <string.h>

#include "cli/out.h"
#include "cli/wrap.h"

int wrap_words(int column, const char *text, size_t len, int indent)
{
	const char *const end = text + len;
	const int last = out_width() - 1; /* in the last column some terminals begin a new line */
	bool first = true;

	while (text < end) {
		int word = (int)strcspn(text, " \n");
		if (text + word > end)
			word = (int)(end - text);
		if (column > indent && column + !first + word > last) {
			out_line("%s", "");
			out_start("%*s", indent, "");
			column = indent;
		} else if (!first) {
			out_start(" ");
			column++;
		}
		out_start("%.*s", word, text);
		column += word;
		text += word + 1;
		first = false;
	}
	return column;
}

void wrap_text(const char *text, size_t len, int indent)
{
	wrap_words(indent, text, len, indent);
	out_line("%s", "");
}
