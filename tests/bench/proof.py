"""`reuse limits --prove N` beside tests/bench/bare.c, in turns.

usage: proof.py REUSE BARE N TURNS: prints microseconds a connection in each phase, of the quickest turn each,
their ratio, and the ratio of the processor time that the two took in all.
"""

import re
import resource
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
    print(f"{many} connections, the quickest of {turns} turns: reuse, bare, ratio")
    for name, one, other in zip(names, map(min, zip(*ours)), map(min, zip(*least))):
        print(f"{name:18} {one:8.1f} {other:8.1f} {other / one:6.2f}")


main(*sys.argv[1:])
