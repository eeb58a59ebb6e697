"""What the browser page asks of the package, and what the package gives for it to everybody."""

import json
import sys
from itertools import pairwise

import pytest
from support import ROOT
from test_import_cost import modules_after, tops

import convcalc
from convcalc.text.errors import ConvcalcError, SpecError

MISFITS = [
    "INPUT[64x64x3] -> CONV4-32/3(P=1) -> RELU",
    "INPUT[64x64x3] -> CONV4-32(P = 1, stride= 3)",
    "INPUT[10x10x1] -> CONV3-8/2(P=0, bias=false) -> CONV5-4",
    "INPUT[10x10x1] -> CONV3-8/2(P=0)[4x4x8] -> POOL",
    "INPUT[13x13x1] -> CONV3-8[12x12x8]",
    "input: 10x10x3\nlayers:\n  - conv: {filters: 64, size: 3, pad: 0, stride: 2}\n",
    "input: 10x10x3\nlayers:\n  - conv:\n      filters: 64\n      size: 3\n      stride: 2\n",
    "input: {width: 15, height: 15, channels: 3}\nlayers:\n  - pool\n  - relu\n",
    "input: 15x15x3\nlayers:\n  - repeat: 1\n    layers: [pool: {size: 4, stride: 4}]\n",
    "input: 40x10x4\nlayers:\n  - conv: {filters: 1, size: 3x2, stride: 3x3}\n",
    "INPUT[40x10x4] -> CONV3x2-8(S=3x3, P=0)",
]


@pytest.mark.parametrize("text", MISFITS)
def test_each_edit_of_a_finding_mends_it(text):
    report = convcalc.analyze(convcalc.loads(text))
    (finding,) = [each for each in report.findings if each.severity == "error"]
    offered, as_in, line = finding.hint.partition("; as in `")
    assert len(finding.edits) == offered.count(" or ") + offered.count(", ") + 1
    first = finding.edits[0].changed_text()
    assert not as_in or line.removesuffix("`") in map(str.strip, first.splitlines())
    for edit in finding.edits:
        changed = convcalc.analyze(convcalc.loads(edit.changed_text()))
        assert not changed.broken, edit
        assert edit.text in finding.hint


def hint_of(text):
    """What is said of the first misfit of a spec."""
    return convcalc.analyze(convcalc.loads(text)).findings[0].hint


def test_a_hint_on_yaml_is_in_the_words_of_the_file():
    """As it is written there, and the line as it should be; a pattern's letters elsewhere."""
    spec = "input: 10x10x3\nlayers:\n  - {}\n"
    hint = hint_of(spec.format("conv: {out_channels: 64, kernel_size: 3, stride: 2}"))
    assert hint.startswith("`kernel_size: 2`, `stride: 1`, ")
    assert hint.endswith(
        " or `rounding: floor` (as PyTorch does; never reads 1 column and 1 row) would fit; "
        "as in `- conv: {out_channels: 64, kernel_size: 2, stride: 2}`"
    )
    lines = hint_of(spec.format("conv:\n      filters: 64\n      F: 3\n      S: 2"))
    assert lines.startswith("`F: 2`, `S: 1`, ")
    assert "as in" not in lines  # no one line is the layer
    assert hint_of(spec.format("CONV3-64/2(P=0)")).startswith("F=2, S=1, ")
    assert hint_of("INPUT[10x10x3] -> CONV3-64/2(P=0)").startswith("F=2, S=1, ")


def test_an_edit_of_a_copied_layer_is_tried_on_all_its_copies():
    text = "INPUT[11x11x1] -> [CONV3-8/2(P=0)]*3"
    finding = convcalc.analyze(convcalc.loads(text)).findings[0]
    assert "an input of 15x15x1" in {each.text for each in finding.edits}
    for edit in finding.edits:
        changed = convcalc.analyze(convcalc.loads(edit.changed_text()))
        assert finding.layer not in {each.layer for each in changed.findings if each.code == "fit"}


def test_a_value_worked_out_from_a_parameter_is_not_edited():
    text = """\
input: 30x30x3
blocks:
  part: {parameters: {pad: 0}, layers: [conv: {filters: 3, size: 3, pad: $pad, stride: 2}]}
layers: [part, part]
"""
    for finding in convcalc.analyze(convcalc.loads(text)).findings:
        assert not [edit for edit in finding.edits if edit.span.text == "$pad"]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("INPUT -> CONW3-16 -> FC", "INPUT -> CONV3-16 -> FC"),
        ("INPUT -> CONV(stirde=2)", "INPUT -> CONV(stride=2)"),
        ("input: 8x8x3\nlayers:\n  - conv: {filters: '8', size: 3}\n",
         "input: 8x8x3\nlayers:\n  - conv: {filters: 8, size: 3}\n"),
        ("input: 8x8x3\nlayer: [relu]\n", "input: 8x8x3\nlayers: [relu]\n"),
        ("INPUT -> CONV*N", "INPUT -> CONV*2"),
    ],
)  # fmt: skip
def test_a_misspelt_word_is_mended_by_an_edit(text, changed):
    with pytest.raises(SpecError) as caught:
        convcalc.loads(text)
    edits = [edit for part in caught.value.parts() for edit in part.edits]
    assert changed in {edit.changed_text() for edit in edits}
    convcalc.loads(changed)


