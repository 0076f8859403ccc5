"""Changes of a line that are no fault, by their kind: no test can find one, whatever it looks at. Each kind holds always, for
what a line and the text of the program show; one that holds here alone is a row of equivalent.txt."""

import bisect
import re

IDENT = re.compile(r"\b[A-Za-z_]\w*\b")
HEAD = re.compile(r"^[a-z].*?\b([a-z_]\w*)\((?!\()", re.M)
ASKED = re.compile(r" (<|>=|==|!=|>|<=) 0\b")
BEFORE = re.compile(r"(?:\(|&& |\|\| |\breturn |= |\? |: |^\s*)$")
# To the bracket of an array of text, where it is declared.
TEXT = re.compile(r"^\s*(?:static )?(?:const )?char (?:\w+(?:\[[^]]*\])*(?: = (?:\"[^\"]*\"|[^\",]*))?, )*\w+(?:\[[^]]*\])?\[")
SIGN, NEGATIVE = "whether it is negative, 0 or positive", "whether it is negative"


def parts(code, at, opening="(", shut=")"):
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == opening) - (code[i] == shut)
        if depth == 0:
            return i + 1
    return len(code)


class Program:
    """What its whole text says of the functions: what those who call one ask of its answer."""

    def __init__(self, codes):
        """`codes`: the text of each file, comments and strings blanked."""
        self.uses = {}      # function: [what is asked: NEGATIVE, SIGN, None (more than that), or the name of who returns it]
        self.asked = {}
        defined = set()
        for code in codes:
            defined |= {found[1] for found in re.finditer(r"^[a-z][^;={}]*?\b([a-z_]\w*)\([^;{}]*\)\n\{", code, re.M)}
        for code in codes:
            heads = [(found.start(), found[1]) for found in HEAD.finditer(code)]
            starts = [start for start, _ in heads]
            for found in IDENT.finditer(code):
                if found[0] in defined:
                    line = code.rfind("\n", 0, found.start()) + 1
                    if code[line:line + 1].isalpha() and code[found.end():found.end() + 1] == "(":
                        continue  # its declaration, or its head
                    at = bisect.bisect(starts, found.start()) - 1
                    self.uses.setdefault(found[0], []).append(self.use(code, found, heads[at][1] if at >= 0 else ""))

    @staticmethod
    def use(code, found, within):
        before, after = code[code.rfind("\n", 0, found.start()) + 1:found.start()], code[found.end():]
        if not after.startswith("("):
            sorts = code.rfind("qsort(", 0, found.start())
            return SIGN if sorts >= 0 and ";" not in code[sorts:found.start()] else None
        after = code[parts(code, found.end()):]
        sign = ASKED.match(after)
        if sign and BEFORE.search(before):
            return NEGATIVE if sign[1] in ("<", ">=") else SIGN
        if after.startswith(";") and re.fullmatch(r"\s*(\(void\))?", before):
            above = code[:found.start() - len(before)].rstrip()
            return NEGATIVE if above.endswith((";", "{", "}", ")", "else", ":")) else None
        return within if after.startswith(";") and re.fullmatch(r"\s*return ", before) else None

    def asks(self, name, within=()):
        """NEGATIVE or SIGN where nobody asks more of what the function answers; None where somebody may."""
        if name in within:
            return NEGATIVE  # a call of itself asks nothing more
        if name not in self.asked or within:
            found = [self.asks(use, (*within, name)) if use not in (NEGATIVE, SIGN, None) else use
                     for use in self.uses.get(name, [None])]
            asked = None if None in found else SIGN if SIGN in found else NEGATIVE
            if within:
                return asked
            self.asked[name] = asked
        return self.asked[name]


def function_at(lines, number):
    """The function that line `number` lies in, "" for none."""
    for i in range(number - 1, -1, -1):
        if lines[i].startswith("}") and i != number - 1:
            return ""
        if lines[i].startswith("{"):
            while i > 0 and not HEAD.match(lines[i]):
                i -= 1
            return HEAD.match(lines[i])[1] if HEAD.match(lines[i]) else ""
    return ""


def only_sizes(code, name):
    """Does this constant only say how much text an array has room for, there and where the array is passed on?"""
    texts = re.compile(rf"\b(\w+)\[[^]-]*(?<![/%] )\b{name}\b[^]-]*\]")
    arrays = set()
    for line in code.split("\n"):
        arrays |= {found[1] for found in texts.finditer(line) if TEXT.match(line[:line.index("[", found.start()) + 1])
                   or re.search(r"\bchar $", line[:found.start()])}
    passed = rf"\b({'|'.join(arrays)}), {name}(?=[,)])" if arrays else "(?!)"
    left = re.sub(passed, "", texts.sub(lambda found: "" if found[1] in arrays else found[0], code))
    return bool(arrays) and not re.search(rf"\b{name}\b(?! = )", left)


