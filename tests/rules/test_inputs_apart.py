"""Rules look at each input by itself, whatever its axes."""

import pytest

from convcalc.answers.rules import lint_network
from convcalc.models.writing.spec import parse_written
from convcalc.text.errors import SpecError
from convcalc.walk.propagation import propagate

SOUND_AND_IMAGE = """
inputs: {image: 32x32x3, sound: 401x1}
layers:
  - conv: {name: seen, from: image, filters: 8, size: 3, pad: 1}
  - fc: {name: what, units: 4}
  - conv: {name: heard, from: sound, filters: 8, size: 3, pad: 1}
  - pool: {name: halved, size: 2, stride: 2, rounding: floor}
  - fc: {name: who, units: 4}
outputs: [what, who]
"""


def test_inputs_of_other_axes():
    """The second input does not halve; the first is left alone."""
    findings = lint_network(propagate(parse_written(SOUND_AND_IMAGE)))
    sizes = [(f.layer, f.message.split(",")[0]) for f in findings if f.code == "input-size"]
    assert sizes == [("sound", "401x1 is not divisible by 2")]


@pytest.mark.parametrize("word", ["conv3d_transpose", "conv_transpose3d"])
def test_transposed_convolution_of_other_axes(word: str):
    """The hint names a layer that there is."""
    text = f"input: 100x3\nlayers:\n  - {word}: {{filters: 4, size: 2, stride: 2}}\n"
    with pytest.raises(SpecError) as caught:
        propagate(parse_written(text))
    assert f"write {word.replace('3d', '1d')} for this input" in str(caught.value.hint)