@pytest.mark.parametrize("text", ["INPUT -> CONV*N", "INPUT -> CONV*", "INPUT -> CONV*3000000"])
def test_no_option_is_named_where_there_is_no_command_line(text):
    with pytest.raises(ConvcalcError) as caught:
        convcalc.loads(text)
    assert "--" in caught.value.at_prompt()
    assert "--" not in str(caught.value)


def test_advice_names_options_at_a_prompt_only():
    report = convcalc.analyze("vgg16", batch=32, gpu="rtx-3060-12gb")
    advice = report.fit().advice
    assert not [each for each in advice if "--" in each.change.text]
    assert "automatic mixed precision (--amp)" in {each.change.at_prompt for each in advice}
    (over,) = convcalc.check("vgg16", batch=500, gpu="rtx-3060-12gb")[0].findings
    assert "--" not in over.hint + over.message


def test_fit_steps_end_in_the_whole_answer():
    report = convcalc.analyze("INPUT[64x64x3] -> [CONV3-32 -> RELU]*3 -> FC-10", gpu="t4")
    *_, last = steps = list(report.fit_steps())
    whole = report.fit()
    first = next(step for step in steps if step.largest)
    assert first.own_largest == whole.own_largest
    assert len(steps) > 20  # it lets go of the machine between the batches that it tries
    assert (last.largest, last.rows, last.most) == (whole.largest, whole.rows, whole.most)
    assert [str(each) for each in last.advice] == [str(each) for each in whole.advice]
    assert all(len(a.largest) <= len(b.largest) for a, b in pairwise(steps))


def test_the_timeline_by_kind_adds_up():
    report = convcalc.analyze("INPUT[32x32x3] -> CONV5-8 -> RELU -> POOL -> FC-10", batch=8)
    kinds = report.timeline(bins=50, by="kind")
    live = [each.live for each in report.timeline(bins=50)]
    assert [sum(column) for column in zip(*kinds.values(), strict=True)] == live
    assert {"parameters", "gradients", "activations"} <= kinds.keys()
    with pytest.raises(ConvcalcError, match="by: must be kind"):
        report.timeline(by="layer")


def test_a_row_knows_where_it_was_written():
    report = convcalc.analyze(convcalc.loads("INPUT[8x8x3] -> CONV3-4 -> [RELU]*2"))
    assert [row.span.text for row in report.rows] == ["INPUT[8x8x3]", "CONV3-4", "RELU", "RELU"]


CALLS = """
import json, sys
sys.path.insert(0, "docs/page/python")
import convcalc_page as page
page.analyze("a", page.shipped_text("resnet18")["text"], {"batch": 4, "gpu": "t4"}, "resnet18")
json.dumps([page.explain("a", "conv1"), list(page.fit_steps("a")), page.offered()])
"""


def test_the_page_loads_neither_click_nor_rich():
    plain = "import convcalc; convcalc.analyze('vgg16', batch=2).to_dict()"
    for code in (plain, CALLS):
        assert not tops(modules_after(code)) & {"click", "rich"}


@pytest.fixture(scope="module")
def page():
    sys.path.insert(0, str(ROOT / "docs" / "page" / "python"))
    import convcalc_page

    yield convcalc_page
    sys.path.pop(0)


def test_places_are_counted_as_browsers_count_them(page):
    text = "# \U0001f600\nINPUT[32x32x3] -> CONW"
    (mistake,) = page.analyze("a", text, {})["errors"]
    units = text.encode("utf-16-le")
    span = mistake["span"]
    assert units[2 * span["start"] : 2 * span["end"]].decode("utf-16-le") == "CONW"


def test_nothing_is_marked_that_stands_in_an_included_file(page):
    text = "include: _vgg.yaml\ninput: 230x230x3\nlayers:\n  - vgg_features: {conv1: 1, conv2: 1, "
    text += "conv3: 1, conv4: 1, conv5: 1}\n"
    found = page.analyze("a", text, {})
    wrong = [each for each in found["findings"] if each["severity"] == "error"]
    assert wrong
    assert {each["span"] for each in wrong} == {None}
    sizes = {edit["text"] for each in wrong for edit in each["edits"]}
    assert sizes == {"an input of 224x224x3", "an input of 256x256x3"}
    assert page.explain("a", wrong[0]["layer"])["sliders"] == []


def test_every_answer_is_json(page):
    for text in ("INPUT[10x10x1] -> CONV3-8/2(P=0) -> FC", "", "x: 1", "INPUT[8x8x3] -> CONV3-4"):
        request = {"call": "analyze", "arguments": ["a", text, {"batch": 2, "gpu": "t4"}]}
        assert "ok" in json.loads(page.answer(json.dumps(request)))


def test_every_word_is_there_in_both_languages():
    words = json.loads((ROOT / "docs" / "page" / "site" / "words.json").read_text("utf-8"))
    assert all(len(pair) == 2 and all(pair) for pair in words["page"].values())
