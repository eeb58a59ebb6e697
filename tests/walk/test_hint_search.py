"""What the search for hints tries: only what fits by itself, and no more than it may."""

import pytest
from support import walk

from convcalc.text.errors import ERROR
from convcalc.walk import hints
from convcalc.walk.propagation import errors_of


@pytest.fixture
def tried(monkeypatch):
    """The networks that a search walks, in order."""
    found = []

    def recorded(network, rounding=""):
        found.append(network)
        return errors_of(network, rounding)

    monkeypatch.setattr(hints, "errors_of", recorded)
    return found


def test_the_padding_that_is_same_follows_a_filter_that_is_tried(tried):
    """A filter of another size moves the same zeros along: it never makes a stride fit."""
    walked = walk("INPUT[8x12x3] -> CONV(F=3x5, S=3x5, P=same, K=4)")
    found = hints.with_hints(walked)
    assert [f.code for f in found.findings if f.severity == ERROR] == ["fit"]
    layers = [network.nodes[1].layer for network in tried]
    assert layers
    assert {layer.kernel_size for layer in layers} == {(3, 5)}


def test_a_filter_that_is_tried_fits_by_itself(tried):
    hints.with_hints(walk("INPUT[10x13x3] -> CONV(F=3x4, S=3, P=0, K=4)"))
    filters = [n.nodes[1] for n in tried if n.nodes[1].layer.kernel_size != (3, 4)]
    assert filters
    for node in filters:
        windows = node.layer.windows()
        assert (windows[0].fits(10), windows[1].fits(13)) == (True, True)


@pytest.mark.parametrize("most", [0, 4, 400, 4_000])
def test_no_more_layers_are_walked_than_allowed(monkeypatch, tried, most):
    monkeypatch.setattr(hints, "MOST_WORK", most)
    inputs = []
    fits = hints.every_layer_fits
    monkeypatch.setattr(
        hints,
        "every_layer_fits",
        lambda network, rounding: inputs.append(network) or fits(network, rounding),
    )
    hints.with_hints(walk("INPUT[9999x9997x1] -> CONV3-1/2(P=0)*199"))
    layers = sum(len(network.nodes) for network in [*tried, *inputs])
    assert most - 200 <= layers <= most  # the network has 200


def test_the_limit_on_work_is_far_beyond_networks_that_people_write(tried):
    """VGG-16 has 37 layers: all of its changed inputs can be tried."""
    assert 200 * 512 <= hints.MOST_WORK <= 1_000_000
    hints.with_hints(walk("INPUT[99999x99999x1] -> CONV3-1/2(P=0)*2000"))
    assert sum(len(network.nodes) for network in tried) <= hints.MOST_WORK


def remedies(text):
    """The texts of what is found for the first layer that is wrong."""
    walked = walk(text)
    return [each.text for each in hints.find_remedies(walked, walked.findings[0].layer)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("INPUT[40x3x1] -> CONV(F=18x1, S=20x1, P=0, K=1)", "P=9",
                     id="(40 - 18 + 2*9)/20, more than the height"),
        pytest.param("INPUT[9x7x1] -> CONV(F=5001, S=1, P=0, K=1)", "P=2497",
                     id="(7 - 5001 + 2*2497)/1 = 0"),
        pytest.param("INPUT[9000x7x1] -> CONV(F=9001, S=1, P=0, K=1)", "F=7",
                     id="no larger than the height"),
    ],
)  # fmt: skip
def test_what_lies_far_is_found(monkeypatch, text, found):
    monkeypatch.setattr(hints, "MOST_WORK", 100)  # without other inputs
    assert found in remedies(text)


def test_inputs_of_three_axes_are_sought_up_to_six_more_along_each():
    assert "an input of 10x12x11x1" in remedies("INPUT[4x12x11x1] -> CONV(F=10, S=1, P=0, K=1)")


def test_no_value_is_tried_twice(tried):
    """7x7 is the largest filter that has room, but leaves 3x1 for the next layer's 4x1."""
    walked = walk("INPUT[9x7x1] -> CONV(F=11, S=1, P=0, K=1) -> CONV(F=4x1, S=1, P=0, K=1)")
    assert "F=6" in [each.text for each in hints.find_remedies(walked, "conv1_1")]
    sizes = [network.nodes[1].layer.kernel_size for network in tried]
    assert [size for size in sizes if size != (11, 11)] == [(7, 7), (6, 6)]


def test_inputs_that_are_tried_have_a_pixel_at_least(monkeypatch):
    sides = []

    def recorded(network, rounding):
        sides.append(network.nodes[0].layer.facts_for((), "").output.sides)
        return False

    monkeypatch.setattr(hints, "every_layer_fits", recorded)
    hints.with_hints(walk("INPUT[2x9x1] -> CONV(F=2, S=3, P=0, K=1)"))
    assert min(wide for wide, _ in sides) == min(high for _, high in sides) == 1
