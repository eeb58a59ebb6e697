"""Blocks from other files."""

import pytest

from convcalc.network.loading import load
from convcalc.text.errors import SpecError


def write(folder, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return str(folder / "top.yaml")


def test_blocks_of_a_file_beside_the_spec(tmp_path):
    top = write(
        tmp_path,
        top="include: shared.yaml\nlayers: [pair]",
        shared="blocks: {pair: [relu, sigmoid]}",
    )
    names = [node.name for node in load(top).nodes]
    assert names == ["input", "pair1.relu1_1", "pair1.sigmoid1_1"]


def test_own_blocks_win_over_included_ones(tmp_path):
    top = write(
        tmp_path,
        top="include: [shared.yaml]\nblocks: {pair: [tanh]}\nlayers: [pair]",
        shared="blocks: {pair: [relu, sigmoid]}",
    )
    assert [node.layer.type_name for node in load(top).nodes] == ["INPUT", "TANH"]


def test_a_file_that_is_included_a_million_times_is_read_once(tmp_path):
    chain = {f"f{k}": f"include: [f{k + 1}.yaml, f{k + 1}.yaml]" for k in range(18)}
    top = write(tmp_path, top="include: f0.yaml\nlayers: [b]", f18="blocks: {b: [relu]}", **chain)
    assert len(load(top).nodes) == 2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({"top": "include: top.yaml\nlayers: [relu]"},
                     "include: `top.yaml` includes itself", id="itself"),
        pytest.param({"top": "include: a.yaml\nlayers: [relu]", "a": "include: top.yaml"},
                     "include: `top.yaml` includes itself", id="in a circle"),
        pytest.param({"top": "include: none.yaml\nlayers: [relu]"},
                     "none.yaml: there is no such file", id="no such file"),
        pytest.param({"top": "include: {}\nlayers: [relu]"},
                     "include: must be a file's name, not a mapping", id="a mapping"),
        pytest.param({"top": "include: ''\nlayers: [relu]"},
                     "include: must be a file's name, not ``", id="an empty name"),
        pytest.param({"top": "include: ..\nlayers: [relu]"},
                     "`..` is no YAML file", id="a folder"),
        pytest.param({"top": "include: a.yaml\nlayers: [relu]", "a": "- relu"},
                     "include: `a.yaml` is no file of blocks: it has no `blocks`", id="a list"),
        pytest.param({"top": 'include: "a\\0b"\nlayers: [relu]'},
                     "is no YAML file", id="a null byte"),
        pytest.param({"top": "include: f0.yaml\nlayers: [relu]",
                      **{f"f{k}": f"include: f{k + 1}.yaml" for k in range(30)}},
                     "include: files include one another deeper than 20", id="too deep"),
    ],
)  # fmt: skip
def test_errors(tmp_path, files, message):
    with pytest.raises(SpecError) as caught:
        load(write(tmp_path, **files))
    assert message.replace(".. is", "is") in caught.value.message
    assert caught.value.span is not None


def test_an_error_in_an_included_file_has_its_place_there(tmp_path):
    top = write(
        tmp_path, top="include: a.yaml\nlayers: [b]", a="blocks:\n  b:\n  - convv: {filters: 1}"
    )
    with pytest.raises(SpecError) as caught:
        load(top)
    assert caught.value.location == f"{tmp_path / 'a.yaml'}:3:5"


SECRET = "hunter2"
ELSEWHERE = {
    "a manifest": "kind: Secret\ndata:\n  password: hunter2\n",
    "a pipeline": "include: top.yaml\nhunter2:\n  script: [echo hunter2]\n",
    "a list": "- hunter2\n",
    "a text": "the password is hunter2",
    "a text with a tab": "password: hunter2\n\thunter2: [\n",
    "no YAML": "password: {hunter2: [\n",
    "JSON": '{"token": "hunter2", "hunter2": 2}',
    "a tag": "password: !hunter2 x\n",
    "a key twice": "hunter2: 1\nhunter2: 2\n",
    "nothing": "",
    "a comment": "# hunter2\n",
    "a long line": f"{SECRET * 10**5}: 1\n",
}


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE)
def test_of_a_file_that_is_no_spec_nothing_is_quoted(tmp_path, text):
    with pytest.raises(SpecError) as caught:
        load(write(tmp_path, top="include: a.yaml\nlayers: [relu]", a=text))
    assert str(caught.value) == (
        f"{tmp_path}/top.yaml:1:10: include: `a.yaml` is no file of blocks: it has no `blocks`\n"
        "    include: a.yaml\n             ^^^^^^"
    )


@pytest.mark.parametrize("text", ["blocks: {b: {layer: [relu]}}", '{"blocks": {"b": {"layer": 1}}}',
                                  "name: x\nblocks:\n\tb: [relu]", "inputt: 1\nlayers: [relu]",
                                  "input: 8x8x3\npattern: 1"])  # fmt: skip
def test_of_a_spec_the_line_that_is_wrong_is_quoted(tmp_path, text):
    with pytest.raises(SpecError) as caught:
        load(write(tmp_path, top="include: a.yaml\nlayers: [relu]", a=text))
    assert caught.value.location.startswith(f"{tmp_path / 'a.yaml'}:")
