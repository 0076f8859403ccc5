"""Changes that can be planted in a line of C: what a slip of the hand would do, but for those of kinds that are no fault."""

import re

import harmless

COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+"}
RETURNED = {"0": "-1", "-1": "0", "true": "false", "false": "true", "NULL": None}
ERRNOS = ["EAGAIN", "EINTR", "EADDRINUSE", "EADDRNOTAVAIL", "EACCES", "ENOENT", "EINVAL", "ECONNREFUSED", "ENOMEM"]

OPERATOR = re.compile(r" (<=|>=|==|!=|&&|\|\||<|>|\+|-) ")
NUMBER = re.compile(r"(?<![\w.\"'])(\d+)(?:[uU]?[lL]*)(?![\w.\"'])")
ERRNO = re.compile(r"\b(E[A-Z]{3,}[A-Z0-9]*)\b")
CONDITION = re.compile(r"\b(if|while) \(")
CALL = re.compile(r"^(\t+)([a-z_]\w*\(.*\);)$")
ASSIGNMENT = re.compile(r"^(\t+)([\w>.\[\]*()-]+ (?:[-+|&*/]|<<|>>)?= .*;)$")
STEP = re.compile(r"^(\t+)([\w>.\[\]-]+(?:\+\+|--);)$")
RETURN = re.compile(r"\breturn (0|-1|true|false);")


def blanked(text):
    """The text with comments and strings emptied, of the same length."""
    def empty(found):
        inner = re.sub(r"[^\n]", " ", found[0])
        return found[0][0] + inner[1:-1] + found[0][-1] if found[0][0] in "\"'" else inner
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', empty, text, flags=re.S)


def closing(code, at):
    """The place of the bracket that closes the one at `at`, in one line; -1 where it is in another."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    return -1


def changes(line, codes, number, code, program):
    """All changes of a line, the one at `number` (from 1) of the lines `codes` without strings, which are all of `code`:
    (what, new line, is it no fault, by its kind?)."""
    whole, code = code, codes[number - 1]
    if code.startswith("#") or not code.strip():
        return
    for found in OPERATOR.finditer(code):
        sign = found[1]
        yield f"{sign} becomes {COMPARED[sign]}", line[:found.start(1)] + COMPARED[sign] + line[found.end(1):], \
            harmless.of_sign(codes, number, found)
    for found in NUMBER.finditer(code):
        value = int(found[1], 8 if re.match(r"0\d", found[1]) else 10) + 1
        yield f"{found[1]} becomes {value}", line[:found.start(1)] + str(value) + line[found.end(1):], \
            harmless.of_number(codes, number, found, whole, program)
    for found in ERRNO.finditer(code):
        if found[1] in ERRNOS:
            other = ERRNOS[(ERRNOS.index(found[1]) + 1) % len(ERRNOS)]
            yield f"{found[1]} becomes {other}", line[:found.start(1)] + other + line[found.end(1):], False
    for found in CONDITION.finditer(code):
        end = closing(code, found.end() - 1)
        if end > 0:
            inner = line[found.end():end]
            yield f"{found[1]} is turned", f"{line[:found.end()]}!({inner}){line[end:]}", False
    for found in RETURN.finditer(code):
        other = RETURNED[found[1]]
        yield f"return {found[1]} becomes {other}", line[:found.start(1)] + other + line[found.end(1):], False
    for what, pattern in (("call", CALL), ("assignment", ASSIGNMENT), ("step", STEP)):
        found = pattern.match(code)
        if found and not found[2].startswith(("return", "case", "goto")):
            yield f"{what} is dropped", f"{found[1]};", False


def program_of(texts):
    """What is asked of functions, of the texts of all files."""
    return harmless.Program([blanked(text) for text in texts])


def of_file(text, program):
    """All changes of a file of the program that may be a fault: (line's number from 1, what, new line)."""
    lines, code = text.split("\n"), blanked(text)
    codes = code.split("\n")
    for number, line in enumerate(lines, 1):
        seen = {}
        for what, new, no_fault in changes(line, codes, number, code, program):
            seen[what] = seen.get(what, 0) + 1
            if not no_fault:
                yield number, f"{what}, number {seen[what]}" if seen[what] > 1 else what, new
