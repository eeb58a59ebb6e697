"""PyTorch modules as text: readable, as ruff leaves them, and whole for every spec."""

import shutil
import subprocess

import pytest
from support import ONE_OF_A_FAMILY

from convcalc.models.exporters.torch_code import module_source
from convcalc.models.exporters.torch_format import CallExpression, statement_lines
from convcalc.models.exporters.torch_names import attribute_name, class_name, variable_name
from convcalc.network.loading import load, networks
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate


def code(source):
    return module_source(propagate(load(source)), source)


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "squeezenet1_1", "googlenet_aux"])
def test_golden(name, golden):
    golden(f"export_{name}.py.txt", code(name))


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_every_spec_is_valid_python(name):
    compile(code(name), name, "exec")


@pytest.mark.skipif(not shutil.which("ruff"), reason="ruff is a tool of development")
def test_ruff_would_leave_it_so(tmp_path):
    for name in ONE_OF_A_FAMILY:
        (tmp_path / f"{name}.py").write_text(code(name))
    for arguments in (["format", "--check"], ["check", "--select", "E,F,I,UP", "--line-length=88"]):
        done = subprocess.run(
            ["ruff", *arguments, "--isolated", str(tmp_path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def of(layers):
    (network,) = networks(Source(f"input: 8x8x4\nlayers: {layers}\n", "net.yaml"), is_yaml=True)
    return module_source(propagate(network), "net.yaml").split("\n\n\n")[-1]


SHARED = """\
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(4, 4, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        x = self.a(x)
        return x
"""
CHECKPOINTED = """\
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = Body()
        self.fc1 = nn.Linear(256, 2).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = checkpoint(self.body, x, use_reentrant=False)
        x = self.fc1(torch.flatten(x, 1))
        return x
"""
BRANCH = """\
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.class_ = nn.Conv2d(4, 4, kernel_size=1)
        self.b = nn.MaxPool2d(kernel_size=2)
        self.c = nn.Upsample(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.class_(x)
        out = self.b(x)
        out = self.c(out)
        x = torch.cat([x, out], 1)
        return x
"""
EXPANDED = """\
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Conv2d(4, 4, kernel_size=1)
        self.g = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.c(x)
        out = self.g(x)
        out = out.expand_as(x)
        x = x * out
        return x
"""
UNPOOLED = """\
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.MaxPool2d(kernel_size=2, return_indices=True)
        self.b = nn.Conv2d(4, 4, kernel_size=1)
        self.c = nn.MaxUnpool2d(kernel_size=2)

    def forward(self, x: Tensor) -> Tensor:
        a, a_indices = self.a(x)
        b = self.b(a)
        x = self.c(b, a_indices)
        x = nn.functional.normalize(x)
        return x
"""


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("[POOL2(name=a), CONV1-4(name=b), unpool: {name: c, from: [b, a]}, l2norm]", UNPOOLED),
        ("[CONV1-4(name=a), conv: {filters: 4, size: 1, share: a}]", SHARED),
        (
            "[{repeat: 1, name: body, checkpoint: true, layers: [CONV1-4, RELU]},"
            " fc: {units: 2, trainable: false}]",
            CHECKPOINTED,
        ),
        (
            "[CONV1-4(name=class), POOL2(name=b), upsample: {name: c}, concat: {from: [class, c]}]",
            BRANCH,
        ),
        (
            "[CONV1-4(name=c), gap: {name: g}, expand: {name: e, from: [g, c]},"
            " multiply: {from: [c, e]}]",
            EXPANDED,
        ),
    ],
    ids=[
        "positions of maxima, and a function",
        "shared parameters",
        "a checkpoint and a frozen layer",
        "a branch, and a name that Python keeps for itself",
        "a second input that gives its size only",
    ],
)
def test_what_a_person_would_write(layers, expected):
    assert of(layers) == expected


NAMES = [
    ("conv1", "conv1", "conv1", "a name that Python has too"),
    ("1x1", "_1x1", "_1x1", "a digit first"),
    ("a.b/c", "a_b_c", "a_b_c", "signs"),
    ("→", "layer", "layer", "nothing but signs"),
    ("class", "class_", "class_", "a keyword"),
    ("max", "max", "max_", "a function of Python's: no harm as an attribute"),
    ("half", "half_", "half", "a method of every module"),
    ("training", "training_", "training", "an attribute of every module"),
    ("_modules", "modules_", "modules", "underscores in front belong to nn.Module"),
    ("__x", "x", "x", "which Python would mangle"),
    ("torch", "torch", "torch_", "what the file imports"),
]


@pytest.mark.parametrize(
    ("name", "as_attribute", "as_variable"),
    [row[:3] for row in NAMES],
    ids=[row[3] for row in NAMES],
)
def test_names_that_python_takes(name, as_attribute, as_variable):
    assert (attribute_name(name), variable_name(name)) == (as_attribute, as_variable)


def test_variables_are_short():
    assert variable_name("features.denseblock4.denselayer16.conv2") == "denselayer16_conv2"
    assert variable_name("a" * 30) == "a" * 24


def test_classes_are_called_after_the_network():
    assert [class_name(title) for title in ("VGG-16", "ShuffleNet V2 x1.0", "50")] == [
        "VGG16",
        "ShuffleNetV2X10",
        "Net50",
    ]


def test_lines_are_no_wider_than_ruff_leaves_them():
    call = CallExpression("f", tuple(f"argument_{k}" for k in range(7)))
    assert statement_lines("x = ", call, 0) == [
        "x = f(",
        "    argument_0, argument_1, argument_2, argument_3, argument_4, argument_5, argument_6",
        ")",
    ]


def test_opaque_layers_have_no_code(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 8x8x4\nlayers: [opaque: {name: o, channels: 4}]\n")
    assert run("export", "torch", str(path)) == (
        2, "", "error: `o` is OPAQUE: nothing is known of it but its size\n"
    )  # fmt: skip


def test_onnx_needs_a_file(run):
    result = run("export", "torch", "lenet5", "--onnx")
    assert (result.code, result.out) == (2, "")
    assert "--onnx writes no text: name a file with -o" in result.err
