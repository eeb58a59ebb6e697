"""Import all of torchvision's classification networks, hold them to torch, write the docs page.

    python tests/oracle/import_all.py > docs/torchvision.md

Each is imported without `--partial`. Counts are compared at its own image size; every mark of
two training steps (momentum and adam) and of inference at a small one, as real tensors on a
CPU. Networks too large for this machine's memory are run without values, as fake tensors.
"""

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from imported import counted, counted_by_torch, imported, marks
from test_import import SETUPS, SMALLEST, maker
from torchvision_import import models

HEAD = """\
# torchvision's networks, imported

`convcalc import torch torchvision.models:NAME` for each of torchvision's {count} convolutional
classification networks, without `--partial`: torch {torch}, CPU. Parameters, buffers and
multiply-adds are those of torch itself (`FlopCounterMode` / 2) at {size}.
Live bytes are compared after every phase of two training steps, with momentum and with Adam, and
of inference: the bytes alive at its end and the most that were alive in it. This page is written
by `tests/oracle/import_all.py`.

{differences}

| Network | Parameters | Buffers | MACs | Lines | Import, s | Counts | Momentum | Adam | Inference |
| :-- | --: | --: | --: | --: | --: | :-- | :-- | :-- | :-- |
"""
SAME = "equal"
TRANSFORMERS = ("vit", "swin", "maxvit")


def row(name: str) -> list[str]:
    """The cells of a network."""
    size = 299 if name == "inception_v3" else 224
    start = time.perf_counter()
    walk = imported(maker(name)(), size)
    took = time.perf_counter() - start
    counts, torchs = counted(walk), counted_by_torch(maker(name)().train(), size)
    numbers = [f"{count:,}" for count in counts]
    lines = len(walk.nodes) - 1
    found = [compared(name, setup) for setup in SETUPS]
    return [f"`{name}`", *numbers, str(lines), f"{took:.1f}",
            SAME if counts == torchs else "DIFFERENT", *found]  # fmt: skip


def compared(name: str, setup: dict[str, str]) -> str:
    """`equal`, or by how much the most that is alive in a phase differs."""
    make = maker(name, setup.get("mode", "train"))
    real, simulated = marks(make, SMALLEST.get(name, 64), **setup)
    apart = {
        r[2] - s[2] if r[1] == s[1] else r[1] - s[1]
        for r, s in zip(real, simulated, strict=True)
        if r != s
    }
    return ", ".join(f"{bytes_:+,} B" for bytes_ in sorted(apart)) or SAME


def main() -> None:
    names = [n for n in models.list_models(module=models) if not n.startswith(TRANSFORMERS)]
    rows: list[list[str]] = []
    for name in names:
        print(name, file=sys.stderr, flush=True)
        rows.append(row(name))
    differ = [cells[0] for cells in rows if {*cells[6:]} != {SAME}]
    text = "All are equal, to the byte."
    if differ:
        text = f"All are equal to the byte but {', '.join(differ)}."
    options: dict[str, Any] = {"count": len(rows), "torch": torch.__version__.partition("+")[0]}
    print(HEAD.format(**options, size="the size it is made for", differences=text), end="")
    print("\n".join(f"| {' | '.join(cells)} |" for cells in rows))


if __name__ == "__main__":
    main()
