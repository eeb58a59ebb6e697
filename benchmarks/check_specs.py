"""What `convcalc check specs/` costs a spec beyond start-up; exits with 1 above the aim.

    python benchmarks/check_specs.py [ROUNDS]

Cold processes of the installed convcalc, seconds of processor time: that of checking every
shipped spec, less that of checking one pattern of a single layer, the least of some rounds.
"""

import os
import subprocess
import sys

from convcalc.network import shipped

AIM = 15  # milliseconds a spec
ROUNDS = 7


def seconds(*arguments: str) -> float:
    """Processor time of `convcalc check ...`."""
    before = os.times()
    command = [sys.executable, "-m", "convcalc", "check", *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return (
        after.children_user
        + after.children_system
        - (before.children_user + before.children_system)
    )


def main() -> int:
    """Print the figures of each option that makes it dearer."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    count = len(shipped.spec_names())
    dearest = 0.0
    for options in ([], ["--gpu", "h200"], ["-b", "32", "--amp"]):
        everything = min(seconds(shipped.specs_folder(), *options) for _ in range(rounds))
        nothing = min(seconds("INPUT[8x8x1] -> RELU", *options) for _ in range(rounds))
        each = 1_000 * (everything - nothing) / count
        dearest = max(dearest, each)
        print(f"check specs/ {' '.join(options):<16} {each:5.1f} ms a spec beyond start-up "
              f"({everything:.2f} s for {count}, start-up {nothing:.2f} s)")  # fmt: skip
    print(f"aim: at most {AIM} ms")
    return int(dearest > AIM)


if __name__ == "__main__":
    sys.exit(main())
