"""Fuzz convcalc: `python tests/fuzz/run.py [TARGET ...] --seconds 20 --seed 1`.

Inputs are made of a seed's choices, so that a run can be repeated; `--coverage` lets atheris
choose instead, which follows what the program does. A finding is an exception that is no
refusal, 5 seconds, or 1 GiB. Each is printed and kept under `--keep`; the exit status is 1.
"""

import argparse
import mmap
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
NAMES = ("patterns", "yaml", "projects", "conditions", "comments", "names", "onnx")
SECONDS, MIB = 5, 1024  # of one input
GUARDED = ("onnx",)  # what crashes there ends a child of the command's, as in guard.py
SPAN = 10_000_000  # inputs of a seed
MOST = 10  # findings after which a target is given up


class Slow(BaseException):
    """An input took more than its time."""


def run_target(
    name: str, seconds: float, seed: int, keep: Path, current: mmap.mmap, first: int = 0
) -> int:
    """Hold a target to inputs for some time; prints what it found and how many there were."""
    from choices import Choices
    from targets import TARGETS

    target, found, count = TARGETS[name], 0, first
    signal.signal(signal.SIGPROF, _too_slow)
    end = time.monotonic() + seconds
    while time.monotonic() < end and found < MOST:
        current[:8] = count.to_bytes(8, "big")  # for whoever sees this process killed
        made = target.make(Choices(seed * SPAN + count))
        count += 1
        found += hold_one(name, target.hold, made, keep)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    said = f"{found} findings" if found else "no finding"
    print(
        f"{name:<11} seed {seed}: {count:,} inputs in {seconds:.0f} s, {said}, {peak} MiB",
        flush=True,
    )
    return int(found > 0)


def hold_one(name: str, hold, made, keep: Path, timed: bool = True) -> int:
    """1 where an input is a finding, which is kept."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if timed:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        hold(made)
    except (Exception, Slow) as error:
        wrong = "".join(traceback.format_exception(error)[-6:])
    else:
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        wrong = f"it took {grown} MiB" if grown > MIB else ""
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_PROF, 0)
    if not wrong:
        return 0
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"{name}-{abs(hash(repr(made))) % 10**8}.pickle"
    path.write_bytes(pickle.dumps(made))
    print(f"{name}: {repr(made)[:300]}\n{wrong}kept in {path}", flush=True)
    return 1


def _too_slow(*_) -> None:
    raise Slow(f"more than {SECONDS} seconds")


def run_coverage(name: str, seconds: float, seed: int, keep: Path) -> None:
    """The same with atheris, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["convcalc"]):
        from choices import ByteChoices
        from targets import TARGETS
    target = TARGETS[name]

    def one(data: bytes) -> None:
        made = target.make(ByteChoices(data))
        if hold_one(name, target.hold, made, keep, timed=False):
            raise RuntimeError("a finding")

    corpus = keep / f"{name}.corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-seed={seed}",
        "-max_len=4096",
        "-len_control=0",
        f"-timeout={SECONDS}",
        "-rss_limit_mb=2048",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


def main() -> int:
    """Each target in a process of its own, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="hold one input, by its number")
    parser.add_argument(
        "--coverage", action="store_true", help="let atheris choose, where it is installed"
    )
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    given = parser.parse_args()
    wrong, current = 0, mmap.mmap(-1, 8)
    if given.only is not None:
        from choices import Choices
        from targets import TARGETS

        target = TARGETS[given.targets[0]]
        made = target.make(Choices(given.seed * SPAN + given.only))
        print(repr(made), flush=True)
        return hold_one(given.targets[0], target.hold, made, given.keep, timed=False)
    for name in given.targets or NAMES:
        end = time.monotonic() + given.seconds
        current[:8] = bytes(8)
        while True:
            first, left = int.from_bytes(current[:8], "big"), max(0.1, end - time.monotonic())
            child = os.fork()
            if not child:
                if given.coverage:
                    run_coverage(name, left, given.seed, given.keep)
                os._exit(run_target(name, left, given.seed, given.keep, current, first))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            number = int.from_bytes(current[:8], "big")
            if status >= 0:
                wrong += status
                break
            print(f"{name}: signal {-status} at --only {number}", flush=True)
            wrong += name not in GUARDED or given.coverage
            current[:8] = (number + 1).to_bytes(8, "big")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
