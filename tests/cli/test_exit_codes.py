"""0: all is well; 1: what only shapes or budgets tell; 2: usage, text, or unreadable."""

import json

import pytest

FORMATS = ("table", "json", "csv", "markdown")
CASES = [
    (0, "INPUT[32x32x3] -> CONV3-8 -> FC-10", "a pattern that fits"),
    (0, "INPUT[7x7x1] -> POOL(rounding=floor)", "a note"),
    (0, "lenet5", "a spec"),
    (1, "INPUT[10x10x1] -> CONV3-8/2(P=0)", "a misfit"),
    (1, "INPUT[4x4x1] -> CONV7-8(P=0)", "an empty output"),
    (1, "INPUT[8x8x3] -> CONV3-8(groups=2)", "groups that do not divide"),
    (1, "INPUT[8x8x4] -> POOL2(P=2)", "padding beyond half a window"),
    (1, "INPUT[8x8x4] -> CONV3-8[9x9x9]", "a size claimed wrongly"),
    (1, "input: 8x8x1\nlayers: [add: [[CONV3-8], [CONV3-9]]]", "joins that do not match"),
    (2, "INPUT -> ", "syntax"),
    (2, "INPUT -> [CONV", "a bracket left open"),
    (2, "INPUT -> CONVV", "an unknown keyword"),
    (2, "INPUT -> CONV(filtres=3)", "an unknown option"),
    (2, "INPUT -> CONV(K=-3)", "a value out of range"),
    (2, "INPUT -> CONV(K=x)", "a value of another type"),
    (2, "INPUT -> CONV*N", "a name without a value"),
    (2, "INPUT -> CONV*{1..3}", "a family"),
    (2, "INPUT[0x0x0] -> FC", "an input of nothing"),
    (2, "INPUT[9x9x1] -> UPSAMPLE(scale=2147483647)*3", "more values than can be counted"),
    (2, "INPUT -> CONV(name=a) -> CONV(name=a)", "a name twice"),
    (2, "INPUT -> [RELU*1000000]*1000000", "a limit exceeded"),
    (2, "layers: [relu]\nlayers: [relu]", "a key twice"),
    (2, "layers: &a [*a]", "an alias to itself"),
    (2, "layers: []", "no layers"),
    (2, "- relu", "a list"),
    (2, "layers: [add: {from: [input, later]}, relu: {name: later}]", "from a later layer"),
    (2, "layers: [relu]\nbudget: {memroy: 11GiB}", "a budget with an unknown key"),
    (2, "layers: [relu]\nbudget: {memory: much}", "a budget that is no size"),
    (2, "layers: [relu]\nbudget: {batch: 0}", "a batch of 0 in the budget"),
    (2, "layers: [relu]\nbudget: {optimizer: sdg}", "an unknown optimizer in the budget"),
    (2, "", "nothing"),
    (2, "\n# a comment\n", "a comment"),
    (2, "hello", "a word"),
]


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize(("code", "text"), [pytest.param(*case[:2], id=case[2]) for case in CASES])
def test_piped(run, code, text, style):
    if text == "lenet5":
        done = run("analyze", text, "--format", style)
    else:
        done = run("analyze", "--format", style, stdin=text)
    assert done.code == code
    assert "Traceback" not in done.err
    if code == 2:
        assert done.err.startswith("error: ")
        assert done.err.endswith("\n")
    if code == 0:
        assert "error" not in done.err


@pytest.mark.parametrize(
    ("code", "text"), [pytest.param(*case[:2], id=case[2]) for case in CASES if case[1] != "lenet5"]
)
def test_json_is_whole_on_failure(run, code, text):
    done = run("analyze", "--format", "json", stdin=text)
    out = json.loads(done.out)
    assert out["schema_version"] == 1
    assert bool(out["networks"]) == (code < 2)
    severities = [f["severity"] for n in out["networks"] for f in n["findings"]]
    assert ("error" in severities) == (code == 1)
    assert bool(out.get("errors")) == (code == 2)


def test_an_error_in_json_has_its_place(run):
    done = run("analyze", "--format", "json", stdin="layers:\n  - conv: {filters: -3, size: 3}")
    (error,) = json.loads(done.out)["errors"]
    assert error == {
        "source": "<stdin>",
        "line": 2,
        "column": 21,
        "message": "layers[0].conv.filters: `filters` must be at least 1, not -3",
        "hint": "",
    }


def test_one_bad_source_among_good_ones(run):
    done = run("analyze", "lenet5", "INPUT -> CONVV", "cifar10_simple", "--format", "json")
    assert done.code == 2
    out = json.loads(done.out)
    assert [network["name"] for network in out["networks"]] == ["LeNet-5", "CIFAR-10 example"]
    assert len(out["errors"]) == 1
    assert "unknown layer `CONVV`" in done.err


def test_all_bad_sources_are_reported(run):
    done = run("analyze", "INPUT -> CONVV", "INPUT -> [FC")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("error: ") == 2


def test_errors_beat_findings(run):
    assert run("analyze", "INPUT[7x7x1] -> POOL", "INPUT -> X").code == 2


