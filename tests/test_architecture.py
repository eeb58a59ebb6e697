"""The package's levels: a module imports only what stands on a lower line.

Read from the source with `ast`, imports inside functions and for type checkers included.
"""

import ast
import configparser
import os
import re
from graphlib import CycleError, TopologicalSorter

import pytest
from support import ROOT

# A module or a package a name, from the top down. `|` joins siblings, which do not import
# each other. Numbers are those of the design; one may take several lines.
LEVELS = """
    11  convcalc | __main__
    10  cli
     9  render
     8  check | advice | families | thresholds | folding | git
     8  rules
     7  report | difference | project | explain
     6  importers | exporters
     6  limits | project_file
     6  memory | convert | alignment | schema | keeping
     6  hints | budget
     5  propagate | loading
     5  writing
     4  expand
     4  sharing
     4  counting | naming | edges
     4  blocks
     4  binding | findings
     4  walked
     4  network
     3  syntax | layers
     2  facts | errors | calls | code | setup | operators
     1  source | shape | window | units | expressions | shipped
"""
PACKAGE = ROOT / "convcalc"
RUN_TIME = {"click", "rich", "yaml"}  # and Python's own
ALLOWED_EXTRAS = {
    "torch": ("importers/torch", "exporters/torch_onnx"),
    "onnx": ("importers/onnx", "exporters/torch_onnx"),
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


def unit(module: str) -> str:
    """What a module counts as in the table: itself, or its package."""
    return module.split("/")[0]


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
    missing = {unit(module) for module in MODULES} - set(level())
    assert not missing, f"place {', '.join(sorted(missing))} in LEVELS"


def test_every_place_has_a_module():
    optional = set()  # to come
    gone = set(level()) - {unit(module) for module in MODULES} - optional
    assert not gone, f"take {', '.join(sorted(gone))} out of LEVELS"


def test_no_name_stands_twice():
    names = [name for row in rows() for name in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_from_lower_levels(module):
    here = unit(module)
    for target in own(MODULES[module]):
        there = unit(target)
        if there != here:
            assert level()[there] < level()[here], f"{module} imports {target}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from convcalc.report import Report", {"report"}),
        ("from convcalc import shipped", {"shipped"}),
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


def test_the_lines_of_the_table_are_in_the_designs_order():
    numbers = [int(line.split()[0]) for line in LEVELS.strip().split("\n")]
    assert numbers == sorted(numbers, reverse=True)


def test_nothing_imports_in_a_circle():
    graph = {module: own(tree) - {module} for module, tree in MODULES.items()}
    packages = {module for module in graph if any(m.startswith(f"{module}/") for m in graph)}
    for module in graph:
        graph[module] -= packages - {"layers", "operators"}
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


@pytest.mark.parametrize("module", [m for m in MODULES if unit(m) != "cli" and m != "__main__"])
def test_only_the_command_line_prints_exits_or_reads_the_terminal(module):
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "input", "exit", "sys.exit", "os._exit"), called
            assert not called.startswith(("click.", "sys.stdout", "sys.stderr", "sys.stdin"))


def keywords() -> set[str]:
    return {m.split("/")[1] for m in MODULES if re.fullmatch(r"layers/[a-z]\w*", m)}


# INPUT starts every network, whatever is read: the reader puts it there. LRN is also what
# ONNX calls its operator.
NAMED_OUTSIDE = {("syntax/yaml", "INPUT"), ("importers/onnx_operators", "LRN")}


@pytest.mark.parametrize("module", [m for m in MODULES if unit(m) != "layers"])
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
    assert config["options.package_data"]["convcalc.specs"] == "*.yaml"
    assert config["options.package_data"]["convcalc"] == "py.typed"
    assert (PACKAGE / "py.typed").is_file()


def test_only_three_packages_are_needed_to_run():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    needed = re.findall(r"^([\w-]+)", config["options"]["install_requires"], re.MULTILINE)
    assert sorted(needed) == ["PyYAML", "click", "rich"]
