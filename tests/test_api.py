"""The Python interface: what `import convcalc` offers, beside the commands that it mirrors."""

import copy
import inspect
import json
import pickle
import sys

import pytest

import convcalc
from convcalc.text.errors import ConvcalcError, SpecError


def test_what_is_public():
    assert {"analyze", "check", "compare", "diff", "fit", "load", "load_all", "loads", "sweep",
            "Report", "ConvcalcError"} == set(convcalc.__all__) <= set(dir(convcalc))  # fmt: skip
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


PATTERN = "INPUT[32x32x3] -> [CONV -> RELU -> POOL]*2 -> FC-10"


def test_analyze_takes_sources_paths_and_networks(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 32x48x3\nlayers: [conv: {filters: 4, size: 3}, fc: {units: 10}]")
    for source in (path, str(path), convcalc.load(path)):
        assert convcalc.analyze(source).rows[1].output == (30, 46, 4)
    with pytest.raises(TypeError, match=r"a network or a torch\.nn\.Module, not a int"):
        convcalc.analyze(3)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        pytest.param("40x24x3", (40, 24, 3), id="width first in a text"),
        pytest.param((3, 24, 40), (40, 24, 3), id="channels first in PyTorch's order"),
        pytest.param([3, 24, 40], (40, 24, 3), id="a list of numbers"),
        pytest.param([(3, 24, 40)], (40, 24, 3), id="a list of one size"),
    ],
)
def test_sizes_of_inputs(size, shape):
    assert convcalc.analyze(PATTERN, input=size).rows[0].output == shape
    assert convcalc.analyze(convcalc.load(PATTERN), input=size).rows[0].output == shape


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"optimizer": "Adm"}, "optimizer: must be one of sgd, momentum, nesterov, "
                     "adagrad, rmsprop, adam, adamw, amsgrad, not `adm`", id="no optimizer"),
        pytest.param({"batch": 0}, "batch: must be an integer of at least 1, not `0`",
                     id="no batch"),
        pytest.param({"gpu": "rtx-309"}, "unknown GPU `rtx-309`\nhint: did you mean `rtx-3090`",
                     id="no card"),
        pytest.param({"memory": "x"}, "memory: must be one of both, textbook, pytorch, not `x`",
                     id="no model"),
        pytest.param({"budget": "many"}, "budget: `many` is not a size in bytes; write for example "
                     "11GiB or 512MB", id="no size"),
        pytest.param({"input": "3x"}, "input: `3x` is not a size such as 224x224x3", id="no input"),
        pytest.param({"input": (2, 3, 16, 64, 64)}, "input: `2x3x16x64x64` is not the size of one "
                     "image", id="with the batch"),
        pytest.param({"input": (3, "a")}, "is not a size such as (3, 224, 224)", id="no numbers"),
        pytest.param({"input": [(3, 8, 8), (3, 8, 8)]}, "input: 2 sizes; only a PyTorch module",
                     id="two inputs"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(options, message):
    with pytest.raises(ConvcalcError) as caught:
        convcalc.analyze(PATTERN, **options)
    assert message in str(caught.value)


def test_another_size_needs_the_same_channels():
    with pytest.raises(ConvcalcError, match="8x8x1 has not the channels or the axes"):
        convcalc.analyze(convcalc.load(PATTERN), input=(1, 8, 8))


def test_an_unknown_option_is_a_type_error_with_the_nearest_name():
    with pytest.raises(
        TypeError, match=r"^check\(\) has no option `btch`; did you mean `batch`\?$"
    ):
        convcalc.check(PATTERN, btch=3)


def test_words_in_any_case_and_integers_of_any_type():
    class Eight:
        def __index__(self):
            return 8

    made = convcalc.analyze(PATTERN, optimizer="Adam", dtype="torch.float16", batch=Eight())
    assert (made.setup.optimizer, made.setup.dtype, made.setup.batch_size) == ("adam", "float16", 8)


def test_a_spec_and_its_budget_count_as_on_the_command_line(tmp_path, run):
    path = tmp_path / "net.yaml"
    path.write_text(f"pattern: {PATTERN}\nbudget: {{memory: 600MiB, batch: 7, optimizer: adam}}\n")
    made = convcalc.analyze(path)
    assert (made.setup.batch_size, made.setup.optimizer) == (7, "adam")
    assert made.to_dict() == json.loads(run("analyze", str(path), "--format", "json").out)[
        "networks"][0]  # fmt: skip
    assert made.over
    assert [found.verdict for found in convcalc.check(path, convcalc.load(path))] == ["over"] * 2
    (told,) = convcalc.check(str(tmp_path))
    assert told.verdict == "over"
    assert told.figure == made.pytorch.safe


def test_a_report_shows_itself():
    made = convcalc.analyze(PATTERN, batch=4, gpu="rtx-3090")
    assert repr(made).startswith(f"<Report on {PATTERN}: batch 4, ")
    text = str(made)
    assert " conv1_1 " in text
    assert "rtx-3090 has 23.56 GiB: fits" in text
    assert "--" not in text.replace("->", "")  # no options of a command line that there is not
    assert "srcdoc=&quot;" not in made._repr_html_()
    assert made._repr_html_().startswith('<iframe title="convcalc: INPUT[32x32x3] -&gt; ')
    assert made.to_html() in __import__("html").unescape(made._repr_html_())
    assert "Multiply-adds" in made.explain("conv1_1")
    with pytest.raises(ConvcalcError, match="there is no layer `conv1`"):
        made.explain("conv1")
    assert max(each.live for each in made.timeline()) == made.pytorch.result.peak_live
    assert len(made.timeline(bins=5)) == 5


def test_a_broken_network_shows_no_figure():
    made = convcalc.analyze("INPUT[10x10x1] -> CONV3-8/2(P=0)")
    assert "GiB" not in repr(made)
    assert made.timeline() == []
    assert "No memory figures" in str(made)


def test_pandas_is_asked_for_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConvcalcError, match="to_pandas needs pandas"):
        convcalc.analyze(PATTERN).to_pandas()


