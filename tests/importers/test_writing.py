"""Imported layers as a spec: branches, blocks, repeats, and the text that comes of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.facts.shape import Shape
from convcalc.layers import find_spelling
from convcalc.models.writing.branches import branched_steps
from convcalc.models.writing.folding import fold_blocks
from convcalc.models.writing.items import Listing, NamedLayer
from convcalc.models.writing.outline import OutlineStep, Scope, gather_scopes
from convcalc.models.writing.spec import parse_written, spec_source


def layer(keyword, **options):
    return find_spelling(keyword).type(**options)


def conv(name, source, filters=8, size=1, **options):
    options = {"out_channels": filters, "kernel_size": (size, size), **options}
    return NamedLayer(name, layer("conv", **options), (source,))


def join(name, *sources, keyword="add"):
    return NamedLayer(name, layer(keyword), sources)


def outline(items):
    """Names nested in lists: a list for each branch, the joining layer behind them."""
    return [_nested(step) for step in branched_steps(items, "input")]


def _nested(step):
    name = step.item.name + (f" of {', '.join(step.sources)}" if step.sources else "")
    return [name, *([_nested(each) for each in branch] for branch in step.branches)] if (
        step.branches
    ) else name  # fmt: skip


GRAPHS = {
    "a chain": ([conv("a", "input"), conv("b", "a")], ["a", "b"]),
    "a residual with an identity": (
        [conv("a", "input"), conv("b", "a"), conv("c", "b"), join("s", "c", "a"), conv("d", "s")],
        ["a", ["s", ["b", "c"], []], "d"],
    ),
    "a residual with a projection": (
        [conv("a", "input"), conv("b", "a"), conv("p", "a"), join("s", "b", "p")],
        ["a", ["s", ["b"], ["p"]]],
    ),
    "a residual from the input": (
        [conv("a", "input"), join("s", "a", "input")],
        [["s", ["a"], []]],
    ),
    "a gate in front of its map": (
        [conv("m", "input"), conv("g", "m"), join("s", "g", "m", keyword="multiply")],
        ["m", ["s", ["g"], []]],
    ),
    "branches inside branches": (
        [
            conv("a", "input"),
            conv("b", "a"),
            conv("c", "b"),
            conv("d", "b"),
            join("e", "c", "d"),
            conv("f", "a"),
            join("g", "e", "f", "a", keyword="concat"),
        ],
        ["a", ["g", ["b", ["e", ["c"], ["d"]]], ["f"], []]],
    ),
    "branches in another order than they run": (
        [conv("a", "input"), conv("b", "a"), conv("p", "a"), join("s", "p", "b")],
        ["a", "b", "p of a", "s of p, b"],
    ),
    "a skip over other layers": (
        [conv("a", "input"), conv("b", "a"), conv("c", "b"), conv("x", "a"), join("s", "x", "b")],
        ["a", "b", "c", "x of a", "s of x, b"],
    ),
    "every layer with all before it": (
        [
            conv("a", "input"),
            join("j", "input", "a", keyword="concat"),
            conv("b", "j"),
            join("k", "input", "a", "b", keyword="concat"),
        ],
        [["j", [], ["a"]], "b", "k of input, a, b"],
    ),
    "one value twice": ([conv("a", "input"), join("s", "a", "a")], ["a", "s of a, a"]),
}


@pytest.mark.parametrize(("items", "expected"), GRAPHS.values(), ids=GRAPHS)
def test_branches_are_found_where_they_can_be_written(items, expected):
    assert outline(items) == expected


@pytest.mark.parametrize(("items", "expected"), GRAPHS.values(), ids=GRAPHS)
def test_what_is_written_is_what_was_imported(items, expected):
    assert read_back(items) == items


def read_back(items, kinds=None):
    """The items of the spec that is written for some."""
    used = {name for item in items for name in item.inputs}
    outputs = tuple(item.name for item in items if item.name not in used)
    network = Listing("Net", Shape(16, 16, 8), items, outputs, ("a test",))
    found = parse_written(spec_source(network, kinds))
    names = [node.name for node in found.nodes]
    return [
        NamedLayer(node.name, node.layer, tuple(names[k] for k in node.inputs))
        for node in found.nodes[1:]
    ]


@st.composite
def graphs(draw):
    """Any graph: names in modules, inputs anywhere before."""
    items, names = [], ["input"]
    for number in range(draw(st.integers(1, 12))):
        module = draw(st.sampled_from(["", "a.", "a.0.", "a.1.", "b."]))
        name = f"{module}l{number}"
        inputs = draw(st.lists(st.sampled_from(names[-4:]), min_size=1, max_size=3))
        if len(inputs) == 1:
            items.append(conv(name, inputs[0], draw(st.sampled_from([4, 8]))))
        else:
            items.append(join(name, *inputs, keyword="concat"))
        names.append(name)
    return items


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_any_graph_is_written_and_read_back(items):
    assert read_back(items) == items


def basic(prefix, source, filters, stride=1):
    return [
        conv(f"{prefix}.conv1", source, filters, 3, padding=(1, 1), stride=(stride, stride)),
        NamedLayer(f"{prefix}.relu", layer("relu"), (f"{prefix}.conv1",)),
        conv(f"{prefix}.conv2", f"{prefix}.relu", filters, 3, padding=(1, 1)),
        join(f"{prefix}.add", f"{prefix}.conv2", source),
    ]


def stages():
    items = [conv("stem", "input", 16)]
    for stage in range(1, 4):
        if stage > 1:
            items.append(conv(f"down{stage}", items[-1].name, 16 * stage))
        for index in range(stage + 1):
            items += basic(f"layer{stage}.{index}", items[-1].name, 16 * stage)
    return items


KINDS = {f"layer{s}.{i}": "BasicBlock" for s in range(1, 4) for i in range(s + 1)}
KINDS |= {f"layer{s}": "Sequential" for s in range(1, 4)}

FOLDED = """\
# a test
name: Net
input: 16x16x8

