"""What a source may be, and how piped text is told apart."""

import json

import pytest
from support import ROOT

SPEC = "name: Mine\ninput: 8x8x1\nlayers: [relu]\n"


def found(done) -> list[str]:
    return [network["name"] for network in json.loads(done.out)["networks"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("INPUT -> FC", ["INPUT -> FC"], id="a pattern"),
        pytest.param("INPUT -> FC\nINPUT -> CONV -> FC", ["INPUT -> FC", "INPUT -> CONV -> FC"],
                     id="patterns one a line"),
        pytest.param("\n# two\nINPUT -> FC # a\n\n  INPUT-FC\n", ["INPUT -> FC # a", "INPUT-FC"],
                     id="with comments and blank lines"),
        pytest.param("INPUT -> FC\r\nINPUT-FC\r\n", ["INPUT -> FC", "INPUT-FC"],
                     id="with Windows line ends"),
        pytest.param("\ufeffINPUT -> FC", ["INPUT -> FC"], id="with a byte-order mark"),
        pytest.param(SPEC, ["Mine"], id="YAML by its keys"),
        pytest.param("# a comment\n" + SPEC, ["Mine"], id="YAML behind a comment"),
        pytest.param("---\n" + SPEC, ["Mine"], id="YAML by its dashes"),
        pytest.param("---\n" + SPEC + "---\n" + SPEC, ["Mine", "Mine"], id="several documents"),
        pytest.param('{"name": "Mine", "layers": ["relu"]}', ["Mine"], id="JSON"),
        pytest.param("name:\tMine\nlayers:\n- relu\n", ["Mine"], id="a tab behind a key"),
        pytest.param("layers:\n- relu\n", ["<stdin>"], id="YAML without a name"),
        pytest.param("[INPUT-CONV-FC]", ["[INPUT-CONV-FC]"], id="a pattern in brackets"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", [(), ("-",)], ids=["no source", "a hyphen"])
def test_piped(run, text, names, source):
    assert found(run("analyze", *source, "--format", "json", stdin=text)) == names


def test_a_list_that_is_piped_is_yaml_and_refused_as_such(run):
    assert "a spec must be a mapping" in run("analyze", stdin="- relu\n- fc\n").err


@pytest.mark.parametrize("name", ["vgg16", "specs/vgg16.yaml"])
def test_a_shipped_spec_by_name_and_by_path(run, name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert found(run("analyze", name, "--format", "json")) == ["VGG-16"]


def test_the_source_is_what_was_given(run, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run("analyze", "specs/vgg16.yaml", "--format", "json").network["source"] == (
        "specs/vgg16.yaml"
    )


def test_a_shipped_spec_works_from_an_empty_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert found(run("analyze", "vgg16", "--format", "json")) == ["VGG-16"]


def test_a_shipped_spec_beats_a_folder_of_its_name(run, tmp_path, monkeypatch):
    (tmp_path / "vgg16").mkdir()
    monkeypatch.chdir(tmp_path)
    assert found(run("analyze", "vgg16", "--format", "json")) == ["VGG-16"]


def test_a_file_beats_a_shipped_spec(run, tmp_path, monkeypatch):
    (tmp_path / "vgg16").write_text("INPUT -> FC")
    monkeypatch.chdir(tmp_path)
    assert found(run("analyze", "vgg16", "--format", "json")) == ["INPUT -> FC"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("net.yaml", SPEC, "Mine"),
        ("net.yml", SPEC, "Mine"),
        ("net.json", '{"name": "Mine", "layers": ["relu"]}', "Mine"),
        ("NET.YAML", SPEC, "Mine"),
        ("net.txt", "INPUT -> FC", "INPUT -> FC"),
        ("net", "INPUT -> FC", "INPUT -> FC"),
        ("no name.yaml", "layers: [relu]", "no name"),
        ("名.yaml", SPEC, "Mine"),
    ],
)
def test_a_file_by_its_extension(run, tmp_path, name, text, expected):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert found(run("analyze", str(path), "--format", "json")) == [expected]


def test_a_pattern_in_a_yaml_file_is_not_guessed(run, tmp_path):
    (tmp_path / "net.yaml").write_text("INPUT -> FC")
    done = run("analyze", str(tmp_path / "net.yaml"))
    assert done.code == 2
    assert "a spec must be a mapping such as `layers: [...]`, not `INPUT -> FC`" in done.err


def test_several_sources_in_the_order_given(run):
    done = run("analyze", "vgg11", "INPUT -> FC", "lenet5", "--format", "json")
    assert found(done) == ["VGG-11", "INPUT -> FC", "LeNet-5"]


def test_standard_input_among_other_sources(run):
    done = run("analyze", "lenet5", "-", "--format", "json", stdin="INPUT -> FC")
    assert found(done) == ["LeNet-5", "INPUT -> FC"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("vgg17", "error: vgg17: neither a file, nor a shipped spec, nor a pattern\n"
                  "hint: did you mean `vgg16"),
        ("", "error: the source is empty\nhint: give a file, a spec such as vgg16 or a pattern"),
        ("   ", "error: the source is empty"),
        ("nets/none.yaml", "error: nets/none.yaml: there is no such file"),
        ("none.yaml", "error: none.yaml: there is no such file"),
        ("../vgg16", "error: ../vgg16: there is no such file"),
        ("_resnet", "error: _resnet: neither a file, nor a shipped spec, nor a pattern"),
        ("/", "error: /: is a folder, not a spec"),
        ("/dev/null", "error: /dev/null: not a regular file; `-` reads what is piped in"),
        ("x" * 5_000, "neither a file, nor a shipped spec, nor a pattern"),
    ],
)  # fmt: skip
def test_what_is_no_source(run, source, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("analyze", source)
    assert (done.code, done.out) == (2, "")
    assert message.replace("did you mean `vgg16", "did you mean `vgg") in done.err


def test_a_file_that_may_not_be_read(run, tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)

    def refuse(*arguments, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    done = run("analyze", str(path))
    assert (done.code, done.err) == (2, f"error: {path}: Permission denied\n")


def test_the_input_option_replaces_the_sources(run):
    options = ("--input", "64x64x1", "--format", "json")
    for source in ("cifar10_simple", "INPUT -> CONV -> FC", "INPUT[8x8x3] -> FC"):
        layers = run("analyze", source, *options).network["layers"]
        assert layers[0]["output"] == {
            "width": 64, "height": 64, "channels": 1, "shape": [1, 64, 64],
        }  # fmt: skip


def test_set_gives_values_and_leaves_out(run):
    pattern = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"
    values = ("--set", "N=2", "--set", "M=3", "--set", "K=1")
    layers = run("analyze", pattern, *values, "--format", "json").network["layers"]
    assert [row["type"] for row in layers].count("CONV") == 6
    assert [row["type"] for row in layers].count("POOL") == 3
    without = run("analyze", pattern, *values, "--set", "POOL=no", "--format", "json").network
    assert "POOL" not in [row["type"] for row in without["layers"]]


def test_an_unset_name_shows_how_to_set_it(run):
    done = run("analyze", "INPUT -> CONV*N")
    assert done.code == 2
    assert "`N` has no value" in done.err
    assert "hint: --set N=2 gives it one" in done.err


def test_defaults_of_patterns_on_request(run):
    options = ("--filters", "16", "--hidden", "100", "--classes", "10", "--format", "json")
    network = run("analyze", "INPUT[32x32x3] -> CONV -> POOL -> CONV -> FC -> FC", *options).network
    depths = [row["output"]["channels"] for row in network["layers"]]
    assert depths == [3, 16, 16, 32, 100, 10]
    assert "CONV: 16 filters, doubled after each POOL up to 512" in network["assumed"]


def test_the_issues_example_prints_a_table_and_what_it_assumed(run):
    done = run("analyze", stdin="INPUT -> [CONV -> RELU -> POOL]*2 -> FC -> RELU -> FC\n")
    assert done.code == 0
    assert " Total" in done.out
    assert "\nassumed: INPUT is 224x224x3, " in done.out
    assert "the last FC has 1000 units; CONV F=3, S=1, " in done.out


def test_every_shipped_spec_in_one_command(run):
    """As the shell expands specs/*.yaml: files of shared blocks among the networks."""
    files = sorted(str(path) for path in (ROOT / "specs").glob("*.yaml"))
    shared = [path for path in files if "/_" in path]
    done = run("analyze", *files, "--format", "json", "--memory", "textbook")
    assert (done.code, done.err) == (0, "")
    assert len(found(done)) == len(files) - len(shared) and len(shared) > 5


BLOCKS = "blocks: {pair: {layers: [relu, relu]}}\n"


def test_only_blocks_are_nothing_to_analyze(run, tmp_path):
    path = tmp_path / "_blocks.yaml"
    path.write_text(BLOCKS)
    done = run("analyze", str(path))
    assert (done.code, done.out) == (2, "")
    said = f"Error: {path} holds blocks for others to include, and no network\n"
    assert done.err.endswith(said)


def test_what_is_wrong_in_blocks_is_said(run, tmp_path):
    path = tmp_path / "_blocks.yaml"
    path.write_text("blocks: {pair: {layres: [relu]}}\n")
    done = run("analyze", str(path))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {path}:1:17: ")
    assert "did you mean `layers`?" in done.err


def test_a_network_may_have_such_a_name(run, tmp_path):
    path = tmp_path / "_net.yaml"
    path.write_text(BLOCKS + SPEC)
    assert found(run("analyze", str(path), "--format", "json")) == ["Mine"]
