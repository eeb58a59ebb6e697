"""Specs made at random: nothing goes wrong but by an error that can be printed."""

import json

from hypothesis import example, given
from hypothesis import strategies as st
from support import ROOT

from convcalc import analyze
from convcalc.network import shipped
from convcalc.network.budget import read_budget
from convcalc.network.graph import Settings
from convcalc.network.loading import decode_source, networks
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.walk.hints import with_hints
from convcalc.walk.propagation import propagate

SPECS = [(ROOT / "specs" / f"{name}.yaml").read_text("utf-8") for name in shipped.spec_names()]
NAME = str(ROOT / "specs" / "spec.yaml")  # beside what the shipped specs include
WORDS = ["conv", "relu", "pool", "fc", "add", "concat", "residual", "filters", "size", "pad",
         "stride", "units", "from", "name", "layers", "repeat", "input", "blocks", "parameters",
         "16000x1", "16x16x8x3", "3x1x1", "conv1d", "conv3d", "length", "frames", "inputs",
         "groups", "rounding", "ceil", "same", "depthwise", "$n", "required", "a", "outputs",
         "budget", "pattern", "INPUT -> CONV -> FC", "[CONV3-8 -> RELU]*2", "32x32x3", "3x5",
         "main", "shortcut", "mode", "p", "include", "trainable", "checkpoint", "upsample",
         "scale", "split", "parts", "shuffle", "crop", "zeropad", "bn", "local", "gap",
         "lrn"]  # fmt: skip

scalars = st.one_of(
    st.sampled_from(WORDS), st.integers(-2, 70), st.booleans(), st.none(), st.floats(), st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=15,
)
layers = st.one_of(
    st.sampled_from(["relu", "bn", "pool", "gap", "flatten", "CONV3-8", "FC-10", "POOL3/2"]),
    st.fixed_dictionaries(
        {},
        optional={
            word: st.dictionaries(st.sampled_from(WORDS), values, max_size=4)
            for word in ("conv", "pool", "fc", "add", "concat", "residual", "local", "upsample")
        },
    ),
    values,
)
specs = st.fixed_dictionaries(
    {"layers": st.lists(layers, min_size=1, max_size=5)},
    optional={"input": values, "blocks": values, "rounding": values, "outputs": values,
              "budget": values, "name": values, "include": st.text(max_size=5)},
)  # fmt: skip


def only_an_error(data: str | bytes) -> None:
    """All of the work on a spec, which may fail in one way only."""
    try:
        source = decode_source(data, NAME) if isinstance(data, bytes) else Source(data, NAME)
        for network in networks(source, Settings({"N": 2}, max_layers=500), is_yaml=True):
            read_budget(network.budget)
            str(with_hints(propagate(network)).findings)
            analyze(network, memory="textbook")
    except ConvcalcError as error:
        for each in error.parts():
            assert str(each).replace("\n", "").isprintable()
            assert len(str(each)) < 1_200


@given(specs)
@example({"layers": ["relu"], "input": {"width": 1, "height": 1, "channels": 1}})
def test_any_spec_of_known_words(spec):
    only_an_error(json.dumps(spec))


@given(values)
def test_any_document(value):
    only_an_error(json.dumps(value))


@given(st.text(max_size=80))
@example("%")
@example("- !")
@example("&a [*a]")
@example("? ? ?")
@example("layers: [relu]\nbudget: {memory: 1e400}")
def test_any_text(text):
    only_an_error(text)


@given(st.text("layersconvrelu:-[]{}&*!|>'\"%@`#,? \n\t0123x$", max_size=60))
def test_any_text_of_marks_that_yaml_knows(text):
    only_an_error(text)


@given(st.binary(max_size=60))
def test_any_bytes(data):
    only_an_error(data)


@given(st.sampled_from(SPECS), st.data())
def test_a_shipped_spec_with_a_few_changes(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 5)))
        text = text[:start] + data.draw(st.text(max_size=3)) + text[end:]
    only_an_error(text)


@given(st.sampled_from(SPECS), st.data())
def test_a_shipped_spec_with_other_numbers_and_words(text, data):
    pieces = text.split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place] = str(data.draw(scalars))
    only_an_error(" ".join(pieces))
