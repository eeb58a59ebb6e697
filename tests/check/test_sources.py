"""Files, folders, globs, specs, patterns and standard input, each file once."""

import json
import os

import pytest

NET = "input: 8x8x3\nlayers: [relu]\n"
FILES = (
    "a.yaml", "b.yml", "c.pattern", "_blocks.yaml", ".hidden.yaml", "notes.txt",
    "sub/d.convnet.yaml", "sub/deep/e.yaml", ".git/f.yaml", "[odd].yaml",
)  # fmt: skip


@pytest.fixture
def sources(run, write):
    """The sources of the results of a check."""
    write(dict.fromkeys(FILES, NET) | {"c.pattern": "INPUT[8x8x3] -> RELU\n"})
    write({"_blocks.yaml": "blocks: {pair: {layers: [relu, relu]}}\n"})

    def call(*arguments, stdin=None):
        done = run("check", *arguments, "--format", "json", stdin=stdin)
        return [result["source"] for result in json.loads(done.out)["results"]], done.code

    return call


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["a.yaml", "b.yml"], ["a.yaml", "b.yml"], id="files"),
        pytest.param(["b.yml", "./a.yaml", "b.yml"], ["b.yml", "./a.yaml"], id="a file once"),
        pytest.param(["."], ["./[odd].yaml", "./a.yaml", "./b.yml", "./sub/d.convnet.yaml",
                             "./sub/deep/e.yaml"], id="a folder, nothing hidden, no blocks"),
        pytest.param(["sub/"], ["sub/d.convnet.yaml", "sub/deep/e.yaml"], id="a slash behind"),
        pytest.param(["sub", "sub/deep/e.yaml", "sub/deep"],
                     ["sub/d.convnet.yaml", "sub/deep/e.yaml"], id="a folder and its file"),
        pytest.param(["*.yaml"], ["[odd].yaml", "a.yaml"], id="a glob, without blocks"),
        pytest.param(["**/*.yaml"], ["[odd].yaml", "a.yaml", "sub/d.convnet.yaml",
                                     "sub/deep/e.yaml"], id="a glob over folders"),
        pytest.param(["[ab].y*ml"], ["a.yaml", "b.yml"], id="a glob of characters"),
        pytest.param(["[odd].yaml"], ["[odd].yaml"], id="a file named as a glob"),
        pytest.param(["_blocks.yaml"], ["_blocks.yaml"], id="blocks by their name"),
        pytest.param(["c.pattern"], ["c.pattern"], id="a file of patterns"),
        pytest.param(["INPUT[8x8x3] -> [RELU]*2"], ["<pattern>"], id="a pattern with a star"),
    ],
)  # fmt: skip
def test_found(arguments, found, sources):
    assert sources(*arguments) == (found, 0)


def test_a_shipped_spec(sources):
    (source,), code = sources("vgg16")
    assert os.path.basename(source) == "vgg16.yaml"
    assert code == 0


def test_a_folder_named_as_a_shipped_spec_is_not_in_its_way(sources, folder):
    (folder / "vgg16").mkdir()
    (source,), _ = sources("vgg16")
    assert os.path.basename(source) == "vgg16.yaml"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        pytest.param("x*.yaml", "x*.yaml: no file matches", id="a glob without files"),
        pytest.param("x.yaml", "x.yaml: there is no such file", id="no file"),
        pytest.param("vgg61", "vgg61: neither a file, nor a shipped spec, nor a pattern",
                     id="no spec"),
    ],
)  # fmt: skip
def test_nothing_there(argument, message, run, write):
    write({"a.yaml": NET})
    done = run("check", argument, "a.yaml", "--format", "json")
    wrong, right = json.loads(done.out)["results"]
    assert (wrong["verdict"], wrong["findings"][0]["message"]) == ("error", message)
    assert (right["verdict"], done.code) == ("pass", 2)


@pytest.mark.parametrize(
    ("options", "text", "found"),
    [
        pytest.param([], NET, ["<stdin>"], id="yaml by its look"),
        pytest.param([], "INPUT[8x8x3] -> RELU\nINPUT[8x8x3] -> TANH\n", ["<stdin>"] * 2,
                     id="two patterns"),
        pytest.param(["--stdin-filename", "m/new.yaml"], NET, ["m/new.yaml"], id="a name"),
        pytest.param(["--stdin-filename", "m/new.pattern"], "INPUT[8x8x3] -> RELU\n",
                     ["m/new.pattern"], id="the name says that it is a pattern"),
    ],
)  # fmt: skip
def test_standard_input(options, text, found, sources):
    assert sources("-", *options, stdin=text) == (found, 0)
    assert sources(*options, stdin=text) == (found, 0)


