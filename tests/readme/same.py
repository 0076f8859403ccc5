"""Whether two outputs say the same, apart from what every run and every machine has of its own."""

import re

LEFT_OUT = "..."

OWN = [
    (r'textLength="[\d.]+"', ""),  # with the digits of a pid
    (r"#+", "#"),  # the bars of a plot
    (r"(listener \d) +\d+( #)?$", r"\1 N"),  # the share of one listener
    (r"(the (fewest|most)) +\d+", r"\1 N"),
    (r"\d+ (processes)$", r"N \1"),
    (r"\b(pid) \d+", r"\1 N"),
    (r"\[\d+\]", "[N]"),
    (r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "since N"),
    (r"\bkill \d+( \d+)*", "kill N"),
    (r"\b\d{1,3}(,\d{3})+M?\b", "N"),  # counts of many, in groups
    (r"\b\d{4,}\b", "N"),  # ports, and counts of many
    (r"(?<![\d.])\d+\.\d+(?!\d|\.\d)", "N"),  # times and ratios; no address
    (r"\b(\d+|N) (kB|MB|GB|bytes)\b", "N bytes"),
    (r"measured on Linux \S+", "measured on Linux N"),
    (r" +", " "),
]
OWN = [(re.compile(pattern), instead) for pattern, instead in OWN]


def plain(line):
    for pattern, instead in OWN:
        line = pattern.sub(instead, line)
    return line.strip()


def bound(line):
    """A row of limits: which bounds there are is the same, what they are is not."""
    return plain(re.split(r"(?<=\S)  +", line)[0])


def absent(line):
    """Rows of limits that some machines have."""
    return re.match(r" *(cgroup|nf_conntrack|/proc/sys/net/netfilter)", line)


def parts(lines):
    """The runs of lines between the lines `...`."""
    runs = [[]]
    for line in lines:
        if line == LEFT_OUT:
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def select(shown, output, alike=plain):
    """The lines of `output` that stand where those of `shown` stood, `...` for what is left out;
    or None where one part of it is not found."""
    chosen, at = [], 0
    runs = parts(shown)
    for i, run in enumerate(runs):
        if i:
            chosen.append(LEFT_OUT)
            while run and at < len(output) and alike(output[at]) != alike(run[0]):
                at += 1
        if len(output) - at < len(run):
            return None
        end = len(output) if run and i == len(runs) - 1 else at + len(run)
        chosen += output[at:end]
        at = end
    return chosen


def flows(shown, output):
    """Whether the same words follow one another. A page folds what a pipe has in one line."""
    words, at = " ".join(map(plain, output)), 0
    for run in parts(shown):
        part = " ".join(map(plain, run))
        at = words.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def differences(shown, chosen, alike=plain):
    """Pairs of lines that do not say the same."""
    length = max(len(shown), len(chosen))
    pad = [None] * length
    return [(old, new) for old, new in zip((shown + pad)[:length], (chosen + pad)[:length])
            if old is None or new is None or alike(old) != alike(new)]
