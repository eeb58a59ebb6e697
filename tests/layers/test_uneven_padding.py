"""Padding that torch has no option for: sizes, fit, fields, memory, how it is written."""

import pytest
from single import layer, network, problem
from support import walk

from convcalc.facts.window import Ends, Window
from convcalc.layers import _sliding as sliding
from convcalc.models.exporters.pattern import text as pattern_of
from convcalc.models.exporters.torch_code import module_source
from convcalc.models.writing.items import Listing, items_of
from convcalc.models.writing.spec import parse_written, spec_source
from convcalc.network.loading import load
from convcalc.text.errors import SpecError
from convcalc.walk.hints import with_hints
from convcalc.walk.propagation import propagate

LATER = "pad: {left: 0, right: 1, top: 0, bottom: 1}"  # as TensorFlow pads for strides of 2


@pytest.mark.parametrize(
    ("item", "output", "padding"),
    [
        (f"conv: {{filters: 8, size: 3, stride: 2, {LATER}}}", "16x16x8", (Ends(0, 1), Ends(0, 1))),
        (f"maxpool: {{size: 3, stride: 2, {LATER}}}", "16x16x16", (Ends(0, 1), Ends(0, 1))),
        ("avgpool: {size: 2, stride: 1, pad: {right: 1, bottom: 1}}", "32x32x16",
         (Ends(0, 1), Ends(0, 1))),
        ("conv: {filters: 8, size: 3, pad: {top: 1}}", "30x31x8", (0, Ends(1, 0))),
        ("conv: {filters: 8, size: 3, pad: {left: 1, right: 1}}", "32x30x8", (1, 0)),
        ("conv: {filters: 8, size: 3, pad: {left: 1, right: 1, top: 1, bottom: 1}}", "32x32x8",
         (1, 1)),
        ("conv: {filters: 8, size: 3, pad: valid}", "30x30x8", (0, 0)),
        ("maxpool: {size: 3, stride: 1, pad: same}", "32x32x16", "same"),
        ("maxpool: {size: 2, pad: valid}", "16x16x16", (0, 0)),
    ],
)  # fmt: skip
def test_sizes(item, output, padding):
    found = layer(item)
    assert str(found.facts.output) == output
    assert found.node.layer.padding == padding


@pytest.mark.parametrize(
    ("size", "item", "output"),
    [
        ("16x3", "conv1d: {filters: 8, size: 3, stride: 2, pad: {left: 0, right: 1}}", "8x8"),
        ("8x8x8x3", "conv3d: {filters: 8, size: 2, pad: {right: 1, bottom: 1, back: 1}}",
         "8x8x8x8"),
        ("8x8x8x3", "conv3d: {filters: 8, size: 2, pad: {right: 1, bottom: 1}}", "8x8x7x8"),
    ],
)  # fmt: skip
def test_one_and_three_axes(size, item, output):
    assert str(layer(item, size).facts.output) == output


def test_a_field_starts_where_the_padding_does():
    """Of a 3x3 window over 32, stride 2: the first sees pixels 0 to 2, or -2 to 0."""
    fields = layer(f"conv: {{filters: 8, size: 3, stride: 2, {LATER}}}").fields
    assert [(field.start, field.size, field.jump) for field in fields] == [(0, 3, 2)] * 2
    fields = layer("conv: {filters: 8, size: 4, stride: 2, pad: {left: 2, top: 2}}").fields
    assert [(field.start, field.size) for field in fields] == [(-2, 4)] * 2


def test_what_does_not_fit():
    message, _ = problem("conv: {filters: 8, size: 3, stride: 2, pad: {left: 1, right: 2}}")
    assert message == (
        "the window does not tile its input 32x32x16 exactly: (32 - 3 + 2*0)/2 + 1 = 15.5 "
        "along height"
    )
    walked = network("  - conv: {filters: 8, size: 2, stride: 2, pad: {left: 1, top: 1}}")
    (finding,) = with_hints(walked).findings
    assert "(32 - 2 + 1)/2 + 1 = 16.5 along width and height" in finding.message
    assert finding.hint.startswith("`pad: 1`, `size: 1`, `stride: 1`, ")


def test_windows_of_padding_alone():
    assert problem("maxpool: {size: 2, stride: 1, pad: {right: 2, bottom: 1}}") == (
        "P=0:2 is as wide as F=2: windows of padding alone",
        "",
    )


def test_padding_makes_a_larger_volume_that_is_kept():
    """F.pad makes 33 x 33 x 16 of 32 x 32 x 16, which the convolution keeps."""
    (pad, conv) = layer(f"conv: {{filters: 8, size: 3, stride: 2, {LATER}}}").facts.operators
    assert (pad.name, pad.elements, pad.inputs) == ("pad", 33 * 33 * 16, (0,))
    assert (conv.name, conv.inputs) == ("conv", (-1,))


def test_an_even_filter_pads_as_torch_does():
    """For padding="same" torch pads what one end has more, and leaves the rest to cuDNN."""
    item = "conv: {filters: 8, size: 4, pad: {left: 1, right: 2, top: 1, bottom: 2}}"
    assert layer(item).facts.operators[0].elements == 33 * 33 * 16
    strided = item.replace("size: 4", "size: 5, stride: 2")
    assert layer(strided).facts.operators[0].elements == 35 * 35 * 16


