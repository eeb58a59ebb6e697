"""The package's levels: a module imports only what stands on a lower line.

Read from the source with `ast`, imports inside functions and for type checkers included.
"""

import ast
import configparser
import importlib
import os
import re
import runpy
from graphlib import CycleError, TopologicalSorter

import pytest
from support import ROOT

# A room is a folder directly below the package; numbers are floors. `|` joins rooms of one
# floor, which do not import each other.
LEVELS = """
    10  convcalc | __main__
    9  cli | api
    8  render
    7  answers
    6  memory | models
    5  walk
    4  network
    3  text | layers
    1  facts
"""
MOST_ROOMS, MOST_FLOORS, MOST_ARROWS = 14, 10, 60
PACKAGE = ROOT / "convcalc"
RUN_TIME = {"click", "rich", "yaml"}  # and Python's own
ALLOWED_EXTRAS = {
    "torch": ("models/importers/torch", "models/exporters/torch_onnx"),
    "onnx": ("models/importers/onnx", "models/exporters/torch_onnx"),
    "numpy": ("models/importers/onnx",),  # which onnx brings
}  # where, if anywhere


def rows() -> list[list[str]]:
    """The names of each line, from the bottom up."""
    lines = [line.split(maxsplit=1)[1] for line in LEVELS.strip().split("\n")]
    return [[name.strip() for name in line.split("|")] for line in reversed(lines)]


def level() -> dict[str, int]:
    return {name: number for number, names in enumerate(rows()) for name in names}


def modules() -> dict[str, ast.Module]:
    """Every module of the package by its path without `.py`, parsed."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE).with_suffix("")).removesuffix("/__init__")
        found["convcalc" if name == "__init__" else name] = ast.parse(path.read_text("utf-8"))
    return found


MODULES = modules()


def room(module: str) -> str:
    """The folder below the package that a module stands in."""
    return module.split("/")[0]


ROOMS = sorted({room(module) for module in MODULES} - {"convcalc", "__main__"})


def imports(tree: ast.Module) -> list[str]:
    """Dotted names that a module imports, `from a import b` as a.b."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def own(tree: ast.Module) -> set[str]:
    """Modules of the package that a module imports, by their path."""
    found = set()
    for name in imports(tree):
        first, *rest = name.split(".")
        if first != "convcalc":
            continue
        while rest and "/".join(rest) not in MODULES:
            rest.pop()  # a function or class in a module
        found.add("/".join(rest) or "convcalc")
    return found - {"convcalc"}  # only `__version__` is taken from there


def test_every_module_has_a_place():
    missing = {room(module) for module in MODULES} - set(level())
    assert not missing, f"place {', '.join(sorted(missing))} in LEVELS"


def test_every_place_has_a_module():
    optional = set()  # to come
    gone = set(level()) - {room(module) for module in MODULES} - optional
    assert not gone, f"take {', '.join(sorted(gone))} out of LEVELS"


def test_no_name_stands_twice():
    names = [name for row in rows() for name in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_from_lower_levels(module):
    here = room(module)
    for target in own(MODULES[module]):
        there = room(target)
        if there != here:
            assert level()[there] < level()[here], f"{module} imports {target}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from convcalc.answers.report import Report", {"answers/report"}),
        ("from convcalc.network import shipped", {"network/shipped"}),
        ("from convcalc import __version__", set()),
        ("import convcalc.cli", {"cli"}),
        ("from convcalc.render import json", {"render/json"}),
        ("def f():\n    from convcalc.layers.conv import Conv", {"layers/conv"}),
        ("if TYPE_CHECKING:\n    from convcalc.memory.cards import find", {"memory/cards"}),
        ("import json, os.path\nfrom click import echo", set()),
    ],
)
def test_imports_are_found_wherever_they_stand(text, found):
    assert own(ast.parse(text)) == found


def arrows() -> set[tuple[str, str]]:
    """Imports between two rooms."""
    return {
        (room(module), room(target))
        for module, tree in MODULES.items()
        for target in own(tree)
        if room(module) != room(target)
    } - {("__main__", "cli"), ("convcalc", "network"), ("convcalc", "answers")}


def floors() -> dict[str, int]:
    """How long a chain of imports stands below each room, itself counted."""
    below: dict[str, set[str]] = {room(module): set() for module in MODULES} | {"convcalc": set()}
    for here, there in arrows():
        below[here].add(there)
    height: dict[str, int] = {}
    for name in TopologicalSorter(below).static_order():
        height[name] = 1 + max((height[other] for other in below[name]), default=0)
    return height


def test_the_top_has_folders_only():
    loose = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert loose == {"__init__.py", "__main__.py", "py.typed"}


def test_the_counts_do_not_creep_back():
    counts = len(ROOMS), max(floors().values()), len(arrows())
    print("rooms {}, floors {}, arrows {}".format(*counts))
    assert all(n <= m for n, m in zip(counts, (MOST_ROOMS, MOST_FLOORS, MOST_ARROWS), strict=True))


@pytest.mark.parametrize(
    "name", sorted({module.split("/")[0] for module in MODULES} - {"convcalc", "__main__"})
)
def test_a_room_says_what_it_is_for_in_six_lines(name):
    text = ast.get_docstring(MODULES[name])
    assert text and len(text.splitlines()) <= 6


def test_nothing_imports_in_a_circle():
    graph = {module: own(tree) - {module} for module, tree in MODULES.items()}
    packages = {module for module in graph if any(m.startswith(f"{module}/") for m in graph)}
    for module in graph:
        graph[module] -= packages - {"layers", "facts/operators"}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("module", MODULES)
