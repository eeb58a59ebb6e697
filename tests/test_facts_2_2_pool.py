"""CS231n's notes, 2.2: pooling."""

import pytest
from support import report, sizes, walk


@pytest.mark.parametrize(
    ("width", "kernel", "stride", "output"),
    [
        pytest.param(224, 2, 2, 112, id="usual"),
        pytest.param(55, 3, 2, 27, id="overlapping, AlexNet's pool1"),
        pytest.param(27, 3, 2, 13, id="overlapping, AlexNet's pool2"),
        pytest.param(8, 4, 4, 2, id="a large window"),
    ],
)
def test_output_is_w_minus_f_over_s_plus_1(width, kernel, stride, output):
    text = f"INPUT[{width}x{width}x5] -> POOL{kernel}/{stride}"
    assert sizes(text)[-1] == f"{output}x{output}x5"
    assert output == (width - kernel) / stride + 1


@pytest.mark.parametrize("mode", ["max", "avg", "l2"])
def test_pooling_of_any_kind_has_no_parameters_and_keeps_the_depth(mode):
    pool = report(f"INPUT[8x8x7] -> POOL(mode={mode})").rows[-1]
    assert (pool.type, pool.parameters, pool.macs, pool.output.channels) == ("POOL", 0, 0, 7)


def test_the_usual_pooling_drops_three_quarters():
    before, after = report("INPUT[224x224x64] -> POOL").rows
    assert after.activations * 4 == before.activations


def test_the_usual_pooling_is_what_a_pattern_assumes():
    assert report("INPUT -> POOL").rows[-1].summary() == "F=2 S=2"


def test_zero_padding_is_not_assumed():
    assert "POOL: P=0 where no padding is written" in report("INPUT -> POOL").assumed


def test_a_network_may_stride_in_place_of_pooling():
    text = "INPUT[32x32x3] -> CONV3-8 -> CONV2-16/2(P=0) -> CONV2-32/2(P=0) -> FC-10"
    assert sizes(text)[2:4] == ["16x16x16", "8x8x32"]
    assert not walk(text).findings


def test_max_pooling_keeps_the_place_of_each_maximum():
    from support import network

    from convcalc import analyze

    made = {
        mode: analyze(network(f"INPUT[8x8x4] -> CONV3-4 -> POOL(mode={mode}) -> FC-2"), batch=2)
        for mode in ("max", "avg")
    }
    held = {mode: report.rows[2].held for mode, report in made.items()}
    indices = 8 * (4 * 4 * 4) * 2  # an int64 for each output of the batch
    assert held["max"] - held["avg"] == indices
