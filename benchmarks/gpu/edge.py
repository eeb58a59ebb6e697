"""The largest batch that really trains within a limit, beside the one that convcalc finds.

    python benchmarks/gpu/edge.py -o edge.json --models resnet50 --limits 8

The limit is set with torch.cuda.set_per_process_memory_fraction: what the caching allocator
may reserve, in GiB. As on a card of that size, it gives back what it can before it fails.
"""

import argparse
import json
import sys
from copy import deepcopy
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measure import STEPS, empty_the_allocator, machine_facts
from steps import build_model, train


def runs(row: dict, model) -> bool:
    """Whether the steps of a row run without an out-of-memory error."""
    import torch

    empty_the_allocator()
    try:
        for _ in train(deepcopy(model).to("cuda"), row, STEPS):
            pass
    except torch.OutOfMemoryError:
        return False
    return True


def largest(row: dict, model) -> int:
    """The largest batch that runs, by doubling and bisection."""
    low, high = 0, 8
    while runs(row | {"batch": high}, model):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if runs(row | {"batch": middle}, model) else (low, middle)
    return low


def main() -> None:
    """Read the command line, search, write."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--limits", nargs="+", type=float, required=True, help="GiB")
    parser.add_argument("--precisions", nargs="+", default=["float32", "amp"])
    parser.add_argument("-o", "--output", default="edge.json")
    arguments = parser.parse_args()
    torch.zeros(1, device="cuda")
    results: dict = {"machine": machine_facts(), "rows": []}
    total = results["machine"]["total"]
    for name in arguments.models:
        model = build_model(name)
        for limit in arguments.limits:
            torch.cuda.set_per_process_memory_fraction(limit * 2**30 / total)
            for precision in arguments.precisions:
                row = {"model": name, "image": 224, "mode": "train", "precision": precision,
                       "optimizer": "momentum", "implementation": "foreach",
                       "weight_decay": 0.0, "limit": int(limit * 2**30)}  # fmt: skip
                results["rows"].append(row | {"largest": largest(row, model)})
                print(results["rows"][-1], flush=True)
                Path(arguments.output).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
