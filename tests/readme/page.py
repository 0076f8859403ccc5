"""The README as blocks: what is pasted, and what is shown to come of it."""

import re

FENCE = re.compile(r"^( *)```(\w*)$")


class Block:
    """Lines between two fences. `shows` is the block of output right behind it, or None."""

    def __init__(self, kind, indent, first):
        self.kind, self.indent, self.first = kind, indent, first
        self.lines, self.last, self.shows = [], first, None
        self.ending = ""  # of what it leaves in the background

    @property
    def text(self):
        return "\n".join(self.lines)


PROMPT = "$ "


class Page:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.blocks = []
        block, before = None, None
        for number, line in enumerate(self.lines):
            fence = FENCE.match(line)
            if block and fence:
                block.last = number
                if block.kind == "console":
                    self.part(block)
                self.blocks.append(block)
                before, block = block, None
            elif block:
                block.lines.append(line[len(block.indent):])
            elif fence:
                block = Block(fence[2], fence[1], number + 1)
                if not block.kind and before:
                    before.shows = block
                before = None
            elif line.strip():
                before = None
        if block:
            raise SystemExit(f"FAIL: the block of line {block.first} has no end")

    def part(self, block):
        """What is typed of a console, and what is shown below."""
        typed = [line for line in block.lines if line.startswith(PROMPT)]
        block.shows = Block("", block.indent, block.first + len(typed))
        block.shows.lines, block.shows.last = block.lines[len(typed):], block.last
        block.lines = [line[len(PROMPT):] for line in typed]
        block.ending = "\nkill $! 2>/dev/null; wait"

    def links(self):
        """Number and target of each [text](target)."""
        inside = False
        for number, line in enumerate(self.lines, 1):
            inside ^= bool(FENCE.match(line))
            if not inside:
                yield from ((number, to) for to in re.findall(r"\]\(([^)]*)\)", line))

    def anchors(self):
        """Those that a reader's program makes of headings."""
        heads = [line.lstrip("#").strip() for line in self.lines if re.match(r"#+ ", line)]
        return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}

    def of(self, kind):
        return [block for block in self.blocks if block.kind == kind]

    def replace(self, new):
        """Writes the page with other lines in some blocks: {block: lines}."""
        for block in sorted(new, key=lambda block: -block.first):
            self.lines[block.first:block.last] = [
                (block.indent + line).rstrip() for line in new[block]]
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines))
