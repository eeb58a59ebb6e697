"""The fit rule: what is found, in the words of fit_findings.txt, and how the walk goes on."""

import pytest
from cases import cases
from support import sizes, walk

from convcalc.text.errors import ERROR, NOTE, SpecError
from convcalc.walk.hints import with_hints


@pytest.mark.parametrize(("pattern", "findings"), cases("fit_findings.txt"))
def test_findings(pattern, findings):
    assert "\n".join(map(str, with_hints(walk(pattern)).findings)) == findings


def test_the_notes_example_at_the_prompt(run):
    done = run("analyze", stdin="INPUT[10x10x1] -> CONV3-8/2(P=0)\n")
    assert done.code == 1
    assert "(10 - 3 + 2*0)/2 + 1 = 4.5" in done.out
    lines = done.out.split("\n")
    (pattern,) = [k for k, line in enumerate(lines) if line.startswith("    INPUT")]
    marked = lines[pattern][lines[pattern + 1].index("^") : lines[pattern + 1].rindex("^") + 1]
    assert marked == "CONV3-8/2(P=0)"
    assert lines[pattern + 2].startswith("hint: ")


EVERY_LAYER_WRONG = "INPUT[65x65x3] -> [CONV4-8/3(P=0, name=c) -> POOL2(name=p)]*3"


def test_all_misfits_are_reported_once_each_in_the_order_of_the_layers():
    found = [(finding.layer, finding.code) for finding in walk(EVERY_LAYER_WRONG).findings]
    assert found == [("c_1", "fit"), ("p_1", "fit"), ("p_2", "fit"), ("c_3", "empty")]


def test_the_walk_goes_on_with_the_floored_size():
    assert sizes(EVERY_LAYER_WRONG) == [
        "65x65x3", "21x21x8", "10x10x8", "3x3x8", "1x1x8", "0x0x8", "0x0x8",
    ]  # fmt: skip


def test_every_layer_stays_in_the_table(run):
    done = run("analyze", EVERY_LAYER_WRONG, "--format", "json")
    assert done.code == 1
    assert len(done.network["layers"]) == 7
    assert done.network["totals"]["macs"] == sum(row["macs"] for row in done.network["layers"])


def test_pooling_too_often_is_found_at_each_pooling():
    found = walk("INPUT[224x224x3] -> POOL*8").findings
    assert [finding.layer for finding in found] == ["pool6", "pool7", "pool8"]
    assert [finding.code for finding in found] == ["fit", "fit", "empty"]


@pytest.mark.parametrize(
    ("pattern", "rounding", "output", "message"),
    [
        pytest.param("INPUT[224x224x3] -> CONV7-96/2(P=1)", "floor", "110x110x96",
                     "(224 - 7 + 2*1)/2 + 1 = 110.5 along width and height becomes 110, only "
                     "padding is never read (rounding: floor)", id="ZFNet's conv1"),
        pytest.param("INPUT[110x110x96] -> POOL3/2", "ceil", "55x55x96",
                     "(110 - 3 + 2*0)/2 + 1 = 54.5 along width and height becomes 55, the last "
                     "window reaches over the edge (rounding: ceil)", id="ZFNet's pool1"),
        pytest.param("INPUT[10x10x1] -> CONV3-8/2(P=0)", "floor", "4x4x8",
                     "(10 - 3 + 2*0)/2 + 1 = 4.5 along width and height becomes 4, 1 column and "
                     "row never read (rounding: floor)", id="one row lost"),
        pytest.param("INPUT[11x11x1] -> CONV3-8/3(P=0)", "floor", "3x3x8",
                     "(11 - 3 + 2*0)/3 + 1 = 3 2/3 along width and height becomes 3, 2 columns "
                     "and 2 rows never read (rounding: floor)", id="two rows lost"),
        pytest.param("INPUT[11x10x1] -> CONV3-8/2(P=0)", "floor", "5x4x8",
                     "(10 - 3 + 2*0)/2 + 1 = 4.5 along height becomes 4, 1 row never read "
                     "(rounding: floor)", id="along the height only"),
        pytest.param("INPUT[10x13x1] -> CONV3-8/4(P=0)", "floor", "2x3x8",
                     "(10 - 3 + 2*0)/4 + 1 = 2.75 along width becomes 2, 3 columns never read; "
                     "(13 - 3 + 2*0)/4 + 1 = 3.5 along height becomes 3, 2 rows never read "
                     "(rounding: floor)", id="along both axes"),
        pytest.param("INPUT[4x4x1] -> POOL2/3(P=1)", "ceil", "2x2x1",
                     "(4 - 2 + 2*1)/3 + 1 = 2 1/3 along width and height becomes 2, only "
                     "padding is never read (rounding: ceil)", id="not into the padding"),
    ],
)  # fmt: skip
def test_rounding_makes_it_a_note(pattern, rounding, output, message):
    walked = walk(pattern, rounding=rounding)
    assert str(walked.nodes[-1].facts.output) == output
    (note,) = walked.findings
    assert (note.severity, note.code, note.message) == (NOTE, "fit", message)


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_rounding_helps_nothing_where_a_window_has_no_room(rounding):
    (finding,) = walk("INPUT[4x4x3] -> CONV7-8(P=0)", rounding=rounding).findings
    assert (finding.severity, finding.code) == (ERROR, "empty")


