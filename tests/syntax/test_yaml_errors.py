"""Wrong specs: place, path, line, marker and hint, in yaml_errors.txt."""

import pytest
from cases import cases

from convcalc.network.loading import networks
from convcalc.text.errors import SpecError
from convcalc.text.source import Source

CASES = cases("syntax/yaml_errors.txt")


def error_of(text: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        networks(Source(text, "spec.yaml"), is_yaml=True)
    return caught.value


@pytest.mark.parametrize(("text", "message"), CASES)
def test_message(text, message):
    assert error_of(text).at_prompt() == message


@pytest.mark.parametrize(("text", "message"), CASES)
def test_place_and_marker(text, message):
    span = error_of(text).span
    assert message.startswith(f"spec.yaml:{span.line}:{span.column}: ")
    marker = message.split("\n")[2]
    assert marker.index(marker.strip()) == 4 + span.column - 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("\n\n# comment\nlayers: [rellu]", "spec.yaml:4:10", id="after comments"),
        pytest.param("name: 卷积 😀\nlayers: [rellu]", "spec.yaml:2:10", id="wide characters"),
        pytest.param("name: '卷积😀'\nx: 1\nlayers: [relu]", "spec.yaml:2:1", id="an unknown key"),
        pytest.param("name: |\n  a\n  b\n\nlayers: [rellu]", "spec.yaml:5:10", id="after a block"),
        pytest.param("layers:\n- 'CONV3-8 -> XYZ'", "spec.yaml:2:15", id="inside a pattern"),
        pytest.param("layers: [relu]\n...\n---\nlayers: [rellu]", "spec.yaml:4:10", id="the next"),
    ],
)
def test_place_in_texts_with_more_in_them(text, place):
    assert error_of(text).location == place


def test_json_is_yaml_and_keeps_its_places():
    text = '{"layers": [\n  {"conv": {"filters": 8, "size": 3}},\n  {"conv": {"filters": 0}}]}'
    error = error_of(text)
    assert error.location == "spec.yaml:3:24"
    assert error.message.startswith("layers[1].conv.filters: ")


@pytest.mark.parametrize(
    ("alone", "written"),
    [
        ("fc: 10", "fc: {units: 10}"),
        ('fc: "10"', "fc: {units: 10}"),
        ("dropout: 0.5", "dropout: {p: 0.5}"),
        ("upsample: 2", "upsample: {scale_factor: 2}"),
        ("pool: 2", "pool: {size: 2}"),
        ("pool: max", "pool: {mode: max}"),
        ("groupnorm: 3", "groupnorm: {num_groups: 3}"),
        ("leakyrelu: 0.1", "leakyrelu: {negative_slope: 0.1}"),
        ("relu: true", "relu: {inplace: true}"),
        ("conv: 16", "for example conv: {filters: 16, size: 3}"),
        ("conv: 3x5", "for example conv: {size: 3x5, filters: 64}"),
    ],
)
def test_a_value_alone_is_the_first_option_that_takes_it(alone, written):
    """The hint is read back: it is a network."""
    text = "input: 8x8x3\nlayers: [{%s}]\n"
    error = error_of(text % alone)
    assert "options are a mapping such as {name: value}, not " in error.message
    assert error.hint == f"write {written}"
    found = networks(Source(text % written.removeprefix("for example ")), is_yaml=True)
    assert len(next(iter(found)).nodes) == 2
