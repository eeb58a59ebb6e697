"""What convcalc predicts for measured rows, and how far the two are apart.

python benchmarks/gpu/predict.py benchmarks/gpu/results/h200.json     (no card needed)
python benchmarks/gpu/predict.py --page        brings the tables of docs/measured.md up to date
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

RESULTS = ROOT / "benchmarks/gpu/results"
PAGE = ROOT / "docs/measured.md"
DTYPES = {"amp": "float32", "amp-bfloat16": "bfloat16"}
CARDS = ("h200", "h100")
HEAD = f"{'':<62} {'allocated MiB':>20} {'reserved MiB':>20} {'%':>6} {'used MiB':>20} {'%':>6}"


def spec_of(model: str) -> str:
    """The shipped spec of a torchvision model."""
    plain_vgg = model.startswith("vgg") and not model.endswith("_bn")
    return f"{model}_torchvision" if plain_vgg or model == "alexnet" else model


def setup_of(row: dict):
    """The row's conditions in convcalc's words."""
    from convcalc.facts.setup import Setup

    precision = row["precision"]
    return Setup(
        batch_size=row["batch"],
        dtype=DTYPES.get(precision, precision),
        mode=row["mode"],
        optimizer=row["optimizer"],
        amp=precision.startswith("amp"),
        weight_decay=row["weight_decay"],
        implementation=row["implementation"],
    )


@cache
def walked(model: str, side: int):
    """The network of a row, at its image's size."""
    import convcalc
    from convcalc.facts.shape import Shape
    from convcalc.network.graph import Settings
    from convcalc.walk.propagation import propagate

    return propagate(convcalc.load(spec_of(model), Settings(input=Shape(side, side, 3))))


def estimate(row: dict, card: str):
    """convcalc's estimate for a row on a card."""
    from convcalc.memory.estimate import Estimate, find_machine

    return Estimate(walked(row["model"], row["image"]), setup_of(row), find_machine(card))


def used(row: dict) -> int:
    """What the process took on the card, by the driver. Bytes."""
    return row.get("used_by_process") or row["used_on_device"]


def compared(results: dict) -> Iterator[tuple[dict, object]]:
    """Each row that ran, with its estimate."""
    card = results["machine"]["card"]
    for row in results["rows"]:
        if "error" not in row and row["allocator"] == "default":
            yield row, estimate(row, card)


def compare(results: dict) -> None:
    """Print each row's figures and errors."""
    machine = results["machine"]
    print(f"{machine['card']}, torch {machine['torch']}, cuDNN {machine['cudnn']}\n{HEAD}")
    found = []
    for row, guess in compared(results):
        reserved = guess.peaks.peak_reserved_with_workspaces
        found.append((reserved / row["max_reserved_2"] - 1, guess.expected / used(row) - 1))
        print(f"{named(row)} {mib(row['max_allocated_2'])} {mib(guess.peaks.peak_allocated)} "
              f"{mib(row['max_reserved_2'])} {mib(reserved)} {found[-1][0]:6.1%} "
              f"{mib(used(row))} {mib(guess.expected)} {found[-1][1]:6.1%}")  # fmt: skip
    for what, errors in zip(("reserved", "used"), zip(*found, strict=True), strict=True):
        print(f"{what}: mean error {mean(map(abs, errors)):.2%}, {min(errors):.1%} to "
              f"{max(errors):.1%}")  # fmt: skip


def named(row: dict) -> str:
    """A row in words of one width."""
    decay = " decay" if row["weight_decay"] else ""
    how = f"{row['mode']} {row['precision']} {row['optimizer']} {row['implementation']}{decay}"
    return f"{row['model']:<18} {how:<38} {row['batch']:>4}"


def mib(size: int) -> str:
    """Bytes as MiB."""
    return f"{size / 2**20:9,.1f}"


def read(name: str) -> dict:
    """One of the committed results."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


@cache
def groups(card: str) -> dict[str, list[tuple[float, ...]]]:
    """Errors by mode and precision, and of all: allocated, reserved, expected, safe, floor."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for row, guess in compared(read(card)):
        allocated = guess.max_memory_allocated / row["max_allocated_2"] - 1
        reserved = guess.max_memory_reserved / row["max_reserved_2"] - 1
        whole = (guess.expected, guess.safe, guess.floor)
        errors = (allocated, reserved, *[figure / used(row) - 1 for figure in whole])
        for name in (f"{row['mode']}, {row['precision']}", "all"):
            found.setdefault(name, []).append(errors)
    return found


def summary(card: str) -> str:
    """Rows of a Markdown table."""
    lines = []
    for name, errors in sorted(groups(card).items()):
        *figures, safe, _ = zip(*errors, strict=True)
        lines.append(f"| {card} | {name} | {len(errors)} | {' | '.join(map(spread, figures))} "
                     f"| {sum(error >= 0 for error in safe)} | {min(safe):+.1%} |\n")  # fmt: skip
    return "".join(lines)


def spread(errors: tuple[float, ...]) -> str:
    """The mean of the errors' sizes, and the worst of either sign."""
    return f"{mean(map(abs, errors)):.1%} | {min(errors):+.0%} to {max(errors):+.0%}"


def largest() -> str:
    """Rows of a Markdown table: the largest batch within a limit, really and by convcalc."""
    from convcalc.answers.advice.edge import Batches
    from convcalc.memory.estimate import find_machine
    from convcalc.memory.verdict import ESTIMATES, FitRule

    rows = [row | {"card": card} for card in CARDS for row in read(f"{card}-largest")["rows"]]
    lines = []
    for row in rows:
        bare = find_machine(row["card"], context=0)
        batches = Batches(walked(row["model"], row["image"]), setup_of(row | {"batch": 1}))
        found = [batches.largest_fitting(FitRule(bare, name), row["limit"]) for name in ESTIMATES]
        where = f"{row['card']} with {row['limit'] >> 30} GiB | {row['model']}, {row['precision']}"
        batches_found = (row["largest"], runs_until(row, bare), found[1], found[0])
        lines.append(f"| {where} | {' | '.join(map(str, batches_found))} |\n")
    return "".join(lines)


def runs_until(row: dict, bare) -> int:
    """The largest batch that runs at all, by giving cached memory back; by bisection."""
    from convcalc.memory.estimate import Estimate

    low, high = 1, 4096
    while high - low > 1:
        middle = (low + high) // 2
        setup = setup_of(row | {"batch": middle})
        run = Estimate(walked(row["model"], row["image"]), setup, bare).result
        fits = run.replay_within(row["limit"], workspaces=True).fits
        low, high = (middle, high) if fits else (low, middle)
    return low


def page() -> None:
    """Write the tables into the page."""
    tables = {"cards": "".join(map(summary, CARDS)), "largest": largest()}
    text = PAGE.read_text(encoding="utf-8")
    for name, body in tables.items():
        mark = re.compile(rf"(<!-- measured: {name} -->\n(?:\|.*\n){{2}})(?:\|.*\n)*")
        text = mark.sub(lambda match, body=body: match[1] + body, text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--page"]:
        page()
    for path in sys.argv[1:]:
        if path != "--page":
            compare(json.loads(Path(path).read_text(encoding="utf-8")))
