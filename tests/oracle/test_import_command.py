"""`convcalc import torch` on code that is not as it should be, and the whole way there and back."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from convcalc.facts.shape import Shape
from convcalc.models.importers.torch_import import import_torch
from convcalc.models.writing.spec import parse_written
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import propagate

CODE = """\
import torch
from torch import nn


class Small(nn.Sequential):
    def __init__(self, width=8, bias=True):
        super().__init__(nn.Conv2d(3, width, 3, bias=bias), nn.ReLU(inplace=True))


class Sounds(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 3)

    def forward(self, x):
        return self.conv(x.flatten(2))


class Films(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 8, 3)

    def forward(self, x):
        return self.conv(x[:, :, None].expand(-1, -1, 4, -1, -1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.rnn = nn.Conv2d(3, 8, 3), nn.LSTM(14, 4)

    def forward(self, x):
        return self.rnn(self.conv(x).mean(2))[0]


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        print("building")
        self.rates = [rate.item() for rate in torch.linspace(0, 0.1, 4)]
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        print("running")
        return self.conv(x)


class Fixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.register_buffer("blur", torch.ones(8, 1, 3, 3) / 9)
        self.last = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        with torch.no_grad():
            x = self.conv(x)
        return self.last(nn.functional.conv2d(x, self.blur, groups=8))


class Nothing(nn.Module):
    def forward(self, x):
        return x


class Two(nn.Module):
    def forward(self, x, y):
        return x + y


class Leaves(nn.Module):
    def __init__(self):
        import sys

        sys.exit(0)


class Uneven(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, padding="same")

    def forward(self, x):
        return self.conv(x)


class Computed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, padding="same")

    def forward(self, x):
        weight = self.conv.weight * 2
        return nn.functional.conv2d(x, weight, self.conv.bias, stride=4)


class Broken(nn.Module):
    def __init__(self):
        super().__init__()
        raise ValueError("no such depth")


class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 3)

    def forward(self, x):
        return self.conv(x)


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.old = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)
        self.dead = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        x = self.conv(x)
        self.dead(x)
        return x


class Asking(nn.Module):
    def forward(self, x):
        return x + 1 if x.sum() > 0 else x


def number():
    return 42


made = Small(4)
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(CODE)
    return tmp_path / "net.py"


SMALL = """\
# Imported from torch:{path}:Small(width=4, bias=False)
name: Small
input: 16x16x3
lifetimes: traced  # each value until its last use

layers:
  - conv: {{name: "0", filters: 4, size: 3, bias: false}}
  - relu: {{name: "1"}}
"""


def test_a_file_with_arguments(net: Path) -> None:
    text = import_torch(f"{net}:Small", Shape(16, 16, 3), {"width": 4, "bias": False})
    assert text == SMALL.format(path=net)


def test_a_module_that_is_there_already(net: Path) -> None:
    assert "filters: 4" in import_torch(f"{net}:made", Shape(16, 16, 3))


def test_the_command(net: Path, run, tmp_path: Path) -> None:
    out = tmp_path / "net.yaml"
    result = run("import", "torch", f"{net}:Small", "--input", "16x16x3", "--arg", "width=4",
                 "--arg", "bias=False", "-o", str(out))  # fmt: skip
    assert result == (0, "", "")
    assert out.read_text() == SMALL.format(path=net)
    assert run("analyze", str(out), "--format", "csv", "--columns", "name,output").out == (
        "name,output\ninput,16x16x3\n0,14x14x4\n1,14x14x4\n"
    )
    assert run("analyze", f"torch:{net}:Small", "--input", "16x16x3", "--format", "csv",
               "--columns", "name,output").out == (
        "name,output\ninput,16x16x3\n0,14x14x8\n1,14x14x8\n"
    )  # fmt: skip


def test_what_no_layer_stands_for_is_an_operator_as_it_was_seen_to_run(net: Path) -> None:
    spec = import_torch(f"{net}:Computed", Shape(16, 16, 3))
    weight, conv = propagate(parse_written(spec)).nodes[1:]
    assert [each.node.layer.type_name for each in (weight, conv)] == ["OPERATOR"] * 2
    assert (weight.facts.output.in_torch, conv.facts.output) == ((8, 3, 4, 4), Shape(4, 4, 8))
    assert [p.elements for p in weight.facts.parameters] == [3 * 8 * 4 * 4]
    assert [p.elements for p in conv.facts.parameters] == [8]
    assert conv.facts.macs == 4 * 4 * 8 * 3 * 4 * 4


