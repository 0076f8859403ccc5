"""Which lines of src/ the tests have run, by room: coverage.py BUILD [PATH-PART].

BUILD was made with cmake/preset/coverage.cmake, and its tests have run. With PATH-PART, prints the
lines as well that did not run, of the files whose path has that part ("" for all).
"""
import collections
import json
import os
import subprocess
import sys


def counts(build):
    """file below src/ -> line -> how often it ran; a header's lines are those of all that include it."""
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files = collections.defaultdict(collections.Counter)
    for folder, _, names in os.walk(os.path.join(build, "src")):
        notes = [os.path.join(folder, name) for name in names if name.endswith(".gcno")]
        if not notes:
            continue
        told = subprocess.run(["gcov", "--json-format", "--stdout", *notes],
                              check=True, capture_output=True, text=True).stdout
        for report in map(json.loads, told.splitlines()):
            for file in report["files"]:
                path = os.path.relpath(os.path.join(report["current_working_directory"], file["file"]), top)
                if path.startswith("src/"):
                    for line in file["lines"]:
                        files[path[4:]][line["line_number"]] += line["count"]
    return files


def ranges(lines):
    """[1, 2, 3, 7] -> "1-3 7"."""
    out = []
    for line in lines:
        if out and out[-1][1] == line - 1:
            out[-1][1] = line
        else:
            out.append([line, line])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def main(build, part=None):
    files = counts(build)
    if not files:
        sys.exit(f"coverage.py: no .gcno in {build}/src: see cmake/preset/coverage.cmake")
    rooms = collections.defaultdict(lambda: [0, 0])
    for path, lines in sorted(files.items()):
        idle = sorted(line for line, n in lines.items() if n == 0)
        if part is not None and part in path and idle:
            print(f"src/{path}: {len(idle)} of {len(lines)}: {ranges(idle)}")
        for room in (os.path.dirname(path) or "main", "all"):
            rooms[room][0] += len(lines)
            rooms[room][1] += len(lines) - len(idle)
    print("room     lines    run  percent")
    for room in sorted(rooms, key=lambda name: (name == "all", name)):
        total, ran = rooms[room]
        print(f"{room:6} {total:7} {ran:6} {100 * ran / total:7.1f}%")


main(*sys.argv[1:])
