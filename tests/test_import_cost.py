"""What a command imports: start-up is most of a run."""

import json
import subprocess
import sys

import pytest
from support import ROOT

HEAVY = {"rich", "torch", "numpy", "onnx", "pkg_resources", "unittest", "asyncio"}
MOST_MODULES = 99  # of ours, in the shortest run with both models of memory


def modules_after(code: str) -> set[str]:
    """Names of all modules in a new interpreter that has run some code."""
    script = f"{code}\nimport sys, json\nsys.stdout = sys.__stderr__\n"
    script += "print(json.dumps(sorted(sys.modules)), file=sys.__stderr__)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=ROOT, check=True, timeout=60
    )
    return set(json.loads(done.stderr.decode().splitlines()[-1]))


def command(*arguments: str) -> str:
    call = f"from convcalc.cli import main\ntry:\n    main({list(arguments)!r})\n"
    return call + "except SystemExit as stop:\n    assert stop.code == 0, stop.code"


def tops(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def test_the_package_alone_is_free():
    bare, loaded = modules_after(""), modules_after("import convcalc")
    assert {m for m in loaded - bare if m.startswith("convcalc")} == {"convcalc"}
    assert not tops(loaded - bare) & {"click", "yaml", "rich", "dataclasses", "re", "importlib"}


@pytest.mark.parametrize("style", ["json", "csv", "markdown", "table"])
def test_no_format_needs_rich_when_piped(style):
    loaded = modules_after(command("analyze", "vgg16", "--format", style))
    assert not tops(loaded) & HEAVY
    assert {"click", "yaml"} <= tops(loaded)


def test_a_pattern_needs_no_yaml():
    loaded = modules_after(command("analyze", "INPUT -> CONV -> FC", "--format", "json"))
    assert "yaml" not in tops(loaded)


def test_only_the_layers_that_are_used_are_imported():
    loaded = modules_after(command("analyze", "vgg16", "--format", "json"))
    layers = {m.split(".")[2] for m in loaded if m.startswith("convcalc.layers.")}
    public = {layer for layer in layers if layer[0] != "_"}
    assert public == {"input", "conv", "relu", "pool", "fc"}


def test_no_more_of_our_modules_than_the_network_needs():
    """Each costs a third of a millisecond: what only errors and other layers need comes later."""
    loaded = modules_after(command("analyze", "vgg16", "--format", "json"))
    ours = sorted(module for module in loaded if module.startswith("convcalc"))
    assert len(ours) <= MOST_MODULES, ours
    errors = {"misread", "mistakes", "pattern", "tokens"}
    assert not {f"convcalc.text.syntax.{name}" for name in errors} & loaded
    assert not {"dataclasses", "fractions", "decimal", "convcalc.facts.reading"} & loaded


def test_only_the_command_that_is_called_is_imported():
    loaded = modules_after(command("analyze", "lenet5", "--format", "json"))
    commands = {m.split(".")[2] for m in loaded if m.startswith("convcalc.cli.")}
    assert {c for c in commands if c[0] != "_"} == {"analyze"}


def test_only_the_renderer_that_is_used_is_imported():
    loaded = modules_after(command("analyze", "lenet5", "--format", "json"))
    assert "convcalc.render.json" in loaded
    assert not {"convcalc.render.table", "convcalc.render.csv", "convcalc.render.markdown"} & loaded


def test_the_textbook_alone_needs_no_model_of_pytorch():
    both = modules_after(command("analyze", "lenet5", "--format", "json"))
    alone = modules_after(command("analyze", "lenet5", "--format", "json", "--memory", "textbook"))
    assert "convcalc.memory.allocator" in both
    assert "convcalc.memory.allocator" not in alone


def test_help_of_one_command_needs_no_network():
    loaded = modules_after(command("analyze", "--help"))
    assert not {"convcalc.memory.allocator", "convcalc.text.syntax.yaml", "yaml", "rich"} & loaded
