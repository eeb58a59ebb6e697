"""What convcalc prints for published peaks of real cards, and how far the two are apart.

    python benchmarks/gpu/published.py             every row, and the errors of each card
    python benchmarks/gpu/published.py --page      brings the table of docs/measured.md up to date

The figures are in public/public_memory.json, each entry with its source and what was logged.
Nothing is fitted here: contexts, rules and margins are the product's. Networks that convcalc
does not ship are in networks/, as `convcalc import` reads them.
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import predict  # noqa: E402 - beside this file, which is no package

MIB = 2**20
PUBLIC = HERE / "public/public_memory.json"
EAGER = {"loading": "eager", "cudnn": 8}  # of 2021 to 2023
# Rows in which cudnn.benchmark's search or choice shows: what is used beyond any rule's
# workspaces is GiB, in one family of networks, and does not grow with the batch.
SPIKES = {(card, f"timm {name}", batch) for card in ("a100-40gb",)
          for name, batches in {"vgg13": (64, 128), "vgg19": (64, 128), "vgg11_bn": (64,)}.items()
          for batch in batches}  # fmt: skip


class Row(NamedTuple):
    """A published figure beside what convcalc prints. MiB; no `safe` where it is no limit."""

    card: str
    network: str
    batch: int
    measured: float
    expected: float
    safe: float | None

    @property
    def error(self) -> float:
        """Of what is expected, relative."""
        return self.expected / self.measured - 1

    @property
    def is_spike(self) -> bool:
        """Whether it is one of cudnn.benchmark's."""
        return (self.card, self.network, self.batch) in SPIKES


@cache
def walked(network: str, size: str):
    """A network of the table at an input's size."""
    import convcalc
    from convcalc.facts.shape import Shape
    from convcalc.network.graph import Settings
    from convcalc.walk.propagation import propagate

    library, _, name = network.rpartition(" ")
    own = HERE / f"networks/{f'timm_{name}' if library == 'timm' else name}.yaml"
    source = str(own) if own.exists() else predict.spec_of(name)
    sides = re.fullmatch(r"(\d+)x(\d+)x(\d+)", size)
    shape = Shape(*map(int, sides.groups())) if sides else None
    return propagate(convcalc.load(source, Settings(input=shape)))


def setup_of(entry: dict, batch: int):
    """How an entry's networks were trained, in convcalc's words."""
    from convcalc.facts.setup import Setup

    return Setup(
        batch,
        optimizer=entry["optimizer"].split(",")[0],
        weight_decay=1e-4,
        implementation="for-loop" if "for-loop" in entry["optimizer"] else "foreach",
        gpus=4 if "4 GPUs" in entry["logged"] else 1,
    )


def rows() -> Iterator[Row]:
    """Every published figure, as the product prints it."""
    from convcalc.facts.stack import Stack
    from convcalc.memory.estimate import Estimate, find_machine

    stack = Stack(**EAGER)
    for entry in json.loads(PUBLIC.read_text(encoding="utf-8")):
        card = "v100-32gb" if entry["card"] == "v100" else entry["card"]
        machine = find_machine(card, stack=stack)
        allocated = entry["logged"].startswith("max_memory_allocated")
        for network, figures in entry["mib"].items():
            for batch, measured in figures.items():
                setup = setup_of(entry, int(batch))
                found = Estimate(walked(network, entry["input"]), setup, machine)
                expected = found.max_memory_allocated if allocated else found.expected
                safe = None if allocated else found.safe / MIB
                where = f"{card}, mmsegmentation" if allocated else card
                yield Row(where, network, int(batch), measured, expected / MIB, safe)


def own_rows() -> Iterator[Row]:
    """Our own cards' rows at batch 64 and below, without `--gpu`."""
    from convcalc.memory.estimate import Estimate, Machine

    for card in predict.CARDS:
        for row in predict.read(card)["rows"]:
            if "error" in row or row["allocator"] != "default" or row["batch"] > 64:
                continue
            network = predict.walked(row["model"], row["image"])
            found = Estimate(network, predict.setup_of(row), Machine())
            yield Row(f"{card}, no --gpu", row["model"], row["batch"], predict.used(row) / MIB,
                      found.expected / MIB, found.safe / MIB)  # fmt: skip


def by_card(found: Iterator[Row]) -> dict[str, list[Row]]:
    """The rows of each card."""
    cards: dict[str, list[Row]] = {}
    for row in found:
        cards.setdefault(row.card, []).append(row)
    return cards


def short(of_card: list[Row]) -> list[Row]:
    """The rows in which `safe` was too small, spikes of cudnn.benchmark left out."""
    return [r for r in of_card if r.safe is not None and r.safe < r.measured and not r.is_spike]


def line(card: str, of_card: list[Row]) -> str:
    """A row of the page's table."""
    errors = [row.error for row in of_card]
    over = [row.safe / row.measured - 1 for row in of_card if row.safe is not None]
    spikes = sum(row.is_spike for row in of_card)
    cells = [
        card,
        "lazy, cuDNN 9" if "no --gpu" in card else "eager, cuDNN 8",
        str(len(of_card)),
        f"{mean(map(abs, errors)):.1%}",
        f"{mean(errors):+.1%}",
        f"{min(errors):+.0%} to {max(errors):+.0%}",
        (f"{len(short(of_card))} of {len(over) - spikes}" + (f", {spikes} spikes" if spikes else "")
         if over else "-"),
        f"{median(over):+.1%}" if over else "-",
        f"{max(over):+.0%}" if over else "-",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def table() -> str:
    """Rows of a Markdown table, a card each."""
    cards = by_card(rows()) | by_card(own_rows())
    return "".join(line(card, of_card) for card, of_card in cards.items())


def page() -> None:
    """Write the table into the page."""
    text = predict.PAGE.read_text(encoding="utf-8")
    mark = re.compile(r"(<!-- measured: published -->\n(?:\|.*\n){2})(?:\|.*\n)*")
    body = table()
    predict.PAGE.write_text(mark.sub(lambda match: match[1] + body, text), encoding="utf-8")


def main() -> None:
    """Print every row, and the errors of each card."""
    head = f"{'network':<28} {'batch':>5} {'measured':>9} {'expected':>9} {'error':>8} {'safe':>9}"
    for card, of_card in (by_card(rows()) | by_card(own_rows())).items():
        print(f"{card}   (MiB)\n  {head}")
        for row in of_card:
            safe = "" if row.safe is None else f"{row.safe:>9,.0f}"
            mark = " spike" if row.is_spike else ""
            print(f"  {row.network:<28} {row.batch:>5} {row.measured:>9,.0f} "
                  f"{row.expected:>9,.0f} {row.error:>8.1%} {safe}{mark}")  # fmt: skip
        print(f"  {line(card, of_card)}")


if __name__ == "__main__":
    page() if sys.argv[1:] == ["--page"] else main()
