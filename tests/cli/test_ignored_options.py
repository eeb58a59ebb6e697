"""An option that a command would ignore is refused, with what to give instead."""

import pytest

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
