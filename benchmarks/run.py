"""Measure convcalc's speed, as ratios of one run. See README.md beside this file.

    python benchmarks/run.py [--rounds 15] [--largest 100000] [--torch PYTHON]

Installs a wheel of the checkout into an environment of its own first, needs nothing else.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import sweep  # beside this file

ROOT = Path(__file__).resolve().parent.parent
FLOOR = "import click, yaml, rich.console, rich.table"
SIZES = (100, 1_000, 10_000, 100_000)
INSIDE = Path(__file__).resolve().parent / "inside.py"
IMPORTING = Path(__file__).resolve().parent / "importing.py"
TRACKER = Path(__file__).resolve().parent / "tracker.py"
VGG16 = "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"
TORCHINFO = f"""
import torch
from torch import nn
from torchinfo import summary

modules, depth = [], 3
for word in "{VGG16}".split():
    if word == "M":
        modules.append(nn.MaxPool2d(2))
    else:
        modules += [nn.Conv2d(depth, int(word), 3, padding=1), nn.ReLU(inplace=True)]
        depth = int(word)
modules += [nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(inplace=True)]
modules += [nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 1000)]
print(summary(nn.Sequential(*modules), (1, 3, 224, 224), verbose=0))
"""


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        python = installed(Path(folder))
        print(machine(python))
        print(heading("Start-up: cold processes, medians of interleaved rounds"))
        cold = startup(python, options.rounds)
        print(table(("What", "ms", "ratio"), cold))
        print(heading("Time per layer, in process: parse, walk, both memory models, JSON"))
        print(table(("Network", "layers", "us per layer", "of it parsing", "ratio"),
                    per_layer(python, options.largest)))  # fmt: skip
        print(heading("Real networks, in process"))
        print(table(("What", "layers", "ms", "us per layer"), networks(python)))
        print(heading("Sweeps of a family, from the shell; the most memory of one process"))
        print(table(sweep.HEAD, sweep.rows(str(python), million=True)))
        print(heading("The same table by torchinfo: cold processes"))
        print(torchinfo(python, options))
        print(heading("Memory of a training step, beside torch's tracker on fake tensors"))
        print(tracker(options))
        print(heading("Imports from torchvision, beside building and tracing alone"))
        print(imports(options))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of each cold process")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="network, in layers")
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON",
                        help="a Python with torch, torchvision and torchinfo")  # fmt: skip
    return parser.parse_args()


def heading(text: str) -> str:
    return f"\n## {text}\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = (":--", *["--:"] * (len(head) - 1))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def installed(folder: Path) -> Path:
    """The Python of an environment with a wheel: an editable install would start slower."""
    source = folder / "source"
    for name in ("convcalc", "specs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", source], check=True)
    return python


def machine(python: Path) -> str:
    words = "import click, rich, yaml, importlib.metadata as m, platform as p; " \
            "print('Python', p.python_version(), *(f'{n} {m.version(n)}' " \
            "for n in ('click', 'rich', 'PyYAML')), sep=', ')"  # fmt: skip
    versions = output([python, "-c", words]).strip().replace("Python, ", "Python ")
    return f"{os.cpu_count()} cores, {cpu()}, {platform.system()}; {versions}"


def cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def output(command: list[object]) -> str:
    result = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, check=True, encoding="utf-8"
    )
    return result.stdout


def interleaved(commands: dict[str, list[object]], rounds: int) -> dict[str, float]:
    """Median seconds of each command, all of them once a round, after a round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            output(command)
            if number:
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def startup(python: Path, rounds: int) -> list[tuple[str, ...]]:
    convcalc = python.parent / "convcalc"
    analyze = [convcalc, "analyze", "vgg16"]
    commands: dict[str, list[object]] = {
        f'python -c "{FLOOR}"': [python, "-c", FLOOR],
        "convcalc analyze vgg16": analyze,
        "convcalc analyze vgg16 --memory textbook": [*analyze, "--memory", "textbook"],
        "convcalc analyze vgg16 --format json": [*analyze, "--format", "json"],
        "convcalc analyze vgg16 --format csv": [*analyze, "--format", "csv"],
        "convcalc analyze resnet152": [convcalc, "analyze", "resnet152"],
        "convcalc --version": [convcalc, "--version"],
        'python -c "pass"': [python, "-c", "pass"],
    }
    found = interleaved(commands, rounds)
    floor = next(iter(found.values()))
    return [(f"`{name}`", f"{1000 * seconds:.0f}", f"{seconds / floor:.2f}")
            for name, seconds in found.items()]  # fmt: skip


