"""Shipped specs against torchvision: parameters, buffers and multiply-adds, exactly."""

import json
from pathlib import Path

import pytest
from walking import report

FACTS = json.loads((Path(__file__).parents[1] / "fixtures" / "torchvision_facts.json").read_text())
NOT_THE_NOTES = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19")
WITH_AUXILIARY_HEADS = ("googlenet", "inception_v3")


def spec_of(model: str) -> str:
    return f"{model}_torchvision" if model in NOT_THE_NOTES else model


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["model"])
def test_multiply_adds(facts):
    assert report(spec_of(facts["model"])).totals["macs"] == facts["macs"]


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["model"])
def test_parameters_and_buffers(facts):
    spec = spec_of(facts["model"])
    if spec in WITH_AUXILIARY_HEADS:  # counted with them, while one forward pass is without
        spec += "_aux"
    totals = report(spec).totals
    assert (totals["parameters"], totals["buffers"]) == (facts["parameters"], facts["buffers"])


# Networks that are not in the fixture: torchvision's own figures, and the papers'.
@pytest.mark.parametrize(
    ("spec", "parameters"),
    [
        ("mobilenet_v3_large", 5_483_032),
        ("googlenet", 6_624_904),  # facts.md, 3.3
        ("lenet5", 61_706),
        ("alexnet", 62_378_344),
        ("all_cnn_c", 1_369_738),  # the paper: 1.4 million
        ("unet", 31_030_658),
        ("fcn8s_vgg16", 134_489_759),  # the paper: 134 million
        ("unet3d", 19_069_955),  # the paper's figure, section 2
        ("c3d", 79_991_015),  # 78,409,573 with the 101 classes of UCF101
        ("m5", 559_114),  # the paper's table 1: 0.5 million
        ("tcn", 66_510),  # the paper's table 2: about 70 thousand
    ],
)
def test_published_parameters(spec, parameters):
    assert report(spec).totals["parameters"] == parameters


# Run with torch 2.13 and torchvision 0.28: numel, and FlopCounterMode / 2 at the size of the spec.
@pytest.mark.parametrize(
    ("spec", "parameters", "buffers", "macs"),
    [
        ("r3d_18", 33_371_472, 9_620, 40_696_553_472),
        ("mc3_18", 11_695_440, 9_620, 43_342_635_008),
        ("r2plus1d_18", 31_505_325, 25_387, 40_519_080_960),
        ("resnext101_32x8d", 88_791_336, 202_984, 16_414_015_488),
        ("resnext101_64x4d", 83_455_272, 202_984, 15_460_270_080),
        ("wide_resnet101_2", 126_886_696, 137_960, 22_753_050_624),
        ("densenet161", 28_681_000, 220_097, 7_727_907_072),
        ("densenet169", 14_149_480, 158_569, 3_359_843_328),
        ("densenet201", 20_013_928, 229_257, 4_291_365_888),
        ("mnasnet0_5", 2_218_512, 20_676, 104_455_968),
        ("mnasnet0_75", 3_170_208, 29_860, 215_493_104),
        ("mnasnet1_3", 6_282_256, 48_868, 526_362_432),
        ("shufflenet_v2_x0_5", 1_366_792, 8_008, 40_476_448),
        ("shufflenet_v2_x1_5", 3_503_624, 23_496, 295_759_392),
        ("shufflenet_v2_x2_0", 7_393_996, 33_772, 583_253_464),
        ("s3d", 8_320_048, 21_293, 17_978_771_456),
    ],
)
def test_networks_for_video(spec, parameters, buffers, macs):
    totals = report(spec).totals
    assert (totals["parameters"], totals["buffers"]) == (parameters, buffers)
    assert totals["macs"] == macs


def test_the_papers_sizes_of_one_and_three_axes():
    sizes = {row.name: str(row.output) for row in report("m5").rows}
    assert [sizes[f"pool{k}"] for k in (1, 2, 3, 4)] == ["2000x128", "500x128", "125x256", "32x512"]
    assert str(report("unet3d").rows[-1].output) == "44x44x28x3"
    assert {row.name: str(row.output) for row in report("c3d").rows}["pool5"] == "4x4x1x512"


def test_the_last_step_of_tcn_sees_every_pixel():
    (length,) = report("tcn").rows[-2].receptive_field
    assert length == 1 + 2 * (7 - 1) * (2**8 - 1) > 784
