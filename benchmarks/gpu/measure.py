"""Measure real training and inference peaks on a CUDA card, and compare with convcalc.

    python benchmarks/gpu/measure.py -o results.json
    python benchmarks/gpu/measure.py --models resnet50 vgg16 --batches 8 32 --optimizers adam
    python benchmarks/gpu/measure.py --compare results.json       (no card needed)

Needs torch with CUDA, torchvision and convcalc (installed, or run from a checkout). Each
model runs in a process of its own, which makes the figures of one independent of another:
a new CUDA context, an empty caching allocator. The loop is that of docs/pytorch-memory.md;
the peaks are those of exactly two steps, as in the model, and again after five.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MODELS = ["alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "googlenet",
          "squeezenet1_0", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0",
          "convnext_tiny", "regnet_y_400mf", "shufflenet_v2_x1_0"]  # fmt: skip
BATCHES = [8, 32, 64]
PRECISIONS = ["float32", "amp"]
OPTIMIZERS = ["momentum", "adam"]
MODES = ["train", "infer"]
STEPS, MORE_STEPS = 2, 5


def spec_of(model: str) -> str:
    """The shipped spec of a torchvision model."""
    plain_vgg = model.startswith("vgg") and not model.endswith("_bn")
    return f"{model}_torchvision" if plain_vgg or model == "alexnet" else model


def predicted(row: dict) -> dict:
    """What convcalc says for a row, in bytes."""
    import convcalc
    from convcalc.memory.estimate import Machine, machine
    from convcalc.report import build
    from convcalc.setup import Setup

    sm90 = tuple(row.get("compute_capability", (0, 0))) >= (9, 0)
    on = machine("h200") if sm90 else Machine()
    setup = Setup(row["batch"], "float32", row["mode"], row["optimizer"],
                  row["precision"] == "amp")  # fmt: skip
    report = build(convcalc.load(spec_of(row["model"])), setup, machine=on, memory="pytorch")
    result = report.pytorch.result
    return {
        "peak_live": result.peak_live,
        "peak_allocated": result.peak_allocated,
        "peak_reserved": result.peak_reserved,
        "workspace": report.pytorch.workspace,
        "expected": report.pytorch.expected,
        "safe": report.pytorch.safe,
    }


def rows_of(arguments: argparse.Namespace, model: str) -> list[dict]:
    """Every combination asked for; inference has no optimizer."""
    found = []
    for mode, precision, batch in itertools.product(
        arguments.modes, arguments.precisions, arguments.batches
    ):
        for optimizer in arguments.optimizers if mode == "train" else ["momentum"]:
            found.append({"model": model, "mode": mode, "precision": precision, "batch": batch,
                          "optimizer": optimizer, "image": arguments.image})  # fmt: skip
    return found


def optimizer_for(name: str, parameters):
    """PyTorch's optimizer as convcalc's `--optimizer` means it."""
    import torch

    make = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=0.01),
        "momentum": lambda: torch.optim.SGD(parameters, lr=0.01, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(parameters),
        "rmsprop": lambda: torch.optim.RMSprop(parameters),
        "adam": lambda: torch.optim.Adam(parameters),
        "adamw": lambda: torch.optim.AdamW(parameters, weight_decay=0),
        "amsgrad": lambda: torch.optim.Adam(parameters, amsgrad=True),
    }
    return make[name]()


def build_model(name: str):
    """A torchvision model without weights; auxiliary heads off, as in the specs."""
    import torchvision

    extra = {"aux_logits": False, "init_weights": False} if name in (
        "googlenet", "inception_v3") else {}  # fmt: skip
    return getattr(torchvision.models, name)(**extra)


def train(model, row: dict, steps: int):
    """The reference loop; yields after each step."""
    import torch
    from torch.nn import functional as F

    optimizer = optimizer_for(row["optimizer"], model.parameters())
    model.train()
    for _ in range(steps):
        x = torch.randn(row["batch"], 3, row["image"], row["image"], device="cuda")
        y = torch.randint(0, 1000, (row["batch"],), device="cuda")
        optimizer.zero_grad()
        with torch.autocast("cuda", enabled=row["precision"] == "amp"):
            out = model(x)
            loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        torch.cuda.synchronize()
        yield


def infer(model, row: dict, steps: int):
    """Running the network without gradients; yields after each batch."""
    import torch

    model.eval()
    with torch.no_grad():
        for _ in range(steps):
            x = torch.randn(row["batch"], 3, row["image"], row["image"], device="cuda")
            with torch.autocast("cuda", enabled=row["precision"] == "amp"):
                out = model(x)  # noqa: F841 - kept alive as a caller would
            torch.cuda.synchronize()
            yield


def measure(row: dict) -> dict:
    """The peaks of one row, in bytes; `error` where it could not run."""
    import gc

    import torch

    torch._C._cuda_clearCublasWorkspaces()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_reserved()
    torch.backends.cudnn.benchmark = False
    try:
        model = build_model(row["model"]).to("cuda")
        steps = (train if row["mode"] == "train" else infer)(model, row, MORE_STEPS)
        for number, _ in enumerate(steps, 1):
            if number in (STEPS, MORE_STEPS):
                free, total = torch.cuda.mem_get_info()
                row |= {
                    f"max_allocated_{number}": torch.cuda.max_memory_allocated(),
                    f"max_reserved_{number}": torch.cuda.max_memory_reserved(),
                    f"device_used_{number}": total - free,
                }
        row["reserved_before"] = before
    except torch.OutOfMemoryError as error:
        row["error"] = str(error).split("\n")[0]
    return row


def machine_facts() -> dict:
    """The card and the versions that the figures depend on."""
    import torch
    import torchvision

    free, total = torch.cuda.mem_get_info()
    asked = ["nvidia-smi", "--query-gpu=driver_version,memory.total", "--format=csv,noheader"]
    listing = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "card": torch.cuda.get_device_name(),
        "compute_capability": list(torch.cuda.get_device_capability()),
        "nvidia_smi": listing,
        "total": total,
        "used_by_context_alone": total - free,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def child(arguments: argparse.Namespace) -> None:
    """Measure one model in this process; prints JSON."""
    import torch

    torch.zeros(1, device="cuda")  # the context exists before anything is measured
    facts = machine_facts()
    rows = [measure(row) for row in rows_of(arguments, arguments.child)]
    print(json.dumps({"machine": facts, "rows": rows}))


def parent(arguments: argparse.Namespace) -> None:
    """A process a model; the file is whole after each."""
    results: dict = {"machine": None, "rows": []}
    for model in arguments.models:
        command = [sys.executable, __file__, "--child", model,
                   "--image", str(arguments.image), "--batches", *map(str, arguments.batches),
                   "--precisions", *arguments.precisions, "--modes", *arguments.modes,
                   "--optimizers", *arguments.optimizers]  # fmt: skip
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            print(f"{model}: failed with exit code {done.returncode}", file=sys.stderr)
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        results["machine"] = results["machine"] or found["machine"]
        for row in found["rows"]:
            row["compute_capability"] = found["machine"]["compute_capability"]
            row["predicted"] = predicted(row)
        results["rows"] += found["rows"]
        save(results, arguments.output)
        compare({"machine": found["machine"], "rows": found["rows"]})


def save(results: dict, path: str) -> None:
    """Write beside and rename."""
    beside = f"{path}.part"
    Path(beside).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)


def compare(results: dict) -> None:
    """Measured against predicted, row by row, with the errors in percent."""
    print(
        f"{'model':<20} {'mode':<5} {'prec':<7} {'optimizer':<9} {'batch':>5} "
        f"{'allocated MiB':>20} {'%':>6} {'reserved MiB':>20} {'%':>6} {'used':>8} {'exp.':>8}"
    )
    errors: dict[str, list[float]] = {"allocated": [], "reserved": []}
    for row in results["rows"]:
        if "error" in row:
            print(f"{row['model']:<20} {row['mode']:<5} batch {row['batch']}: {row['error']}")
            continue
        guess = predicted(row)
        cells = []
        for what in ("allocated", "reserved"):
            real = row[f"max_{what}_{STEPS}"]
            error = 100 * (guess[f"peak_{what}"] / real - 1)
            errors[what].append(abs(error))
            cells.append(
                f"{real / 2**20:9,.1f} {guess[f'peak_{what}'] / 2**20:10,.1f} {error:6.2f}"
            )
        print(
            f"{row['model']:<20} {row['mode']:<5} {row['precision']:<7} {row['optimizer']:<9} "
            f"{row['batch']:>5} {cells[0]} {cells[1]} "
            f"{row[f'device_used_{STEPS}'] / 2**20:8,.0f} {guess['expected'] / 2**20:8,.0f}"
        )
    for what, found in errors.items():
        if found:
            print(f"{what}: mean error {sum(found) / len(found):.2f} %, worst {max(found):.2f} %")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    parser.add_argument("--precisions", nargs="+", default=PRECISIONS, choices=PRECISIONS)
    parser.add_argument("--optimizers", nargs="+", default=OPTIMIZERS)
    parser.add_argument("--modes", nargs="+", default=MODES, choices=MODES)
    parser.add_argument("--image", type=int, default=224)
    parser.add_argument("-o", "--output", default="measured.json")
    parser.add_argument("--compare", metavar="FILE", help="only compare what was measured before")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.compare:
        compare(json.loads(Path(arguments.compare).read_text(encoding="utf-8")))
    elif arguments.child:
        child(arguments)
    else:
        parent(arguments)


if __name__ == "__main__":
    main()
