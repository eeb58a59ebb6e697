"""`convcalc lint`: what it prints and how it exits."""

import json

import pytest

from convcalc.answers.rules import find_rule, rule_codes

CLEAN = "INPUT[32x32x3] -> [CONV -> RELU -> POOL]*3 -> GAP -> FC-10"
NOTED = "INPUT[32x32x3] -> [CONV -> RELU]*4 -> POOL -> GAP -> FC-10"
WARNED = "INPUT[32x32x3] -> CONV3-8 -> BN -> POOL -> GAP -> FC-10"
BROKEN = "INPUT[9x9x3] -> CONV3-8 -> POOL -> GAP -> FC-10"

WARNED_TEXT = """\
<pattern>:1:19: warning[bias-before-norm] conv1_1: 8 biases that the normalisation behind takes \
away. Normalising subtracts the mean of every channel, and a constant with it (a rule of our own)
    INPUT[32x32x3] -> CONV3-8 -> BN -> POOL -> GAP -> FC-10
                      ^^^^^^^
hint: write `CONV3-8(bias=false)`
INPUT[32x32x3] -> CONV3-8 -> BN -> POOL -> GAP -> FC-10: 1 warning
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param([CLEAN], 0, id="nothing found"),
        pytest.param([NOTED], 0, id="notes do not count"),
        pytest.param([WARNED], 1, id="a warning"),
        pytest.param([WARNED, "--exit-zero"], 0, id="a warning, made light of"),
        pytest.param([WARNED, "--ignore", "bias-before-norm"], 0, id="the rule left out"),
        pytest.param([WARNED, "--select", "stride,pool-size"], 0, id="other rules selected"),
        pytest.param([BROKEN], 1, id="a layer that does not fit"),
        pytest.param([CLEAN, "no such thing"], 2, id="unreadable"),
        pytest.param([WARNED, "INPUT -> X"], 2, id="wrong beside a warning"),
        pytest.param([CLEAN, "--select", "x"], 2, id="no such rule"),
        pytest.param([CLEAN, "--set", "N=2"], 2, id="an unused name"),
    ],
)
@pytest.mark.parametrize("style", ["text", "json"])
def test_exit_codes(run, arguments, code, style):
    assert run("lint", *arguments, "--format", style).code == code


def test_text(run):
    assert run("lint", WARNED).out == WARNED_TEXT
    assert run("lint", CLEAN).out == f"{CLEAN}: as it should be\n"


def test_a_misfit_comes_first_with_its_own_hint(run):
    out = run("lint", BROKEN).out
    assert out.startswith("<pattern>:1:28: error[fit] pool1: the window does not tile")
    assert out.rstrip().endswith("1 error, 1 warning")


def test_json(run):
    done = json.loads(run("lint", WARNED, CLEAN, "nothing", "--format", "json").out)
    assert done["schema_version"] == 1
    first, second = done["networks"]
    assert [(f["code"], f["line"], f["column"]) for f in first["findings"]] == [
        ("bias-before-norm", 1, 19)
    ]
    assert second["findings"] == []
    assert "neither a file" in done["errors"][0]["message"]


def test_rules_are_printed_with_reason_and_section(run):
    out = run("lint", "--rules").out
    for code in rule_codes():
        assert f"{code} " in out
        assert f"{find_rule(code).reason} ({find_rule(code).origin})" in out
    shown = json.loads(run("lint", "--rules", "--format", "json").out)
    assert [each["code"] for each in shown] == list(rule_codes())


def test_an_unknown_rule_offers_the_nearest(run):
    assert run("lint", CLEAN, "--ignore", "fc-weight").err == (
        "error: there is no rule `fc-weight`\nhint: did you mean `fc-weights`?\n"
    )


def test_standard_input(run):
    assert run("lint", stdin=f"{CLEAN}\n{NOTED}\n").out.splitlines()[0].endswith("should be")
