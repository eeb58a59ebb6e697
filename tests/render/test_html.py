"""The HTML report: whole without any request, hostile names as text, figures as elsewhere."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from support import network as read
from support import run_in

from convcalc.answers.report import build_report
from convcalc.answers.step_memory import memory_bins
from convcalc.answers.training_figure import memory_figure
from convcalc.facts.setup import Setup
from convcalc.facts.units import format_bytes
from convcalc.memory.estimate import find_machine
from convcalc.network.loading import load
from convcalc.render import html
from convcalc.text.source import printable

HOSTILE = '</script><img src=x onerror="alert(1)">&\x1b[31m'
STEADY = ("zero1", "fwd1", "bwd1", "opt1")
VOID = {"meta", "br", "img", "link", "input", "wbr"}


class Elements(HTMLParser):
    """Every element with its attributes; raises where tags do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    assert not parser.open
    return parser.found


def report(source: str, gpu: str | None = None, **setup):
    return build_report(load(source), Setup(**setup), machine=find_machine(gpu))


@pytest.fixture(scope="module")
def resnet() -> str:
    return html.render([report("resnet18", "rtx-3090", batch_size=32)])


def test_nothing_is_requested_from_anywhere(resnet):
    for tag, attributes in elements(resnet):
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not {"src", "href", "srcset", "action", "style"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    assert "default-src 'none'" in resnet
    assert "url(" not in resnet and "@import" not in resnet


def test_the_policy_allows_what_stands_in_the_file():
    from base64 import b64encode
    from hashlib import sha256

    page = html.render([report("lenet5")])
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for source in (style, script):
        assert f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'" in page


def test_hostile_names_stay_text():
    text = json.dumps({
        "name": HOSTILE,
        "input": "8x8x3",
        "layers": [{"conv": {"name": HOSTILE, "filters": 2, "size": 3}}, "relu"],
    })  # fmt: skip
    page = html.render([build_report(read(text, is_yaml=True), Setup())])
    found = elements(page)
    assert not [tag for tag, _ in found if tag == "img"]
    assert [tag for tag, _ in found].count("script") == 2
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert printable(HOSTILE) in json.loads(data)[0]["layers"]


def test_a_row_a_layer_with_the_figures_of_the_table(resnet):
    made = report("resnet18", batch_size=32)
    rows = [a for tag, a in elements(resnet) if tag == "tr" and "data-index" in a]
    assert len(rows) == len(made.rows)
    cells = [
        int(a["data-value"]) for tag, a in elements(resnet) if tag == "td" and a.get("data-value")
    ]
    for key in ("weights", "parameters", "macs", "activation_bytes"):
        for row in made.rows:
            assert getattr(row, key) in cells


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet"])
def test_no_bin_hides_the_peak_and_kinds_add_up(name, mode):
    result = report(name, batch_size=3, mode=mode).pytorch.result
    bins = memory_bins(result, 50)
    assert len(bins) <= 50
    assert all(sum(each.kinds.values()) == each.live for each in bins)
    last = max(
        live for phase, _, live in result.timeline if phase[3:4] == "1" and phase[:3] != "bat"
    )
    assert max(each.live for each in bins) == last


@pytest.mark.parametrize("gpu", [None, "h100-80gb", "v100-16gb"])
@pytest.mark.parametrize("mode", ["train", "infer"])
def test_the_parts_of_the_figure_add_up(gpu, mode):
    made = report("resnet18", gpu, batch_size=8, mode=mode)
    figure, parts = memory_figure(made)
    assert figure == made.pytorch.safe == sum(parts.values())
    assert min(parts.values()) > 0


def test_a_network_that_does_not_fit_shows_no_memory(capsys, monkeypatch):
    done = run_in(capsys, monkeypatch, "analyze", "INPUT[10x10x1] -> CONV3-8/2(P=0)",
                  "--format", "html")  # fmt: skip
    assert done.code == 1
    assert "(10 - 3 + 2*0)/2 + 1 = 4.5" in done.out
    assert "To train it takes" not in done.out


def test_every_block_has_a_drawing_and_edges_carry_sizes(resnet):
    blocks = {a["data-block"] for tag, a in elements(resnet) if tag == "details"}
    boxes = {a["data-block"] for tag, a in elements(resnet) if tag == "g" and "data-block" in a}
    assert boxes <= blocks
    assert "56x56x64" in re.findall(r'<text [^>]*class="size">([^<]*)<', resnet)


def test_what_is_asked_first_stands_at_the_top(resnet):
    """How large it is, what it takes, and whether it fits, before any table."""
    page = html.render([report("resnet18", "t4", batch_size=32)])
    top = page[: page.index("<table")]
    for words in (
        "11,689,512 parameters, 1,814,073,344 MACs an image",
        "To train it takes",
        "t4 has",
    ):
        assert words in top
    assert "heaviest layers: " in page
    assert "layer1.<wbr>0.<wbr>conv1" in page


def test_a_deep_network_stays_small():
    assert len(html.render([report("resnet152", batch_size=32)])) < 1_500_000


def test_no_other_format_imports_it():
    code = (
        "import sys; from convcalc.cli import main\n"
        "try: main(['analyze', 'lenet5', '--format', 'json'])\n"
        "except SystemExit: pass\n"
        "assert not [m for m in sys.modules if m.startswith('convcalc.render.html')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


SPEC = "{{name: '{name}', input: 16x16x3, layers: [conv: {{name: '{name}', filters: {k}, size: 3, pad: 1}}, fc: {{units: 4}}]}}"  # noqa: E501
PAGES = {
    "compare": ("compare", "old.yaml", "new.yaml", "--gpu", "t4", "-b", "4"),
    "fit": ("fit", "old.yaml", "--budget", "2GiB"),
    "fit-cards": ("fit", "old.yaml", "--gpu", "t4,rtx-3090"),
    "fit-input": ("fit", "old.yaml", "--gpu", "t4", "--vary", "input", "-b", "512"),
    "fit-none": ("fit", "old.yaml", "--budget", "1MiB"),
    "diff": ("diff", "old.yaml", "new.yaml", "--fail-on", "parameters>0"),
    "diff-folders": ("diff", "one", "two"),
    "analyze-gpus": ("analyze", "old.yaml", "--gpus", "4", "--strategy", "zero-2", "--gpu", "t4"),
    "analyze-extra": ("analyze", "old.yaml", "--extra", "3GiB", "--budget", "1GiB"),
    "analyze-notes": ("analyze", "old.yaml", "--memory", "textbook"),
}  # fmt: skip


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """Two versions of a network, and two folders of them, under a hostile name."""
    named = HOSTILE.replace("\x1b", "").replace("'", "''")
    for folder, filename, filters in (
        (".", "old", 2), (".", "new", 5), ("one", "net", 2), ("two", "net", 5), ("two", "more", 1),
    ):  # fmt: skip
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / f"{filename}.yaml"
        path.write_text(SPEC.format(name=named, k=filters), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_whole_and_shows_names_as_text(name, specs, capsys, monkeypatch):
    done = run_in(capsys, monkeypatch, *PAGES[name], "--format", "html")
    failing = name in ("fit-none", "diff", "analyze-extra")
    assert (done.code, done.err) == (int(failing), "")
    found = elements(done.out)
    tags = [tag for tag, _ in found]
    assert not {"img", "link", "iframe", "object", "base"} & {*tags}
    assert tags.count("script") == 2
    for _, attributes in found:
        assert not {"src", "href", "style"} & attributes.keys()
        assert not any(key.startswith("on") for key in attributes)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "&lt;img src=x" in done.out


def page_of(name, capsys, monkeypatch):
    """A page, and what JSON says of the same."""
    page = run_in(capsys, monkeypatch, *PAGES[name], "--format", "html").out
    return page, json.loads(run_in(capsys, monkeypatch, *PAGES[name], "--format", "json").out)


def test_compared_figures_are_those_of_json(specs, capsys, monkeypatch):
    page, told = page_of("compare", capsys, monkeypatch)
    values = {a["data-value"] for tag, a in elements(page) if tag == "td" and "data-value" in a}
    for network in told["networks"]:
        shown = {key: network[key] for key in ("parameters", "macs", "train", "infer", "max_batch")}
        assert {str(value) for value in shown.values()} <= values, shown
    assert "batch 4, float32, training with momentum" in page


def test_a_batch_chart_has_a_dot_for_each_figure(specs, capsys, monkeypatch):
    page, told = page_of("fit", capsys, monkeypatch)
    (network,) = told["networks"]
    dots = sum(way in row and row[way] is not None
               for row in network["batches"] for way in network["max_batch"])  # fmt: skip
    assert [tag for tag, _ in elements(page)].count("circle") == dots > 10
    assert f"<strong>{network['max_batch']['float32']:,}</strong>" in page
    for advice in network["advice"]:
        assert f"batch {advice['batch']:,} in" in page


def test_a_difference_lists_layers_failures_and_totals(specs, capsys, monkeypatch):
    page, told = page_of("diff", capsys, monkeypatch)
    rows = [a for tag, a in elements(page) if tag == "tr" and "data-index" in a]
    assert len(rows) == len(told["layers"]) + len(told["totals"])
    assert all(sentence.replace(">", "&gt;") in page for sentence in told["failed"])
    assert f"+{told['totals']['parameters']['delta']:,}" in page


def test_folders_list_what_became_of_each_network(specs, capsys, monkeypatch):
    page, told = page_of("diff-folders", capsys, monkeypatch)
    assert [(each["path"], each["status"]) for each in told["networks"]] == [
        ("more.yaml", "added"), ("net.yaml", "changed"),
    ]  # fmt: skip
    assert [tag for tag, _ in elements(page)].count("article") == 2  # the list, and what changed
    assert "more.yaml" in page and "added" in page


def test_several_cards_and_what_is_kept_besides_are_part_of_the_answer(specs, capsys, monkeypatch):
    page, told = page_of("analyze-gpus", capsys, monkeypatch)
    assert "Live on each of 4 GPUs: " in page
    assert "zero-2 on 4 GPUs" in page
    page, told = page_of("analyze-extra", capsys, monkeypatch)
    parts = told["networks"][0]["memory"]["pytorch"]
    assert ">extra</th><td>3.00 GiB</td>" in page
    assert format_bytes(parts["safe"]) in page
    assert "largest batch none" in page


def test_the_notes_alone_are_an_answer_too(specs, capsys, monkeypatch):
    page, told = page_of("analyze-notes", capsys, monkeypatch)
    total = told["networks"][0]["memory"]["textbook"]["total"]
    assert f"<strong>{format_bytes(total)}</strong>, by CS231n" in page
    assert "Live memory over a step" not in page


def test_titles_legend_and_axis_are_explained(run):
    page = run("analyze", "resnet18", "-b", "2", "--format", "html").out
    assert re.search(r'title="bytes of activations, and of indices[^"]*">At the peak<', page)
    assert re.search(r'title="pixels of the image[^"]*">Field<', page)
    assert re.search(r"statistics<small> up to [0-9.]+ KiB</small>", page)  # too small to be seen
    said = "From left to right: memory taken or given back, in forward and backward; the optimizer"
    assert said in page
    run_only = run("analyze", "lenet5", "--mode", "infer", "--format", "html").out
    assert "memory taken or given back, in forward.</p>" in run_only
