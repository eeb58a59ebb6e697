"""Write what the command line says of the shipped networks, for page.mjs: expected.py FILE [--all].

Every network under the first of the setups in setups.json, and each of the others for a fixed
spread of the networks; with --all every network under every setup.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SPREAD = 10  # of the networks under other setups than the first, one in so many


def told(names: list[str], options: list[str]) -> list[dict[str, object]]:
    """The objects of `convcalc analyze NAMES --format json` under some options."""
    with tempfile.NamedTemporaryFile() as file:
        command = [sys.executable, "-m", "convcalc", "analyze", *names, *options,
                   "--format", "json", "-o", file.name]  # fmt: skip
        done = subprocess.run(command, check=False)
        assert done.returncode in (0, 1), done.returncode  # 1: some do not fit the card
        found: list[dict[str, object]] = json.loads(Path(file.name).read_text("utf-8"))["networks"]
        return found


def main() -> None:
    """Write the file."""
    from convcalc.network.shipped import spec_names

    setups = json.loads((Path(__file__).parent / "setups.json").read_text("utf-8"))
    rows = []
    for number, setup in enumerate(setups):
        whole = number == 0 or "--all" in sys.argv
        names = spec_names() if whole else spec_names()[number::SPREAD]
        for name, network in zip(names, told(names, setup["line"]), strict=True):
            rows.append({"name": name, "options": setup["options"], "network": network})
    Path(sys.argv[1]).write_text(json.dumps(rows), "utf-8")
    print(len(rows), "answers")


if __name__ == "__main__":
    main()
