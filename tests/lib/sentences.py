"""The sentences that `reuse why` can say, and those of them that no test names.

sentences.py ROOT: reads the literals of the files below, and looks for a piece of each, its longest run of words
without what is filled in, in the files of tests/. Prints those that are named by none; status 1 where there are such.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
SAYING = ["src/answer/sentences.c", "src/answer/sentences_cures.c", "src/answer/sentences_stops.c",
          "src/answer/unseen.c", "src/diagnosis/causes.c", "src/diagnosis/causes_ends.c", "src/diagnosis/causes_peer.c",
          "src/diagnosis/causes_cures.c"]
# What no test can have said, and why.
UNSAID = {
    "is not accepted yet": "the listener, which is told first, is in the way wherever what waits in its queue is",
    "stop the container": "takes a container of an engine that is not known",
    "this control group has a BPF program on bind": "takes a BPF program that may be attached",
}
SHORTEST = 14  # letters of a piece: shorter ones are no sentence


def literals(text):
    """Each literal, pieces that stand behind each other joined."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    for joined in re.findall(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', text):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', joined))


def piece(literal):
    parts = re.split(r"%(?:%|[-*.0-9]*(?:ll|z)?[a-z])", literal)
    return max((part.strip(" ;:,()'") for part in parts), key=len)


tests = "\n".join(path.read_text(errors="replace") for path in sorted((root / "tests").rglob("*"))
                  if path.suffix in (".sh", ".py", ".c", ".h") and path.name != "sentences.py")
tests = re.sub(r'"\s*\n\s*"', "", tests).replace("\\", "")
said = missing = 0
for name in SAYING:
    for literal in literals((root / name).read_text()):
        words = piece(literal)
        if len(words) < SHORTEST or " " not in words:
            continue
        said += 1
        if words in UNSAID:
            print("%s: %s (%s)" % (name, words, UNSAID[words]))
            continue
        # A test may name a part of it alone.
        runs = [words[at:at + SHORTEST + 4] for at in range(0, max(1, len(words) - SHORTEST - 3))]
        if not any(run in tests for run in runs):
            missing += 1
            print("%s: %s" % (name, words))
print("%d sentences, %d named by no test" % (said, missing))
sys.exit(1 if missing else 0)
