"""Which networks a family has: counted independently, each once, in order."""

from itertools import product

import pytest
from sweeping import NOTES, NOTES_NAMES, family, patterns, rows

from convcalc.answers.families.digests import Digests
from convcalc.answers.families.figures import Conditions
from convcalc.answers.families.members import distinct_members, shard_members
from convcalc.answers.report import build_report
from convcalc.facts.setup import Setup
from convcalc.facts.shape import Shape
from convcalc.memory.textbook import textbook_memory
from convcalc.network.graph import Settings
from convcalc.network.loading import networks
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate


def notes_members() -> tuple[int, set[str]]:
    """Members of the notes' pattern before and after duplicates, by words of C, P and F."""
    total, words = 0, set()
    for n, m, k in product(*NOTES_NAMES.values()):
        for pools in product("P-", repeat=m):
            total += 1
            features = "".join("C" * n + pool for pool in pools).replace("-", "")
            words.add(features + "F" * (k + 1))
    return total, words


def word(pattern: str) -> str:
    """The convolutions, pools and FC layers of a member."""
    return "".join(layer[0] for layer in pattern.split(" -> ")[1:] if layer != "RELU")


def test_the_notes_pattern_has_as_many_members_as_counted_by_hand():
    total, words = notes_members()
    of = family(NOTES, **NOTES_NAMES)
    found = patterns(NOTES, **NOTES_NAMES)
    assert (of.total, len(found)) == (total, len(words)) == (744, 546)
    assert {word(pattern) for pattern in found} == words


def test_figures_of_every_member_are_those_of_analyze():
    for row in rows(NOTES, **NOTES_NAMES):
        (network,) = networks(Source(row.head["pattern"]))
        report = build_report(network, Setup())
        assert row.values["parameters"] == report.totals["parameters"]
        assert row.values["macs"] == report.totals["macs"]
        assert row.values["activations"] == report.totals["activations"]
        assert row.values["layers"] == len(report.rows)
        assert row.values["receptive_field"] == report.rows[-1].receptive_field
        assert row.values["peak"] == report.pytorch.result.peak_live
        assert row.values["textbook"] == report.textbook.total
        assert row.fits is not report.broken


@pytest.mark.parametrize("setup", [
    pytest.param(Setup(16, mode="infer"), id="inference"),
    pytest.param(Setup(8, optimizer="adam", amp=True), id="adam with amp"),
])  # fmt: skip
@pytest.mark.parametrize("rounding", ["", "floor", "ceil"])
def test_figures_under_other_conditions(setup, rounding):
    text = "INPUT[21x17x3] -> [CONV{3,5}-{8,9} -> BN -> POOL?]*2 -> POOL3/2(P={0,1}) -> FC-10"
    found = rows(text, conditions=Conditions(setup), rounding=rounding)
    assert len(found) == 4 * 4 * 2
    for row in found:
        (network,) = networks(Source(row.head["pattern"]))
        report = build_report(network, setup, rounding)
        assert (row.values["peak"], row.values["textbook"]) == (
            report.pytorch.result.peak_live,
            report.textbook.total,
        )


WITH_FINDINGS = [
    pytest.param("INPUT[21x17x3] -> [CONV{3,5}-{8,9} -> BN -> POOL?]*2 -> POOL3/2(P={0,1}) -> FC",
                 id="windows"),
    pytest.param("INPUT[9x9x4] -> CONV3-8(groups={1,2,3}) -> [POOL -> CONV(P=0)]*{1..6} -> FC-10",
                 id="groups, and nothing left of the volume"),
    pytest.param("INPUT[9x9x4] -> [CONV(name=a) -> POOL[4x4x64]?]*{1..3} -> CONV(name=conv1_1)",
                 id="claimed sizes, names given to several, names as they would come"),
]  # fmt: skip