USAGE = [
    (("analyze", "--nope"), "No such option '--nope'", "an unknown option"),
    (("analyze", "--bacth", "3", "vgg16"), "Did you mean '--batch'?", "an option misspelled"),
    (("analze", "vgg16"), "no such command `analze`. did you mean `analyze`?", "a command"),
    (("analyze", "vgg16", "-b", "0"), "0 is not in the range", "a batch of 0"),
    (("analyze", "vgg16", "-b", "many"), "'many' is not a valid integer", "a batch of many"),
    (("analyze", "vgg16", "-b", "9" * 30), "is not in the range", "an enormous batch"),
    (("analyze", "vgg16", "--dtype", "int8"), "'int8' is not one of", "a dtype"),
    (("analyze", "vgg16", "--optimizer", "adm"), "'adm' is not one of", "an optimizer"),
    (("analyze", "vgg16", "--format", "xml"), "'xml' is not one of", "a format"),
    (("analyze", "vgg16", "--mode", "test"), "'test' is not one of", "a mode"),
    (("analyze", "vgg16", "--rounding", "up"), "'up' is not one of", "a rounding"),
    (("analyze", "vgg16", "--input", "224"), "`224` is not a size such as", "a size"),
    (("analyze", "vgg16", "--input", "1x2x3x4x5"),
     "(length x depth, width x height x depth or width x height x frames x depth)", "five sizes"),
    (("analyze", "vgg16", "--input", "0x1x1"), "`0x1x1` has a side of 0", "a side of 0"),
    (("analyze", "vgg16", "--input", "-1x1x1"), "is not a size such as", "a negative side"),
    (("analyze", "vgg16", "--set", "N"), "`N` is not a setting such as", "a setting"),
    (("analyze", "vgg16", "--set", "=3"), "`=3` is not a setting such as", "no name"),
    (("analyze", "vgg16", "--set", "N=x"), "`N=x` is not a setting such as", "no number"),
    (("analyze", "vgg16", "--set", "N=-1"), "`N=-1` is not a setting such as", "below 0"),
    (("analyze", "vgg16", "--set", "N=2"), "--set N: no repeat and no optional layer of that name",
     "a setting for nothing"),
    (("analyze", "INPUT -> CONV*M", "--set", "M=2", "--set", "N=2"),
     "--set N: no repeat and no optional layer of that name; it has M", "a setting misspelled"),
    (("analyze", "vgg16", "--columns", "nme"), "no column `nme`; did you mean `name`?", "a column"),
    (("analyze", "vgg16", "--columns", ","), "names no column", "no column"),
    (("analyze", "vgg16", "--max-layers", "0"), "0 is not in the range", "no layers at all"),
    (("analyze", "vgg16", "--gpu", "rtx-9999"), "rtx-9999", "a card"),
    (("analyze", "-", "vgg16", "-"), "standard input can be read only once", "- twice"),
    (("analyze", "vgg16", "--context", "much"), "much", "a context"),
    (("analyze", "vgg16", "--filters", "0"), "0 is not in the range", "no filters"),
    (("analyze", "INPUT -> RELU*N", "--set", "N=yes"),
     "`N` must be an integer of at least 0 here, not `true`", "a repeat of yes"),
    (("analyze", "INPUT -> RELU*N", "--set", "N=٣"), "`N=٣` is not a setting", "other digits"),
    (("analyze", "INPUT -> POOL?", "--set", "POOL=2"),
     "`POOL` must be yes or no here, not `2`", "an optional layer twice"),
    (("analyze", "vgg16", "--workspace-factor", "nan"), "`nan` is not a number", "no number"),
    (("analyze", "vgg16", "--workspace-factor", "inf"), "inf is not in the range", "infinity"),
    (("analyze", "vgg16", "--workspace-factor", "1e308"), "is not in the range", "a huge factor"),
    (("analyze", "vgg16", "--weight-decay", "nan"), "`nan` is not a number", "a decay of nan"),
    (("analyze", "vgg16", "--optimizer", "rmsprop", "--implementation", "fused"),
     "error: PyTorch has no fused rmsprop\nhint: fused are sgd, momentum, nesterov, adagrad, adam, "
     "adamw, amsgrad\n", "an optimizer that is never fused"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"), [pytest.param(*case[:2], id=case[2]) for case in USAGE]
)
def test_usage(run, arguments, message):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_the_setup_of_the_budget_is_used_and_the_command_line_beats_it(run):
    spec = "input: 8x8x1\nlayers: [relu]\nbudget: {batch: 64, optimizer: adam, dtype: float16}"
    setup = run("analyze", "--format", "json", stdin=spec).network["setup"]
    assert (setup["batch_size"], setup["optimizer"], setup["dtype"]) == (64, "adam", "float16")
    given = ("-b", "2", "--optimizer", "sgd", "--dtype", "float32", "--format", "json")
    setup = run("analyze", *given, stdin=spec).network["setup"]
    assert (setup["batch_size"], setup["optimizer"], setup["dtype"]) == (2, "sgd", "float32")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("-b", "2147483647"), id="batch"),
        pytest.param(("--input", "1000000x1000000x3"), id="input"),
        pytest.param(("--filters", "2147483647"), id="filters"),
        pytest.param(("--classes", "2147483647"), id="classes"),
        pytest.param(("--workspace-factor", "1e9"), id="workspaces"),
    ],
)
@pytest.mark.parametrize("style", FORMATS)
def test_whatever_is_allowed_is_calculated(run, options, style):
    done = run("analyze", "INPUT -> CONV -> FC", "--format", style, *options)
    assert (done.code, done.err) == (0, "")
