"""Hints: what is printed is read back, applied, and has to work."""

import os
import random
import re

import pytest
from cases import cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support import ends_within, network, walk

from convcalc.facts.shape import AXES, Shape
from convcalc.layers._options import along_axes
from convcalc.network.loading import load
from convcalc.text.errors import ERROR
from convcalc.walk.hints import find_remedies, with_hints
from convcalc.walk.propagation import propagate

INPUT = re.compile(r"an input of (\d+(?:x\d+)+)")
SETTING = re.compile(r"`?(\w+)(?:=|: )(\w+)")


def parts(hint: str) -> list[str]:
    """`P=1, F=4 or rounding=floor (...) would fit; then ...` as its parts."""
    either, would, _ = hint.partition(" would fit")
    assert would
    return re.split(r", | or ", either)


def applied(network, layer: str, part: str):
    """The network with one part of a hint made true, as a reader would understand it."""
    index = next(k for k, node in enumerate(network.nodes) if node.name == layer)
    size = INPUT.fullmatch(part)
    if size:
        shape = Shape(*map(int, size[1].split("x")))
        assert shape.channels == network.nodes[0].layer.channels
        return network.replace_layer(0, **shape.options)
    letter, text = SETTING.match(part).groups()
    field = network.nodes[index].layer.options_by_name()[letter.lower()]
    written: object = int(text) if text.isdigit() else text
    if re.fullmatch("[0-9]+(x[0-9]+)+", text):
        written = tuple(map(int, text.split("x")))
    axes = len(network.nodes[0].layer.facts_for((), "").output.sides)
    value = along_axes(field.kind(written), axes)
    return network.replace_layer(index, **{field.name: value})


def errors(walked) -> set[tuple[str, str]]:
    return {(f.layer, f.code) for f in walked.findings if f.severity == ERROR}


def check_hints(broken, rounding: str = "") -> int:
    """Apply every part of every hint; returns how many there were."""
    walked = with_hints(propagate(broken, rounding), rounding)
    before, tried = errors(walked), 0
    for finding in walked.findings:
        if finding.code not in ("fit", "empty") or not finding.hint:
            continue
        for part in parts(finding.hint):
            after = errors(propagate(applied(broken, finding.layer, part), rounding))
            assert after <= before, (part, after)
            assert finding.layer not in {layer for layer, _ in after}, (part, after)
            if part.startswith("an input"):
                assert not after, part
            tried += 1
    return tried


@pytest.mark.parametrize(("pattern", "findings"), cases("fit_findings.txt"))
def test_every_hint_of_the_table(pattern, findings):
    hints = [line for line in findings.split("\n") if " would fit" in line]
    expected = sum(len(parts(line.removeprefix("hint: "))) for line in hints)
    assert check_hints(network(pattern)) == expected


@pytest.mark.parametrize(("pattern", "findings"), cases("fit_findings.txt"))
def test_remedies_are_what_is_printed(pattern, findings):
    walked = with_hints(walk(pattern))
    for finding in walked.findings:
        if " would fit" in finding.hint:
            found = find_remedies(walked, finding.layer)
            assert [remedy.text for remedy in found] == parts(finding.hint)
            for remedy in found:
                again = propagate(remedy.apply_to(walked.network))
                assert (finding.layer, finding.code) not in errors(again)
                assert set(remedy.left) == {layer for layer, _ in errors(again)}


sides = st.integers(1, 40)
windows = st.builds(
    "{}{}-4/{}(P={}, dilation={})".format,
    st.sampled_from(["CONV", "LOCAL"]),
    st.integers(1, 7),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 3),
)
UNEVEN = {
    axes: st.builds(
        f"CONV(F={size}, S={size}, P={size}, K=4)".format,
        *[st.integers(1, 6)] * axes,
        *[st.integers(1, 4)] * axes,
        *[st.integers(0, 3)] * axes,
    )
    for axes, size in ((1, "{}"), (2, "{}x{}"), (3, "{}x{}x{}"))
}
pools = st.builds("POOL{}/{}(P={})".format, *[st.integers(1, 4)] * 2, st.integers(0, 2))
same = st.builds("CONV{}-4/{}".format, st.sampled_from([1, 3, 5, 7]), st.integers(1, 4))


