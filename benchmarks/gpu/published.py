"""Predicted against published peaks of real cards: nvidia-smi's figures of 2021.

    python benchmarks/gpu/published.py

Source of the figures: the table published by the authors of SchedTune (Albahar, Dongare,
Du, Zhao, Paul and Butt, "SchedTune: A Heterogeneity-Aware GPU Scheduler for Deep
Learning", CCGrid 2022): V100 16 GB and RTX 3090, 224x224 images, batch 8 to 64. Their
optimizer is not stated; SGD with momentum and weight decay, one parameter at a time as
PyTorch did then, fits. One constant a card stands for context, libraries and driver of
that stack; it is fitted here, by the least mean error, and printed.
"""

import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import convcalc
from convcalc.answers.report import build_report
from convcalc.facts.setup import Setup

BATCHES = (8, 16, 32, 64)
MEASURED = {  # MiB, by card and spec, for the batches above
    "v100-16gb": {
        "resnet18": (1679, 1907, 2211, 3113),
        "resnet50": (2343, 3089, 4667, 7675),
        "resnet152": (3455, 4847, 7893, 13821),
        "densenet121": (2559, 3675, 6013, 10571),
        "vgg16_torchvision": (4219, 4755, 6251, 10155),
    },
    "rtx-3090": {
        "resnet18": (1719, 2073, 2493, 3531),
        "resnet50": (2385, 3121, 4759, 8005),
        "resnet152": (3513, 4955, 8035, 14285),
        "densenet121": (2595, 3767, 5909, 10083),
        "vgg16_torchvision": (4235, 4849, 6435, 10467),
    },
}
WORKSPACE_FACTOR = {"v100-16gb": 0.0, "rtx-3090": 0.5}  # 0 to 1 on the stacks of 2021


def reserved_and_margin(spec: str, batch: int) -> tuple[float, float]:
    """Peak reserved and the workspace margin of factor 1, in MiB."""
    setup = Setup(batch, optimizer="momentum", weight_decay=1e-4, implementation="for-loop")
    report = build_report(convcalc.load(spec), setup, memory="pytorch")
    return report.pytorch.result.peak_reserved / 2**20, report.pytorch.workspace / 2 / 2**20


def errors(card: str, constant: float, model: dict) -> dict:
    """Relative error of each row."""
    factor = WORKSPACE_FACTOR[card]
    return {
        (spec, batch): (model[spec, batch][0] + factor * model[spec, batch][1] + constant) / real
        - 1
        for spec, row in MEASURED[card].items()
        for batch, real in zip(BATCHES, row, strict=True)
    }


def fitted(card: str, model: dict) -> int:
    """The constant in MiB with the least mean error."""
    return min(
        range(500, 2500),
        key=lambda constant: mean(map(abs, errors(card, constant, model).values())),
    )


def main() -> None:
    """Print every row, and mean and worst error of each card."""
    specs = MEASURED["v100-16gb"]
    model = {(spec, b): reserved_and_margin(spec, b) for spec in specs for b in BATCHES}
    for card, rows in MEASURED.items():
        constant = fitted(card, model)
        found = errors(card, constant, model)
        print(f"{card}: constant {constant} MiB, workspace factor {WORKSPACE_FACTOR[card]}")
        print(f"  {'spec':<18} {'batch':>5} {'measured':>9} {'predicted':>9} {'error':>8}   (MiB)")
        for (spec, batch), error in found.items():
            real = rows[spec][BATCHES.index(batch)]
            print(f"  {spec:<18} {batch:>5} {real:>9,} {real * (1 + error):>9,.0f} {error:>8.2%}")
        worst = max(map(abs, found.values()))
        print(f"  mean error {mean(map(abs, found.values())):.2%}, worst {worst:.2%}\n")


if __name__ == "__main__":
    main()