def test_only_what_an_even_filter_needs_more_is_padded_first():
    """Of padding="same" for 3x2 that is one column in all; ends of another kind go to F.pad."""
    same = sliding.padded_first((Window(3, 1, 1), Window(2, 1, 0, 1, 1)))
    assert same.ends == (Ends(0, 0), Ends(0, 1))
    assert same.windows == (Window(3, 1, 1), Window(2))
    assert same.call() == "{self}(nn.functional.pad({0}, (0, 0, 0, 1)))"
    other = sliding.padded_first((Window(2, 1, 0, 1, 1), Window(2, 1, 1, 1, 0)))
    assert other.ends == (Ends(0, 1), Ends(1, 0))
    assert other.windows == (Window(2), Window(2))
    assert other.call() == "{self}(nn.functional.pad({0}, (0, 1, 1, 0)))"


SPEC = """\
name: net
input: 32x32x3

layers:
  - conv: {name: a, filters: 8, size: 3, stride: 2, pad: {left: 0, right: 1, top: 0, bottom: 1}}
  - pool: {name: p, stride: 1, pad: {left: 0, right: 1, top: 0, bottom: 2}, rounding: floor}
  - conv: {name: b, filters: 8, size: 4, pad: {left: 1, right: 2, top: 1, bottom: 2}}
  - zeropad: {name: z, pad: {left: 0, right: 1, top: 2, bottom: 0}}
"""
PATTERN = (
    "INPUT[32x32x3] -> CONV3-8/2(P=0:1) -> POOL2/1(P=0:1x0:2, rounding=floor) -> CONV4-8(P=1:2) -> "
    "ZEROPAD(P=0:1x2:0)"
)


def test_it_is_written_as_it_is_read():
    walked = walk_of(SPEC)
    listing = Listing("net", walked.nodes[0].facts.output, items_of(walked.network), ("z",))
    assert spec_source(listing) == SPEC


def walk_of(text):
    return propagate(parse_written(text))


def test_patterns_say_it_with_a_colon():
    walked = walk_of(SPEC)
    assert pattern_of(walked).strip() == PATTERN
    again = walk(PATTERN)
    assert [n.node.layer for n in again.nodes] == [n.node.layer for n in walked.nodes]


def test_torch_pads_first():
    source = module_source(walk_of(SPEC), "net.yaml")
    assert "nn.Conv2d(3, 8, kernel_size=3, stride=2)\n" in source
    assert "nn.Conv2d(8, 8, kernel_size=4, padding=1)\n" in source
    assert "x = self.a(nn.functional.pad(x, (0, 1, 0, 1)))\n" in source
    assert 'self.p(nn.functional.pad(x, (0, 1, 0, 2), value=float("-inf")))\n' in source
    assert "self.z = nn.ZeroPad2d(padding=(0, 1, 2, 0))\n" in source


@pytest.mark.parametrize(
    ("pad", "ends"),
    [("1", "(1, 1, 1, 1)"), ("{right: 1, bottom: 1}", "(0, 1, 0, 1)"), ("0", "")],
)
def test_torch_has_no_padding_of_norms(pad, ends):
    """nn.LPPool2d: also where both ends are padded alike, or as a `same` filter would be."""
    spec = f"input: 32x32x3\nlayers: [{{l2pool: {{name: p, size: 2, stride: 1, pad: {pad}}}}}]\n"
    padded = f"nn.functional.pad(x, {ends})" if ends else "x"
    assert f"x = self.p({padded})\n" in module_source(walk_of(spec), "net.yaml")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("pad: {left: 1, middle: 2}", "unknown key `middle`"),
        ("pad: {left: some}", "a size needs a `left`, an integer"),
        ("pad: {left: -1}", "`pad` must be at least 0, not -1"),
        ("size: {left: 1, right: 2}", "`size` must be an integer, not `1:2`"),
    ],
)
def test_what_is_refused(option, message):
    with pytest.raises(SpecError) as caught:
        network(f"  - conv: {{filters: 8, {'' if 'size' in option else 'size: 3, '}{option}}}")
    assert message in str(caught.value)


@pytest.mark.parametrize("value", ["-inf", "-.inf", "-1.5", "2"])
def test_a_border_of_any_number_is_written_and_read_back(value):
    """What torch pads a max pool with is infinite; each notation says so and reads it."""
    walked = network(f"  - zeropad: {{name: z, right: 1, bottom: 1, value: {value}}}")
    listing = Listing("net", walked.nodes[0].facts.output, items_of(walked.network), ("z",))
    again = [load(pattern_of(walked)), parse_written(spec_source(listing))]
    number = float(value.replace(".inf", "inf"))
    for net in (walked, *map(propagate, again)):
        assert net.nodes[1].node.layer.value == number
    code = f'float("{number}")' if "inf" in value else str(number)
    assert f"value={code})" in module_source(walked, "a test")