def per_layer(python: Path, largest: int) -> list[tuple[str, ...]]:
    """Each kind and size in a process of its own; the ratio is to the kind's 1,000 layers."""
    rows = []
    for kind in ("pattern, repeated", "pattern", "YAML", "YAML, branches"):
        found = {size: inside(python, "layers", kind, size) for size in SIZES if size <= largest}
        base = found.get(1_000, next(iter(found.values())))["us"]
        rows += [(kind, f"{size:,}", f"{result['us']:.1f}", f"{result['parse']:.1f}",
                  f"{result['us'] / base:.2f}") for size, result in found.items()]  # fmt: skip
    return rows


def networks(python: Path) -> list[tuple[str, ...]]:
    return [(what, f"{layers:,}", f"{1000 * seconds:.1f}", f"{1e6 * seconds / layers:.0f}")
            for what, layers, seconds in inside(python, "networks")["rows"]]  # fmt: skip


def inside(python: Path, *words: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(output([python, INSIDE, *words]))
    return found


def torchinfo(python: Path, options: argparse.Namespace) -> str:
    test = subprocess.run([options.torch, "-c", "import torch, torchinfo"], capture_output=True)
    if test.returncode:
        return "Left out: no torch and torchinfo; --torch names a Python with them."
    commands: dict[str, list[object]] = {
        "convcalc analyze vgg16": [python.parent / "convcalc", "analyze", "vgg16"],
        'python -c "import torch"': [options.torch, "-c", "import torch"],
        "torchinfo.summary of VGG-16": [options.torch, "-c", TORCHINFO],
    }
    found = interleaved(commands, max(3, options.rounds // 3))
    base = next(iter(found.values()))
    return table(("What", "ms", "ratio"), list(_torch_rows(found, base)))


def imports(options: argparse.Namespace) -> str:
    """Time of imports by the checkout, from the callable to the spec."""
    result = subprocess.run([options.torch, IMPORTING], capture_output=True, encoding="utf-8")
    if result.returncode:
        return "Left out: no torch and torchvision; --torch names a Python with them."
    return result.stdout


def tracker(options: argparse.Namespace) -> str:
    """Time and peak of the same two steps, by convcalc's checkout and by torch's tracker."""
    result = subprocess.run([options.torch, TRACKER], capture_output=True, encoding="utf-8")
    if result.returncode:
        return "Left out: no torch and torchvision; --torch names a Python with them."
    rows = [
        (f"{row['spec']}: {what}", f"{row[ms]:.1f}", f"{row[ms] / row['ms']:,.0f}",
         f"{row[peak]:,}")
        for row in json.loads(result.stdout)
        for what, ms, peak in (("convcalc", "ms", "peak"),
                               ("torch's MemTracker", "tracker_ms", "tracker_peak"))
    ]  # fmt: skip
    return table(("Two training steps at batch 32", "ms", "ratio", "peak, bytes"), rows)


def _torch_rows(found: dict[str, float], base: float) -> Iterator[tuple[str, ...]]:
    for name, seconds in found.items():
        yield f"`{name}`", f"{1000 * seconds:.0f}", f"{seconds / base:.1f}"


if __name__ == "__main__":
    main()
