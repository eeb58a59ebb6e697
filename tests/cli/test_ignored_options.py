"""An option that a command would ignore is refused, with what to give instead."""

import pytest

from convcalc.cli import root

PATTERN = "INPUT[8x8x3] -> CONV3-8 -> FC-10"
REFUSED = [
    (("fit", PATTERN, "--gpu", "t4", "-b", "64"),
     "fit looks for the batch: give --target-batch 64, or --vary input with --batch"),
    (("analyze", PATTERN, "--timeline"), "--timeline is for --format json, not table"),
    (("compare", PATTERN, "--mode", "infer"),
     "--mode says what the largest batch is to do: name a card with --gpu, or a --budget"),
    (("analyze", PATTERN, "--strategy", "zero-2"),
     "zero-2 is how several GPUs share the training, and there is one\n"
     "hint: say how many: --gpus N"),
    (("sweep", PATTERN, "--strategy", "ddp", "--gpus", "1"),
     "ddp is how several GPUs share the training, and there is one\nhint: say how many: --gpus N"),
    (("explain", PATTERN, "fc1", "--optimizer", "adam"), "No such option '--optimizer'"),
    (("analyze", PATTERN, "--details", "--format", "markdown"),
     "--details is for --format table, not markdown"),
    (("analyze", PATTERN, "--depth", "0", "--format", "html"),
     "--depth is for --format table, csv, markdown, not html"),
    (("analyze", PATTERN, "--columns", "name", "--format", "json"),
     "--columns is for --format table, csv, markdown, not json"),
    (("check", PATTERN, "--stdin-filename", "net.yaml"),
     "--stdin-filename is for standard input: give - as the source"),
    (("lint", PATTERN, "--rules"), "--rules prints every rule: leave out what is to be linted"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_refused(run, words, message):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.lower().rstrip().rstrip(".").endswith(f"error: {message}".lower())


@pytest.mark.parametrize(
    "words",
    [
        ("fit", PATTERN, "--gpu", "t4", "--vary", "input", "-b", "64"),
        ("analyze", PATTERN, "--timeline", "--format", "json"),
        ("analyze", PATTERN, "--details", "--depth", "0", "--columns", "name"),
        ("compare", PATTERN, "--mode", "infer", "--gpu", "t4"),
        ("analyze", PATTERN, "--strategy", "zero-2", "--gpus", "2"),
        ("explain", PATTERN, "fc1", "-b", "2", "--mode", "infer", "--dtype", "float64"),
    ],
)
def test_taken(run, words):
    assert run(*words).code == 0


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("analyze", PATTERN, "--budget", "24"), "--budget"),
        (("check", PATTERN, "--extra", "24"), "--extra"),
        (("fit", PATTERN, "--gpu", "t4", "--context", "24"), "--context"),
        (("diff", PATTERN, PATTERN, "--fail-on", "peak>24"), "--fail-on"),
        (("diff", PATTERN, PATTERN, "--fail-on", "peak>+24"), "--fail-on"),
    ],
)
def test_a_size_has_a_unit(run, words, option):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert f"Invalid value for '{option}': 24 bytes? write 24GiB\n" in done.err


def test_a_size_has_a_unit_in_conditions_and_specs(run, tmp_path):
    assert "24 bytes? write 24GiB" in run("sweep", PATTERN, "--where", "peak < 24").err
    spec = tmp_path / "net.yaml"
    spec.write_text("layers: [relu]\nbudget: {memory: 24}\n")
    done = run("analyze", str(spec))
    assert (done.code, "budget.memory: 24 bytes? write 24GiB" in done.err) == (2, True)


def test_0_is_a_size(run):
    assert run("analyze", PATTERN, "--context", "0", "--extra", "0").code == 0


FORMATS = {
    "analyze": (PATTERN,), "compare": (PATTERN,),
    "explain": (PATTERN, "fc1"), "fit": (PATTERN, "--gpu", "t4"), "lint": ("lenet5",),
    "sweep": (PATTERN,),
}  # fmt: skip


@pytest.mark.parametrize("command", FORMATS)
@pytest.mark.parametrize("style", ["markdown", "csv"])
def test_tables_in_markdown_and_csv_go_to_a_file(run, tmp_path, command, style):
    path = tmp_path / "answer"
    printed = run(command, *FORMATS[command], "--format", style)
    written = run(command, *FORMATS[command], "--format", style, "-o", str(path))
    assert (written.code, written.out) == (printed.code, "")
    assert path.read_text() == printed.out
    mark = "|" if style == "markdown" else ","
    assert max(line.count(mark) for line in printed.out.split("\n")) > 0


# Words under which every option of a command changes what is printed. (fit, diff and sweep share
# these options and their code, and take too long for here.)
SMALL = "INPUT[32x32x3] -> CONV3-8 -> RELU -> CONV -> POOL -> FC -> FC"
ODD = "INPUT[33x33x3] -> CONV3-8 -> RELU -> CONV -> POOL -> FC -> FC"
WORDS = {
    "analyze": (SMALL,), "check": (SMALL, "--gpu", "t4"), "compare": (SMALL,),
    "explain": (SMALL, "fc1"), "lint": (SMALL,), "to-conv": (SMALL,),
}  # fmt: skip
VALUES = {
    "batch": "7", "dtype": "float16", "mode": "infer", "optimizer": "amsgrad", "amp": None,
    "weight_decay": "0.1", "accumulate": "2", "implementation": "for-loop", "memory": "textbook",
    "gpu": "v100-16gb", "context": "1GiB", "workspace_factor": "0.5", "cudnn": "7",
    "cuda_module_loading": "eager", "cudnn_benchmark": None, "gpus": "2", "extra": "1GiB",
    "budget": "2GiB", "estimate": "expected", "input_size": "64x64x3", "filters": "16",
    "hidden": "128", "classes": "7", "max_layers": "3", "rounding": "floor", "columns": "name",
    "details": None, "quiet": None, "only_rules": None, "image": "64x64",
}  # fmt: skip
BESIDE = {  # options that need company to matter
    "implementation": ("--optimizer", "amsgrad"), "weight_decay": ("--optimizer", "sgd"),
}  # fmt: skip
LAYERS = {"classes": "fc2", "rounding": "pool1"}  # whose explanation it changes
OPTIONS = [
    (name, option) for name in WORDS for option in root.get_command(None, name).params
    if option.name in VALUES
]  # fmt: skip


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=lambda each: getattr(each, "name", each))
def test_no_option_is_ignored(run, name, option):
    """A value that is not the default changes what is printed, or is refused."""
    source, *rest = WORDS[name]
    if name == "explain":
        rest = [LAYERS.get(option.name, "fc1")]
    beside = BESIDE.get(option.name, ()) if name in ("analyze", "check", "compare") else ()
    words = (name, ODD if option.name == "rounding" else source, *rest, *beside)
    value = VALUES[option.name]
    given = (max(option.opts, key=len), *(() if value is None else (value,)))
    assert run(*words)[1:] != run(*words, *given)[1:]