def test_verdicts_are_those_of_the_commands(run):
    largest = convcalc.fit(PATTERN, budget="900MiB").own_largest
    assert largest > 1
    for batch, fits in ((largest, True), (largest + 1, False)):
        options = {"budget": "900MiB", "batch": batch}
        assert (convcalc.check(PATTERN, **options)[0].verdict == "pass") == fits
        assert convcalc.analyze(PATTERN, **options).over != fits
        assert convcalc.compare(PATTERN, **options)[0].fits == fits
        assert (run("check", PATTERN, "-b", str(batch), "--budget", "900MiB").code == 0) == fits
    assert convcalc.analyze(PATTERN, budget="900MiB").fit().own_largest == largest
    assert convcalc.fit(PATTERN, budget="900MiB", target_batch=largest + 1).target.fits is False
    assert convcalc.fit(PATTERN, budget="900MiB", vary="input").own_largest > 32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({}, "there is no limit of memory\nhint: name a card, gpu=", id="no limit"),
        pytest.param({"vary": "x"}, "vary: must be one of batch, input, not `x`", id="no such way"),
        pytest.param({"vary": "input", "target_batch": 3}, "target_batch asks about batches",
                     id="both"),
    ],
)  # fmt: skip
def test_fit_says_what_it_lacks(options, message):
    with pytest.raises(ConvcalcError, match=message):
        convcalc.fit(PATTERN, **options)


def test_check_reports_what_cannot_be_read(tmp_path):
    (tmp_path / "bad.yaml").write_text("layers: [conw]\n")
    (tmp_path / "good.yaml").write_text(f"pattern: {PATTERN}\n")
    found = convcalc.check(str(tmp_path), "-", strict=True, ignore=["padding"])
    assert [each.verdict for each in found] == ["error", "pass", "error"]
    assert "hand over the text" in found[-1].findings[0].hint


def test_diff_and_its_conditions():
    found = convcalc.diff("vgg16", "vgg19", fail_on=["parameters>+1%", "macs>100T"])
    assert found.failed == (
        "parameters>+1%: parameters went from 138,357,544 to 143,667,240 (+3.8 %)",
    )
    with pytest.raises(ConvcalcError, match="fail_on: `peak`"):
        convcalc.diff("vgg16", "vgg19", fail_on=["peak"])


def test_sweep_is_that_of_the_command(run):
    pattern = "INPUT[32x32x3] -> [CONV -> RELU]*N -> POOL? -> FC-10"
    rows = list(
        convcalc.sweep(pattern, {"N": range(1, 4), "POOL": (True, False)}, sort="-macs", top=4)
    )
    text = run("sweep", pattern, "--set", "N=1..3", "--set", "POOL=both", "--sort", "-macs",
               "--top", "4", "--format", "jsonl").out  # fmt: skip
    told = [json.loads(line) for line in text.splitlines()]
    assert [row.values["macs"] for row in rows] == [line["macs"] for line in told]
    front = list(convcalc.sweep(pattern, {"N": (1, 2), "POOL": True}, where="parameters < 1G",
                                pareto=("macs",), gpu="t4"))  # fmt: skip
    assert len(front) == 1
    assert front[0].values["fits"]
    with pytest.raises(ConvcalcError, match="there are 2 patterns"):
        convcalc.sweep("INPUT -> FC\nINPUT -> CONV")


def test_loads_includes_what_ships():
    text = "include: _densenet.yaml\ninput: 8x8x3\nlayers: [fc: {units: 3}]\n"
    assert convcalc.loads(text, name="mine").title == "mine"
    assert convcalc.loads("INPUT[4x4x1] -> FC-2").nodes[1].name == "fc1"
    with pytest.raises(ConvcalcError, match="the text has 2 networks, not one"):
        convcalc.loads("INPUT -> FC\nINPUT -> FC")


def test_a_file_is_never_a_callable(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "torch:evil.py:x.yaml").write_text("input: 8x8x3\nlayers: [fc: {units: 3}]\n")
    (tmp_path / "evil.py").write_text("open('ran', 'w')")
    assert convcalc.load("torch:evil.py:x.yaml").nodes[1].name == "fc1"
    assert not (tmp_path / "ran").exists()


COPIED = {
    "one pass": ("lenet5", {}),
    "blocks": ("googlenet", {"batch": 4}),
    "rows and volumes": ("vgg16", {"memory": "textbook"}),
    "clips": ("INPUT[16x16x8x3] -> CONV3-4 -> POOL -> FC-2", {}),
    "signals": ("INPUT[64x2] -> CONV3-4(P=0) -> FC-2", {"mode": "infer"}),
    "a layer that takes several": ("convnext_tiny", {"optimizer": "adam"}),
    "what does not fit": ("INPUT[7x7x1] -> CONV3-4(S=3,P=0) -> FC-2", {}),
}


@pytest.mark.parametrize(("source", "options"), COPIED.values(), ids=COPIED)
def test_reports_are_copied_and_sent_to_other_processes(source, options):
    report = convcalc.analyze(source, **options)
    for other in (pickle.loads(pickle.dumps(report)), copy.deepcopy(report)):
        assert other.to_dict() == report.to_dict()
        assert str(other) == str(report)
