"""Every example in the documents runs and shows what it says, every table is current."""

import doctest
import html
import json
import re
import sys
import tempfile
from pathlib import Path

import click
import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import make_picture  # noqa: E402
import refresh  # noqa: E402

from convcalc.cli import root  # noqa: E402
from convcalc.network.graph import Settings  # noqa: E402
from convcalc.network.loading import networks  # noqa: E402
from convcalc.render import table  # noqa: E402
from convcalc.text.source import Source  # noqa: E402

DOCUMENTS = refresh.documents()
EXTRA = [
    ROOT / "CHANGELOG.md",
    *(ROOT / "benchmarks" / name for name in ("README.md", "results.md")),
]


def examples(*languages):
    """Every block in these languages, named by its place."""
    return [
        pytest.param(block, id=f"{path.name}:{block.line}")
        for path in DOCUMENTS
        for block in refresh.blocks(path.read_text(encoding="utf-8"))
        if block.language in languages
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_show_what_the_document_says(path):
    text = path.read_text(encoding="utf-8")
    assert refresh.refreshed(text) == text, "run `python docs/refresh.py`"


@pytest.mark.parametrize("block", examples("yaml"))
def test_yaml_is_a_network(block):
    text = block.text
    if text.startswith("- "):  # a part of a list of layers
        text = f"input: 224x224x3\nlayers:\n{text}"
    assert networks(Source(text), is_yaml=True)


@pytest.mark.parametrize("block", examples("pattern"))
def test_pattern_is_a_network(block):
    for line in block.text.splitlines():
        assert networks(Source(line), Settings({"N": 2, "M": 2, "K": 1}), is_yaml=False)


@pytest.mark.parametrize("block", examples("python"))
def test_python_shows_what_the_document_says(block):
    test = doctest.DocTestParser().get_doctest(block.text, {}, "example", None, block.line)
    shown = []
    assert test.examples, "an example is a prompt, >>>, and what it shows"
    assert not doctest.DocTestRunner().run(test, out=shown.append).failed, "".join(shown)


def test_every_block_is_of_a_kind_that_is_tested():
    known = {"console", "yaml", "pattern", "python", "sh", "text", "json"}
    for path in DOCUMENTS:
        found = {block.language for block in refresh.blocks(path.read_text(encoding="utf-8"))}
        assert found <= known, path.name


@pytest.mark.parametrize("path", [*DOCUMENTS, *EXTRA], ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    anchors = {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")
               for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}  # fmt: skip
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if "://" in link:
            continue
        assert not target or (path.parent / target).exists(), link
        assert target or anchor in anchors, link


def commands():
    """Every command, and `convcalc` itself."""
    context = click.Context(root)
    found = {"convcalc": root}
    for name in root.list_commands(context):
        found[f"convcalc {name}"] = command = root.get_command(context, name)
        for inner in command.list_commands(context) if isinstance(command, click.Group) else ():
            found[f"convcalc {name} {inner}"] = command.get_command(context, inner)
    return found


@pytest.mark.parametrize("name", commands())
def test_every_option_is_documented(name):
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in text
    section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
    for parameter in commands()[name].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert option.startswith("-") is False or f"`{option}`" in section, option


def keys_in(value):
    """Every key of a JSON value, but those that are options, kinds of memory and the like."""
    if isinstance(value, list):
        return {key for item in value for key in keys_in(item)}
    if not isinstance(value, dict):
        return set()
    inner = (keys_in(item) for name, item in value.items()
             if name not in ("hyperparameters", "at_peak"))  # fmt: skip
    return set(value).union(*inner)


def test_every_field_of_the_json_is_documented(tmp_path):
    source = "INPUT[10x10x1] -> CONV3-8/2(P=0)"
    result = refresh.transcript(
        [f"convcalc analyze '{source}' NO --timeline --gpu t4 --format json -o report.json"],
        tmp_path,
    )
    assert "NO" in result
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    found = keys_in(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert {"errors", "timeline", "verdict", "hint"} <= found
    assert not {key for key in found if f"`{key}`" not in text}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_output_names_a_folder_of_this_machine(path):
    shown = [block.text for block in refresh.blocks(path.read_text(encoding="utf-8"))]
    folders = {str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()} - {"/"}
    assert not [folder for folder in folders if folder in "".join(shown)]


def test_readme_says_how_to_install_and_how_to_test():
    blocks = refresh.blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    first = next(block for block in blocks if block.language == "sh")
    install, tests = first.text.splitlines()
    assert install.endswith("convcalc analyze vgg16")
    assert ".[test]" in tests and tests.endswith("pytest -n auto")


def test_readme_says_what_it_is_before_how_and_installs_before_it_asks():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    order = ["[One line](#install)", "$ convcalc analyze", "`convcalc` calculates", "docs/page.md",
             "## Install", "activate", "## Three ways"]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_readmes_step_of_a_workflow_is_that_of_the_whole_one():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = [each for each in refresh.blocks(text) if "uses:" in each.text]
    workflow = yaml.safe_load((ROOT / "docs" / "ci" / "github.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["check"]["steps"]
    assert yaml.safe_load(block.text) == [
        each for each in steps if "python-version" not in str(each)
    ]


def squeezed(text):
    """The text without any space, whichever kind."""
    return re.sub(r"\s", "", text)


def test_picture_shows_the_table_as_it_is():
    svg = make_picture.PICTURE.read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*convcalc-line[^>]*>([^<]*)</text>", svg)
    shown = table.plain(make_picture.lines())
    assert squeezed(html.unescape("".join(texts))) == squeezed(shown), (
        "run `python docs/refresh.py`"
    )


def test_picture_is_the_same_each_time_and_fetches_nothing():
    svg = make_picture.drawn()
    assert svg == make_picture.drawn()
    assert not re.search(r"url\((?!#)|(?:src|href)=|@import|font-face", svg)
