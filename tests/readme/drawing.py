"""Draws a session of two servers and two clients that share one source, as an SVG.

Clients stand on the left, servers on the right, the source that both clients have between them, and
`reuse why` below. Places follow from numbers of columns and lines alone, so that other times and
pids give the same drawing. Readable on a light and on a dark page: it has a ground of its own."""

import html
import re
import textwrap

COLUMNS = 57  # of a terminal in the upper part
FONT, ADVANCE, LEADING = 12, 7.2, 18
PAD, BAR = 14, 26  # inside a window: around the text, and its title bar
EDGE, GAP = 16, 64  # around all, and between windows
WIDTH = 2 * (COLUMNS * ADVANCE + 2 * PAD) + GAP + 2 * EDGE

FIXED = """
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre; }
.command, .big, .source, .first, .second { font-weight: bold; }
.note { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.big { font-size: 15px; }
path { fill: none; stroke-width: 2; }
.rule { stroke-width: 1; }
.ground { stroke: none; }
.pill { stroke-width: 2; }
""".strip()

# Plain rules, for what draws an SVG need not know variables.
COLOURS = """
text { fill: %(text)s; } .dim { fill: %(dim)s; }
.source { fill: %(source)s; } .first { fill: %(first)s; } .second { fill: %(second)s; }
rect { stroke: %(line)s; fill: %(window)s; } .ground { fill: %(ground)s; }
.dot { fill: %(line)s; } .rule { stroke: %(line)s; }
.from, .pill { stroke: %(source)s; } .to-first { stroke: %(first)s; } .to-second { stroke: %(second)s; }
""".strip()

LIGHT = {"ground": "#f6f8fa", "window": "#ffffff", "line": "#d0d7de", "text": "#1f2328",
         "dim": "#656d76", "source": "#a0307f", "first": "#0860ca", "second": "#17742f"}
DARK = {"ground": "#0d1117", "window": "#161b22", "line": "#30363d", "text": "#e6edf3",
        "dim": "#9198a1", "source": "#ff7fc4", "first": "#6cb2ff", "second": "#4cc763"}
STYLE = (f"{FIXED}\n{COLOURS % LIGHT}\n"
         f"@media (prefers-color-scheme: dark) {{\n{COLOURS % DARK}\n}}")


def number(value):
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    def __init__(self, ends):
        """`ends`: [(class, address, port)], painted wherever a line names them."""
        self.parts = []
        self.classes = {f"{address} {port}": kind for kind, address, port in ends}
        self.classes.update({f"{address}:{port}": kind for kind, address, port in ends})
        self.ends = re.compile("|".join(re.escape(end) for end in self.classes))

    def painted(self, line):
        """The line as SVG, its ends in their colours."""
        return self.ends.sub(lambda end: f'<tspan class="{self.classes[end[0]]}">{end[0]}</tspan>',
                             html.escape(line, quote=False))

    def text(self, x, y, line, kind="", exact=True, anchor="start"):
        """One line; `exact`: as wide as its columns, whatever the font."""
        if not line:
            return
        length = f' textLength="{number(len(line) * ADVANCE)}"' if exact else ""
        self.parts.append(f'<text x="{number(x)}" y="{number(y)}" class="{kind}"{length}'
                          f' text-anchor="{anchor}" xml:space="preserve">{self.painted(line)}</text>')

    def rect(self, x, y, width, height, radius, kind=""):
        self.parts.append(f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}"'
                          f' height="{number(height)}" rx="{radius}" class="{kind}"/>')

    def curve(self, x, y, to_x, to_y, kind):
        """Leaves (x, y) level and comes to (to_x, to_y) upright; or the other way round."""
        if kind == "from":
            bend = f"{number(x)} {number(to_y)}"
        else:
            bend = f"{number(to_x)} {number(y)}"
        self.parts.append(f'<path d="M{number(x)} {number(y)} Q{bend} {number(to_x)} {number(to_y)}"'
                          f' class="{kind}"/>')

    def head(self, x, y, down, kind):
        """The point of an arrow at (x, y)."""
        back = -7 if down else 7
        self.parts.append(f'<path d="M{number(x - 5)} {number(y + back)} L{number(x)} {number(y)}'
                          f' L{number(x + 5)} {number(y + back)}" class="{kind}"/>')

    def window(self, x, y, columns, height, title, command, lines):
        width = columns * ADVANCE + 2 * PAD
        self.rect(x, y, width, height, 8)
        self.parts.append(f'<path d="M{number(x)} {number(y + BAR)} h{number(width)}"'
                          f' class="rule"/>')
        for i in range(3):
            self.parts.append(f'<circle cx="{number(x + PAD + 4 + 14 * i)}" cy="{number(y + BAR / 2)}"'
                              f' r="4" class="dot"/>')
        self.text(x + width / 2, y + BAR / 2 + 4, title, "dim note", False, "middle")
        at = y + BAR + PAD / 2 + LEADING - 4
        for i, line in enumerate(["$ " + command] + lines):
            self.text(x + PAD, at + i * LEADING, line, "" if i else "command")


