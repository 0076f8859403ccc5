"""Tables of text and of markdown."""


def _text(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        yield "  ".join(cells).rstrip()


def _markdown(rows):
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|---|" + "---:|" * (len(rows[0]) - 1)
    for row in rows[1:]:
        yield "| " + " | ".join(row) + " |"


def show(title, head, rows, markdown=False):
    """Prints rows of strings; the first column is left-aligned, the others right."""
    if not rows:
        return
    print(f"\n### {title}\n" if markdown else f"\n{title}")
    for line in (_markdown if markdown else _text)([head] + rows):
        print(line)


def number(value):
    """Three digits and more where they stand before the point; '-' for what was not measured."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
