"""Measure real training and inference peaks on a CUDA card, and compare with convcalc.

    python benchmarks/gpu/measure.py -o results.json
    python benchmarks/gpu/measure.py --models resnet50 vgg16 --batches 8 32 --optimizers adam
    python benchmarks/gpu/predict.py results.json       (compares again; no card needed)

Needs torch with CUDA, torchvision and convcalc (installed, or run from a checkout). Each
model runs in a process of its own, which makes the figures of one independent of another:
a new CUDA context, an empty caching allocator. The loop is that of docs/pytorch-memory.md;
the peaks are those of exactly two steps, as in the model, and again after five.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from predict import compare
from steps import build_model, infer, train

MODELS = ["alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "googlenet",
          "squeezenet1_0", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0",
          "convnext_tiny", "regnet_y_400mf", "shufflenet_v2_x1_0"]  # fmt: skip
STEPS, MORE_STEPS = 2, 5
CHOICES = {  # in the order in which rows vary, the last one fastest
    "modes": ["train", "infer"],
    "precisions": ["float32", "amp", "amp-bfloat16", "bfloat16", "float16", "float64"],
    "implementations": ["foreach", "for-loop", "fused"],
    "weight_decays": [0.0, 0.0001],
    "optimizers": ["momentum", "adam", "sgd", "nesterov", "adagrad", "rmsprop", "adamw",
                   "amsgrad"],
    "batches": [8, 32, 64],
}  # fmt: skip
DEFAULTS = {
    "modes": 2,
    "precisions": 2,
    "implementations": 1,
    "weight_decays": 1,
    "optimizers": 2,
    "batches": 3,
}  # how many of them, without options; fmt: skip
UNFUSED = {"rmsprop", "amsgrad"}


def rows_of(arguments: argparse.Namespace, model: str) -> list[dict]:
    """Every combination asked for; inference has no optimizer."""
    found = []
    names = ["mode", "precision", "implementation", "weight_decay", "optimizer", "batch"]
    for values in itertools.product(*(getattr(arguments, choice) for choice in CHOICES)):
        row = {"model": model, "image": arguments.image, "allocator": arguments.allocator}
        row |= dict(zip(names, values, strict=True))
        if row["mode"] == "infer":
            row |= {"optimizer": "momentum", "implementation": "foreach", "weight_decay": 0.0}
        impossible = row["implementation"] == "fused" and row["optimizer"] in UNFUSED
        if row not in found and not impossible:
            found.append(row)
    return found


def measure(row: dict, model) -> dict:
    """The peaks of one row, in bytes; `error` where it could not run."""
    import torch

    empty_the_allocator()
    try:
        on_card = deepcopy(model).to("cuda", torch_dtype(row["precision"]))
        steps = (train if row["mode"] == "train" else infer)(on_card, row, MORE_STEPS)
        for number, _ in enumerate(steps, 1):
            if number in (STEPS, MORE_STEPS):
                row |= {
                    f"max_allocated_{number}": torch.cuda.max_memory_allocated(),
                    f"max_reserved_{number}": torch.cuda.max_memory_reserved(),
                }
            if number == STEPS:
                row |= used()
    except (torch.OutOfMemoryError, RuntimeError) as error:
        row["error"] = str(error).split("\n")[0]
    return row


def torch_dtype(precision: str):
    """The type of parameters and images."""
    import torch

    return torch.float32 if precision.startswith("amp") else getattr(torch, precision)


def empty_the_allocator() -> None:
    """As in a new process: nothing cached, no workspace of cuBLAS, peaks at zero."""
    import gc

    import torch

    gc.collect()
    torch._C._cuda_clearCublasWorkspaces()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def used() -> dict:
    """Bytes that the card and this process use, by the driver, and those in segments."""
    import torch

    free, total = torch.cuda.mem_get_info()
    return {
        "used_on_device": total - free,
        "used_by_process": used_by_process(),
        "reserved": torch.cuda.memory_reserved(),
    }


def used_by_process() -> int | None:
    """What nvidia-smi shows for this process; None where the driver does not tell."""
    try:
        import pynvml

        pynvml.nvmlInit()
        card = pynvml.nvmlDeviceGetHandleByIndex(0)
        running = pynvml.nvmlDeviceGetComputeRunningProcesses(card)
        return {each.pid: each.usedGpuMemory for each in running}.get(os.getpid())
    except Exception:
        return None


def machine_facts() -> dict:
    """The card and the versions that the figures depend on."""
    import torch
    import torchvision

    return {
        "card": torch.cuda.get_device_name(),
        "compute_capability": list(torch.cuda.get_device_capability()),
        "nvidia_smi": listing(),
        "total": torch.cuda.mem_get_info()[1],
        "context_alone": used(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def listing() -> str | None:
    """Driver and memory, as nvidia-smi tells them; None where it is not installed."""
    asked = ["nvidia-smi", "--query-gpu=driver_version,memory.total", "--format=csv,noheader"]
    if not shutil.which(asked[0]):
        return None
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def child(arguments: argparse.Namespace) -> None:
    """Measure one model in this process; prints JSON."""
    import torch

    torch.zeros(1, device="cuda")  # the context exists before anything is measured
    facts = machine_facts()
    model = build_model(arguments.child)
    rows = [measure(row, model) for row in rows_of(arguments, arguments.child)]
    print(json.dumps({"machine": facts, "rows": rows}))


def command_for(arguments: argparse.Namespace, model: str) -> list[str]:
    """The command line of a child."""
    command = [sys.executable, __file__, "--child", model, "--image", str(arguments.image),
               "--allocator", arguments.allocator]  # fmt: skip
    for choice in CHOICES:
        command += [f"--{choice.replace('_', '-')}", *map(str, getattr(arguments, choice))]
    return command


def run_child(arguments: argparse.Namespace, model: str) -> dict | None:
    """What a child found; None, and a word about it, where it failed."""
    environment = dict(os.environ)
    if arguments.allocator == "expandable":
        environment["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"
    done = subprocess.run(command_for(arguments, model), stdout=subprocess.PIPE, text=True,
                          check=False, env=environment)  # fmt: skip
    if done.returncode:
        print(f"{model}: failed with exit code {done.returncode}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def parent(arguments: argparse.Namespace) -> None:
    """A process a model; the file is whole after each."""
    results: dict = {"machine": None, "jobs": arguments.jobs, "rows": []}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for found in pool.map(lambda model: run_child(arguments, model), arguments.models):
            if found:
                results["machine"] = results["machine"] or found["machine"]
                results["rows"] += found["rows"]
                save(results, arguments.output)
    if not results["rows"]:
        sys.exit("nothing was measured")
    if not arguments.measure_only:
        compare(results)


def save(results: dict, path: str) -> None:
    """Write beside and rename."""
    rows = ",\n  ".join(json.dumps(row) for row in results["rows"])
    head = json.dumps({**results, "rows": []})[:-2]
    beside = f"{path}.part"
    Path(beside).write_text(f"{head}\n  {rows}\n]}}\n", encoding="utf-8")
    os.replace(beside, path)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", nargs="+", default=MODELS)
    for choice, known in CHOICES.items():
        parser.add_argument(f"--{choice.replace('_', '-')}", nargs="+", type=type(known[0]),
                            default=known[: DEFAULTS[choice]])  # fmt: skip
    parser.add_argument("--image", type=int, default=224)
    parser.add_argument("--allocator", default="default", choices=["default", "expandable"])
    parser.add_argument("--jobs", type=int, default=1, help="models at a time; the memory in "
                        "use on the device is then that of all")  # fmt: skip
    parser.add_argument("--measure-only", action="store_true", help="do not compare")
    parser.add_argument("-o", "--output", default="measured.json")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    child(arguments) if arguments.child else parent(arguments)


if __name__ == "__main__":
    main()