blocks:
  basic_block:
    parameters: {filters: required}
    layers:
      - add:
          name: add
          branches:
            - - conv: {name: conv1, filters: $filters, size: 3, pad: 1}
              - relu: {name: relu}
              - conv: {name: conv2, filters: $filters, size: 3, pad: 1}
            - []

layers:
  - conv: {name: stem, filters: 16, size: 1}
  - repeat: 1
    name: layer1
    layers:
      - repeat: 2
        layers:
          - basic_block: {name: $index, filters: 16}
  - conv: {name: down2, filters: 32, size: 1}
  - repeat: 1
    name: layer2
    layers:
      - repeat: 3
        layers:
          - basic_block: {name: $index, filters: 32}
  - conv: {name: down3, filters: 48, size: 1}
  - repeat: 1
    name: layer3
    layers:
      - repeat: 4
        layers:
          - basic_block: {name: $index, filters: 48}
"""


def test_modules_that_are_alike_become_a_block_and_those_in_a_row_a_repeat():
    items = stages()
    network = Listing("Net", Shape(16, 16, 8), items, (items[-1].name,), ("a test",))
    assert spec_source(network, KINDS) == FOLDED
    assert read_back(items, KINDS) == items


def test_a_block_goes_on_from_wherever_it_is_used():
    """The first use of the block says where it starts, the second does not."""
    items = [conv("stem", "input")]
    items += [conv("skip", "stem"), conv("b1.a", "stem"), conv("b1.b", "b1.a")]
    items += [conv("b2.a", "b1.b"), conv("b2.b", "b2.a")]
    assert read_back(items) == items
    network = Listing("Net", Shape(16, 16, 8), items, ("skip", "b2.b"), ("a test",))
    written = spec_source(network, {})
    assert "- block: {name: b1, from: stem}\n  - block: {name: b2}\n" in written


def test_containers_do_not_become_blocks():
    found = fold_blocks(gather_scopes(tuple(branched_steps(stages(), "input"))), KINDS, set())
    assert [block.name for block in found.values()] == ["basic_block"]


def test_a_module_in_two_places_is_no_scope():
    items = [conv("m.a", "input"), conv("x", "m.a"), conv("m.b", "x")]
    parts = gather_scopes(tuple(branched_steps(items, "input")))
    assert all(isinstance(part, OutlineStep) for part in parts)
    assert isinstance(gather_scopes(tuple(branched_steps(items[:1], "input")))[0], Scope)