def test_what_has_no_part_in_the_result_is_said(net: Path) -> None:
    text = import_torch(f"{net}:Unused", Shape(16, 16, 3))
    assert "# 224 parameters have no part in the result, and get no gradient: of old.\n" in text
    assert "# Computed, and taken by nothing: dead.\n" in text
    assert "- operator: {name: old, runs: unused, " in text
    assert "- conv: {name: dead, filters: 8, size: 1}\n" in text
    assert text.endswith("  dead: [dead]\n")


@pytest.mark.parametrize("name", ["Sounds", "Films", "Recurrent"])
def test_partial_takes_them(net: Path, name: str) -> None:
    assert "- opaque: {name: " in import_torch(f"{net}:{name}", Shape(16, 16, 3), partial=True)


def test_a_model_that_raises_names_its_line(net: Path, run, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    line = CODE.split("\n").index('        raise ValueError("no such depth")') + 1
    told = f"error: net.py:{line}: net.py:Broken() raises ValueError: no such depth\n"
    told += '    raise ValueError("no such depth")\n'
    done = run("import", "torch", "net.py:Broken")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Traceback (most recent call last):\n")
    assert "importers" not in done.err.split("\n")[1]
    assert done.err.endswith(told)
    monkeypatch.delenv("CONVCALC_TRACEBACK")
    told += "hint: CONVCALC_TRACEBACK=1 shows the traceback\n"
    assert run("import", "torch", "net.py:Broken") == (2, "", told)


HEAD = """\
import torch
from torch import nn
from torch.nn import *


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c, self.same = Conv2d(3, 32, 3), Conv2d(3, 32, 3, padding=1)
        self.pool, self.drop, self.grey = MaxPool2d(2), Dropout(), Conv2d(1, 6, 5)
        self.fc, self.digits = Linear(32768, 10), Linear(6 * 24 * 24, 10)
        self.next = Sequential(Conv2d(3, 8, 3), Conv2d(16, 8, 3))
        self.bn, self.gn, self.signal = BatchNorm2d(64), GroupNorm(8, 64), Conv1d(3, 8, 3)

    def forward(self, x):
        """
FLAT = "self.fc(self.drop(torch.flatten(self.pool(self.c(x)), 1)))"
SMALLER = "in_features=30752 takes what comes"
DIGITS = "self.digits(self.grey(x).flatten(1))"


@pytest.mark.parametrize(
    ("line", "size", "told", "hint"),
    [
        (FLAT, "64x64x3", "fc: Linear(in_features=32768) gets 30752 (31x31x32)", SMALLER),
        ("self.fc(self.same(x))", "32x32x3",
         "fc: Linear(in_features=32768) gets 32x32x32, which nothing flattens",
         "write x.flatten(1) in front of it"),
        ("self.next(x)", "16x16x3", "next.1: Conv2d(in_channels=16) gets 8 channels (14x14x8)",
         "in_channels=8 takes what comes"),
        ("self.bn(self.c(x))", "16x16x3",
         "bn: BatchNorm2d(num_features=64) gets 32 channels (14x14x32)",
         "num_features=32 takes what comes"),
        ("self.gn(self.c(x))", "16x16x3",
         "gn: GroupNorm(num_channels=64) gets 32 channels (14x14x32)",
         "num_channels=32 takes what comes"),
        ("self.signal(x)", "16x16x3",
         "signal: Conv1d takes length x channels, and gets 16x16x3", ""),
        ("torch.cat([self.c(x), self.same(x)], 1)", "16x16x3",
         "cat gets 14x14x32 and 16x16x32, which differ along more than the axis that it joins", ""),
        ("self.c(x) + self.same(x)", "16x16x3",
         "add gets 14x14x32 and 16x16x32, which do not go together", ""),
        ("self.c(x).view(-1, 100)", "16x16x3",
         "view(-1, 100) gets 14x14x32, which is 6272 values for each image", ""),
        (DIGITS, "", "grey: Conv2d(in_channels=1) gets 3 channels (224x224x3)",
         "the model does not say its size, 224x224x3 was taken: --input 28x28x1 runs through"),
        (DIGITS, "32x32x1", "digits: Linear(in_features=3456) gets 4704 (28x28x6)",
         "--input 28x28x1 runs through, or in_features=4704 takes what comes"),
        (FLAT, "3x66x66", "c: Conv2d(in_channels=3) gets 66 channels (3x66x66)",
         "PyTorch writes channels first; here it is --input 66x66x3"),
        (FLAT, "1x3x66x66", "c: Conv2d takes width x height x channels, and gets 1x3x66x66",
         "PyTorch writes channels first; here it is --input 66x66x3"),
        (FLAT, "", "fc: Linear(in_features=32768) gets 394272 (111x111x32)",
         "the model does not say its size, 224x224x3 was taken: give --input"),
        ("x if x.sum() > 0 else -x", "8x8x3",
         "what it computes depends on the values of a tensor, which only a real run has",
         "let sizes or constants decide"),
    ],
)  # fmt: skip
def test_wrong_sizes_are_told_in_our_words(
    run, monkeypatch, tmp_path: Path, line: str, size: str, told: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVCALC_TRACEBACK")
    monkeypatch.setattr("convcalc.models.importers.torch_failure.SECONDS", 60)
    (tmp_path / "net.py").write_text(f"{HEAD}return {line}\n")
    given = ("--input", size) if size else ()
    text = f"error: net.py:{HEAD.count(chr(10)) + 1}: net.py:Net on {size or '224x224x3'}: {told}\n"
    text += f"    return {line}\n" + f"hint: {hint}\n" * bool(hint)
    assert run("analyze", "torch:net.py:Net", *given) == (2, "", text)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("net.py", "`net.py` names no callable"),
        ("nothing.py:Net", "nothing.py: there is no such file"),
        ("no_such_package.models:net", "there is no module `no_such_package`"),
        ("torch.nn:Conv7d", "torch.nn has no `Conv7d`"),
        ("{net}:number", "{net}:number gives a int, not a torch.nn.Module"),
        ("{net}:CODE", "{net} has no `CODE`"),
    ],
)
def test_targets_that_are_none(net: Path, target: str, message: str) -> None:
    with pytest.raises(ConvcalcError) as caught:
        import_torch(target.format(net=net), Shape(16, 16, 3))
    assert caught.value.message == message.format(net=net)


