"""`analyze --top` and `--sort`: the layers that hold most, without looking for them."""

import csv
import io

import pytest

FOUR = "INPUT[8x8x1] -> CONV3-2 -> RELU -> POOL -> FC-3"
KNOWN = (
    "activations, memory, weights, biases, parameters, buffers, macs, memory_share, "
    "parameter_share, mac_share, receptive_field, jump, parameter_bytes, held, at_peak, forward, "
    "backward"
)


def rows_of(run, *arguments: str) -> list[dict[str, str]]:
    out = run("analyze", *arguments, "--format", "csv").out
    return list(csv.DictReader(io.StringIO(out)))


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "googlenet_aux"])
@pytest.mark.parametrize("depth", [(), ("--depth", "0")])
def test_top_alone_is_of_what_holds_most(run, name, depth):
    whole = rows_of(run, name, *depth, "--columns", "name,at_peak")
    sizes = sorted((int(row["at_peak"]) for row in whole), reverse=True)
    found = rows_of(run, name, *depth, "--top", "5")
    assert [int(row["at_peak"]) for row in found] == sizes[:5]
    assert {row["name"] for row in found} <= {row["name"] for row in whole}
    assert list(found[0])[:3] == ["name", "at_peak", "type"]


@pytest.mark.parametrize("figure", ["macs", "MACs", "weights", "memory", "Field", "share", "jump"])
def test_sorted_by_any_column_as_sweep_sorts(run, figure):
    """The smallest first, the largest with a minus; of equal ones as the layers run."""
    columns = ("--columns", f"{figure},name")
    rising = [[*row.values()] for row in rows_of(run, "googlenet", *columns, "--sort", figure)]
    plain = [[*row.values()] for row in rows_of(run, "googlenet", *columns)]
    assert rising == sorted(plain, key=lambda row: float(row[0]))
    falling = [
        [*row.values()] for row in rows_of(run, "googlenet", *columns, "--sort", f"-{figure}")
    ]
    assert falling == sorted(plain, key=lambda row: -float(row[0]))
    cut = rows_of(run, "googlenet", *columns, "--sort", f"-{figure}", "--top", "3")
    assert [[*row.values()] for row in cut] == falling[:3]


def test_the_table(run):
    out = run("analyze", FOUR, "--sort", "-weights", "--top", "2", "--columns", "name,weights").out
    assert out.split("\n\n")[0].splitlines()[1:] == [
        " Layer    Weights",
        " fc1         ▸ 96",
        "▸conv1_1       18",
        " Total        114",
    ]


def test_rows_apart_from_their_blocks_have_whole_names(run):
    lines = run("analyze", "resnet50", "-b", "256", "--top", "3").out.splitlines()
    assert [line.split()[:3] for line in lines[2:5]] == [
        ["▸layer1.0.bn3", "784.0", "MiB"],  # with its statistics
        ["▸layer1.1.bn3", "784.0", "MiB"],
        ["▸layer1.2.bn3", "784.0", "MiB"],
    ]


def test_what_a_layer_keeps_beside_its_activations_is_its_own(run):
    """A pool's indices are 8 bytes a value: 32x64x64x64 of them here, 64 MiB."""
    pattern = "INPUT[64x64x3] -> CONV3-64 -> POOL3/1(P=1) -> CONV3-8 -> FC-10"
    first, second = rows_of(run, pattern, "-b", "32", "--top", "2")
    assert [first["name"], second["name"]] == ["pool1", "conv1_1"]
    assert [int(first["at_peak"]), int(second["at_peak"])] == [96 * 2**20, 32 * 2**20]


def test_markdown_has_the_rows_and_the_sum_of_all(run):
    out = run("analyze", FOUR, "--sort", "-macs", "--top", "1", "--format", "markdown",
              "--columns", "name,macs").out  # fmt: skip
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert table == ["| Layer | MACs |", "|:--|--:|", "| conv1\\_1 | 1,152 |",
                     "| **Total** | **1,248** |"]  # fmt: skip


def test_without_a_step_the_notes_say_what_holds_most(run):
    found = rows_of(run, "vgg16", "--memory", "textbook", "--top", "2")
    assert [row["name"] for row in found] == ["conv1_1", "conv1_2"]
    broken = "INPUT[9x9x1] -> CONV2-4/2(P=0) -> CONV3-8"
    line = run("analyze", broken, "--top", "1").out.splitlines()[1]
    assert "Memory (notes)" in line
    assert "At the peak" not in line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--sort", "-feild"),
                     "Invalid value for --sort: no column `feild` to sort by; did you mean "
                     f"`field`? known: {KNOWN}", id="a name with a slip"),
        pytest.param(("--sort", "name"),
                     f"Invalid value for --sort: no column `name` to sort by; known: {KNOWN}",
                     id="a text"),
        pytest.param(("--top", "5", "--format", "json"),
                     "--top is for --format table, csv, markdown, not json", id="JSON is whole"),
        pytest.param(("--sort", "macs", "--format", "html"),
                     "--sort is for --format table, csv, markdown, not html", id="HTML sorts"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown(run, words, message):
    done = run("analyze", FOUR, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"\nError: {message}\n")
