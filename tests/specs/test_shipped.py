"""Every shipped spec: complete, without assumptions and without errors."""

import sys
from operator import mul
from pathlib import Path

import pytest
from walking import report

from convcalc.answers.figures import FIGURES
from convcalc.network import shipped
from convcalc.network.loading import load, load_all

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "specs"
NAMES = """
    lenet5 alexnet zfnet zfnet_wide vgg11 vgg13 vgg16 vgg19 all_cnn_c cifar10_simple
    resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d wide_resnet50_2
    googlenet googlenet_aux inception_v3 inception_v3_aux densenet121 squeezenet1_0
    squeezenet1_1 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large shufflenet_v2_x1_0
    mnasnet1_0 efficientnet_b0 regnet_y_400mf convnext_tiny vgg11_bn vgg13_bn vgg16_bn
    vgg19_bn alexnet_torchvision vgg11_torchvision vgg13_torchvision vgg16_torchvision
    vgg19_torchvision unet fcn8s_vgg16 m5 tcn c3d r3d_18 mc3_18 r2plus1d_18 s3d unet3d
    resnext101_32x8d resnext101_64x4d wide_resnet101_2 densenet161 densenet169 densenet201
    mnasnet0_5 mnasnet0_75 mnasnet1_3 shufflenet_v2_x0_5 shufflenet_v2_x1_5 shufflenet_v2_x2_0
    all_cnn_a all_cnn_b convnext_base convnext_large convnext_small darknet19 darknet53
    dcgan_discriminator dcgan_generator deeplabv3_mobilenet_v3_large deeplabv3_resnet101
    deeplabv3_resnet50 edsr_baseline_x4 edsr_x4 efficientnet_b1 efficientnet_b2 efficientnet_b3
    efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_v2_l
    efficientnet_v2_m efficientnet_v2_s fcn_resnet101 fcn_resnet50 lraspp_mobilenet_v3_large
    mobilenet_v1 nin_cifar10 pix2pix_discriminator pix2pix_generator preact_resnet18_cifar
    regnet_x_16gf regnet_x_1_6gf regnet_x_32gf regnet_x_3_2gf regnet_x_400mf regnet_x_800mf
    regnet_x_8gf regnet_y_128gf regnet_y_16gf regnet_y_1_6gf regnet_y_32gf regnet_y_3_2gf
    regnet_y_800mf regnet_y_8gf resnet110_cifar resnet20_cifar resnet32_cifar resnet44_cifar
    resnet50_fpn resnet56_cifar se_resnet50 segnet srcnn ssd300 ssd300_vgg16 wrn_28_10 xception
    yolov3 yolov3_tiny
"""
ASKED_FOR = NAMES.split()
OF_TEN = """
    lenet5 cifar10_simple all_cnn_a all_cnn_b all_cnn_c nin_cifar10 preact_resnet18_cifar wrn_28_10
    resnet20_cifar resnet32_cifar resnet44_cifar resnet56_cifar resnet110_cifar m5 tcn
"""
OF_PASCAL = """
    fcn8s_vgg16 fcn_resnet50 fcn_resnet101 deeplabv3_resnet50 deeplabv3_resnet101
    deeplabv3_mobilenet_v3_large lraspp_mobilenet_v3_large
"""
CLASSES = {  # channels of every output, where they are not 1,000
    **dict.fromkeys(["srcnn", "pix2pix_discriminator", "dcgan_discriminator"], 1),
    **dict.fromkeys(["unet3d", "dcgan_generator", "pix2pix_generator"], 3),
    **dict.fromkeys(["edsr_x4", "edsr_baseline_x4"], 3),
    **dict.fromkeys(OF_TEN.split(), 10),
    **dict.fromkeys(OF_PASCAL.split(), 21),
    **dict.fromkeys(["r3d_18", "mc3_18", "r2plus1d_18", "s3d"], 400),
    "unet": 2,
    "yolov3": 255,
    "yolov3_tiny": 255,
    "segnet": 11,
    "resnet50_fpn": 256,
    "c3d": 487,
}
CLASSES_OF_BOXES = {"ssd300": 21, "ssd300_vgg16": 91}
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
        assert sum(FIGURES[key].of_layer(row) for row in found.rows) == total


@EVERY_SPEC
def test_is_the_same_as_a_path(name):
    (network,) = load_all(str(FOLDER / f"{name}.yaml"))
    assert [node.name for node in network.nodes] == [node.name for node in load(name).nodes]


@pytest.mark.parametrize(("name", "classes"), CLASSES_OF_BOXES.items())
def test_ssd_has_scores_and_sides_of_as_many_boxes_as_its_paper(name, classes):
    """Figure 2: 4 or 6 boxes at each position of six maps, 8,732 in all."""
    made = [report(name).rows[output].output for output in load(name).outputs]
    boxes = [4, 6, 6, 6, 4, 4]
    depths = [depth for each in boxes for depth in (each * classes, each * 4)]
    assert [size.channels for size in made] == depths
    sides = [size.positions for size in made[::2]]
    assert sum(map(mul, boxes, sides)) == 8732


@pytest.mark.parametrize("name", sorted(set(ASKED_FOR) - set(CLASSES_OF_BOXES)))
def test_has_one_thousand_classes_or_says_how_many(name):
    network, rows = load(name), report(name).rows
    for output in network.outputs:
        assert rows[output].output.channels == CLASSES.get(name, 1000)


@pytest.mark.parametrize("stem", sorted(path.stem for path in FOLDER.glob("_*.yaml")))
def test_shared_blocks_are_no_networks(stem):
    assert shipped.spec_path(stem) is None


def test_the_index_is_what_the_specs_say():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from tables import index_text
    finally:
        sys.path.remove(str(ROOT / "docs"))
    assert (FOLDER / "index.csv").read_text() == index_text(), "run `python docs/refresh.py`"


def test_the_command_lists_families(run):
    done = run("specs", "resnet", "cifar")
    assert done.out.splitlines()[:2] == [
        "ResNet",
        "  preact_resnet18_cifar  PreAct-ResNet-18  11,172,170 parameters  555,422,720 MACs  "
        "https://arxiv.org/abs/1603.05027",
    ]
    families = [line for line in run("specs").out.splitlines() if not line.startswith(" ")]
    assert len(families) == len(set(families)) == len({row.family for row in shipped.spec_index()})
    assert run("specs", "regnet_y_128gf", "--path").out == f"{FOLDER / 'regnet_y_128gf.yaml'}\n"
    assert (run("specs", "nothing").code, run("specs", "nothing").out) == (1, "")