def test_imports_nothing_but_the_dependencies(module):
    import sys

    for name in imports(MODULES[module]):
        first = name.split(".")[0]
        if first in sys.stdlib_module_names or first in RUN_TIME or first == "convcalc":
            continue
        assert module.startswith(ALLOWED_EXTRAS.get(first, ("nowhere",))), (
            f"{module} imports {name}"
        )


ENDS_A_CHILD = {("models/importers/guard", "os._exit")}  # of its own, after it has answered


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) != "cli" and m != "__main__"])
def test_only_the_command_line_prints_exits_or_reads_the_terminal(module):
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            ends = called in ("print", "input", "exit", "sys.exit", "os._exit")
            assert not ends or (module, called) in ENDS_A_CHILD, called
            assert not called.startswith(("click.", "sys.stdout", "sys.stderr", "sys.stdin"))


def keywords() -> set[str]:
    return {m.split("/")[1] for m in MODULES if re.fullmatch(r"layers/[a-z]\w*", m)}


# INPUT starts every network, whatever is read: the reader puts it there. LRN is also what
# ONNX calls its operator.
NAMED_OUTSIDE = {
    ("text/syntax/yaml", "INPUT"),
    ("models/importers/onnx_operators", "LRN"),
    ("models/importers/onnx_attributes", "LRN"),
}


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) != "layers"])
def test_no_layer_type_is_named_outside_layers(module):
    words = {word.upper() for word in keywords()}
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if (module, node.value) not in NAMED_OUTSIDE:
                assert node.value not in words, f"{module}:{node.lineno} names {node.value}"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for name in imports(ast.Module([node], [])):
                parts = name.split(".")
                named = (
                    parts[:2] == ["convcalc", "layers"] and parts[2:3] and parts[2] in keywords()
                )
                assert not named, f"{module} imports {name}"


def test_a_layer_has_a_file_and_a_class_of_its_own():
    from convcalc.layers import all_types

    assert {layer.keyword.lower() for layer in all_types()} == keywords()
    assert len({layer.__module__ for layer in all_types()}) == len(keywords())


@pytest.mark.parametrize(
    "name", [name for name, tree in MODULES.items() if "id='__all__'" in ast.dump(tree)]
)
def test_what_a_module_offers_it_has(name):
    path = "" if name == "convcalc" else "." + name.replace("/", ".")
    module = importlib.import_module(f"convcalc{path}")
    offered = module.__all__
    assert offered
    assert [name for name in offered if not hasattr(module, name)] == []


def test_every_folder_says_in_six_lines_what_it_is():
    folders = {os.path.dirname(name) for name in MODULES} - {""}
    texts = {name: ast.get_docstring(MODULES[name]) for name in folders}
    assert [name for name, text in texts.items() if len((text or "").splitlines()) > 6] == []
    assert [name for name, text in texts.items() if not text] == []


def test_the_package_list_is_the_folders():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {
        str(path.parent.relative_to(ROOT)).replace(os.sep, ".")
        for path in PACKAGE.rglob("__init__.py")
    }
    assert listed == folders | {"convcalc.specs"}


def test_the_specs_are_installed():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert config["options"]["package_dir"].strip() == "convcalc.specs = specs"
    assert config["options.package_data"]["convcalc.specs"] == "*.yaml, index.csv"
    assert config["options.package_data"]["convcalc"] == "py.typed"
    assert (PACKAGE / "py.typed").is_file()


def test_only_three_packages_are_needed_to_run():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    needed = re.findall(r"^([\w-]+)", config["options"]["install_requires"], re.MULTILINE)
    assert sorted(needed) == ["PyYAML", "click", "rich"]


MOST_CLASS_NAMES_IN_SEVERAL_FILES = 5


def classes_in_several_files() -> dict[str, list[str]]:
    """Class names that stand in more than one module, and where."""
    places: dict[str, set[str]] = {}
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, set()).add(module)
    return {name: sorted(found) for name, found in sorted(places.items()) if len(found) > 1}


def test_a_class_name_stands_in_one_file():
    found = classes_in_several_files()
    print("class names in several files:", found or "none")
    assert len(found) <= MOST_CLASS_NAMES_IN_SEVERAL_FILES


def functions() -> list[str]:
    """Names of all functions and methods, without those that Python prescribes."""
    return [
        node.name.strip("_")
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("__")
    ]


def test_most_functions_say_in_several_words_what_they_give():
    names = functions()
    single = sum("_" not in name for name in names)
    print(f"functions named by a single word: {single} of {len(names)}, {single / len(names):.0%}")
    assert single <= len(names) / 2


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_type_that_is_ignored_has_its_reason_beside_it(path):
    for line in path.read_text("utf-8").splitlines():
        if "type: ignore" in line:
            assert re.search(r"# type: ignore\[[\w,-]+\]  # \w", line), line


def probes(tree: ast.Module) -> list[str]:
    """Where a module asks whether a layer has an attribute, other than for a declared field."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("hasattr", "getattr"):
            asked, name = map(ast.unparse, node.args[:2])
            if asked.split(".")[-1] == "layer" and name not in ("f.name", "field.name"):
                found.append(ast.unparse(node))
    return found


def test_what_a_layer_can_do_is_declared_by_it():
    assert not [found for name, tree in MODULES.items() if room(name) != "layers"
                for found in probes(tree)]  # fmt: skip


def test_probes_are_found():
    assert probes(ast.parse("hasattr(node.node.layer, 'stride')"))
    assert not probes(ast.parse("getattr(layer, field.name)"))


def test_every_mutation_by_name_has_its_place():
    """Else `tests/mutation/run.py --named` would have nothing to change."""
    names = runpy.run_path(str(ROOT / "tests/mutation/named.py"))["NAMED"]
    found = [(PACKAGE / file).read_text(encoding="utf-8").count(text) for file, text, _ in names]
    assert found == [1] * 13