def wrapped(lines):
    return [part for line in lines for part in textwrap.wrap(
        line, COLUMNS, subsequent_indent="  ", drop_whitespace=False) or [""]]


def holders(lines):
    """The table of `reuse why`, without its options, for which there is no room."""
    at = next(i for i, line in enumerate(lines) if line.startswith("STATE"))
    rows = [line for line in lines[at:] if re.match("STATE|ESTABLISHED", line)]
    return [re.sub(r" +(OPTIONS|SO_.*)$", "", row) for row in rows]


def tall(lines):
    return BAR + PAD + (1 + len(lines)) * LEADING


def draw(session):
    """`session`: [(command, lines)] of two servers, two clients and `reuse why`, in any order."""
    servers = [one for one in session if "listen" in one[0]]
    clients = [one for one in session if "connect" in one[0]]
    why = next(one for one in session if "why" in one[0])
    words = [command.split() for command, _ in clients]
    source = words[0][1:3]
    goals = [word[3:5] for word in words]
    picture = Drawing([("source", *source), ("first", *goals[0]), ("second", *goals[1])])

    rows = [[(title, command, [line.replace("  ", "  ") for line in wrapped(lines)])
             for title, (command, lines) in
             ((f"client {i + 1}", clients[i]), (f"server {i + 1}", servers[i]))] for i in range(2)]
    height = max(tall(lines) for row in rows for _, _, lines in row)
    right = EDGE + COLUMNS * ADVANCE + 2 * PAD + GAP
    tops = [EDGE, EDGE + height + GAP + 8]
    for top, row in zip(tops, rows):
        for x, (title, command, lines) in zip((EDGE, right), row):
            picture.window(x, top, COLUMNS, height, title, command, lines)

    middle = (tops[0] + height + tops[1]) / 2
    pill = 176
    left_end, right_end = (WIDTH - pill) / 2, (WIDTH + pill) / 2
    client_x, server_x = left_end - 70, right_end + 70
    for near, far in ((tops[0] + height, 0), (tops[1], 1)):
        kind = ("to-first", "to-second")[far]
        picture.curve(client_x, near, left_end, middle, "from")
        picture.curve(right_end, middle, server_x, near, kind)
        picture.head(server_x, near, far == 1, kind)
        picture.text(server_x + 16, middle - 8 if far == 0 else middle + 17,
                     "to " + ":".join(goals[far]))
    picture.rect(left_end, middle - 23, pill, 46, 23, "pill")
    picture.text(WIDTH / 2, middle - 4, "one source", "dim note", False, "middle")
    picture.text(WIDTH / 2, middle + 13, ":".join(source), "", False, "middle")

    # Whose the connections are; what would let one in is another matter.
    command, lines = why
    lines = holders(lines)
    top = tops[1] + height + 24
    columns = 80
    picture.window(EDGE, top, columns, tall(lines), "any terminal", command, lines)
    beside = EDGE + columns * ADVANCE + 2 * PAD + 24
    for i, (line, kind) in enumerate((("Two connections share", "note big"),
                                      ("their source.", "note big"),
                                      ("TCP tells them apart by", "note dim"),
                                      ("their destinations.", "note dim"))):
        picture.text(beside, top + BAR + 16 + i * 21, line, kind, False)
    total = top + tall(lines) + EDGE

    size = f"{number(WIDTH)} {number(total)}"
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"'
         f' width="{number(WIDTH)}" height="{number(total)}" role="img">',
         "<title>Two clients, one source address and port, two servers</title>",
         f"<style>{STYLE}</style>",
         f'<rect width="{number(WIDTH)}" height="{number(total)}" rx="12" class="ground"/>']
        + picture.parts + ["</svg>", ""])
