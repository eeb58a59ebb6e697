"""A pattern without quotes is answered before anything is read."""

import pytest
from support import shell

UNQUOTED = [  # what the shell hands over, the files that it has made, the line to type
    pytest.param("analyze INPUT -", ["FC"], "analyze 'INPUT -> FC'", id="one arrow"),
    pytest.param("check -b 2 INPUT[8x8x3] - --gpu t4", ["CONV3-8"],
                 "check -b 2 'INPUT[8x8x3] -> CONV3-8' --gpu t4", id="with options"),
    pytest.param("lint INPUT - - -", ["FC", "RELU]*2", "[CONV"], "lint 'INPUT -> ...'",
                 id="several arrows"),
    pytest.param("fit INPUT-", ["CONV3-64-", "FC-10"], "fit 'INPUT -> ...'", id="without spaces"),
    pytest.param("explain INPUT - fc1", ["CONV"], "explain 'INPUT -> CONV' fc1",
                 id="a layer behind it"),
    pytest.param("analyze INPUT - CONV - FC", [], "analyze 'INPUT - CONV - FC'", id="hyphens"),
    pytest.param("sweep INPUT → FC", [], "sweep 'INPUT → FC'", id="an arrow of its own"),
    pytest.param("compare CONV -", ["FC"], "compare 'CONV -> FC'", id="without INPUT"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "files", "line"), UNQUOTED)
def test_what_to_type_is_said(run, tmp_path, monkeypatch, words, files, line):
    monkeypatch.chdir(tmp_path)
    for name in files:
        (tmp_path / name).touch()
    done = run(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"hint: quote the pattern: convcalc {line}\n")
    assert all(f"`{name}`" in done.err for name in files)


@pytest.mark.parametrize(("words", "line"), [
    pytest.param("analyze INPUT[32x32x3] CONV5-12 FC-10 -b 8",
                 "analyze 'INPUT[32x32x3] -> CONV5-12 -> FC-10' -b 8", id="all layers"),
    pytest.param("compare vgg16 INPUT[8x8x3] FC", "compare vgg16 'INPUT[8x8x3] -> FC'",
                 id="behind another"),
])  # fmt: skip
def test_layers_without_arrows_are_a_pattern_too(run, tmp_path, monkeypatch, words, line):
    monkeypatch.chdir(tmp_path)
    done = run(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: the layers of a pattern have `->` between them\n"
        f"hint: write it in quotes: convcalc {line}\n"
    )


@pytest.mark.parametrize("words", [
    pytest.param(("compare", "INPUT[8x8x3] -> FC", "INPUT[9x9x3] -> FC"), id="two patterns"),
    pytest.param(("explain", "INPUT[8x8x3] -> FC", "fc1"), id="a layer of one"),
    pytest.param(("compare", "INPUT[8x8x3]->FC", "INPUT[8x8x3]"), id="one without layers"),
])  # fmt: skip
def test_whole_patterns_stay_apart(run, words):
    assert run(*words).code == 0


def test_a_real_shell(tmp_path):
    done = shell(f"cd {tmp_path} && convcalc analyze INPUT -> FC")
    assert done.code == 2
    assert done.err == (
        "error: the pattern has no quotes: the shell has taken `>` as a file to write to, and "
        "made or emptied `FC`\nhint: quote the pattern: convcalc analyze 'INPUT -> FC'\n"
    )


@pytest.mark.parametrize("arguments", [
    pytest.param(("-",), id="standard input"),
    pytest.param(("INPUT-FC",), id="a pattern that needs no quotes"),
    pytest.param(("fc-", "-"), id="a file named as a layer"),
])  # fmt: skip
def test_what_is_no_torn_pattern_is_read(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fc-").write_text("INPUT -> FC")
    assert run("analyze", *arguments, "--format", "json", stdin="INPUT -> FC").code == 0


MODEL = """
import torch.nn as nn
raise SystemExit("this file was run")
class Helper: pass
class Net(nn.Module): pass
class Larger(Net): pass
"""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param(MODEL, "torch:net.py:Net, torch:net.py:Larger", id="modules"),
        pytest.param("class Plain: pass", "torch:net.py:Plain", id="a class"),
        pytest.param("def build(): pass", "torch:net.py:build", id="a function"),
    ],
)
@pytest.mark.parametrize("command", ["analyze", "check", "sweep"])
def test_a_model_of_pytorch_is_pointed_to(run, tmp_path, monkeypatch, command, text, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(text)
    done = run(command, "net.py")
    assert done.code == 2
    assert "net.py: Python code, not a spec\n" in done.out + done.err
    assert f"hint: for a PyTorch model in it: {hint}\n" in done.out + done.err


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("import os\n", "there is no class in it; for a PyTorch model: torch:FILE.py:CLASS"),
        ("class:\n",
         "for a PyTorch model in it: torch:net.py:CLASS; it is not valid Python as it is"),
    ],
)  # fmt: skip
def test_python_without_a_model(run, tmp_path, monkeypatch, text, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(text)
    assert run("analyze", "net.py").err == (
        f"error: net.py: Python code, not a spec\nhint: {hint}\n"
    )


def test_weights_are_no_network(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pth").write_bytes(b"PK\3\4\0\0")
    assert run("analyze", "net.pth").err == (
        "error: net.pth: a binary file, not a spec\n"
        "hint: weights are no network: name the model's code, torch:FILE.py:CLASS, "
        "or an .onnx file\n"
    )
