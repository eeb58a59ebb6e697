"""Mutate the core, one small thing at a time: which mutations do the default tests notice?

    python tests/mutation/run.py                      # a sample of every module of the core
    python tests/mutation/run.py pool.py --most 0     # every mutation of the modules named so
    python tests/mutation/run.py pool.py --tests tests/layers tests/exporters
    python tests/mutation/run.py --replace walk/hints.py 'MOST_WORK = 300_000' 'MOST_WORK = 3'
    python tests/mutation/run.py --named              # those of named.py, with what notices each

The tests are collected once and run once, to see which functions of the core each one calls.
Then a process of its own for each mutation runs the tests that call the changed function, the
quickest first, up to the first that fails, for at most `--seconds` of work: a mutation that lasts
longer counts as a survivor. What is computed at import is changed in a new process that imports
the module so. Nothing is written into the checkout. Survivors are listed; the exit code is 1 where
fewer are noticed than `--least` percent.
"""

import argparse
import ast
import gc
import importlib
import importlib.abc
import importlib.util
import marshal
import os
import pickle
import random
import signal
import sys
import tempfile
import time
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import hypothesis  # noqa: F401 - here, so that not every mutant's process imports it
import pytest
import yaml  # noqa: F401

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from mutants import Mutant, mutants  # noqa: E402
from named import NAMED  # noqa: E402

CORE = (
    "facts/window.py", "layers/_sliding.py", "layers/pool.py", "layers/conv.py",
    "walk/receptive_field.py", "walk/hints.py", "network/expansion.py",
    "memory/allocator.py", "memory/autograd.py", "memory/optimizers.py", "memory/estimate.py",
    "answers/verdicts/judge.py", "answers/verdicts/result.py", "answers/verdicts/ignores.py",
    "answers/verdicts/run.py",
)  # fmt: skip
TESTS = (
    "tests/memory", "tests/walk", "tests/network", "tests/test_window.py", "tests/test_fit.py",
    "tests/test_hints.py", "tests/test_naming.py", "tests/test_facts_2_1_conv.py",
    "tests/test_facts_2_2_pool.py", "tests/layers/test_sliding.py", "tests/layers/test_axes.py",
    "tests/layers/test_read_calls.py", "tests/layers/test_uneven_padding.py",
    "tests/exporters/test_torch_code.py", "tests/check/test_strict.py",
    "tests/check/test_limits.py", "tests/check/test_ignores.py",
    "tests/check/test_checks_of_findings.py", "tests/check/test_sources.py",
    "tests/check/test_strangers.py", "tests/explain",
)  # fmt: skip
MOST, SECONDS = 20, 20  # mutations of a module that are sampled; of work for one
OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]

Place = tuple[str, str, int]  # of a function: its file, qualified name and first line
Codes = list[CodeType]  # from the outermost function to the one that is meant


