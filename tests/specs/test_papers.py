"""Layer sizes and receptive fields, against values written down from the papers' tables."""

import pytest
from walking import report, sizes, walk


def both(*outputs: str) -> list[str]:
    """A convolution and its batch norm have the same size."""
    return [output for output in outputs for _ in range(2)]


# Table 1 of "Deep Residual Learning": stage, side, width, blocks. torchvision has the stride
# on the 3x3, so that the first 1x1 of a stage still has the side of the stage before.
RESNET50 = [(56, 56, 64, 3), (56, 28, 128, 4), (28, 14, 256, 6), (14, 7, 512, 3)]


def test_resnet50():
    expected = both("112x112x64")
    for before, side, width, blocks in RESNET50:
        wide = f"{side}x{side}x{width * 4}"
        expected += both(f"{before}x{before}x{width}", f"{side}x{side}x{width}", wide)
        expected += both(wide)  # the projection
        expected += both(*[f"{side}x{side}x{width}"] * 2, wide) * (blocks - 1)
    assert sizes("resnet50", "CONV", "BN") == expected
    assert sizes("resnet50", "POOL") == ["56x56x64", "1x1x2048"]
    assert sizes("resnet50", "ADD") == (
        ["56x56x256"] * 3 + ["28x28x512"] * 4 + ["14x14x1024"] * 6 + ["7x7x2048"] * 3
    )


# Table 1 of "Going Deeper with Convolutions": side, #1x1, #3x3 reduce, #3x3, #5x5 reduce,
# #5x5, pool proj, and the depth of the output.
GOOGLENET = {
    "inception3a": (28, 64, 96, 128, 16, 32, 32, 256),
    "inception3b": (28, 128, 128, 192, 32, 96, 64, 480),
    "inception4a": (14, 192, 96, 208, 16, 48, 64, 512),
    "inception4b": (14, 160, 112, 224, 24, 64, 64, 512),
    "inception4c": (14, 128, 128, 256, 24, 64, 64, 512),
    "inception4d": (14, 112, 144, 288, 32, 64, 64, 528),
    "inception4e": (14, 256, 160, 320, 32, 128, 128, 832),
    "inception5a": (7, 256, 160, 320, 32, 128, 128, 832),
    "inception5b": (7, 384, 192, 384, 48, 128, 128, 1024),
}


def test_googlenet():
    expected = both("112x112x64", "56x56x64", "56x56x192")
    for side, *columns, _ in GOOGLENET.values():
        expected += both(*[f"{side}x{side}x{filters}" for filters in columns])
    assert sizes("googlenet", "CONV", "BN") == expected
    assert sizes("googlenet", "CONCAT") == [
        f"{side}x{side}x{depth}" for side, *_, depth in GOOGLENET.values()
    ]


def test_googlenets_poolings():
    outside = [row for row in report("googlenet").rows if row.type == "POOL" and not row.scope]
    assert [str(row.output) for row in outside] == [
        *("56x56x64", "28x28x192", "14x14x480", "7x7x832", "1x1x1024")
    ]


# Table 1 of "Densely Connected Convolutional Networks", DenseNet-121 with k = 32: side, depth
# at the start, layers.
DENSENET121 = [(56, 64, 6), (28, 128, 12), (14, 256, 24), (7, 512, 16)]


def test_densenet121():
    expected = both("112x112x64")
    for side, start, layers in DENSENET121:
        for layer in range(layers):
            expected.append(f"{side}x{side}x{start + 32 * layer}")
            expected += [*both(f"{side}x{side}x128"), f"{side}x{side}x32"]
        expected.append(f"{side}x{side}x{start + 32 * layers}")
        if side > 7:  # the transition halves depth and side
            expected.append(f"{side}x{side}x{(start + 32 * layers) // 2}")
    assert sizes("densenet121", "CONV", "BN") == expected
    assert sizes("densenet121", "POOL") == [
        *("56x56x64", "28x28x128", "14x14x256", "7x7x512", "1x1x1024")
    ]


# Table 2 of "MobileNetV2": side of the input, its depth, t, c, n, s.
MOBILENET_V2 = [
    (112, 32, 1, 16, 1, 1),
    (112, 16, 6, 24, 2, 2),
    (56, 24, 6, 32, 3, 2),
    (28, 32, 6, 64, 4, 2),
    (14, 64, 6, 96, 3, 1),
    (14, 96, 6, 160, 3, 2),
    (7, 160, 6, 320, 1, 1),
]


