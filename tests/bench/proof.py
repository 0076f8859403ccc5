"""`reuse limits --prove N` beside tests/bench/bare.c, in turns.

usage: proof.py REUSE BARE N TURNS: prints microseconds a connection in each phase and the processor time that
the two took in all: of the quickest turn each with their ratio, then the medians with theirs.
"""

import re
import resource
import statistics
import subprocess
import sys

PHASES = ("opened", "echoed", "closed")


def run(*words):
    """What it printed, and the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said, sum(after[:2]) - sum(before[:2])


def main(reuse, bare, many, turns):
    ours, least = [], []
    for _ in range(int(turns)):
        said, seconds = run(reuse, "limits", "--prove", many)
        ours.append([float(re.search(rf"^{p} .*, ([0-9.]+) us each$", said, re.M)[1]) for p in PHASES] + [seconds])
        said, seconds = run(bare, many)
        least.append([float(us) for us in said.split()[:3]] + [seconds])
    names = PHASES + ("processor time, s",)
    print(f"{many} connections, {turns} turns: reuse, bare, ratio of the quickest; of the medians")
    for name, one, other in zip(names, zip(*ours), zip(*least)):
        columns = [f"{of(one):8.1f} {of(other):8.1f} {of(other) / of(one):6.2f}" for of in (min, statistics.median)]
        print(f"{name:18} {'  '.join(columns)}")


main(*sys.argv[1:])