def place_of(code: CodeType) -> Place:
    """Where a function stands; a mutation moves none."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def changed_codes(before: CodeType, after: CodeType, outer: Codes) -> Codes | None:
    """The functions around the one that a mutation changes; [] is what runs at import."""
    inner = [[each for each in code.co_consts if isinstance(each, CodeType)]
             for code in (before, after)]  # fmt: skip
    if _own(before) != _own(after) or len(inner[0]) != len(inner[1]):
        return outer
    for one, other in zip(*inner, strict=True):
        is_function = bool(other.co_flags & 1)  # CO_OPTIMIZED: no module, no body of a class
        found = changed_codes(one, other, [*outer, other] if is_function else outer)
        if found is not None:
            return found
    return None


def _own(code: CodeType) -> tuple[object, ...]:
    values = [None if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return code.co_code, values, code.co_names, code.co_varnames


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree in place of its file."""

    def __init__(self, path: str, code: CodeType) -> None:
        self.name, self.path, self.code = module_name(path), ROOT / "convcalc" / path, code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> object:
        """The mutated module's, and no other's."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: object) -> None:
        """Run the tree."""
        exec(self.code, vars(module))


def module_name(path: str) -> str:
    """The dotted name of a module of the package."""
    return f"convcalc.{path.removesuffix('.py').replace('/', '.')}"


def compiled(path: str, tree: ast.Module | None = None) -> CodeType:
    """A module's code, or a mutation's, as Python would compile the file."""
    return compile(tree or _text(path), str(ROOT / "convcalc" / path), "exec")


def _text(path: str) -> str:
    with tokenize.open(ROOT / "convcalc" / path) as file:
        return file.read()


def in_child(work: Callable[[], int], seconds: float) -> int:
    """The process that does some work; its exit code says what came of it."""
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # what pytest says of each test
    signal.setitimer(signal.ITIMER_PROF, seconds)  # what hangs has noticed something
    code = 3
    try:
        code = work()
    finally:
        os._exit(code)


def exit_code(child: int) -> int:
    """Of a process, when it has ended; negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Runner:
    """Runs mutations in place of the tests that pytest has collected."""

    def __init__(self, mutations: dict[str, list[Mutant]], options: argparse.Namespace) -> None:
        self.mutations, self.options = mutations, options
        self.calls: list[tuple[float, set[Place]]] = []  # by test: its seconds, what it calls
        self.live: dict[Place, list[FunctionType]] = {}
        self.items: list[pytest.Item] = []
        self.noticed = self.total = 0
        self.ended, self.tell = os.pipe()  # what noticed a mutation that is written out

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Report survivors and the share that is noticed, module by module."""
        self.items = session.items
        for path in self.mutations:
            importlib.import_module(module_name(path))
        gc.unfreeze()  # the command line freezes what it has imported: those are not listed
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                self.live.setdefault(place_of(each.__code__), []).append(each)
        gc.freeze()
        self.calls = self._recorded(session)
        for path, found in self.mutations.items():
            self._report_module(path, found, session)
        return True

    def _recorded(self, session: pytest.Session) -> list[tuple[float, set[Place]]]:
        """What each test calls of the core: an empty set where it fails as it is."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "calls"

            def work() -> int:
                file.write_bytes(pickle.dumps([self._record(item, session) for item in self.items]))
                return 0

            if exit_code(in_child(work, 10_000)):
                sys.exit("the tests could not be run without any mutation")
            return pickle.loads(file.read_bytes())

    def _record(self, item: pytest.Item, session: pytest.Session) -> tuple[float, set[Place]]:
        files = {str(ROOT / "convcalc" / path) for path in self.mutations}
        called: set[CodeType] = set()

        def trace(frame: FrameType, event: str, argument: object) -> None:
            called.add(frame.f_code)

        failed, started = session.testsfailed, time.process_time()
        sys.settrace(trace)
        run_one(item)
        sys.settrace(None)
        spent = time.process_time() - started
        if session.testsfailed > failed:
            print(f"left out, it fails without any mutation: {item.nodeid}", file=sys.stderr)
            return spent, set()
        return spent, {place_of(code) for code in called if code.co_filename in files}

    def _report_module(self, path: str, found: list[Mutant], session: pytest.Session) -> None:
        started, before = time.monotonic(), compiled(path)
        running: dict[int, Mutant] = {}
        survivors: list[Mutant] = []
        for mutant in found:
            while len(running) >= self.options.jobs:
                survivors += _ended(running)
            after = compiled(path, mutant.tree)
            outer = changed_codes(before, after, [])
            if outer is None:  # Python computes the same
                survivors.append(mutant)
            else:
                running[self._start(path, mutant.what, after, outer, session)] = mutant
        while running:
            survivors += _ended(running)
        self.total += len(found)
        for mutant in sorted(survivors, key=lambda mutant: mutant.line):
            print(f"  {path}:{mutant.line}: {mutant.what}")
        self.noticed += len(found) - len(survivors)
        spent = time.monotonic() - started
        print(f"{path}: {len(found) - len(survivors)} of {len(found)} noticed, {spent:.0f} s",
              flush=True)  # fmt: skip

    def _start(
        self, path: str, what: str, after: CodeType, outer: Codes, session: pytest.Session
    ) -> int:
        """The process that runs the tests under a mutation; it ends with 0 where it survives."""
        name = str(ROOT / "convcalc" / path)
        if not outer:
            found = [k for k, (_, called) in enumerate(self.calls) if _within(name, called)]
            files = list(dict.fromkeys(str(self.items[k].path) for k in self._quickest(found)))
            most = 10 * self.options.seconds
            return in_child(lambda: os.execv(sys.executable, _again(path, after, files)), most)
        place = place_of(outer[-1])
        chosen = self._quickest([k for k, (_, called) in enumerate(self.calls) if place in called])

        def work() -> int:
            for code in outer:
                for function in self.live.get(place_of(code), ()):
                    function.__code__ = code
            for k in chosen:
                run_one(self.items[k])
                if session.testsfailed:
                    if self.options.named or self.options.replace:
                        line = f"{path}: {what}: {self.items[k].nodeid}\n"
                        os.write(self.tell, line.encode())
                    return 1
            return 0

        return in_child(work, 3 * self.options.seconds)

    def _quickest(self, found: list[int]) -> list[int]:
        """Tests, the quickest first, as many as there is time for."""
        chosen, spent = [], 0.0
        for k in sorted(found, key=lambda k: self.calls[k][0]):
            spent += self.calls[k][0]
            if chosen and spent > self.options.seconds:
                break
            chosen.append(k)
        return chosen