def test_mobilenet_v2():
    expected = both("112x112x32")
    for side, depth, t, c, n, s in MOBILENET_V2:
        for block in range(n):
            inside = (c if block else depth) * t
            if t > 1:
                expected += both(f"{side}x{side}x{inside}")
            side //= 1 if block else s
            expected += both(f"{side}x{side}x{inside}", f"{side}x{side}x{c}")
    expected += both("7x7x1280")
    assert sizes("mobilenet_v2", "CONV", "BN") == expected


def test_unet_has_the_papers_23_convolutions_and_sizes():
    """Figure 1 of "U-Net": the sides along the contracting and the expanding path."""
    sides = [int(size.split("x")[0]) for size in sizes("unet", "CONV", "CONVTRANSPOSE")]
    assert len(sides) == 23
    assert sides == [
        *(570, 568, 282, 280, 138, 136, 66, 64, 30, 28),
        *(56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388, 388),
    ]


def test_zfnet_has_the_papers_sides():
    """Figure 3 of "Visualizing and Understanding Convolutional Networks"."""
    assert sizes("zfnet", "CONV", "POOL") == [
        *("110x110x96", "55x55x96", "26x26x256", "13x13x256"),
        *("13x13x384", "13x13x384", "13x13x256", "6x6x256"),
    ]


def field_of(name: str, layer: str) -> tuple[object, object]:
    row = next(row for row in report(name).rows if row.name == layer)
    return row.receptive_field[0], row.jump[0]


@pytest.mark.parametrize(
    ("name", "layer", "size", "jump"),
    [
        ("vgg16", "pool5", 212, 32),
        ("resnet50", "layer4.2.add", 427, 32),
        ("inception_v3", "Mixed_7c.concat2_1", 1311, 32),
        ("alexnet", "pool5", 195, 32),
    ],
)
def test_receptive_fields(name, layer, size, jump):
    """Araujo, Norris and Sim, "Computing Receptive Fields", 2019; their ResNet-50 is v1, below."""
    assert field_of(name, layer) == (size, jump)


def test_the_last_concatenation_of_inception_v3_sees_most_along_width_and_height():
    row = next(row for row in report("inception_v3").rows if row.name == "Mixed_7c.concat2_1")
    assert row.receptive_field == (1311, 1311)


RESNET50_V1 = """
include: specs/_resnet.yaml
rounding: floor
blocks:
  stage:
    parameters: {times: required, planes: required, stride: 2}
    layers:
      - bottleneck:
          planes: $planes
          v1_stride: $stride
          shortcut: [projection: {filters: $planes * 4, stride: $stride}]
      - repeat: $times - 1
        layers: [bottleneck: {planes: $planes}]
layers:
  - conv: {filters: 64, size: 7, stride: 2, pad: 3, bias: false}
  - pool: {mode: max, size: 3, stride: 2, pad: 1}
  - stage: {times: 3, planes: 64, stride: 1}
  - stage: {times: 4, planes: 128}
  - stage: {times: 6, planes: 256}
  - stage: {times: 3, planes: 512}
"""


def test_resnet50_with_the_papers_stride_sees_483_pixels(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    last = walk(RESNET50_V1).nodes[-1]
    assert (last.width.size, last.width.jump) == (483, 32)
    assert str(last.facts.output) == "7x7x2048"


def test_zfnets_wider_middle_is_that_of_the_papers_table_3():
    """512, 1024 and 512 maps in layers 3, 4 and 5; all else as in figure 3."""
    assert sizes("zfnet_wide", "CONV", "POOL")[4:] == [
        *("13x13x512", "13x13x1024", "13x13x512", "6x6x512")
    ]
    before, wide = sizes("zfnet", "CONV", "POOL")[:4], sizes("zfnet_wide", "CONV", "POOL")[:4]
    assert before == wide
    weights = 7 * 7 * 3 * 96 + 5 * 5 * 96 * 256 + 3 * 3 * (256 * 512 + 512 * 1024 + 1024 * 512)
    weights += 6 * 6 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
    assert report("zfnet_wide").totals["weights"] == weights
