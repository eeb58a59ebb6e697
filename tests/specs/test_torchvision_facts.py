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
        ("nin_cifar10", 966_986),  # of the authors' own listing for Caffe, counted by hand
        ("all_cnn_a", 1_254_250),  # the paper: 1.28 million
        ("all_cnn_b", 1_300_618),  # the paper: 1.35 million
        ("wrn_28_10", 36_479_194),  # the paper's table 5: 36.5 million
        ("preact_resnet18_cifar", 11_172_170),
        ("resnet20_cifar", 269_722),  # the paper's table 6: 0.27 million
        ("resnet32_cifar", 464_154),  # 0.46
        ("resnet44_cifar", 658_586),  # 0.66
        ("resnet56_cifar", 853_018),  # 0.85
        ("resnet110_cifar", 1_727_962),  # 1.7
        ("se_resnet50", 28_088_024),  # ResNet-50's, and 2,530,992 of the gates
        ("xception", 22_855_952),  # the paper's table 3: 22,855,952
        ("mobilenet_v1", 4_231_976),  # the paper's table 4: 4.2 million
        ("darknet19", 20_842_376),
        ("darknet53", 41_609_928),
        ("yolov3", 61_949_149),
        ("yolov3_tiny", 8_852_366),
        ("dcgan_generator", 3_576_704),
        ("dcgan_discriminator", 2_765_568),
        ("pix2pix_generator", 54_413_955),
        ("pix2pix_discriminator", 2_768_705),
        ("srcnn", 8_129),  # the paper: 8,032 weights; and 97 biases
        ("edsr_baseline_x4", 1_517_571),  # the paper's table 1: 1.5 million
        ("edsr_x4", 43_089_923),  # the paper's table 1: 43 million
        ("tcn", 66_510),  # the paper's table 2: about 70 thousand
    ],
)
def test_published_parameters(spec, parameters):
    assert report(spec).totals["parameters"] == parameters


@pytest.mark.parametrize(
    ("spec", "operations"),
    [
        ("darknet19", 5.58e9),  # "YOLO9000", section 3.1
        ("darknet53", 18.57e9),  # "YOLOv3", table 2: 18.7, batch norms among them
        ("yolov3", 65.86e9),  # Darknet's own page for 416x416
        ("yolov3_tiny", 5.56e9),
        ("mobilenet_v1", 2 * 569e6),  # "MobileNets", table 4
    ],
)
def test_published_operations(spec, operations):
    assert 2 * report(spec).totals["macs"] == pytest.approx(operations, rel=1e-3)


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
        ("efficientnet_b1", 7_794_184, 62_117, 686_802_832),
        ("efficientnet_b2", 9_109_994, 67_637, 1_087_529_456),
        ("efficientnet_b3", 12_233_232, 87_374, 1_827_141_392),
        ("efficientnet_b4", 19_341_616, 125_296, 4_393_771_024),
        ("efficientnet_b5", 30_389_784, 172_852, 10_266_384_752),
        ("efficientnet_b6", 43_040_704, 224_566, 19_067_593_536),
        ("efficientnet_b7", 66_347_960, 310_883, 37_745_884_192),
        ("efficientnet_v2_l", 118_515_272, 512_793, 56_079_699_008),
        ("efficientnet_v2_m", 54_139_356, 292_189, 24_582_460_384),
        ("efficientnet_v2_s", 21_458_488, 153_982, 8_365_617_152),
        ("regnet_x_16gf", 54_278_536, 111_239, 15_940_755_456),
        ("regnet_x_1_6gf", 9_190_136, 43_563, 1_602_849_792),
        ("regnet_x_32gf", 107_811_560, 162_090, 31_735_929_792),
        ("regnet_x_3_2gf", 15_296_552, 62_640, 3_176_621_952),
        ("regnet_x_400mf", 5_495_976, 37_927, 413_812_608),
        ("regnet_x_800mf", 7_259_656, 37_365, 799_699_712),
        ("regnet_x_8gf", 39_572_648, 90_538, 7_995_132_416),
        ("regnet_y_128gf", 644_812_894, 415_158, 127_517_815_680),
        ("regnet_y_16gf", 83_590_140, 122_875, 15_911_510_272),
        ("regnet_y_1_6gf", 11_202_430, 52_758, 1_612_076_160),
        ("regnet_y_32gf", 145_046_770, 158_353, 32_279_552_832),
        ("regnet_y_3_2gf", 19_436_338, 66_228, 3_176_482_752),
        ("regnet_y_800mf", 6_432_512, 30_479, 833_856_256),
        ("regnet_y_8gf", 39_381_472, 86_584, 8_473_070_592),
        ("convnext_base", 88_591_464, 0, 15_354_729_472),
        ("convnext_large", 197_767_336, 0, 34_361_433_600),
        ("convnext_small", 50_223_688, 0, 8_683_712_256),
        ("deeplabv3_mobilenet_v3_large", 11_025_477, 28_037, 10_436_350_688),
        ("deeplabv3_resnet101", 58_630_997, 109_039, 248_752_300_288),
        ("deeplabv3_resnet50", 39_638_869, 56_764, 168_731_205_888),
        ("fcn_resnet101", 51_949_141, 106_473, 222_746_867_200),
        ("fcn_resnet50", 32_957_013, 54_198, 142_725_772_800),
        ("lraspp_mobilenet_v3_large", 3_221_538, 24_703, 2_086_219_688),
    ],
)
def test_torchs_own_counts(spec, parameters, buffers, macs):
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