@pytest.mark.parametrize("pattern", WITH_FINDINGS)
@pytest.mark.parametrize("rounding", ["", "floor", "ceil"])
def test_findings_of_every_member_are_those_of_analyze(pattern, rounding):
    wrong = 0
    for row in rows(pattern, rounding=rounding):
        (network,) = networks(Source(row.head["pattern"]))
        walked = propagate(network, rounding)
        assert row.fits is not walked.broken
        assert list(map(str, row.findings)) == list(map(str, walked.findings))
        assert [f.hint for f in row.findings] == [f.hint for f in walked.findings]
        wrong += bool(row.findings)
    assert wrong > 5


def test_a_tensor_that_is_too_large_is_called_by_its_name_in_its_member_s_row():
    small, large = rows("INPUT[40000x40000x3] -> CONV -> FC-{10,2000000000}")
    assert small.values["parameters"] > 0
    assert large.values["why_not"] == (
        "a parameter of `fc1` has more than 9,223,372,036,854,775,807 values"
    )


def test_a_name_that_is_given_twice_all_the_same_is_told_in_its_member_s_row():
    (row,) = rows("INPUT -> CONV(name=a_1) -> CONV(name=a)*2")
    assert (row.fits, row.values["why_not"]) == (False, "the name `a_1` is given twice")


@pytest.mark.parametrize("first", ["INPUT", "INPUT[8x8x3]", "INPUT(W=9, H=9, D=1)"])
def test_another_input_stands_in_the_pattern(first):
    (row,) = rows(f"{first} -> CONV -> FC", Settings(input=Shape(6, 4, 2)))
    assert row.head["pattern"] == "INPUT[6x4x2] -> CONV -> FC"


FAMILIES = [
    pytest.param("INPUT -> CONV{3,5}-{32,64}", {}, [
        "INPUT -> CONV3-32", "INPUT -> CONV3-64", "INPUT -> CONV5-32", "INPUT -> CONV5-64",
    ], id="values of arguments, the first slowest"),
    pytest.param("INPUT -> [CONV -> RELU]*{0..2} -> FC", {}, [
        "INPUT -> FC", "INPUT -> CONV -> RELU -> FC",
        "INPUT -> CONV -> RELU -> CONV -> RELU -> FC",
    ], id="a range as a number of times"),
    pytest.param("INPUT -> [CONV{3,5}]*2", {}, [
        "INPUT -> CONV3 -> CONV3", "INPUT -> CONV5 -> CONV5",
    ], id="a range has one value in a member, wherever it is repeated"),
    pytest.param("INPUT -> CONV{3,5} -> CONV{3,5}", {}, [
        f"INPUT -> CONV{a} -> CONV{b}" for a in (3, 5) for b in (3, 5)
    ], id="two ranges are two dimensions"),
    pytest.param("INPUT -> CONV*N -> POOL*N", {"N": (1, 2)}, [
        "INPUT -> CONV -> POOL", "INPUT -> CONV -> CONV -> POOL -> POOL",
    ], id="a name has one value in a member"),
    pytest.param("INPUT -> [CONV-8 -> POOL?]*2", {}, [
        "INPUT -> CONV-8 -> POOL -> CONV-8 -> POOL", "INPUT -> CONV-8 -> POOL -> CONV-8",
        "INPUT -> CONV-8 -> CONV-8 -> POOL", "INPUT -> CONV-8 -> CONV-8",
    ], id="what is optional is decided for every stage"),
    pytest.param("INPUT -> [CONV-8 -> POOL?]*2", {"POOL": (0,)}, ["INPUT -> CONV-8 -> CONV-8"],
                 id="unless it is decided for all"),
    pytest.param("INPUT -> [CONV-8 -> POOL?]*2", {"POOL": (1,)},
                 ["INPUT -> CONV-8 -> POOL -> CONV-8 -> POOL"], id="or wanted by all"),
    pytest.param("INPUT -> [CONV-8 -> [RELU -> POOL?]?] -> FC", {}, [
        "INPUT -> CONV-8 -> RELU -> POOL -> FC", "INPUT -> CONV-8 -> RELU -> FC",
        "INPUT -> CONV-8 -> FC",
    ], id="inside of what is optional there is nothing to decide where it is left out"),
    pytest.param("INPUT -> POOL?*2 -> FC", {}, ["INPUT -> POOL -> POOL -> FC", "INPUT -> FC"],
                 id="what is optional and repeated is decided once"),
    pytest.param("INPUT -> CONV3-{8,8} -> FC", {}, ["INPUT -> CONV3-8 -> FC"],
                 id="a value twice is one value"),
    pytest.param("INPUT -> CONV{3,3} -> FC-{9}", {}, ["INPUT -> CONV3 -> FC-9"],
                 id="a range of one value"),
    pytest.param("INPUT -> [CONV3 -> CONV]*{1,2} -> CONV*{0,2}", {}, [
        "INPUT -> CONV3 -> CONV", "INPUT -> CONV3 -> CONV -> CONV -> CONV",
        "INPUT -> CONV3 -> CONV -> CONV3 -> CONV -> CONV -> CONV",
    ], id="the same network in other words is one network"),
    pytest.param("INPUT -> [CONV(F=3, name=a)]*{1,2} -> FC", {}, [
        "INPUT -> CONV3(name=a) -> FC", "INPUT -> CONV3(name=a_1) -> CONV3(name=a_2) -> FC",
    ], id="names of repeated layers are numbered"),
    pytest.param("INPUT -> [CONV -> RELU] -> FC", {}, ["INPUT -> CONV -> RELU -> FC"],
                 id="a family of one"),
    pytest.param("INPUT -> CONV(F={1,3}, K=8, P=same, bias=false) -> POOL(F=2x3, S={1,2}, P=1)",
                 {}, [f"INPUT -> CONV{f}-8(P=same, bias=false) -> POOL/{s}(F=2x3, P=1)"
                      for f in (1, 3) for s in (1, 2)], id="every way to write an argument"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "names", "expected"), FAMILIES)