def _within(file: str, called: set[Place]) -> bool:
    return any(place[0] == file for place in called)


def _again(path: str, after: CodeType, files: list[str]) -> list[str]:
    """The command line of a new process that imports a module from changed code."""
    handle, name = tempfile.mkstemp()
    os.write(handle, marshal.dumps(after))
    return [sys.executable, __file__, "--import", path, name, *files]


def imported(path: str, name: str, files: list[str]) -> int:
    """Run test files with a module imported from code that is written down."""
    code = marshal.loads(Path(name).read_bytes())
    Path(name).unlink()
    os.chdir(ROOT)
    sys.meta_path.insert(0, Mutated(path, code))
    return int(pytest.main([*OPTIONS, "-x", *files]))


def run_one(item: pytest.Item) -> None:
    """Run a test by itself, its fixtures with it."""
    item.ihook.pytest_runtest_protocol(item=item, nextitem=None)


def _ended(running: dict[int, Mutant]) -> list[Mutant]:
    """Wait for a process: the mutation, where no test failed."""
    child, status = os.wait()
    mutant = running.pop(child)
    return [] if status else [mutant]


def sample(path: str, most: int) -> list[Mutant]:
    """Mutations of a module, always the same ones."""
    found = mutants(_text(path))
    if most and len(found) > most:
        chosen = random.Random(path).sample(range(len(found)), most)
        found = [found[number] for number in sorted(chosen)]
    return found


def replacement(path: str, old: str, new: str) -> Mutant:
    """One mutation that is written out."""
    text = _text(path)
    if text.count(old) != 1:
        sys.exit(f"{path} has `{old}` {text.count(old)} times")
    line = text[: text.index(old)].count("\n") + 1
    return Mutant(line, f"{old} -> {new}", ast.parse(text.replace(old, new)))


def main() -> int:
    """Collect the tests, and run mutations in their place."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="parts of the modules' paths")
    parser.add_argument("--most", type=int, default=MOST, help="mutations a module; 0: all")
    parser.add_argument("--least", type=float, default=90.0, help="percent that must be noticed")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of work for one mutation")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="files and folders of tests")
    parser.add_argument("--named", action="store_true", help="those of named.py")
    parser.add_argument("--replace", nargs=3, action="append", metavar=("MODULE", "OLD", "NEW"))
    options = parser.parse_args()
    os.chdir(ROOT)
    paths = [path for path in CORE if not options.names or any(n in path for n in options.names)]
    mutations = {path: sample(path, options.most) for path in paths}
    written = [*(options.replace or ()), *(NAMED if options.named else ())]
    if written:
        mutations = {}
        for path, old, new in written:
            mutations.setdefault(path, []).append(replacement(path, old, new))
    runner = Runner(mutations, options)
    code = pytest.main([*OPTIONS, "-s", *options.tests], plugins=[runner])
    if not runner.total:
        return int(code) or 2
    if written:
        os.close(runner.tell)
        print(os.read(runner.ended, 1 << 16).decode(), end="")
    share = 100 * runner.noticed / runner.total
    print(f"{runner.noticed} of {runner.total} noticed: {share:.1f} %")
    return int(share < options.least)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--import"]:
        sys.exit(imported(sys.argv[2], sys.argv[3], sys.argv[4:]))
    sys.exit(main())
