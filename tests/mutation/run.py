"""Mutate the core, one small thing at a time: which mutations do the default tests notice?

    python tests/mutation/run.py                      # a sample of every module of the core
    python tests/mutation/run.py pool.py --most 0     # every mutation of the modules named so
    python tests/mutation/run.py --replace walk/hints.py 'MOST_WORK = 300_000' 'MOST_WORK = 3'

Nothing is written into the checkout: a process of its own imports the mutated module and runs
the tests that are named for it below, up to the first that fails. Survivors are listed; the exit
code is 1 where fewer are noticed than `--least` percent.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
import tokenize
from collections.abc import Iterator
from pathlib import Path

import hypothesis  # noqa: F401 - here, so that not every mutant's process imports it
import pytest
import yaml  # noqa: F401

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from mutants import Mutant, mutants  # noqa: E402

MEMORY = ("tests/memory", "tests/specs")
SHAPES = ("tests/test_window.py", "tests/test_facts_2_1_conv.py", "tests/test_facts_2_2_pool.py",
          "tests/test_fit.py", "tests/layers", "tests/exporters")  # fmt: skip
WALK = ("tests/walk", "tests/layers", "tests/specs")
HINTS = ("tests/walk", "tests/test_hints.py")
VERDICTS = ("tests/check",)
EXPANSION = ("tests/network", "tests/syntax/test_yaml_accepts.py",
             "tests/syntax/test_pattern_accepts.py", "tests/syntax/test_yaml_hostile.py",
             "tests/syntax/test_yaml_errors.py", "tests/syntax/test_pattern_errors.py",
             "tests/test_naming.py", "tests/specs", "tests/memory")  # fmt: skip
TESTS: dict[str, tuple[str, ...]] = {
    "facts/window.py": SHAPES,
    "layers/_sliding.py": (*SHAPES, "tests/memory"),
    "layers/pool.py": SHAPES,
    "layers/conv.py": (*SHAPES, "tests/test_facts_3_1_patterns.py", "tests/memory"),
    "walk/receptive_field.py": WALK,
    "walk/hints.py": HINTS,
    "network/expansion.py": EXPANSION,
    "memory/allocator.py": MEMORY,
    "memory/autograd.py": MEMORY,
    "memory/optimizers.py": MEMORY,
    "memory/estimate.py": (*MEMORY, "tests/advice", "tests/render"),
    "answers/verdicts/judge.py": VERDICTS,
    "answers/verdicts/result.py": VERDICTS,
    "answers/verdicts/ignores.py": VERDICTS,
    "answers/verdicts/run.py": VERDICTS,
}
MOST, SLOWEST = 40, 240  # mutations of a module that are sampled; seconds for one


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree in place of its file."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.name = f"convcalc.{path.removesuffix('.py').replace('/', '.')}"
        self.path, self.tree = ROOT / "convcalc" / path, tree

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> object:
        """The mutated module's, and no other's."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: object) -> None:
        """Run the tree."""
        exec(compile(self.tree, str(self.path), "exec"), vars(module))


def tested(path: str, tree: ast.Module | None, tests: tuple[str, ...]) -> int:
    """pytest's exit code in a process of its own; one that hangs has noticed something."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(SLOWEST)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.chdir(ROOT)
    if tree is not None:
        sys.meta_path.insert(0, Mutated(path, tree))
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    there = [test for test in tests if Path(test).exists()]
    os._exit(int(pytest.main([*options, *there])))


def sample(path: str, most: int) -> list[Mutant]:
    """Mutations of a module, always the same ones."""
    found = mutants(_text(path))
    if most and len(found) > most:
        chosen = random.Random(path).sample(range(len(found)), most)
        found = [found[number] for number in sorted(chosen)]
    return found


def _text(path: str) -> str:
    with tokenize.open(ROOT / "convcalc" / path) as file:
        return file.read()


def chosen(names: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The modules whose paths hold one of the names, and their tests."""
    for path, tests in TESTS.items():
        if not names or any(name in path for name in names):
            yield path, tests


def replaced(path: str, old: str, new: str) -> int:
    """One mutation that is written out, run under the tests of its module."""
    text = _text(path)
    if text.count(old) != 1:
        sys.exit(f"{path} has `{old}` {text.count(old)} times")
    if tested(path, None, TESTS[path]):
        sys.exit(f"the tests of {path} fail without any mutation")
    found = tested(path, ast.parse(text.replace(old, new)), TESTS[path])
    print(f"{path}: {'noticed' if found else 'SURVIVES'}: {old} -> {new}")
    return int(not found)


def main() -> int:
    """Report survivors and the share that is noticed, module by module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="parts of the modules' paths")
    parser.add_argument("--most", type=int, default=MOST, help="mutations a module; 0: all")
    parser.add_argument("--least", type=float, default=90.0, help="percent that must be noticed")
    parser.add_argument("--replace", nargs=3, metavar=("MODULE", "OLD", "NEW"))
    options = parser.parse_args()
    if options.replace:
        return replaced(*options.replace)
    noticed = total = 0
    for path, tests in chosen(options.names):
        started = time.monotonic()
        if tested(path, None, tests):
            sys.exit(f"the tests of {path} fail without any mutation")
        survivors = []
        found = sample(path, options.most)
        for mutant in found:
            if not tested(path, mutant.tree, tests):
                survivors.append(mutant)
                print(f"  {path}:{mutant.line}: {mutant.what}", flush=True)
        killed = len(found) - len(survivors)
        noticed, total = noticed + killed, total + len(found)
        print(f"{path}: {killed} of {len(found)} noticed, {time.monotonic() - started:.0f} s",
              flush=True)  # fmt: skip
    share = 100 * noticed / max(total, 1)
    print(f"{noticed} of {total} noticed: {share:.1f} %")
    return int(share < options.least)


if __name__ == "__main__":
    sys.exit(main())
