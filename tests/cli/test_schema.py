"""`convcalc schema`: what the reader accepts it accepts, what a kind refuses it refuses."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc import layers
from convcalc.network.layer_options import canonical_name
from convcalc.network.schema import schema
from convcalc.text.source import Source
from convcalc.text.syntax.nodes import Mapping, yaml_documents
from convcalc.text.syntax.tree import Size
from convcalc.text.syntax.values import Expression, scalar_value

SPECS = Path(__file__).parents[2] / "specs"
VALIDATOR = jsonschema.Draft202012Validator(schema())
FIELDS = [
    (layer.keyword.lower(), canonical_name(field), field.kind)
    for layer in layers.all_types()
    for field in dict.fromkeys(layer.options_by_name().values())
]


def marks(text):
    """The places that an editor marks."""
    return [".".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(
        yaml.safe_load(text))]  # fmt: skip


def test_schema_is_one():
    VALIDATOR.check_schema(VALIDATOR.schema)


def test_three_mistakes_are_marked_each_at_its_value():
    text = "input: 8x8x3\nlayers: [{conv: {filters: many, size: -3, stride: 0}}]"
    place = "layers.0.conv."
    assert marks(text) == [place + "filters", place + "size", place + "stride"]


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_specs_are_valid(spec):
    for document in yaml.safe_load_all(spec.read_text(encoding="utf-8")):
        if "layers" in document or "pattern" in document:  # else blocks that others include
            VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "layer",
    [
        "conv: {filters: 64, size: 3x5, stride: 2, pad: same}",
        "conv: {filters: $planes * 4, size: $size, pad: ($size - 1) / 2}",
        "conv: {K: 64, F: 3, S: {width: 1, height: 2}, P: ' 1 X 0 '}",
        "conv3d: {filters: 8, kernel: 3x3x1, stride: {width: 1, height: 1, frames: 2}}",
        "Conv_2D: {out_channels: 64, Kernel_Size: 3, groups: depthwise, use_bias: false}",
        "pool: {mode: AVERAGE, size: 2, rounding: ceil}",
        "dropout: {rate: 0.2, name: 3}",
        "relu: ",
        "add: [[{conv: {filters: 3, size: 1}}], [], $shortcut]",
        "residual: {main: [CONV3-8], trainable: false}",
        "repeat: $depth\n  layers: [CONV3-8, RELU]\n  name: stage\n  checkpoint: true",
        "my_block: {planes: 64, name: first}",
    ],
)
def test_every_spelling_is_valid(layer):
    assert marks(f"input: 8x8x3\nlayers:\n- {layer}") == []


@pytest.mark.parametrize(
    "layer, marked",
    [
        ("conv: {filters: 64, size: 0 x 3}", "size"),
        ("CONV: {K: 0, F: 3}", "K"),
        ("conv: {filters: 64, size: 3, pad: full}", "pad"),
        ("conv: {filters: true, size: 3}", "filters"),
        ("pool: {mode: middle}", "mode"),
        ("dropout: {p: 1.5}", "p"),
        ("conv: {filters: 64, size: 3, bias: 1}", "bias"),
        ("conv: {filters: 64, size: 3, trainable: maybe}", "trainable"),
        ("conv: {filters: 64, size: 3, sides: 2}", ""),
    ],
)
def test_what_is_refused_is_marked(layer, marked):
    (place,) = marks(f"input: 8x8x3\nlayers:\n- {layer}")
    assert place == f"layers.0.{layer.partition(':')[0]}.{marked}".rstrip(".")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Co", "Zl", "Zp"]),
    max_size=6,
)
words = st.sampled_from(
    ["same", "SAME", " same ", "depthwise", "max", "Average", "floor", "channels", "3x5", "0x1",
     "1 × 2", "3x1x1", "3x", "3", "true", "$a * 2", "bicubic", "", "reflect", "row"]
)  # fmt: skip
sides = st.fixed_dictionaries({"width": st.integers(-1, 9), "height": st.integers(-1, 9)})
scalars = st.one_of(
    st.integers(-9, 9), st.booleans(), words, TEXTS,
    st.floats(-9, 9).filter(lambda value: not value.is_integer()),  # to JSON Schema 3.0 is 3
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(FIELDS), scalars | sides)
def test_schema_and_kinds_agree(field, written):
    keyword, name, kind = field
    document = {"input": "8x8x3", "layers": [{keyword: {name: written}}]}
    valid = VALIDATOR.is_valid(document)
    assert valid == _is_read(kind, written), f"{keyword}: {{{name}: {written!r}}}"


def _is_read(kind, written):
    """Whether the reader takes what stands in YAML's JSON."""
    if isinstance(written, dict):
        value = Size(*written.values())
    else:
        (root,) = yaml_documents(
            Source(json.dumps({"value": written}, ensure_ascii=False), "net.yaml")
        )
        assert isinstance(root, Mapping)
        value = scalar_value(root.pairs["value"][1])
    if isinstance(value, Expression):
        return True
    try:
        kind(value)
    except ValueError:
        return False
    return True
