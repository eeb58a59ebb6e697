"""`convcalc import torch` where torch is not installed, and what is wrong with its arguments."""

import sys

import pytest

from convcalc.models import importers


@pytest.fixture
def without_torch(monkeypatch):
    """Whether or not it is there."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("torch_target", "torch_trace"):
        monkeypatch.delitem(sys.modules, f"convcalc.models.importers.{name}", raising=False)
        monkeypatch.delattr(importers, name, raising=False)


NEEDS_TORCH = "error: reading a model needs torch\nhint: pip install torch\n"


@pytest.mark.parametrize(
    "arguments",
    [("import", "torch", "torchvision.models:resnet50"), ("analyze", "torch:net.py:Net")],
    ids=" ".join,
)
def test_without_torch_it_says_what_to_install(run, without_torch, arguments):
    assert run(*arguments) == (2, "", NEEDS_TORCH)


def test_without_onnx_it_says_what_to_install(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for name in ("onnx_graph", "onnx_node", "onnx_operators"):
        monkeypatch.delitem(sys.modules, f"convcalc.models.importers.{name}", raising=False)
    path = tmp_path / "net.onnx"
    path.write_bytes(b"")
    wanted = f"error: reading {path} needs onnx\nhint: pip install onnx\n"
    assert run("analyze", str(path)) == (2, "", wanted)


@pytest.mark.parametrize("command", ["analyze", "check", "fit"])
def test_a_file_that_is_not_there(run, command):
    result = run(command, "nowhere.onnx", *(["--gpu", "t4"] if command == "fit" else []))
    assert result.code == 2
    assert "nowhere.onnx: there is no such file" in result.out + result.err


def test_check_takes_models_as_every_command_does(run, without_torch):
    result = run("check", "torch:net.py:Net", "--format", "json")
    assert result.code == 2
    assert "reading a model needs torch" in result.out


def test_arguments_have_names(run):
    result = run("import", "torch", "net:Net", "--arg", "10")
    assert (result.code, result.out) == (2, "")
    assert "Invalid value for --arg: write NAME=VALUE, not `10`" in result.err