def chains(axes):
    """Layers along so many axes; locally connected ones only along two."""
    layers = st.one_of(windows, pools, UNEVEN[axes], same)
    if axes != 2:
        layers = layers.filter(lambda layer: not layer.startswith("LOCAL"))
    return st.lists(layers, min_size=1, max_size=5)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=9)
@given(data=st.data(), rounding=st.sampled_from(["", "floor", "ceil"]))
def test_every_hint_of_random_networks(axes, data, rounding):
    size = "x".join(str(data.draw(sides)) for _ in range(axes))
    broken = network(" -> ".join([f"INPUT[{size}x3]", *data.draw(chains(axes))]))
    assume(errors(propagate(broken, rounding)))
    check_hints(broken, rounding)


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=9)
@given(data=st.data(), side=st.integers(2, 40))
def test_every_hint_of_random_networks_of_equal_sides(axes, data, side):
    size = f"{side}x" * axes
    check_hints(network(" -> ".join([f"INPUT[{size}3]", *data.draw(chains(axes))])))


@pytest.mark.parametrize("size", ["{}", "12x{}", "12x12x{}"])
@settings(max_examples=30)
@given(side=st.integers(1, 30), kernel=st.integers(1, 6), stride=st.integers(2, 5),
       padding=st.integers(0, 3), pool=st.booleans())  # fmt: skip