def test_the_name_of_standard_input_finds_project_file_and_includes(run, write):
    write({"m/pyproject.toml": "[tool.convcalc]\nmemory = '3GiB'\n",
           "m/_blocks.yaml": "blocks: {pair: {layers: [relu, relu]}}\n"})  # fmt: skip
    text = "include: _blocks.yaml\ninput: 8x8x3\nlayers: [pair]\n"
    done = run("check", "-", "--stdin-filename", "m/new.yaml", "--format", "json", stdin=text)
    (result,) = json.loads(done.out)["results"]
    assert (result["limit"], done.code) == (3 * 2**30, 0)


def test_several_networks_in_a_file_are_several_results(run, write):
    write({"two.yaml": f"name: one\n{NET}---\nname: two\n{NET}"})
    done = run("check", "two.yaml", "--format", "json")
    assert [result["name"] for result in json.loads(done.out)["results"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("**/e.yaml", ["sub/deep/e.yaml"], id="from here"),
        pytest.param("./s*/**/e.yaml", ["./sub/deep/e.yaml"], id="from some folders"),
        pytest.param("sub/**", ["sub/_x/z.yaml", "sub/d.convnet.yaml", "sub/deep/e.yaml"],
                     id="everything below"),
        pytest.param("**/deep/**/*.yaml", ["sub/deep/e.yaml"], id="twice"),
        pytest.param("**/_[xy]/*.yaml", ["sub/_x/z.yaml"], id="a folder with an underline"),
    ],
)  # fmt: skip
def test_globs_over_folders_with_links_that_lead_back_end(pattern, found, sources, write, folder):
    write({"sub/_x/z.yaml": NET, "sub/.git/z.yaml": NET})
    for link, target in {"sub/a": "sub", "sub/b": "sub", "sub/deep/c": "sub/deep"}.items():
        (folder / link).symlink_to(folder / target, target_is_directory=True)
    assert sources(pattern) == (found, 0)


def test_links_that_lead_back_end(sources, folder):
    (folder / "sub" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "sub" / "self").symlink_to(folder / "sub", target_is_directory=True)
    found, code = sources("sub")
    assert (found, code) == (["sub/d.convnet.yaml", "sub/deep/e.yaml"], 0)


@pytest.mark.parametrize("target", ["loop.yaml", "nowhere.yaml"])
def test_a_link_to_nothing_is_said(target, sources, folder):
    (folder / "links").mkdir()
    (folder / "links" / "loop.yaml").symlink_to(target)
    assert sources("links") == (["links/loop.yaml"], 2)


def test_what_is_no_file_is_left_out(sources, folder):
    (folder / "odd").mkdir()
    os.mkfifo(folder / "odd" / "pipe.yaml")
    (folder / "odd" / "folder.yaml").mkdir()
    assert sources("odd") == ([], 0)


def test_a_folder_that_cannot_be_read(run, folder, monkeypatch):
    (folder / "closed").mkdir()

    listdir = os.listdir

    def refuse(path):
        if path == "closed":
            raise PermissionError(13, "Permission denied", path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    done = run("check", "closed")
    assert (done.code, done.err) == (2, "")
    assert "closed: Permission denied" in done.out


def test_no_source_at_all(run, monkeypatch):
    import io
    import sys

    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    from convcalc.cli import root

    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO()))
    with pytest.raises(Exception, match="give a source"):
        root.main(["check"], "convcalc", standalone_mode=False)


def test_unused_set_is_wrong_usage(run, write):
    write({"a.yaml": NET})
    done = run("check", "a.yaml", "--set", "N=3")
    assert done.code == 2
    assert "--set N: no repeat and no optional layer of that name" in done.err


def test_blocks_that_are_wrong_by_themselves(run, write):
    write({"_blocks.yaml": "blocks: {a: 3}\n"})
    done = run("check", "_blocks.yaml")
    assert done.code == 2
    message = "blocks.a: must be a mapping with `layers`, not `3`"
    assert f"_blocks.yaml:1:13: error[spec]: {message}\n" in done.out


def test_an_unused_comment_leaves_every_network_of_the_file_in_the_result(run, write):
    nets = "---\n".join(f"name: {name}\n{NET}" for name in ("one", "two", "three"))
    write({"nets.yaml": f"# convcalc: ignore[fit]\n{nets}"})
    results = json.loads(run("check", "nets.yaml", "--format", "json").out)["results"]
    assert [each["name"] for each in results] == ["one", "two", "three"]
    assert [len(each["findings"]) for each in results] == [1, 0, 0]
