"""The sentences that `reuse why` can say, and those of them that no test names, or hears.

sentences.py ROOT [SAID]: reads the literals of the files below, and looks for a piece of each, its longest run of words
without what is filled in, in the files of tests/; with SAID, the folder of what the program said in its tests, there. Prints
those that are in none; status 1 where there are such.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
heard = len(sys.argv) > 2
SAYING = ["src/answer/sentences.c", "src/answer/sentences_cures.c", "src/answer/sentences_stops.c",
          "src/answer/sentences_forwarder.c",
          "src/answer/unseen.c", "src/diagnosis/causes.c", "src/diagnosis/causes_ends.c", "src/diagnosis/causes_peer.c",
          "src/diagnosis/causes_confined.c", "src/diagnosis/causes_cures.c"]
# What no test can have said, and why.
UNSAID = {
    "is not accepted yet": "the listener, which is told first, is in the way wherever what waits in its queue is",
    "stop the container": "takes a container of an engine that is not known",
}
# What this machine can be unable to say: named by a test, and said on another machine, or by an older kernel (tests/kernels).
ELSEWHERE = {
    "registered files that this kernel does not name: it may be one of them, or the kernel's own": "of a kernel before 6.8",
    "no process has it, it is the kernel's own (such as NFS, lockd, an MPTCP endpoint": "in the first PID namespace",
    "sockets that are only bound: this kernel has no sock_diag; 'modprobe tcp_diag', as root, may add it": "of a kernel without it",
    "sockets that are only bound: this kernel lists none (Linux 6.8 does); those of processes that may be looked at were found by their "
    "descriptors": "of a kernel before 6.8",
    "there are more sockets than could be looked at": "takes two million",
    "some other network namespaces (containers): there was no time for all of them; they are not in the way": "takes very many of them",
    "not all processes could be looked at": "takes a machine short of memory or descriptors",
    "who holds it: reuse cannot find out on this system; 'lsof -nP -i": "not Linux",
    "who holds it: the kernel does not show it": "takes a kernel without sock_diag and without /proc/net",
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


if heard:
    files = pathlib.Path(sys.argv[2]).iterdir()
else:
    files = [path for path in sorted((root / "tests").rglob("*")) if path.suffix in (".sh", ".py", ".c", ".h") and path.name != "sentences.py"]
tests = "\n".join(path.read_text(errors="replace") for path in files)
tests = re.sub(r'"\s*\n\s*"', "", tests).replace("\\", "")
said = missing = 0
for name in SAYING:
    for literal in literals((root / name).read_text()):
        words = piece(literal)
        if len(words) < SHORTEST or " " not in words:
            continue
        said += 1
        excuse = UNSAID.get(words) or (heard and words not in tests and ELSEWHERE.get(words))
        if excuse:
            print("%s: %s (%s)" % (name, words, excuse))
            continue
        # A test may name a part of it alone.
        runs = [words] if heard else [words[at:at + SHORTEST + 4] for at in range(0, max(1, len(words) - SHORTEST - 3))]
        if not any(run in tests for run in runs):
            missing += 1
            print("%s: %s" % (name, words))
print("%d sentences, %d %s" % (said, missing, "said in no test" if heard else "named by no test"))
sys.exit(1 if missing else 0)
