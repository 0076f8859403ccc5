"""Which tests run which line: made once of a build that counts, kept as JSON."""

import glob
import json
import os
import subprocess
import time


def tests_of(build):
    """The tests of a build that may judge a change: [(name, labels)]."""
    told = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, check=True).stdout
    for test in json.loads(told)["tests"]:
        labels = next((p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"), [])
        # They build anew, run for minutes, or read the source, which has changed anyway.
        if not {"fault", "once", "house", "bench"} & set(labels):
            yield test["name"], labels


def lines_run(build, tree):
    """What the counts of `build` say: ({file: lines that ran}, {file: lines that can run})."""
    ran, can = {}, {}
    counts = [c for c in glob.glob(f"{build}/src/**/*.gcda", recursive=True) if os.path.getsize(c)]
    told = subprocess.run(["gcov", "--json-format", "--stdout", *counts], cwd=build, capture_output=True).stdout
    for answer in told.splitlines():
        for file in json.loads(answer)["files"]:
            path = os.path.relpath(os.path.normpath(os.path.join(build, file["file"])), tree)
            if path.startswith("src/"):
                can.setdefault(path, set()).update(line["line_number"] for line in file["lines"])
                ran.setdefault(path, set()).update(line["line_number"] for line in file["lines"] if line["count"])
    return ran, can


def make(build, tree, seconds):
    """{"tests": {name: seconds}, "lines": {file: {line: [test]}}, "can": {file: [line]}}."""
    told = {"tests": {}, "lines": {}, "can": {}}
    notes = [note.replace(".gcno", ".gcda") for note in glob.glob(f"{build}/src/**/*.gcno", recursive=True)]
    for name, _ in tests_of(build):
        for count in notes:
            open(count, "w").close()
            os.chmod(count, 0o666)  # some tests run the program as another user
        began = time.monotonic()
        status = subprocess.run(["ctest", "-R", f"^{name}$".replace(".", r"\."), "--timeout", str(seconds)],
                                cwd=build, capture_output=True).returncode
        if status:
            print(f"{name} fails without any change: it judges none", flush=True)
            continue
        told["tests"][name] = round(time.monotonic() - began, 2)
        ran, can = lines_run(build, tree)
        for path, lines in ran.items():
            for line in lines:
                told["lines"].setdefault(path, {}).setdefault(str(line), []).append(name)
        for path, lines in can.items():
            told["can"][path] = sorted(lines | set(told["can"].get(path, ())))
    return told
