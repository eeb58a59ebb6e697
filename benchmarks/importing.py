"""Import torchvision's networks, beside what building and tracing them costs torch by itself.

    path/to/python/with/torch benchmarks/importing.py

The same process builds and traces each network on the meta device, and imports it to the text
of a spec; medians of interleaved rounds, after one to warm up.
"""

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "oracle")]
NAMES = ("vgg16", "resnet50", "densenet121", "efficientnet_b0")
ROUNDS = 5


def main() -> None:
    import torch
    from torchvision_import import models

    from convcalc.models.importers.torch_import import import_torch

    def traced(name: str) -> None:
        with torch.device("meta"):
            model = models.get_model(name, weights=None)
            images = torch.empty(2, 3, 224, 224)
        torch.export.export(model.train(), (images,), strict=False)

    def whole(name: str) -> None:
        import_torch(f"torchvision.models:{name}", arguments={"weights": None})

    warnings.simplefilter("ignore")
    print("| Network | built and traced, ms | imported, ms | ratio |")
    print("| :-- | --: | --: | --: |")
    for name in NAMES:
        alone, all_of_it = medians((traced, whole), name)
        print(f"| {name} | {alone:.0f} | {all_of_it:.0f} | {all_of_it / alone:.2f} |", flush=True)


def medians(functions: tuple[Callable[[str], None], ...], name: str) -> list[float]:
    """Milliseconds of each function, all of them once a round."""
    times: list[list[float]] = [[] for _ in functions]
    for number in range(ROUNDS + 1):
        for function, found in zip(functions, times, strict=True):
            start = time.perf_counter()
            function(name)
            if number:
                found.append(1000 * (time.perf_counter() - start))
    return [statistics.median(each) for each in times]


if __name__ == "__main__":
    main()
