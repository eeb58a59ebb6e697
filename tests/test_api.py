"""The Python interface: convcalc.load and convcalc.analyze."""

import inspect

import pytest

import convcalc
from convcalc.text.errors import ConvcalcError, SpecError


def test_what_is_public():
    assert {"Report", "analyze", "load", "load_all"} <= set(convcalc.__all__)
    for name in convcalc.__all__:
        assert (inspect.getdoc(getattr(convcalc, name)) or "").strip()
    with pytest.raises(AttributeError, match="module 'convcalc' has no attribute 'nothing'"):
        convcalc.nothing  # noqa: B018


def test_from_a_name_to_figures():
    made = convcalc.analyze(convcalc.load("vgg16"), batch=32, optimizer="momentum")
    assert isinstance(made, convcalc.Report)
    assert made.textbook.total == 5_561_118_176
    assert made.totals["parameters"] == 138_357_544
    assert not made.broken


def test_a_pattern_and_a_path(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 8x8x3\nlayers: [conv: {filters: 4, size: 3, pad: 1}]")
    from_path = convcalc.analyze(convcalc.load(str(path)), memory="textbook")
    from_text = convcalc.analyze(convcalc.load("INPUT[8x8x3] -> CONV3-4"), memory="textbook")
    assert from_path.totals == from_text.totals
    assert from_path.name == "net"


def test_several_networks_are_not_one(tmp_path):
    path = tmp_path / "two.txt"
    path.write_text("INPUT -> FC\nINPUT -> CONV -> FC\n")
    assert len(convcalc.load_all(str(path))) == 2
    with pytest.raises(ConvcalcError, match=r"two\.txt has 2 networks, not one"):
        convcalc.load(str(path))


def test_errors_are_of_one_kind():
    for source in ("", "vgg17", "none.yaml", "INPUT -> X", "INPUT -> ["):
        with pytest.raises(ConvcalcError):
            convcalc.load(source)
    with pytest.raises(SpecError) as caught:
        convcalc.load("INPUT -> CONVV")
    assert caught.value.message == "unknown layer `CONVV`"
    assert caught.value.hint == "did you mean `CONV`?"
    assert caught.value.location == "<pattern>:1:10"


def test_misfits_are_findings_and_no_errors():
    made = convcalc.analyze(convcalc.load("INPUT[10x10x1] -> CONV3-8/2(P=0)"))
    assert made.broken
    (finding,) = made.findings
    assert "(10 - 3 + 2*0)/2 + 1 = 4.5" in finding.message
    assert finding.hint.startswith("F=2, S=1, ")


def test_analyzing_twice_changes_nothing():
    network = convcalc.load("INPUT[9x9x3] -> CONV3-8/2 -> POOL -> FC-2")
    first, second = convcalc.analyze(network), convcalc.analyze(network)
    assert first.totals == second.totals
    assert first.findings == second.findings
    assert [row.name for row in first.rows] == [row.name for row in second.rows]


@pytest.mark.parametrize(
    "setup",
    [{"batch": 4}, {"dtype": "float16"}, {"mode": "infer"}, {"optimizer": "adam"}, {"amp": True},
     {"weight_decay": 1e-4}, {"accumulate": 2}, {"rounding": "floor"}],
)  # fmt: skip
def test_every_setup_is_accepted(setup):
    made = convcalc.analyze(convcalc.load("lenet5"), **setup)
    assert made.totals["parameters"] == 61_706
