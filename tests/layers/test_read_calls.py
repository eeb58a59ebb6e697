"""Options of convolutions and poolings, read from calls of torch's operators."""

import pytest

from convcalc.facts.torch_calls import BUFFER, PARAMETER, Tensor, TracedCall
from convcalc.facts.window import Ends, Window
from convcalc.layers import all_types
from convcalc.layers._base import AXES
from convcalc.layers.conv import Conv
from convcalc.layers.pool import Pool

IMAGE, OUTPUT = Tensor("x", (2, 4, 9, 17)), Tensor("y", (2, 6, 5, 7))


def convolution(height: int, width: int, **arguments) -> TracedCall:
    """A call of conv2d with a filter of `height` x `width`; torch names rows first."""
    weight = Tensor("w", (6, 4, height, width), PARAMETER)
    return TracedCall("conv2d", {"input": IMAGE, "weight": weight, **arguments}, OUTPUT)


def test_a_convolution_has_its_width_first():
    options = Conv.from_call(convolution(3, 5, stride=(2, 1), padding=(1, 0), dilation=(1, 3)))
    assert options["kernel_size"] == (5, 3)
    assert options["stride"] == (1, 2)
    assert options["padding"] == (0, 1)
    assert options["dilation"] == (3, 1)
    assert (options["out_channels"], options["groups"], options["bias"]) == (6, 1, False)


def test_what_is_left_out_is_as_in_torch():
    options = Conv.from_call(convolution(3, 5))
    assert (options["stride"], options["padding"], options["dilation"]) == ((1, 1), (0, 0), (1, 1))


@pytest.mark.parametrize(
    ("height", "width", "said", "padding"),
    [(3, 5, "valid", (0, 0)), (3, 5, "same", "same"), (3, 5, (1, 2), (2, 1)), (3, 5, 1, (1, 1))],
)
def test_padding_in_words_and_numbers(height, width, said, padding):
    assert Conv.from_call(convolution(height, width, padding=said))["padding"] == padding


def test_an_even_filter_pads_its_end_by_one_more():
    """torch: of d(F - 1) in all, the smaller half in front."""
    padding = Conv.from_call(convolution(3, 4, padding="same"))["padding"]
    layer = Conv(out_channels=6, kernel_size=(4, 3), padding=padding)
    (wide, high) = layer.windows()
    assert (wide.padding, wide.total_padding) == (1, 3)
    assert (high.padding, high.total_padding) == (1, 2)
    dilated = Conv.from_call(convolution(2, 2, padding="same", dilation=(3, 1)))["padding"]
    even = Conv(out_channels=6, kernel_size=(2, 2), padding=dilated, dilation=(1, 3))
    assert [window.total_padding for window in even.windows()] == [1, 3]


@pytest.mark.parametrize(
    ("output", "given", "padding"),
    [
        ((2, 6, 7), [1, 2], (Ends(1, 2),)),
        ((2, 6, 5, 7), [1, 2, 3, 4], (Ends(2, 4), Ends(1, 3))),
        ((2, 6, 5, 7), [1, 2, 1, 4], (Ends(2, 4), 1)),
        ((2, 6, 5, 7, 9), [1, 2, 3, 4, 5, 6], (Ends(3, 6), Ends(2, 5), Ends(1, 4))),
        ((2, 6, 5, 7, 9), (1, 2, 3), (3, 2, 1)),
    ],
)
def test_padding_by_end_is_starts_then_ends(output, given, padding):
    """ONNX's `pads`, rows first: [height's start, width's, height's end, width's]."""
    weight = Tensor("w", (6, 4, *[3] * (len(output) - 2)), PARAMETER)
    call = TracedCall("conv", {"weight": weight, "padding": given}, Tensor("y", output))
    assert Conv.from_call(call)["padding"] == padding


@pytest.mark.parametrize(("kind", "learned"), [(PARAMETER, None), (BUFFER, False)])
def test_filters_in_a_buffer_are_not_learned(kind, learned):
    call = convolution(3, 5)
    call.arguments["weight"] = Tensor("w", (6, 4, 3, 5), kind)
    assert Conv.from_call(call)["learned"] is learned


def test_a_layer_made_of_its_filters_alone_is_as_torchs():
    """nn.Conv2d(4, 6, (5, 3)): stride 1, no padding, dilation 1, all inputs."""
    layer = Conv(out_channels=6, kernel_size=(3, 5))
    assert layer.windows() == (Window(3), Window(5))
    assert (layer.groups, layer.bias) == (1, True)


def pooling(operator: str = "max_pool2d", **arguments) -> TracedCall:
    """A call of a pooling with a window of 2 rows and 3 columns."""
    return TracedCall(operator, {"input": IMAGE, "kernel_size": (2, 3), **arguments}, OUTPUT)


@pytest.mark.parametrize(("ceil", "rounding"), [(True, "ceil"), (False, None)])
def test_a_pooling_rounds_as_it_says(ceil, rounding):
    options = Pool.from_call(pooling(ceil_mode=ceil, padding=(0, 1)))
    assert options["rounding"] == rounding
    assert (options["kernel_size"], options["stride"]) == ((3, 2), (3, 2))
    assert (options["padding"], options["dilation"]) == ((1, 0), (1, 1))
    assert Pool.from_call(pooling())["rounding"] is None


def test_averages_with_a_divisor_and_other_norms_are_no_option():
    assert Pool.from_call(pooling("avg_pool2d", divisor_override=3)) is None
    assert Pool.from_call(pooling("avg_pool2d", divisor_override=None))["mode"] == "avg"


def test_spellings_preset_the_axes_that_they_name():
    found = 0
    for layer in all_types():
        for spelling, preset in layer.spellings.items():
            if spelling[-2:] in ("1d", "2d", "3d") and AXES in preset:
                found += 1
                assert preset[AXES] == int(spelling[-2]), spelling
    assert found > 10
