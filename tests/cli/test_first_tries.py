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


@pytest.mark.parametrize(("file", "style"), [("a.html", "html"), ("a.json", "json")])
def test_a_file_of_another_format_than_its_name_says_is_told(run, net, file, style):
    done = run("analyze", "net.yaml", "-o", file)
    assert done.code == 0
    assert done.err == f"note: {file} has the format table: --format {style} is another\n"
    assert run("analyze", "net.yaml", "-o", file, "--format", style).err == ""
