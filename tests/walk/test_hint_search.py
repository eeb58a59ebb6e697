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