def test_a_misfit_along_the_last_axis_alone(size, side, kernel, stride, padding, pool):
    """It names that axis and no other, and every hint of it works."""
    axes = size.count("x") + 1
    assume((side + 2 * padding - kernel) % stride or side + 2 * padding < kernel)
    assume(not pool or padding <= kernel // 2)
    others = "1x" * (axes - 1)
    options = f"F={others}{kernel}, S={others}{stride}, P={others.replace('1', '0')}{padding}"
    layer = f"POOL({options})" if pool else f"CONV({options}, K=2)"
    broken = network(f"INPUT[{size.format(side)}x3] -> {layer}")
    (finding,) = propagate(broken).findings
    *rest, last = AXES[axes]
    assert last.rstrip("s") in finding.message
    assert not any(axis in finding.message for axis in rest)
    check_hints(broken)


@given(st.integers(1, 30), st.integers(1, 6), st.integers(2, 5), st.integers(0, 3))
def test_the_nearest_padding_filter_and_stride_are_offered(side, kernel, stride, padding):
    """Against all values that fit a single layer, tried one by one."""
    assume(side + 2 * padding >= kernel and (side + 2 * padding - kernel) % stride)
    walked = walk(f"INPUT[{side}x{side}x1] -> CONV{kernel}-1/{stride}(P={padding})")
    (finding,) = with_hints(walked).findings
    offered = dict(SETTING.findall(finding.hint))

    def fits(f, s, p):
        return side + 2 * p >= f and (side + 2 * p - f) % s == 0

    for letter, today, works in (
        ("P", padding, [p for p in range(50) if fits(kernel, stride, p)]),
        ("F", kernel, [f for f in range(1, 50) if fits(f, stride, padding)]),
        ("S", stride, [s for s in range(1, 50) if fits(kernel, s, padding)]),
    ):
        if not works:
            assert letter not in offered
        else:
            nearest = min(abs(one - today) for one in works)
            assert abs(int(offered[letter]) - today) == nearest


@pytest.mark.parametrize("axes", [1, 2, 3])
@settings(max_examples=5)
@given(side=st.integers(1, 40), kernel=st.integers(1, 5), stride=st.integers(2, 4),
       count=st.integers(1, 3))  # fmt: skip
def test_the_nearest_inputs_are_offered_for_the_whole_network(axes, side, kernel, stride, count):
    text = f"INPUT[{'{0}x' * axes}1]" + f" -> CONV{kernel}-1/{stride}(P=0)" * count
    walked = with_hints(walk(text.format(side)))
    assume(errors(walked))
    works = [n for n in range(1, side + 513) if not errors(walk(text.format(n)))]
    expected = [n for n in works if n < side][-1:] + [n for n in works if n > side][:1]
    for finding in walked.findings:
        offered = [int(size.split("x")[0]) for size in INPUT.findall(finding.hint)]
        assert offered == expected


def test_no_padding_is_offered_where_none_fits():
    (finding,) = with_hints(walk("INPUT[10x10x1] -> CONV3-8/2(P=0)")).findings
    assert "P=" not in finding.hint


def test_groups_that_are_offered_divide():
    for depth, filters, groups in [(3, 8, 2), (8, 9, 4), (12, 18, 5), (64, 96, 48), (7, 7, 3)]:
        text = f"INPUT[8x8x{depth}] -> CONV3-{filters}(groups={{}})"
        (finding,) = walk(text.format(groups)).findings
        (offered,) = re.findall(r"groups=(\d+)", finding.hint)
        assert not walk(text.format(offered)).findings
        both = [n for n in range(1, 99) if depth % n == filters % n == 0]
        assert int(offered) == min(both, key=lambda n: (abs(n - groups), n))


def test_the_most_padding_of_a_pooling_is_allowed():
    for window, padding in [("2", "2"), ("2x4", "1x3"), ("3x5", "9x9"), ("1", "1")]:
        text = f"INPUT[32x32x3] -> POOL(F={window}, S=1, P={{}})"
        (finding,) = walk(text.format(padding)).findings
        (offered,) = re.findall(r"P=(\w+) is the most", finding.hint)
        assert not walk(text.format(offered)).findings


def test_a_claimed_size_that_is_offered_is_right():
    text = "INPUT[32x32x3] -> CONV3-8(P=0)[1x2x3] -> FC-10"
    (finding,) = walk(text).findings
    assert not walk(text.replace("[1x2x3]", finding.hint.removeprefix("write "))).findings


@pytest.mark.parametrize("side", [225, 230, 250, 100, 33, 8])
def test_inputs_that_are_offered_for_vgg16(side):
    from convcalc.facts.shape import Shape
    from convcalc.network.graph import Settings

    broken = load("vgg16", Settings(input=Shape(side, side, 3)))
    assert check_hints(broken)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("INPUT[1500000000x1500000000x3] -> CONV3-8/2(P=0)", id="an enormous input"),
        pytest.param("INPUT[2147483647x1x3] -> CONV3-8/2(P=0)", id="a long and thin input"),
        pytest.param("INPUT[9x9x3] -> CONV-8(F=2147483647x1,P=0)", id="an enormous filter"),
        pytest.param("INPUT[9x9x3] -> CONV3-8/2147483647(P=0)", id="an enormous stride"),
        pytest.param("INPUT[9x9x3] -> CONV3-8/7(P=2147483647)", id="an enormous padding"),
        pytest.param("INPUT[9x9x3] -> CONV3-8(P=0,dilation=2147483647)", id="enormously dilated"),
        pytest.param("INPUT[8x8x2147483646] -> CONV1-2147483646(groups=4)", id="enormously deep"),
        pytest.param("INPUT[999x999x3] -> POOL*9", id="many wrong layers"),
        pytest.param("INPUT[99999x99999x1] -> CONV3-1/2(P=0)*2000", id="two thousand layers"),
    ],
)
def test_the_search_ends_soon(text):
    with ends_within(6):
        walked = with_hints(walk(text))
        assert errors(walked)
    if len(walked.nodes) < 100:
        check_hints(walked.network)


