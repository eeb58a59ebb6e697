"""What convcalc predicts for a measured row, and how far the two are apart.

python benchmarks/gpu/predict.py benchmarks/gpu/results/*.json     (no card needed)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

DTYPES = {"amp": "float32", "amp-bfloat16": "bfloat16"}
MEASURED = {"allocated": "max_allocated_2", "reserved": "max_reserved_2"}


def spec_of(model: str) -> str:
    """The shipped spec of a torchvision model."""
    plain_vgg = model.startswith("vgg") and not model.endswith("_bn")
    return f"{model}_torchvision" if plain_vgg or model == "alexnet" else model


def setup_of(row: dict):
    """The row's conditions in convcalc's words."""
    from convcalc.setup import Setup

    precision = row["precision"]
    return Setup(
        batch_size=row["batch"],
        dtype=DTYPES.get(precision, precision),
        mode=row["mode"],
        optimizer=row["optimizer"],
        amp=precision.startswith("amp"),
        weight_decay=row.get("weight_decay", 0.0),
        implementation=row.get("implementation", "foreach"),
    )


def predicted(row: dict, card: str) -> dict:
    """What convcalc says for a row on a card, in bytes."""
    import convcalc
    from convcalc.memory.estimate import machine
    from convcalc.network import Settings
    from convcalc.report import build
    from convcalc.shape import Shape

    side = row["image"]
    network = convcalc.load(spec_of(row["model"]), Settings(input=Shape(side, side, 3)))
    report = build(network, setup_of(row), machine=machine(card), memory="pytorch")
    result = report.pytorch.result
    expandable = row.get("allocator") == "expandable"
    return {
        "peak_live": result.peak_live,
        "peak_allocated": result.peak_allocated,
        "peak_reserved": result.peak_reserved_expandable if expandable else result.peak_reserved,
        "workspace": report.pytorch.workspace,
        "expected": report.pytorch.expected,
        "safe": report.pytorch.safe,
    }


def compare(results: dict) -> None:
    """Print each row's figures and errors, then their means."""
    card = results["machine"]["card"]
    print(f"{card}, torch {results['machine']['torch']}, cuDNN {results['machine']['cudnn']}")
    print(f"{'':<62} {'allocated MiB':>20} {'%':>6} {'reserved MiB':>20} {'%':>6} "
          f"{'used':>8} {'exp.':>8}")  # fmt: skip
    errors: dict[str, list[float]] = {what: [] for what in MEASURED}
    for row in results["rows"]:
        if "error" in row:
            print(f"{_named(row)} {row['error']}")
            continue
        guess = predicted(row, card)
        cells = []
        for what, key in MEASURED.items():
            error = 100 * (guess[f"peak_{what}"] / row[key] - 1)
            errors[what].append(error)
            cells.append(f"{row[key] / 2**20:9,.1f} {guess[f'peak_{what}'] / 2**20:10,.1f} "
                         f"{error:6.2f}")  # fmt: skip
        used = row.get("used_by_process") or row["used_on_device"]
        print(f"{_named(row)} {' '.join(cells)} {used / 2**20:8,.0f} "
              f"{guess['expected'] / 2**20:8,.0f}")  # fmt: skip
    for what, found in errors.items():
        if found:
            mean = sum(map(abs, found)) / len(found)
            print(f"{what}: mean error {mean:.2f} %, from {min(found):.2f} to {max(found):.2f} %")


def _named(row: dict) -> str:
    how = f"{row['mode']} {row['precision']} {row['optimizer']} {row['implementation']}"
    decay = " decay" if row["weight_decay"] else ""
    return f"{row['model']:<18} {how + decay:<38} {row['batch']:>4}"


if __name__ == "__main__":
    for path in sys.argv[1:]:
        compare(json.loads(Path(path).read_text(encoding="utf-8")))