def test_a_model_that_reads_values_while_it_is_built_and_prints(
    net: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = import_torch(f"{net}:Counts", Shape(16, 16, 3))
    assert text.endswith("layers:\n  - conv: {name: conv, filters: 8, size: 3}\n")
    printed = capsys.readouterr()
    assert (printed.out, printed.err.split()[-1]) == ("", "running")


def test_what_does_not_learn(net: Path) -> None:
    lines = import_torch(f"{net}:Fixed", Shape(16, 16, 3)).splitlines()
    assert lines[1] == "# conv2d runs without gradients: memory may differ there."
    assert [line for line in lines if line.startswith("  - ")] == [
        "  - conv: {name: conv, filters: 8, size: 3, pad: 1, trainable: false}",
        "  - conv: {name: conv2d, filters: 8, size: 3, groups: 8, bias: false, learned: false}",
        "  - conv: {name: last, filters: 4, size: 1}",
    ]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Nothing", "torch:{net}:Nothing: the model computes nothing of its input", ""),
        (
            "Two",
            "{net}:Two on 16x16x3 raises TypeError: missing a required argument: 'y'",
            "give each of its inputs an --input",
        ),
        ("Leaves", "{net}:Leaves() raises SystemExit: 0", ""),
    ],
    ids=["no layers", "two images", "it leaves Python"],
)
def test_models_without_a_spec(net: Path, name: str, message: str, hint: str) -> None:
    with pytest.raises(ConvcalcError) as caught:
        import_torch(f"{net}:{name}", Shape(16, 16, 3))
    assert (caught.value.message, caught.value.hint) == (message.format(net=net), hint)
