"""What people type first, who have read nothing but the README: it works, or says what to type."""

import shlex

import pytest

NET = """\
input: 32x32x3
layers:
  - conv: {filters: 8, size: 3, pad: 1}
  - conv: {filters: 8, size: 3, pad: 1}
  - fc: {units: 10}
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("net.yaml",), "a source stands behind a command: convcalc analyze net.yaml"),
        (("vgg16",), "a source stands behind a command: convcalc analyze vgg16"),
        (("INPUT -> FC",), "a source stands behind a command: convcalc analyze 'INPUT -> FC'"),
        (("analyze", "net.yml"), "net.yml: there is no such file\nhint: did you mean `net.yaml`?"),
        (("explain", "net.yaml", "conv1"), "hint: did you mean `conv1_1`?"),
        (("fit", "net.yaml"), "Error: name a card with --gpu, or a limit with --budget"),
        (("analyze", "net.yaml", "--gpu", "24GB"),
         "24GB is a size: the limit of memory is --budget 24GiB; cards of that size: m40-24gb, "
         "p40, a10, a10g, a30, l4, rtx-3090, rtx-3090-ti ..."),
        (("analyze", "net.yaml", "--gpu", "11"),
         "11 is no card: the limit of memory is --budget 11GiB; cards of that size: gtx-1080-ti, "
         "rtx-2080-ti"),
        (("analyze", "net.yaml", "--gpu", "t4 24gb"),
         "hint: did you mean `t4`? `convcalc gpus` lists the known ones"),
        (("analyze", "net.yaml", "--gpu", "RTX 4070 Laptop"),
         "hint: `convcalc gpus` lists the known ones; write the memory of any other as the budget: "
         "--budget 16GiB"),
        (("fit", "net.yaml", "--gpu", "24"),
         "24 is no card: the limit of memory is --budget 24GiB; cards of that size: m40-24gb, p40, "
         "a10, a10g, a30, l4, rtx-3090, rtx-3090-ti ..."),
        (("check", "net.yaml", "--gpu", "all"),
         "hint: name one here; `convcalc fit` takes several with commas, or all"),
        (("analyze", "net.yaml", "--memory", "24GiB"),
         "24GiB is a size: the limit of memory is --budget 24GiB"),
    ],
)  # fmt: skip
def test_the_answer_says_what_to_type(run, net, words, answer):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.rstrip("\n").endswith(answer)


def test_a_value_in_place_of_options_leads_to_the_option_that_takes_it(run, net, tmp_path):
    (tmp_path / "net.yaml").write_text("input: 8x8x3\nlayers: [fc: 10]\n", encoding="utf-8")
    assert run("analyze", "net.yaml").err.endswith("\nhint: write fc: {units: 10}\n")


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD"])
def test_optimizers_may_be_written_as_pytorch_writes_them(run, net, name):
    words = ("analyze", "net.yaml", "--format", "json", "--optimizer")
    assert run(*words, name) == run(*words, name.lower())


ENDINGS = [
    ("analyze", "a.html", "html"), ("analyze", "a.json", "json"), ("analyze", "a.csv", "csv"),
    ("analyze", "a.MD", "markdown"), ("compare", "a.html", "html"), ("lint", "a.csv", "csv"),
    ("sweep", "a.jsonl", "jsonl"), ("check", "a.json", "json"), ("check", "a.xml", "junit"),
    ("check", "a.sarif", "sarif"), ("check", "a.txt", "text"), ("analyze", "a", "table"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "file", "style"), ENDINGS)
def test_a_files_ending_says_its_format(run, net, tmp_path, command, file, style):
    source = "INPUT[8x8x3] -> CONV-{4,8} -> FC" if command == "sweep" else "net.yaml"
    said = "" if command != "sweep" else "2 members; what is the same network is shown once\n"
    done = run(command, source, "-o", file)
    said += f"wrote {file}: 1 finding listed there\n" if command == "lint" else ""
    assert (done.code in (0, 1), done.out, done.err) == (True, "", said)
    followed = (tmp_path / file).read_text(encoding="utf-8")
    asked = run(command, source, "--format", style, "-o", "asked")
    assert asked.err == said.replace(file, "asked")
    assert followed == (tmp_path / "asked").read_text(encoding="utf-8")


def test_a_format_that_is_asked_for_beats_the_ending(run, net, tmp_path):
    for words in (("--format", "table", "-o", "a.json"), ("-o", "a.json", "--format", "table")):
        done = run("analyze", "net.yaml", *words)
        assert (done.code, done.err) == (0, "")
        assert (tmp_path / "a.json").read_text(encoding="utf-8").startswith("net\n Layer ")


def test_an_ending_that_no_format_has_is_told(run, net):
    said = "gets text: only .json, .csv, .md, .html and --format ask for other formats\n"
    assert run("analyze", "net.yaml", "-o", "a.pdf").err == f"note: a.pdf {said}"
    assert run("sweep", "INPUT[8x8x3] -> FC", "-o", "a.html").err.startswith("note: a.html gets ")


def test_a_spec_that_is_written_has_no_format(run, net, tmp_path):
    done = run("to-conv", "net.yaml", "-o", "new.json")
    assert (done.code, done.out[:1]) == (0, "n")
    assert "layers:" in (tmp_path / "new.json").read_text(encoding="utf-8")


def test_words_that_match_no_card_lead_to_the_nearest(run):
    done = run("gpus", "Colab", "T4")
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == "unknown GPU `Colab T4`\nhint: did you mean `t4`? `convcalc gpus` lists the known ones\n"
    )


def test_the_list_of_cards_fits_80_columns(run):
    assert max(map(len, run("gpus").out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "last", "name"),
    [(("--gpu", "t4"), ("--gpu", "a2"), "--gpu"), (("-b", "2"), ("--batch", "4"), "--batch")],
)
def test_a_value_that_another_replaces_is_told(run, net, words, last, name):
    done = run("analyze", "net.yaml", *words, *last)
    assert done.err == f"warning: {name} is given more than once; the last value counts\n"
    assert done.out == run("analyze", "net.yaml", *last).out


@pytest.mark.parametrize(
    ("written", "key"),
    [("Size", "output"), ("FIELD", "receptive_field"), ("share", "memory_share"),
     ("Share of memory", "memory_share"), ("share-of-memory", "memory_share"),
     ("Memory (notes)", "memory"), ("Parameters %", "parameter_share"), ("Layer", "name"),
     ("live_forward", "forward"), ("Receptive Field", "receptive_field")],
)  # fmt: skip
def test_columns_may_be_named_by_their_titles(run, net, written, key):
    words = ("analyze", "net.yaml", "--format", "csv", "--columns")
    assert run(*words, written) == run(*words, key)
    assert run(*words, key).out.split("\n")[0] == key


@pytest.mark.parametrize(("written", "near"), [("feild", "did you mean `field`? "), ("flop", "")])
def test_columns_that_there_are_not_lead_to_those_there_are(run, net, written, near):
    err = run("analyze", "net.yaml", "--columns", written).err
    assert f"no column `{written}`; {near}known: name, type, " in err
    assert ", memory_share, " in err
    assert "memory_share" in run("analyze", "--help").out


def test_figures_of_networks_may_be_named_by_their_titles(run):
    family = "INPUT[8x8x3] -> CONV3-{8,4} -> FC"
    assert run("sweep", family, "--sort", "MACs") == run("sweep", family, "--sort", "macs")
    assert run("sweep", family, "--sort", "-Field") == run("sweep", family, "--sort", "-field")


def test_the_answer_of_fit_stands_last(run, net):
    lines = run("fit", "net.yaml", "--gpu", "t4").out.splitlines()
    batches = lines[1].split()[2:] if lines[1].split()[0] == "largest" else lines[2].split()[2:]
    ways = zip(batches, ("float32", "amp", "infer"), strict=True)
    assert lines[-1] == "Largest batch that fits t4: " + ", ".join(f"{n} {way}" for n, way in ways)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("analyze", "--json"), "no such option `--json`: write --format json"),
        (("sweep", "--json"), "no such option `--json`: write --format jsonl"),
        (("check", "--sarif"), "no such option `--sarif`: write --format sarif"),
        (("lint", "-f", "json"), "no such option `-f`: write --format"),
        (("analyze", "--fp16"), "no such option `--fp16`: write --dtype float16 or --amp"),
        (("explain", "--half"), "no such option `--half`: write --dtype float16 or --amp"),
        (("compare", "--inference"), "no such option `--inference`: write --mode infer"),
        (("fit", "--adamw"), "no such option `--adamw`: write --optimizer adamw"),
        (("analyze", "--precision"), "no such option `--precision`: write --dtype"),
        (("check", "--card=t4"), "no such option `--card`: write --gpu"),
        (("check", "--limit", "3GiB"), "no such option `--limit`: write --budget"),
        (("analyze", "--batch_size", "3"), "no such option `--batch_size`: write --batch"),
        (("gpus", "--csv"), "No such option '--csv'."),  # which it has not by any name
        (("analyze", "-b", "1k"), "'1k' is not a valid integer."),
        (("analyze", "--weight-decay", "x"), "'x' is not a valid number."),
        (("export", "net.yaml", "-o", "a b"),
         "no such command `net.yaml`. write convcalc export yaml net.yaml -o 'a b' (or pattern, "
         "torch in place of yaml)"),
        (("export", "yml"), "no such command `yml`. did you mean `yaml`?"),
        (("import", "net.onnx"), "write convcalc import onnx net.onnx (or torch in place of onnx)"),
        (("import", "torchvision.models:vgg16"),
         "write convcalc import torch torchvision.models:vgg16 (or onnx in place of torch)"),
    ],
)  # fmt: skip
def test_a_guess_is_answered_with_what_it_is_here(run, net, words, hint):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.rstrip("\n").endswith(hint)


SPELLED = [
    ("dtype", "fp16", "float16"), ("dtype", "half", "float16"), ("dtype", "FP32", "float32"),
    ("dtype", "bf16", "bfloat16"), ("dtype", "double", "float64"), ("mode", "eval", "infer"),
    ("mode", "inference", "infer"), ("mode", "training", "train"),
]  # fmt: skip


@pytest.mark.parametrize(("option", "written", "meant"), SPELLED)
def test_types_and_modes_as_others_write_them(run, net, tmp_path, option, written, meant):
    words = ("analyze", "net.yaml", "--format", "json")
    found = run(*words, f"--{option}", written)
    assert found.network["setup"][option] == meant
    (tmp_path / "net.yaml").write_text(f"{NET}budget: {{{option}: {written.lower()}}}\n")
    assert run(*words).network["setup"][option] == meant


def test_a_layer_that_is_misspelled_keeps_its_letters(run, net, tmp_path):
    for written, near in (("cnv", "conv"), ("CNV", "CONV"), ("drpout", "dropout")):
        text = f"input: 8x8x3\nlayers: [{written}: {{size: 3}}]\n"
        (tmp_path / "net.yaml").write_text(text)
        assert run("analyze", "net.yaml").err.endswith(f"hint: did you mean `{near}`?\n")


def test_why_zero_3_takes_more_is_said_where_it_does(run):
    words = "zero-3 gathers its largest block or layer whole, here more than it saves"
    small = "INPUT[32x32x3] -> CONV3-12 -> RELU -> POOL -> FC-10"
    deep = "INPUT[8x8x64] -> [CONV3-512]*12 -> FC-10"
    for source, gpus, said in ((small, "4", True), (deep, "8", False)):
        out = run("analyze", source, "--gpus", gpus).out
        assert ("Live on each of" in out, words in out) == (True, said)


SEVERAL_HERE = [
    (("diff", "lenet5", "alexnet", "--optimizer", "sgd", "Adam"),
     "--optimizer takes one value here: "
     "`convcalc compare SOURCE --optimizer sgd,Adam` takes several"),
    (("analyze", "lenet5", "-b", "1", "2", "4"),
     "-b takes one value here: `convcalc compare SOURCE --batch 1,2,4` takes several"),
    (("check", "lenet5", "--gpu", "t4", "a10"),
     "--gpu takes one value here: `convcalc compare SOURCE --gpu t4,a10` takes several"),
    (("fit", "lenet5", "--gpu", "t4", "a10"),
     "several values of an option have commas in between: --gpu t4,a10"),
    (("compare", "lenet5", "--batch", "1", "2"),
     "several values of an option have commas in between: --batch 1,2"),
    (("analyze", "lenet5", "-b", "1,2,4"),
     "Invalid value for '-b' / '--batch': one at a time here: "
     "`convcalc compare SOURCE --batch 1,2,4` takes several"),
    (("fit", "lenet5", "-b", "1,2", "--gpu", "t4"),
     "Invalid value for '-b' / '--batch': one at a time here: "
     "`convcalc compare SOURCE --batch 1,2` takes several"),
    (("explain", "INPUT[8x8x3] -> CONV3-4 -> RELU"),
     "name a LAYER of INPUT[8x8x3] -> CONV3-4 -> RELU: input, conv1_1, relu1_1"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), SEVERAL_HERE)
def test_values_without_commas_and_layers_without_a_name(run, words, answer):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"\nError: {answer}\n")


def test_a_source_behind_an_option_stays_a_source(run, net, tmp_path):
    (tmp_path / "2").write_text("INPUT[8x8x3] -> CONV3-4\n", encoding="utf-8")
    assert run("compare", "-b", "1", "2", "--format", "csv").code == 0
    assert run("compare", "--gpu", "t4", "lenet5", "--format", "csv").code == 0


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("analyze lenet5 -b 32 --gpu {}", id="a name"),
        pytest.param("check lenet5 --gpu={}", id="with an equals sign"),
        pytest.param("fit lenet5 --gpu t4,{}", id="one of several"),
        pytest.param("compare 'INPUT[8x8x1] -> FC-2' --gpu {},t4", id="a pattern in quotes"),
    ],
)
def test_a_card_of_two_sizes_is_answered_with_the_commands(run, command):
    """Each line of the hint is run as it stands."""
    done = run(*shlex.split(command.format("rtx-3060")))
    assert (done.code, done.out) == (2, "")
    error, *lines = done.err.splitlines()
    assert error == (
        "error: `rtx-3060` is 2 GPUs: `rtx-3060-8gb` (8192 MiB), `rtx-3060-12gb` (12288 MiB)"
    )
    wanted = [command.format(f"rtx-3060-{size}") for size in ("8gb", "12gb")]
    assert lines == [f"hint: convcalc {wanted[0]}", f"or:   convcalc {wanted[1]}"]
    for line in lines:
        assert run(*shlex.split(line.partition("convcalc ")[2])).code == 0


def test_a_card_of_a_spec_has_no_command(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("budget: {gpu: a100}\ninput: 8x8x3\nlayers: [relu]\n", encoding="utf-8")
    done = run("analyze", str(path))
    assert "`a100` is 2 GPUs" in done.err and "convcalc" not in done.err
