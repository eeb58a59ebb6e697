"""Record what PyTorch's caching allocator does in two real steps, event by event.

    python benchmarks/gpu/record.py -o events.json.gz --models resnet50 --batches 32

Takes the options of measure.py. For each row: `phases` and `modules` as [name, microseconds
at the start (and end)], and `events` as [microseconds, action, address, bytes], where the
bytes of `alloc` and `free_completed` are those that were asked for.
"""

import argparse
import gzip
import json
import sys
import time
from copy import deepcopy
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measure import CHOICES, STEPS, empty_the_allocator, rows_of, torch_dtype
from steps import build_model, infer, train

KEPT = {"alloc", "free_completed", "segment_alloc", "segment_free", "segment_map"}


def now() -> int:
    """Microseconds, by the clock of the allocator's traces."""
    return time.time_ns() // 1000


def watch(model, spans: list) -> None:
    """Note when each module without children runs forward."""
    for name, module in model.named_modules():
        if not list(module.children()):
            opened: list[int] = []
            module.register_forward_pre_hook(lambda *_, o=opened: o.append(now()))
            module.register_forward_hook(
                lambda *_, o=opened, n=name: spans.append([n, o.pop(), now()])
            )


def record(row: dict, model) -> dict:
    """The row with its phases, modules and events."""
    import torch

    empty_the_allocator()
    phases: list = []
    modules: list = []
    torch.cuda.memory._record_memory_history("all", context=None, max_entries=1_000_000)
    phases.append(["move", now()])
    on_card = deepcopy(model).to("cuda", torch_dtype(row["precision"]))
    watch(on_card, modules)
    loop = train if row["mode"] == "train" else infer
    for _ in loop(on_card, row, STEPS, lambda phase: phases.append([phase, now()])):
        pass
    phases.append(["end", now()])
    trace = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(None)
    events = [[e["time_us"], e["action"], e["addr"], e["size"]] for e in trace
              if e["action"] in KEPT]  # fmt: skip
    row |= {"max_allocated_2": torch.cuda.max_memory_allocated(),
            "max_reserved_2": torch.cuda.max_memory_reserved()}  # fmt: skip
    return row | {"phases": phases, "modules": modules, "events": events}


def main() -> None:
    """Read the command line, record, write."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", nargs="+", required=True)
    for choice, known in CHOICES.items():
        parser.add_argument(f"--{choice.replace('_', '-')}", nargs="+", type=type(known[0]),
                            default=known[:1])  # fmt: skip
    parser.add_argument("--image", type=int, default=224)
    parser.add_argument("-o", "--output", default="events.json.gz")
    arguments = parser.parse_args()
    arguments.allocator = "default"
    torch.zeros(1, device="cuda")
    rows = []
    for name in arguments.models:
        model = build_model(name)
        rows += [record(row, model) for row in rows_of(arguments, name)]
    with gzip.open(arguments.output, "wt", encoding="utf-8") as file:
        json.dump({"card": torch.cuda.get_device_name(), "rows": rows}, file)


if __name__ == "__main__":
    main()
