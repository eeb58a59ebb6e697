"""What people type first, who have read nothing but the README: it works, or says what to type."""

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
         "24GB is a size: the limit of memory is --budget 24GB"),
        (("analyze", "net.yaml", "--gpu", "t4 16gb"),
         "hint: did you mean `t4`? `convcalc gpus` lists the known ones"),
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


def test_an_option_for_a_layer_without_a_name_leads_to_the_short_way(run, net, tmp_path):
    (tmp_path / "net.yaml").write_text("input: 8x8x3\nlayers: [fc: 10]\n", encoding="utf-8")
    hint = "hint: a pattern's item is the short way, such as `- FC-10` or `- CONV3-64`\n"
    assert run("analyze", "net.yaml").err.endswith(hint)


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
    assert (done.code in (0, 1), done.out, done.err) == (True, "", said)
    followed = (tmp_path / file).read_text(encoding="utf-8")
    assert run(command, source, "--format", style, "-o", "asked").err == said
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
