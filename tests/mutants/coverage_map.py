"""Which tests run which line: made once of a build that counts, kept as JSON, and for a test that has changed since made anew."""

import glob
import hashlib
import json
import os
import re
import subprocess
import time

# They build anew, start another kernel, or read the source, which has changed anyway.
NO_JUDGES = {"install", "house", "bench", "kernels"}


def hash_of_files(files):
    sums = hashlib.sha256()
    for file in files:
        with open(file, "rb") as text:
            sums.update(text.read())
    return sums.hexdigest()[:16]


def with_helpers(files, helpers):
    """The files, and those of `helpers` ({file name: path}) that they name, or that these name."""
    found = list(files)
    for file in found:
        with open(file, errors="replace") as text:
            named = {helpers[word] for word in re.findall(r"\w+\.(?:sh|py|h)\b", text.read()) if word in helpers}
        found += sorted(named - set(found))
    return found


def tests_of(build):
    """The tests of a build that may judge a change: {name: (hash of its own files, hash of these and of all helpers)}."""
    helpers = {os.path.basename(path): path for path in glob.glob(f"{build}/../tree.0/tests/lib/*")}
    told = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, check=True).stdout
    found = {}
    for test in json.loads(told)["tests"]:
        labels = next((p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"), [])
        if NO_JUDGES & set(labels):
            continue
        files = [word for word in test["command"] if word.endswith((".sh", ".py"))]
        files += glob.glob(f"{build}/../tree*/tests/unit/*/test_{test['name'].partition('.')[2]}.c")[:1]
        found[test["name"]] = hash_of_files(files), hash_of_files(with_helpers(files, helpers))
    return found


def clear(build):
    """No line of this build has run yet."""
    for note in glob.glob(f"{build}/src/**/*.gcno", recursive=True):
        count = note.replace(".gcno", ".gcda")
        open(count, "w").close()
        os.chmod(count, 0o666)  # some tests run the program as another user


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


def count(worker, name, seconds):
    """One test: {"seconds", "skipped", "ran": {file: [line]}, "can": {file: [line]}}; None where it fails without any
    change."""
    clear(worker.counting)
    began = time.monotonic()
    if worker.tests(worker.counting, [name], seconds, seconds + 30) != 0:
        return None
    took = round(time.monotonic() - began, 2)
    with open(f"{worker.counting}/Testing/Temporary/LastTest.log", errors="replace") as log:
        skipped = "skip: sanitizers or coverage" in log.read()
    ran, can = lines_run(worker.counting, worker.tree)
    return {"seconds": took, "skipped": skipped, "ran": {path: sorted(lines) for path, lines in ran.items() if lines},
            "can": {path: sorted(lines) for path, lines in can.items()}}


class Map:
    """{"test": {"hash": of its files, "seconds", "skipped", "ran", "can"}}, and what is asked of it."""

    def __init__(self, file):
        self.file = file
        self.by_test, self.hashes = {}, {}
        if os.path.exists(file):
            with open(file) as saved:
                self.by_test = json.load(saved)

    def missing(self, tests):
        """The tests of {name: hashes} that are not in it, or are as they were before. Another helper is no reason to run
        all that it helps again."""
        self.hashes = tests
        for name in set(self.by_test) - set(tests):
            del self.by_test[name]
        return [name for name, (sums, _) in tests.items() if self.by_test.get(name, {}).get("hash") != sums]

    def put(self, name, counted):
        self.by_test[name] = {"hash": self.hashes[name][0], **counted}

    def save(self):
        with open(self.file + ".new", "w") as file:
            json.dump(self.by_test, file)
        os.rename(self.file + ".new", self.file)

    def hash(self, name):
        """Of the test and its helpers: where it is another, the test may judge otherwise."""
        return self.hashes[name][1]

    def seconds(self, name):
        return self.by_test[name]["seconds"]

    def turn(self):
        """{file: {line: [test]}} and {file: lines that can run}."""
        self.lines, self.can, self.breadth = {}, {}, {}
        for name, test in self.by_test.items():
            self.breadth[name] = sum(map(len, test["ran"].values()))
            for path, lines in test["ran"].items():
                for line in lines:
                    self.lines.setdefault(path, {}).setdefault(line, []).append(name)
            for path, lines in test["can"].items():
                self.can.setdefault(path, set()).update(lines)

    def judges(self, path, number, text):
        """The tests that run line `number` of the file's lines `text`: first those that are quick and run little else, those
        of the file's own command before others of four times their speed. A line of a statement that goes on from one above
        is counted there. A table is used by whoever runs its file, and by the tests of its command. So may be what is left
        out where lines are counted, by a test that is skipped then."""
        lines, can = self.lines.get(path, {}), self.can.get(path, ())
        command = path.split("/")[2] if path.startswith("src/cmd/") else "?"
        at = number
        while at > 1 and at not in can and not text[at - 2].rstrip().endswith((";", "{", "}", "*/", ":")):
            at -= 1
        names = set(lines.get(at, ()))
        if at not in can:
            names = {name for tests in lines.values() for name in tests}
            names |= {name for name in self.by_test if f".{command}" in name}
        if not names or at not in can:
            names |= {name for name, test in self.by_test.items() if test["skipped"]}

        def price(name):
            return (0.2 + self.seconds(name)) * self.breadth[name] / (4 if f".{command}" in name else 1)
        return sorted(names, key=lambda name: (price(name), name))