def random_layer(chance: random.Random) -> str:
    """A pattern of one layer, often one that does not fit; pools with any padding among them."""
    axes = chance.choice([1, 2, 2, 2, 3])
    size = "x".join(str(chance.randint(1, 40)) for _ in range(axes))

    def sizes(least: int, most: int) -> str:
        count = axes if chance.random() < 0.3 else 1
        return "x".join(str(chance.randint(least, most)) for _ in range(count))

    options = f"F={sizes(1, 9)}, S={sizes(1, 5)}, P={sizes(0, 6)}"
    word = chance.choice(["POOL", "POOL", "CONV", "LOCAL"])
    filters = "" if word == "POOL" else ", K=2"
    return f"INPUT[{size}x3] -> {word}({options}{filters})"


def test_every_hint_leaves_the_layer_without_any_error():
    chance, tried = random.Random(190), 0
    for _ in range(int(os.environ.get("CONVCALC_RANDOM_LAYERS", "500"))):
        tried += check_hints(network(random_layer(chance)))
    assert tried > 400


BRANCHES = """\
input: 32x32x3
layers:
  - conv: {{name: first, filters: 8, size: 3, pad: 1}}
  - {join}:
      - - conv: {{name: a, filters: 8, size: 1{stride}}}
      - - conv: {{name: b, filters: 8, size: {size}{stride}}}{more}
"""


@pytest.mark.parametrize(
    ("join", "size", "stride", "more", "hint"),
    [
        ("concat", 3, "", "", "`pad: 1` in `b` would make them equal"),
        ("add", 3, "", "", "`pad: 1` in `b` would make them equal"),
        ("concat", 5, "", "", "`pad: 2` in `b` would make them equal"),
        ("concat", "1x7", "", "", "`pad: 0x3` in `b` would make them equal"),
        ("concat", 3, "", "\n        - relu\n        - conv: {name: c, filters: 8, size: 1}",
         "`pad: 1` in `b` would make them equal"),
        ("concat", 3, "", "\n        - conv: {name: c, filters: 8, size: 5}",
         "`pad: 1` in `b` and `pad: 2` in `c` would make them equal"),
        ("concat", 3, ", stride: 2, rounding: floor", "", "`pad: 1` in `b` would make them equal"),
        ("concat", 1, "", "\n        - pool: {size: 2}",
         "write `upsample: {size: 32x32}` between `pool1` and this layer"),
        ("add", 3, "", "\n        - conv: {name: c, filters: 9, size: 1}",
         "write `upsample: {size: 32x32}` and `conv: {filters: 8, size: 1}` between `c` and this "
         "layer"),
    ],
)  # fmt: skip
def test_a_padding_that_was_forgotten_in_a_branch_is_found(join, size, stride, more, hint):
    text = BRANCHES.format(join=join, size=size, stride=stride, more=more)
    (finding,) = (each for each in with_hints(walk(text)).findings if each.severity == "error")
    assert finding.hint == hint
    for edit in finding.edits:
        changed = walk(edit.changed_text())
        assert not [each for each in changed.findings if each.severity == "error"]
    assert bool(finding.edits) == (hint.count("pad: ") == 1)


@pytest.mark.parametrize(
    ("layer", "hints"),
    [
        ("CONV3-4/2(P=1)", ["F=3x3x2", "S=2x2x1"]),
        ("POOL3x3x3/1x1x2", ["F=3x3x2"]),
        ("POOL3/2x2x5", ["F=3x3x1", "S=2x2x1"]),
    ],
)
def test_a_misfit_along_the_frames_alone_leaves_width_and_height(layer, hints):
    text = f"INPUT[33x33x16x1] -> {layer}"
    (finding,) = with_hints(walk(text)).findings
    assert finding.message.endswith(" along frames")
    for hint in hints:
        assert f"{hint}, " in finding.hint or f"{hint} or" in finding.hint