def test_members(pattern, names, expected):
    assert patterns(pattern, **names) == expected


@pytest.mark.parametrize(("pattern", "names", "expected"), FAMILIES)
def test_patterns_of_members_are_networks_of_their_own(pattern, names, expected):
    for row in rows(pattern, **names):
        (network,) = networks(Source(row.head["pattern"]))
        assert (
            build_report(network, Setup(), memory="textbook").totals["parameters"]
            == row.values["parameters"]
        )


def test_defaults_of_the_command_line_count():
    settings = Settings(filters=5, hidden=7, classes=9)
    text = "INPUT[8x8x3] -> CONV -> POOL -> CONV -> [FC]*{0,1} -> FC"
    for row in rows(text, settings):
        (network,) = networks(Source(row.head["pattern"]), settings)
        assert (
            build_report(network, Setup(), memory="textbook").totals["macs"] == row.values["macs"]
        )


def test_bindings_name_what_makes_a_member():
    text = "INPUT[8x8x3] -> [CONV{1,3}-4 -> POOL?]*N -> [RELU]*{1,2} -> CONV{5,7}-4 -> FC"
    first = rows(text, N=(2, 3))[0]
    assert first.head["bindings"] == {"N": 2, "CONV.F": 1, "repeat": 1, "CONV.F_2": 5,
                              "POOL": [True, True]}  # fmt: skip


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 20])
def test_shards_one_after_the_other_are_the_whole(parts):
    of, settings = family(NOTES, **NOTES_NAMES), Settings()
    whole = list(distinct_members(of, settings))
    cut = [list(shard_members(of, settings, part, parts)) for part in range(1, parts + 1)]
    assert [member for part in cut for member in part] == whole
    assert max(map(len, cut)) - min(map(len, cut)) <= 1


