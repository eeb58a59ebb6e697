"""CS231n's notes, 3.2: how large the layers should be."""

import pytest
from support import report, sizes, walk

from convcalc.facts.units import format_bytes

SIDES = [32, 64, 96, 224, 384, 512]


@pytest.mark.parametrize("side", SIDES)
def test_the_usual_inputs_can_be_halved_many_times(side):
    walked = walk(f"INPUT[{side}x{side}x3] -> [CONV3-4 -> POOL2/2]*5")
    assert not walked.findings
    assert walked.nodes[-1].facts.output.width == side // 32


@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (5, 2), (7, 3)])
def test_p_of_f_minus_1_over_2_leaves_downsampling_to_pool(kernel, padding):
    text = f"INPUT[32x32x3] -> CONV{kernel}-8/1(P={padding}) -> POOL"
    assert sizes(text)[1:] == ["32x32x8", "16x16x8"]


def test_without_padding_the_volume_shrinks_at_every_conv():
    found = sizes("INPUT[32x32x3] -> CONV3-8(P=0)*4 -> FC-10")
    assert found[1:-1] == ["30x30x8", "28x28x8", "26x26x8", "24x24x8"]


@pytest.mark.parametrize(
    ("first", "output"),
    [
        pytest.param("INPUT[227x227x3] -> CONV11-96/4(P=0)", "55x55x96", id="AlexNet, S=4"),
        pytest.param(
            "INPUT[224x224x3] -> CONV7-96/2(P=1,rounding=floor)", "110x110x96", id="ZFNet, S=2"
        ),
    ],
)
def test_a_stride_at_the_first_conv_only_saves_memory(first, output):
    assert sizes(first)[-1] == output


def test_three_volumes_of_224x224x64():
    made = report("INPUT[224x224x3] -> CONV3-64(P=1)*3")
    volumes = made.rows[1:]
    assert [str(row.output) for row in volumes] == ["224x224x64"] * 3
    activations = sum(row.activations for row in volumes)
    assert activations == 9_633_792  # about 10M
    assert format_bytes(2 * 4 * activations) == "73.50 MiB"  # with their gradients