def of_number(lines, number, found, code, program):
    """Is it no fault where this number of line `number` is one greater?"""
    line = lines[number - 1]
    before, after, value = line[:found.start()], line[found.end():], int(found[1])
    grows = not re.search(r"(-|/|%|>>|<<|[=<>]) ?\(?$", before)

    # Room for one more: in an array of text, which is longer then; where it would be cut, it is cut a byte later. Not
    # where its size is compared.
    bracket = before.rfind("[")
    name = re.search(r"(\w+)$", before[:bracket])
    if TEXT.match(before) and bracket > before.rfind("]") and name and grows and "=" not in before[bracket:]:
        sizes = rf"([=<>] sizeof {name[1]}\b|\bsizeof {name[1]}( [-+] \d+)? [=<>]|mem\w+\([^;]*sizeof {name[1]}\b)"
        rest = line[line.find("]", bracket) + 1:]
        if not re.match(r' = (?!"|\{0\})|\[', rest) and not re.search(sizes, code):
            return True

    # The same, where a constant of this file says how much room, and nothing else.
    constant = re.search(r"\b([A-Z][A-Z_0-9]*) = $", before)
    if constant and re.match(r"[,\s}]", after + " ") and only_sizes(code, constant[1]):
        return True

    # Memory asked for: more than is used.
    asked = re.search(r"\b(malloc|calloc|realloc)\((?!.*;)", before)
    if asked and grows and parts(line, line.index("(", asked.start())) > found.end():
        return True
    # An array that grows by another factor, or from another size, holds the same.
    if value > 1 and re.search(r"\broom \*= $|= [*\w>.-]*room \? ([*\w>.-]*room \* |2 \* \*?[\w>.-]*room : )?$", before):
        return True
    if value > 1 and re.search(r"room \? [*\w>.-]*room : $", before):
        return True

    # A wait that is a microsecond longer; not where others are reckoned from it.
    if constant and constant[1].endswith("_US") and value >= 1000:
        if not re.search(rf"[*/%] {constant[1]}\b|\b{constant[1]} [*/%]", code):
            return True

    # Descriptors 0 to 2 are open from the start (cli/inherited): no other one is 0.
    if value == 0 and re.search(r"\b(fd|held|home|lock) (<|>=) $", before):
        return True

    # A descriptor that is none is any negative number: nobody asks for the one.
    if value == 1 and re.search(r"\b(fd|held|home|lock) = -$", before):
        return True

    # An answer of which every caller asks no more than whether it is negative, or its sign.
    answer = re.search(r"(?:\breturn |\? |: )(-?)$", before)
    if answer and re.match(r"\s*return\b", line) and line.rstrip().endswith(";") and re.match(r";| :", after) and \
            "(" not in before.replace("()", "")[before.rfind("?"):]:
        asks = program.asks(function_at(lines, number))
        if asks == NEGATIVE and not (answer[1] and value == 0):
            return True
        if asks == SIGN and value > 0:
            return True
    return False


def of_sign(lines, number, found):
    """Is it no fault where this comparison of line `number` takes in equality, or leaves it out?"""
    line, sign = lines[number - 1], found[1]
    if sign not in ("<", "<=", ">", ">="):
        return False
    left, right = line[:found.start(1)].rstrip(), line[found.end(1):].lstrip()

    # The least or greatest of two: of two that are the same it is either.
    both = re.search(r"([\w>.\[\]-]+)$", left), re.match(r"([\w>.\[\]-]+) \? ([\w>.\[\]-]+) : ([\w>.\[\]-]+)\)*[;,\])]", right)
    if all(both) and {both[0][1], both[1][1]} == {both[1][2], both[1][3]}:
        return True
    alone = re.match(r"\s*(?:else )?if \(([\w>.\[\]-]+)$", left), re.fullmatch(r"([\w>.\[\]-]+)\)", right)
    following = lines[number].strip() if number < len(lines) else ""
    behind = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if all(alone) and not behind.startswith("else"):
        one, other = alone[0][1], alone[1][1]
        if following in (f"{one} = {other};", f"{other} = {one};"):
            return True

    # The clock is read again: a moment has no width.
    if re.search(r"\bclock_[nu]s\(\)( - [\w>.-]+)?$", left) or re.match(r"clock_[nu]s\(\)(?! [-+])", right):
        return True
    # As above: no descriptor is 0.
    return bool(re.search(r"\b(fd|held|home|lock)$", left) and re.match(r"0\b", right) and sign in ("<", ">="))
