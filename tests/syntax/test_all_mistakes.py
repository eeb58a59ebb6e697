"""All independent mistakes of a file are told in one run, and none that follows from another."""

import json

import pytest

from convcalc.network.loading import networks
from convcalc.text.errors import SpecError
from convcalc.text.source import Source


def messages(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        networks(Source(text, "spec.yaml"), is_yaml=True)
    return [error.message for error in caught.value.parts()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("naem: x\nroundin: up\nlayers: [relu]",
                     ["unknown key `naem`", "unknown key `roundin`"], id="two keys"),
        pytest.param("rounding: up\nlayers: [rellu]\nbudget: [3]",
                     ["rounding: must be one of exact, floor, ceil, not `up`",
                      "layers[0]: unknown layer `rellu`",
                      "budget: must be a size such as 11GiB or a mapping such as {memory: 11GiB}, "
                      "not a list"],
                     id="different parts"),
        pytest.param("layers:\n- conv: {filtres: 8, size: 0, stride: x}\n- fc: {units: -1}",
                     ["layers[0].conv.filtres: conv has no option `filtres`",
                      "layers[0].conv.size: `size` must be at least 1, not 0",
                      "layers[0].conv.stride: `stride` must be an integer or a size such as 3x5 "
                      "(width x height), not `x`",
                      "layers[1].fc.units: `units` must be at least 1, not -1"],
                     id="options of one layer and of another"),
        pytest.param("layers:\n- conv: {size: [3, 3], pad: [1, 1], filters: 8}\n- 3",
                     ["layers[0].conv.size: a size is not a list",
                      "layers[0].conv.pad: a size is not a list",
                      "layers[1]: expected a layer such as CONV or an opening `[` here, found `3`"],
                     id="what cannot be read"),
        pytest.param("layers: [rellu]\n---\nlayers: [fc: {}]",
                     ["layers[0]: unknown layer `rellu`", "layers[0].fc: fc needs `units`"],
                     id="documents of a stream"),
        pytest.param("blocks:\n  a: {layers: [conv: {size: [3, 3]}]}\n  b: 3\n"
                     "layers: [a, b, rellu]",
                     ["blocks.a.layers[0].conv.size: a size is not a list",
                      "blocks.b: must be a mapping with `layers`, not `3`",
                      "layers[2]: unknown layer `rellu`"], id="blocks"),
        pytest.param("blocks: {a: {layers: [fc: {units: 0}]}}\n"
                     "layers: [a, a, {repeat: 3, layers: [a]}]",
                     ["blocks.a.layers[0].fc.units: `units` must be at least 1, not 0"],
                     id="once for every use"),
        pytest.param("layers:\n- rellu: {name: a}\n- relu\n- add: {from: [a, input]}\noutputs: [a]",
                     ["layers[0].rellu: unknown layer `rellu`"], id="not what misses it"),
        pytest.param("layer: [relu]", ["unknown key `layer`"], id="not that layers are missing"),
        pytest.param("layers: [relu: {name: x}, relu: {name: x}]\nreference: [1]",
                     ["reference: must be a text, not a list",
                      "layers[1].relu: the name `x` is given twice, first at spec.yaml:1:10"],
                     id="names, where nothing was left out"),
    ],
)  # fmt: skip
def test_told(text, told):
    assert sorted(messages(text)) == sorted(told)


def test_at_most_twenty():
    assert len(messages(f"layers: [{', '.join(['rellu'] * 1000)}]")) == 20


def test_every_format_has_them(run, tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text("layers: [rellu, fc: {}]\n")
    done = run("analyze", str(spec), "--format", "json")
    assert done.code == 2
    assert [error["line"] for error in json.loads(done.out)["errors"]] == [1, 1]
    assert done.err.count("error: ") == 2
    checked = json.loads(run("check", str(spec), "--format", "json").out)["results"]
    assert [finding["code"] for finding in checked[0]["findings"]] == ["spec", "spec"]
    assert run("sweep", str(spec)).code == run("diff", str(spec), str(spec)).code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\n", "holds neither a network nor blocks"),
        ("naem: x\n", "unknown key `naem`"),
        ("# nothing\n", "the document is empty"),
        ("blocks: {a: [relu]}\nbloks: {}\n", "unknown key `bloks`"),
    ],
)
@pytest.mark.parametrize("command", ["analyze", "check"])
def test_a_file_for_others_to_include_is_one(run, tmp_path, command, text, message):
    path = tmp_path / "_parts.yaml"
    path.write_text(text)
    done = run(command, str(path))
    assert done.code == 2
    assert message in done.out + done.err


HINTS = [  # what is written, and with the hint taken
    ("layers: [conv: {filters: 8, size: 3, pad: [0,1,0,1]}]",
     "layers: [conv: {filters: 8, size: 3, pad: {left: 0, right: 1, top: 0, bottom: 1}}]"),
    ("layers: [conv: {filters: 8, size: 3, pad: [[0,1],[2,1]]}]",
     "layers: [conv: {filters: 8, size: 3, pad: {left: 2, right: 1, top: 0, bottom: 1}}]"),
    ("layers: [conv: {filters: 8, size: [3, 5]}]", "layers: [conv: {filters: 8, size: 5x3}]"),
    ("input: [3, 48, 64]\nlayers: [relu]", "input: 64x48x3\nlayers: [relu]"),
    ("input: [48, 64, 3]\nlayers: [relu]", "input: 64x48x3\nlayers: [relu]"),
    ("layers: [[CONV3-8 -> RELU]*2, relu]", 'layers: ["[CONV3-8 -> RELU]*2", relu]'),
    ("layers:\n- conv1d: {filters: 8, size: 3}", "layers:\n- conv2d: {filters: 8, size: 3}"),
    ("layers: [fc: {units: '8'}]", "layers: [fc: {units: 8}]"),
    ("layers: [fc: {units: 8, in_features: 3}]", "layers: [fc: {units: 8}]"),
    ("layers: [fc: {in: 3, units: 8}]", "layers: [fc: {units: 8}]"),
    ("layers:\n- conv:\n  filters: 8\n  size: 3", "layers:\n- conv: {filters: 8, size: 3}"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), HINTS)
def test_what_hints_say_is_read(wrong, right):
    with pytest.raises(SpecError) as caught:
        networks(Source(wrong, "spec.yaml"), is_yaml=True)
    assert caught.value.hint
    assert networks(Source(right, "spec.yaml"), is_yaml=True)