def test_rounding_of_the_layer_beats_the_networks_and_that_the_command_lines(run):
    spec = (
        "rounding: floor\ninput: 7x7x1\n"
        "layers: [pool: {rounding: ceil, name: a}, pool: {name: b}, pool: {name: c, size: 1}]"
    )
    done = run("analyze", "-", "--rounding", "exact", "--format", "json", stdin=spec)
    assert done.code == 0
    assert [row["output"]["width"] for row in done.network["layers"]] == [7, 4, 2, 1]


def test_rounding_of_the_command_line_is_for_those_that_do_not_say(run):
    assert run("analyze", "INPUT[7x7x1] -> POOL", "--rounding", "floor").code == 0
    assert run("analyze", "INPUT[7x7x1] -> POOL(rounding=exact)", "--rounding", "floor").code == 1
    assert run("analyze", "INPUT[7x7x1] -> POOL").code == 1


def test_a_fully_connected_layer_takes_any_volume_flattened():
    walked = walk("INPUT[7x5x3] -> FC-10 -> FC-2")
    assert not walked.findings
    assert [p.shape for p in walked.nodes[1].facts.parameters] == [(10, 105), (10,)]


def test_padding_of_exactly_half_a_window_is_allowed():
    assert not walk("INPUT[8x8x4] -> POOL2(P=1)").findings
    assert not walk("INPUT[9x9x4] -> POOL3/2(P=1)").findings


def test_a_convolution_may_pad_as_far_as_it_likes():
    assert sizes("INPUT[4x4x1] -> CONV1-1(P=9)")[-1] == "22x22x1"
    assert not walk("INPUT[4x4x1] -> CONV1-1(P=9)").findings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "INPUT[9x9x1] -> UPSAMPLE(scale=2147483647)",
            "<pattern>:1:17: the output of `upsample1_1` has more than 9,223,372,036,854,775,807 "
            "values\n    INPUT[9x9x1] -> UPSAMPLE(scale=2147483647)\n"
            "                    ^^^^^^^^^^^^^^^^^^^^^^^^^^",
            id="a volume",
        ),
        pytest.param(
            "INPUT[99999x99999x9] -> FC-2147483647",
            "<pattern>:1:25: a parameter of `fc1` has more than 9,223,372,036,854,775,807 values\n"
            "    INPUT[99999x99999x9] -> FC-2147483647\n                            ^^^^^^^^^^^^^",
            id="weights",
        ),
    ],
)
def test_tensors_that_cannot_be_counted_are_refused(text, message):
    with pytest.raises(SpecError) as caught:
        walk(text)
    assert str(caught.value) == message


def test_a_claimed_size_that_is_right_says_nothing():
    assert not walk("INPUT[32x32x3] -> CONV3-8(P=0)[30x30x8] -> FC-10[1x1x10]").findings


def test_findings_in_json_have_their_place(run):
    done = run("analyze", stdin="\nINPUT[10x10x1] -> CONV3-8/2(P=0)")
    assert "<stdin>:2:19: error[fit] conv1_1:" in done.out
    done = run("analyze", "--format", "json", stdin="\nINPUT[10x10x1] -> CONV3-8/2(P=0)")
    (finding,) = done.network["findings"]
    assert {k: finding[k] for k in ("code", "severity", "layer", "line", "column")} == {
        "code": "fit", "severity": "error", "layer": "conv1_1", "line": 2, "column": 19,
    }  # fmt: skip
    assert finding["hint"].startswith("F=2, S=1, ")


@pytest.mark.parametrize(
    ("layers", "warned"),
    [
        ("FLATTEN -> CONV3-32(P=1)", True),
        ("FC-32 -> RELU -> CONV3-32(P=1)", True),
        ("FC-32 -> POOL3/1(P=1)", True),
        ("FC-32 -> CONV1-32", False),
        ("FC-32 -> CONVTRANSPOSE4-32", False),
        ("GAP -> CONV3-4", False),
    ],
)
def test_a_row_in_a_window_larger_than_1_is_a_warning(layers, warned):
    found = walk(f"INPUT[8x8x3] -> {layers}").findings
    assert [(each.code, each.severity) for each in found] == [("axes", "warning")] * warned


def test_a_row_is_told_in_words():
    (found,) = walk("INPUT[8x8x3] -> FLATTEN -> CONV3-32(P=1)").findings
    assert found.message == (
        "`flatten1` gives a row of 192 values, and the window of 3x3 reads only padding besides: "
        "PyTorch refuses it"
    )