WRONG = [
    ("INPUT -> [CONV]*N -> FC", {}, "`N` has no value", "--set N=1..3 goes through 1, 2 and 3"),
    ("INPUT -> CONV", {"N": (1,)}, "--set N: no repeat and no optional layer of that name", ""),
    ("INPUT -> [CONV]*M -> POOL?", {"N": (1,), "M": (1,)},
     "--set N: no repeat and no optional layer of that name; it has M, POOL", ""),
    ("INPUT -> CONF{3,5}", {}, "unknown layer `CONF`", "did you mean `CONV`?"),
    ("CONV{3,5} -> INPUT", {}, "a network starts with INPUT", "write INPUT -> CONV ..."),
    ("INPUT -> CONV -> INPUT", {}, "INPUT stands once, at the beginning", ""),
    ("INPUT -> ADD", {}, "ADD takes at least 2 inputs, not 1",
     "write ADD: {from: [..., ...]} or a list of branches"),
    ("INPUT -> [POOL?]*60", {}, "the family has more than 1,000,000,000,000,000 members",
     "narrow its ranges, or decide with --set POOL=no"),
    ("INPUT -> [[CONV]*1000000]*{1..3}", {},
     "a member has 3,000,001 layers, more than the limit of 1,000,000",
     "--max-layers raises the limit"),
    ("INPUT -> [[POOL?]*1000000]*2", {}, "a member has 2,000,001 layers, "
     "more than the limit of 1,000,000", "--max-layers raises the limit"),
    ("INPUT -> CONV{0,3}", {}, "`F` must be at least 1, not 0", ""),
    ("INPUT -> CONV{2,3}", {}, "F=2 is even, so no padding P = (F - 1)/2 keeps the size; "
     "write P, or F=1 or F=3", ""),
    ("INPUT -> CONV(X={2,3})", {}, "CONV has no option `X`",
     "known: bias, dilation, filters, groups, learned, name, pad, rounding, share, size, stride, "
     "trainable"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "names", "message", "hint"), WRONG, ids=[w[0] for w in WRONG])
def test_what_is_wrong_is_told_in_one_sentence(pattern, names, message, hint):
    with pytest.raises(ConvcalcError) as error:
        patterns(pattern, **names)
    assert (error.value.message, error.value.hint) == (message, hint)


def test_a_digest_takes_at_most_100_bytes():
    seen = Digests()
    for number in range(100_000):
        assert seen.add_digest(str(number).encode())
        if number >= 1000:
            slots = len(seen._low)
            assert 16 * slots <= 100 * (number + 1)
    assert not any(seen.add_digest(str(number).encode()) for number in range(0, 100_000, 97))
    assert seen.count == 100_000


def test_forgetting_bound_layers_changes_nothing(monkeypatch):
    text = "INPUT[16x16x3] -> [CONV{1,3}-{1..9} -> POOL?]*2 -> FC-10"
    whole = rows(text)
    monkeypatch.setattr("convcalc.answers.families.members.MOST_BOUND", 7)
    assert rows(text) == whole


def test_the_textbooks_model_alone_simulates_nothing(monkeypatch):
    from convcalc.memory import simulate
    from convcalc.memory.verdict import FitRule

    monkeypatch.setattr(simulate, "Plan", None)
    found = rows(
        "INPUT[8x8x3] -> CONV{1,3}-4", conditions=Conditions(Setup(), FitRule(textbook=True))
    )
    (network,) = networks(Source(found[0].head["pattern"]))
    report = build_report(network, Setup(), memory="textbook")
    assert found[0].values["peak"] == found[0].values["textbook"] == report.textbook.total
    assert report.textbook == textbook_memory(_nodes(network), Setup())


def _nodes(network):
    return propagate(network).nodes


def test_there_may_be_more_parts_than_members():
    of = family("INPUT -> CONV{1,3,5}-4")
    cut = [list(shard_members(of, Settings(), part, 5)) for part in range(1, 6)]
    assert list(map(len, cut)) == [0, 1, 0, 1, 1]
