"""A line of code knows its room: who may include whom, by folder; a function's name stands once; and a release
may be compiled a room at a time.

usage: layers.py SRC: prints each trespass; status 1 where there is one.
"""

import os
import re
import sys

# What the files of a room may include; {own} is the folder of the command.
ROOMS = [
    (r"main\.c", r"cli/.*|commands\.def"),
    (r"clock\.[ch]", r"clock\.h"),
    (r"cli/(doc/)?[a-z_]+\.[ch]", r"cli/.*|commands\.def"),
    (r"words/[a-z_]+\.[ch]", r"(words|cli|tcp)/.*|os/(holder|process)\.h"),
    (r"tcp/[a-z_]+\.[ch]", r"tcp/.*"),
    (r"os/(parse/|linux/|freebsd/|openbsd/|other/)?[a-z_]+\.[ch]", r"os/.*|tcp/(addr|option|fault|version)\.h"),
    (r"diagnosis/[a-z_]+\.[ch]", r"(diagnosis|tcp|os)/.*|words/(errors|who)\.h|cli/text\.h"),
    (r"answer/[a-z_]+\.[ch]", r"(answer|diagnosis|words|cli|tcp|os)/.*"),
    (r"cmd/(?P<own>[a-z]+)/(lessons/)?[a-z0-9_]+\.[ch]", r"cmd/{own}/.*|(answer|words|diagnosis|cli|tcp|os)/.*"),
]
GROUND = r"|clock\.h|config\.h"

# Names that may stand in several files, and why. Answers of several systems to one header need no row.
TWICE = {}
MOST_TWICE = 10

# Compiled alone (src/CMakeLists.txt): they define anew what a system's headers have.
REDEFINES = r"tcp/option(_queue)?\.c"

FUNCTION = re.compile(r"^(?!static_assert|typedef)[A-Za-z_][^;{}#]*?\b([A-Za-z_]\w*)\((?:[^;{}]*)\)\n\{", re.M)


def blank(text):
    """The code alone: comments and strings emptied, lines kept."""
    def empty(found):
        return found[0][0] + found[0][-1] if found[0][0] in "\"'" else re.sub(r"[^\n]", " ", found[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', empty, text, flags=re.S)


def functions(code):
    code = re.sub(r"__attribute__\(\(.*?\)\)\)?\s*", "", code)
    return [found[1] for found in FUNCTION.finditer(code)]


def statics(code):
    """The variables of a file that have no value of their own: two of one name would be one, silently."""
    for found in re.finditer(r"^static\b([^(){}=;]*(?:\{[^{}]*\}[^(){}=;]*)?);", code, re.M):
        for one in re.sub(r"\{[^{}]*\}|\[[^\]]*\]", "", found[1]).split(","):
            yield one.split()[-1].strip("*")


def leaks(codes):
    """What means another thing where the files of a room are compiled as one."""
    variables = {}
    for path, code in codes.items():
        for name in statics(code):
            variables.setdefault(name, []).append(path)
        for name in set(re.findall(r"^ *# *(?:define|undef) (\w+)", code, re.M)):
            users = [other for other in codes if other != path and re.search(rf"\b{name}\b", codes[other])]
            if users:
                yield f"src/{path} makes a macro of {name}, a word of {' '.join(users)}"
    for name, files in variables.items():
        if len(files) > 1:
            yield f"{name} is a variable of {' '.join(files)}"


def system_of(path):
    """The folder of a system, whose files answer the same headers as those of its neighbours."""
    found = re.match(r"os/(linux|freebsd|openbsd|other)/", path)
    return found[1] if found else None


def circle(includes):
    """A chain of modules that include each other, or None."""
    state = {}

    def walk(module, chain):
        state[module] = "open"
        for to in sorted(includes.get(module, ())):
            if state.get(to) == "open":
                return [*chain[chain.index(to):], to] if to in chain else [module, to]
            if to not in state:
                found = walk(to, [*chain, to])
                if found:
                    return found
        state[module] = "done"
        return None

    for module in sorted(includes):
        if module not in state:
            found = walk(module, [module])
            if found:
                return found
    return None


def module_of(path, paths):
    """FILE.c and FILE.h are one, and FILE_part.* is a part of FILE, where there is such a header."""
    module = re.sub(r"\.[ch]$", "", path)
    whole = module
    while "_" in os.path.basename(whole):
        whole = whole.rpartition("_")[0]
        if whole + ".h" in paths:
            return whole
    return module


def trespasses(src):
    defined, includes, rooms = {}, {}, {}
    paths = [os.path.relpath(os.path.join(folder, name), src)
             for folder, _, names in os.walk(src) for name in names if re.search(r"\.[ch]$", name)]
    for path in sorted(paths):
        with open(os.path.join(src, path)) as file:
            text = file.read()
        code = blank(text)
        room = next(((re.fullmatch(files, path), may) for files, may in ROOMS if re.fullmatch(files, path)), None)
        if not room:
            yield f"src/{path} lies in no room"
            continue
        may = room[1].format(**room[0].groupdict()) + GROUND
        module = module_of(path, paths)
        for included in re.findall(r'^#include "(.*)"$', text, re.M):
            if not re.fullmatch(may, included):
                yield f"src/{path} includes {included}"
            other = module_of(included, paths)
            if other != module and included.endswith(".h") and included != "config.h":
                includes.setdefault(module, set()).add(other)
        for number, line in enumerate(code.split("\n"), 1):
            if re.search(r"__linux__|__APPLE__|__FreeBSD__", line):
                yield f"src/{path}:{number} asks which system"
            if not re.fullmatch(REDEFINES, path) and re.match(r"#.*(defined|ifn?def) *\(?SO_", line):
                yield f"src/{path}:{number} asks for an option"
            if re.match(r"(tcp|os|diagnosis)/", path) and re.search(
                    r"\b(printf|puts|putchar|perror|exit|fprintf)\(", line):
                yield f"src/{path}:{number} prints or exits"
        if path.endswith(".c"):
            if not re.fullmatch(REDEFINES, path):
                rooms.setdefault(os.path.dirname(path), {})[path] = code
            for name in functions(code):
                defined.setdefault(name, set()).add(path)
    for name, files in sorted(defined.items()):
        systems = [system_of(file) for file in files]
        if len(files) > 1 and (None in systems or len(set(systems)) < len(files)) and name not in TWICE:
            yield f"{name}() stands in {' '.join(sorted(files))}"
    for name in sorted(TWICE):
        if len(defined.get(name, ())) < 2:
            yield f"{name}() stands once: it needs no row in TWICE"
    if len(TWICE) > MOST_TWICE:
        yield f"{len(TWICE)} names stand in several files, more than {MOST_TWICE}"
    for codes in rooms.values():
        yield from leaks(codes)
    chain = circle(includes)
    if chain:
        yield "a circle: " + " -> ".join(chain)


def main():
    found = list(trespasses(sys.argv[1]))
    print("\n".join(found) if found else "every line knows its room")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
