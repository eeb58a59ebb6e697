"""Sweep 10,000 and a million members of a family, as a user would from the shell.

    python benchmarks/sweep.py PYTHON [--million]

PYTHON is one with convcalc. Prints rows of a table: seconds, members a second, and the most
memory that any one process of the sweep has had.
"""

import os
import subprocess
import sys
import time

FILTERS = "16,24,32,40,48,56,64,72,80,96"
UNITS = ",".join(str(32 * k) for k in range(1, 22))
MORE = ",".join(str(8 * k) for k in range(1, 1051))
STAGES = f"[[CONV{{3,5}}-{{{FILTERS}}} -> RELU]*{{1..2}} -> POOL]*{{3..4}}"
FAMILY = "INPUT[32x32x3] -> {stages} -> [FC-{{{units}}} -> RELU]*{{1..{hidden}}} -> FC-10"
MIB = 2**20


def swept(python: str, pattern: str, *options: str) -> tuple[float, int, float, int]:
    """Seconds, members, layers of one on average, and the largest memory of a process."""
    command = [python, "-m", "convcalc", "sweep", pattern, "--format", "csv", *options]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        members = layers = 0
        for line in process.stdout:
            members += 1
            layers += line.count(b" -> ") + 1  # each member's pattern is its last cell
        _, status, usage = os.wait4(process.pid, 0)  # its own, and its workers'
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    return seconds, members - 1, layers / members, usage.ru_maxrss * 1024


def row(name: str, python: str, pattern: str, *options: str) -> tuple[str, ...]:
    """The cells of one sweep."""
    seconds, members, layers, largest = swept(python, pattern, *options)
    return (name, f"{members:,}", f"{layers:.0f}", f"{seconds:.1f}",
            f"{members / seconds:,.0f}", f"{largest / MIB:.0f}")  # fmt: skip


def rows(python: str, million: bool) -> list[tuple[str, ...]]:
    """10,000 members by each model; a million by the textbook's, if wanted."""
    some = FAMILY.format(stages=STAGES, units=UNITS, hidden=6) + " -> SOFTMAX"
    found = [
        row("10,000 members, both models", python, some),
        row("10,000 members, textbook", python, some, "--memory", "textbook"),
    ]
    if million:
        many = FAMILY.format(stages=STAGES, units=MORE, hidden=12)
        found.append(row("a million members, textbook", python, many, "--memory", "textbook"))
    return found


HEAD = ("What", "members", "layers", "s", "members/s", "MiB at most")


def main() -> None:
    print(" | ".join(HEAD))
    for cells in rows(sys.argv[1], "--million" in sys.argv):
        print(" | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
