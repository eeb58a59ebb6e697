"""Every shipped spec: complete, without assumptions and without errors."""

from pathlib import Path

import pytest
from walking import report

from convcalc.network import shipped
from convcalc.network.loading import load, load_all

FOLDER = Path(__file__).parents[2] / "specs"
NAMES = """
    lenet5 alexnet zfnet vgg11 vgg13 vgg16 vgg19 all_cnn_c cifar10_simple
    resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d wide_resnet50_2
    googlenet googlenet_aux inception_v3 inception_v3_aux densenet121 squeezenet1_0
    squeezenet1_1 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large shufflenet_v2_x1_0
    mnasnet1_0 efficientnet_b0 regnet_y_400mf convnext_tiny vgg11_bn vgg13_bn vgg16_bn
    vgg19_bn alexnet_torchvision vgg11_torchvision vgg13_torchvision vgg16_torchvision
    vgg19_torchvision unet fcn8s_vgg16 m5 tcn c3d r3d_18 mc3_18 r2plus1d_18 s3d unet3d
    resnext101_32x8d resnext101_64x4d wide_resnet101_2 densenet161 densenet169 densenet201
    mnasnet0_5 mnasnet0_75 mnasnet1_3 shufflenet_v2_x0_5 shufflenet_v2_x1_5 shufflenet_v2_x2_0
"""
ASKED_FOR = NAMES.split()
EVERY_SPEC = pytest.mark.parametrize("name", ASKED_FOR)


def test_every_spec_is_listed_here():
    assert shipped.spec_names() == sorted(ASKED_FOR)


@EVERY_SPEC
def test_names_its_paper(name):
    network = load(name)
    assert network.name
    assert network.reference.startswith(("https://", "http://"))


@EVERY_SPEC
def test_opens_with_a_comment_on_its_arrangement(name):
    assert (FOLDER / f"{name}.yaml").read_text().startswith("# ")


@EVERY_SPEC
def test_assumes_nothing(name):
    assert load(name).assumed == []


@EVERY_SPEC
def test_has_no_errors_and_only_declared_rounding(name):
    assert {(f.code, f.severity) for f in report(name).findings} <= {("fit", "note")}


@pytest.mark.parametrize(
    "name",
    ["lenet5", "alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "cifar10_simple", "inception_v3"],
)
def test_fits_exactly(name):
    assert report(name).findings == []


@EVERY_SPEC
def test_rows_add_up_to_the_totals(name):
    found = report(name)
    for key, total in found.totals.items():
        assert sum(getattr(row, key) for row in found.rows) == total


@EVERY_SPEC
def test_is_the_same_as_a_path(name):
    (network,) = load_all(str(FOLDER / f"{name}.yaml"))
    assert [node.name for node in network.nodes] == [node.name for node in load(name).nodes]


@EVERY_SPEC
def test_has_one_thousand_classes_or_says_how_many(name):
    classes = {
        "lenet5": 10,
        "cifar10_simple": 10,
        "all_cnn_c": 10,
        "unet": 2,
        "fcn8s_vgg16": 21,
        "m5": 10,
        "tcn": 10,
        "c3d": 487,
        "unet3d": 3,
        **dict.fromkeys(("r3d_18", "mc3_18", "r2plus1d_18", "s3d"), 400),
    }
    network, rows = load(name), report(name).rows
    for output in network.outputs:
        assert rows[output].output.channels == classes.get(name, 1000)


@pytest.mark.parametrize("stem", sorted(path.stem for path in FOLDER.glob("_*.yaml")))
def test_shared_blocks_are_no_networks(stem):
    assert shipped.spec_path(stem) is None
