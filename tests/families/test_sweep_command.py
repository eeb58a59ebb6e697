"""`convcalc sweep`: formats, exit codes, processes, pipes and Ctrl-C."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from support import ROOT, shell
from sweeping import NOTES

from convcalc.answers.families import run as sweep_run
from convcalc.answers.families.members import Member
from convcalc.text.errors import ConvcalcError

FAMILY = "INPUT[8x8x3] -> CONV{1,3}-4 -> POOL? -> FC-10"
NOTES_SET = ["--set", "N=0..3", "--set", "M=1..5", "--set", "K=0..2"]
LARGE = "INPUT[32x32x3] -> CONV{3,5}-{1..40} -> CONV{3,5}-{1..40} -> CONV3-{1..100} -> FC-10"

TABLE = """\
CONV.F  POOL     Parameters              MACs  Depth  Field   Peak live  Windows fit
     1   yes            666             1,408      2      8   11.30 KiB  yes
     1    no          2,586             3,328      2      8   33.09 KiB  yes
     3   yes            762             7,552      2     10   12.05 KiB  yes
     3    no          2,682             9,472      2     10   33.84 KiB  yes
"""
MARKDOWN = """\
| CONV.F | POOL | Parameters | MACs | Depth | Field | Peak live | Windows fit |
|--:|--:|--:|--:|--:|--:|--:|:--|
| 1 | yes | 666 | 1,408 | 2 | 8 | 11.30 KiB | yes |
| 1 | no | 2,586 | 3,328 | 2 | 8 | 33.09 KiB | yes |
| 3 | yes | 762 | 7,552 | 2 | 10 | 12.05 KiB | yes |
| 3 | no | 2,682 | 9,472 | 2 | 10 | 33.84 KiB | yes |
"""
CSV = """\
CONV.F,POOL,parameters,macs,depth,receptive_field,peak,fits,why_not,pattern
1,yes,666,1408,2,8,11568,true,,INPUT[8x8x3] -> CONV1-4 -> POOL -> FC-10
1,no,2586,3328,2,8,33880,true,,INPUT[8x8x3] -> CONV1-4 -> FC-10
3,yes,762,7552,2,10,12336,true,,INPUT[8x8x3] -> CONV3-4 -> POOL -> FC-10
3,no,2682,9472,2,10,34648,true,,INPUT[8x8x3] -> CONV3-4 -> FC-10
"""
ANNOUNCED = "4 members; what is the same network is shown once\n"


@pytest.mark.parametrize(
    ("style", "text"), [("table", TABLE), ("markdown", MARKDOWN), ("csv", CSV)]
)
def test_formats(run, style, text):
    done = run("sweep", FAMILY, "--format", style)
    assert (done.code, done.out, done.err) == (0, text, ANNOUNCED)


def test_json_lines(run):
    done = run("sweep", FAMILY, "--format", "jsonl")
    first, *rest = map(json.loads, done.out.splitlines())
    assert len(rest) == 3
    assert first == {
        "bindings": {"CONV.F": 1, "POOL": [True]},
        "pattern": "INPUT[8x8x3] -> CONV1-4 -> POOL -> FC-10",
        "parameters": 666,
        "macs": 1408,
        "activations": 522,
        "layers": 4,
        "depth": 2,
        "receptive_field": {"width": 8, "height": 8},
        "peak": 11568,
        "textbook": 12168,
        "figure": None,
        "max_batch": None,
        "fits": True,
        "why_not": "",
        "findings": [],
    }


def test_a_member_that_does_not_fit_its_window_is_a_row_like_the_others(run):
    done = run("sweep", "INPUT[9x9x3] -> POOL{2,3}/2 -> FC-10", "--format", "jsonl")
    wrong, right = map(json.loads, done.out.splitlines())
    assert done.code == 0
    message = (
        "the window does not tile its input 9x9x3 exactly: "
        "(9 - 2 + 2*0)/2 + 1 = 4.5 along width and height"
    )
    assert (wrong["fits"], wrong["why_not"]) == (False, f"pool1: {message}")
    assert [(f["code"], f["layer"]) for f in wrong["findings"]] == [("fit", "pool1")]
    assert (right["fits"], right["why_not"], right["findings"]) == (True, "", [])
    analyzed = run("analyze", wrong["pattern"], "--format", "json").network
    assert analyzed["totals"]["parameters"] == wrong["parameters"]
    assert analyzed["memory"]["pytorch"]["peak_live"] == wrong["peak"]


@pytest.mark.parametrize(
    ("text", "options"),
    [("INPUT[500x2] -> CONV9-{W} -> RELU -> POOL2 -> FC-5", ()),
     ("INPUT[8x12x12x3] -> CONV3-{W} -> BN -> RELU -> POOL2 -> FC-5", ()),
     ("INPUT -> CONV3-{W} -> RELU -> FC-5", ("--input", "100x3"))],
)  # fmt: skip
def test_networks_of_one_and_three_axes(text, options, run):
    swept = run("sweep", text.replace("W", "4,8"), "--format", "jsonl", *options)
    assert swept.code == 0
    for width, line in zip("48", swept.out.splitlines(), strict=True):
        one = text.replace("{W}", width)
        memory = run("analyze", one, "--format", "json", *options).network["memory"]["pytorch"]
        assert json.loads(line)["peak"] == memory["peak_live"]


def test_on_a_card_the_largest_batch_is_that_of_fit_and_the_verdict_that_of_check(run):
    text = "INPUT[64x64x3] -> [[CONV -> RELU]*{1,3} -> POOL]*2 -> FC-{100,100000}"
    setup = ["-b", "64", "--optimizer", "adam"]
    done = run("sweep", text, "--gpu", "gtx-1050-ti", *setup, "--format", "jsonl")
    found = list(map(json.loads, done.out.splitlines()))
    assert {row["fits"] for row in found} == {True, False}
    for row in found:
        fit = run("fit", row["pattern"], "--gpu", "gtx-1050-ti", *setup[2:], "--format", "json")
        assert fit.network["max_batch"]["float32"] == row["max_batch"]
        check = run("check", row["pattern"], "--gpu", "gtx-1050-ti", *setup, "--format", "json")
        (result,) = json.loads(check.out)["results"]
        assert (result["verdict"] == "pass") is row["fits"]
        assert result["figure"] == row["figure"]
        assert row["fits"] or row["why_not"].endswith("of the 3.94 GiB of gtx-1050-ti")


def test_options_pick_and_order_rows(run):
    def column(*options):
        out = run("sweep", FAMILY, "--format", "csv", *options).out
        return [row["parameters"] for row in csv.DictReader(io.StringIO(out))]

    assert column("--sort", "parameters") == ["666", "762", "2586", "2682"]
    assert column("--sort", "-parameters", "--top", "2") == ["2682", "2586"]
    assert column("--top", "1") == ["666"]
    assert column("--where", "parameters > 700 and CONV.F == 3") == ["762", "2682"]
    assert column("--pareto", "parameters,macs") == ["666"]
    assert column("--pareto", "parameters, field") == ["666", "762"]
    assert column("--set", "POOL=no") == ["2586", "2682"]
    assert column("--where", "fits and not fits") == []


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_as_many_processes_as_you_like_print_the_same(run, jobs):
    options = ["--memory", "textbook", "--format", "jsonl", *NOTES_SET]
    alone = run("sweep", NOTES, *options, "--jobs", "1")
    assert alone.err == "744 members; what is the same network is shown once\n"
    assert alone.out.count("\n") == 546
    assert run("sweep", NOTES, *options, "--jobs", jobs) == alone


@pytest.mark.parametrize("style", ["table", "csv", "jsonl", "markdown"])
def test_shards_one_after_the_other_are_the_whole(run, style):
    options = ["--memory", "textbook", "--format", style, *NOTES_SET]
    whole = run("sweep", NOTES, *options)
    parts = [run("sweep", NOTES, *options, "--shard", f"{k}/8") for k in range(1, 9)]
    assert "".join(part.out for part in parts) == whole.out
    assert parts[1].err.startswith("744 members, part 2 of 8 of those; ")


@pytest.mark.parametrize(
    ("few", "order"),
    [
        (["--sort", "-macs", "--top", "3"], ["--sort", "-macs"]),
        (["--pareto", "parameters,macs"], []),
        (["--sort", "macs", "--top", "3", "--where", "max_batch > 2200"],
         ["--sort", "macs", "--where", "max_batch > 2200"]),
    ],
    ids=["the first rows", "a front", "where the largest batch decides"],
)  # fmt: skip
def test_the_largest_batch_of_the_few_rows_that_are_shown(run, few, order):
    pattern = "INPUT[32x32x3] -> [CONV -> RELU -> POOL?]*{1..3} -> FC"
    card = ["--gpu", "gtx-1060-6gb", "--format", "jsonl"]
    every = run("sweep", pattern, *card, *order).out.splitlines()
    shown = run("sweep", pattern, *card, *few).out.splitlines()
    assert 0 < len(shown) < len(every)
    assert shown == ([row for row in every if row in shown] if not order else every[: len(shown)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["INPUT -> [CONV]*N"], "`N` has no value"),
        (["INPUT -> CONV", "--set", "N=1..3"], "no repeat and no optional layer of that name"),
        (["INPUT -> CONV*N", "--set", "N=3..1"], "is not a setting such as N=1..3"),
        (["INPUT -> CONV*N", "--set", "N=1..9999999999"], "is not a setting such as N=1..3"),
        (["INPUT -> CONV*N", "--set", "N="], "is not a setting such as N=1..3"),
        (["INPUT -> CONV*N", "--set", "N=1,x"], "is not a setting such as N=1..3"),
        (["INPUT -> CONV{3,5"], "`{` is never closed"),
        (["INPUT -> CONV{3,4}"], "F=4 is even"),
        (["INPUT -> CONV", "INPUT -> FC"], "one pattern at a time, not 2"),
        (["vgg16"], "a family is written as a pattern"),
        (["nothing"], "neither a file, nor a shipped spec, nor a pattern"),
        ([FAMILY, "--where", "parameters <"], "expected a figure"),
        ([FAMILY, "--where", "max_batch > 3"], "`max_batch` needs a limit"),
        ([FAMILY, "--sort", "x"], "there is no figure `x` to order by"),
        ([FAMILY, "--pareto", ","], "--pareto names no figure"),
        ([FAMILY, "--shard", "0/8"], "`0/8` is not a part such as 2/8"),
        ([FAMILY, "--shard", "9/8"], "`9/8` is not a part such as 2/8"),
        ([FAMILY, "--gpu", "rtx-9999"], "rtx-9999"),
        ([FAMILY, "--jobs", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage(run, arguments, message):
    done = run("sweep", *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_error_in_the_middle_ends_with_2_after_whole_lines(run, jobs):
    done = run("sweep", "INPUT -> CONV{1..9}", "--jobs", jobs, "--format", "jsonl")
    assert done.code == 2
    assert "F=2 is even" in done.err
    assert all(json.loads(line)["fits"] for line in done.out.splitlines())


def test_a_pattern_from_standard_input_a_file_and_yaml(run, tmp_path):
    expected = run("sweep", FAMILY).out
    assert run("sweep", stdin=FAMILY).out == expected
    file = tmp_path / "family.pattern"
    file.write_text(f"# a family\n{FAMILY}\n")
    assert run("sweep", str(file)).out == expected
    spec = tmp_path / "family.yaml"
    spec.write_text('name: x\ninput: 8x8x3\npattern: "CONV{1,3}-4 -> POOL? -> FC-10"\n')
    assert run("sweep", str(spec)).out == expected
    assert run("sweep", stdin=f"{FAMILY}\n{FAMILY}\n").code == 2


def test_values_of_names(run):
    def first(value):
        out = run("sweep", "INPUT[8x8x3] -> [CONV-4]*N", "--set", value, "--format", "csv").out
        return [line.split(",")[0] for line in out.splitlines()[1:]]

    assert first("N=2") == ["2"]
    assert first("N=1..3") == ["1", "2", "3"]
    assert first("N={1,4}") == ["1", "4"]
    assert first("N=1,4,4") == ["1", "4"]
    assert first("N = {0..1}") == ["0", "1"]


def test_head_ends_it_quietly():
    done = shell(f"convcalc sweep '{LARGE}' --memory textbook --format jsonl | head -n 2")
    assert (done.code, done.out.count("\n")) == (0, 2)
    assert done.err.startswith("640,000 members") and done.err.count("\n") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_whole_lines_and_130(jobs, tmp_path):
    out = tmp_path / "out.jsonl"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "convcalc", "sweep", LARGE, "--memory", "textbook",
             "--format", "jsonl", "--jobs", jobs],
            stdout=file, stderr=subprocess.PIPE, start_new_session=True, cwd=ROOT,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while out.stat().st_size < 100_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process gets it
        err = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 130
    lines = out.read_text().split("\n")
    assert lines.pop() == ""
    assert all(json.loads(line)["fits"] for line in lines)
    assert 100 < len(lines) < 640_000
    assert "Traceback" not in err


def interrupted_sweep(after):
    """What a large sweep that shows nothing ends with, when Ctrl-C comes so many seconds on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "convcalc", "sweep", LARGE, "--memory", "textbook",
         "--where", "not fits", "--jobs", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stderr is not None
    assert b"640,000" in process.stderr.readline()
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_ctrl_c_ends_a_sweep_that_shows_nothing():
    code, out, err = interrupted_sweep(0.5)
    assert (code, err) == (130, b"")
    assert out.decode().count("\n") == 1  # the table's head


def test_ctrl_c_ends_a_sweep_whenever_it_comes():
    """The locks of multiprocessing's pool were once not let go of: one run in seventy hung."""
    for number in range(30):
        code, _, err = interrupted_sweep(0.01 * number)
        # Python's own `exec` of a string, interrupted, makes its process end by the signal.
        assert code in (130, -signal.SIGINT), number
        assert err.strip() == b"", number


SPAWNED = """
import multiprocessing, sys
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    multiprocessing.get_all_start_methods = lambda: ["spawn"]
    from convcalc.cli import main
    main(sys.argv[1:])
"""


def test_processes_that_are_not_forked(run, tmp_path):
    """As on Windows: what a process works with reaches it as bytes."""
    script = tmp_path / "spawned.py"
    script.write_text(SPAWNED)
    given = ["sweep", "INPUT[32x32x3] -> CONV{3,5}-{1..40} -> FC-{2,3}", "--format", "csv"]
    done = subprocess.run([sys.executable, script, *given, "--jobs", "2"], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout == run(*given, "--jobs", "1").out
    assert done.returncode == 0


def _refuse(member):
    raise ConvcalcError("f.txt: too large", "try less")


WAYS_TO_END = {
    "killed, as for want of memory": (lambda member: os._exit(9), sweep_run.ENDED),
    "a fault of ours": (
        lambda member: {}["depth"], "convcalc itself fails: KeyError: 'depth'",
    ),
    "an error": (_refuse, "f.txt: too large"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "words"), WAYS_TO_END.values(), ids=WAYS_TO_END)
def test_what_ends_a_process_of_a_sweep_is_told(row, words, monkeypatch):
    monkeypatch.delenv("CONVCALC_TRACEBACK", raising=False)
    members = [Member(number, {}, (), ()) for number in range(3)]
    with pytest.raises(ConvcalcError, match=re.escape(words)):
        list(sweep_run.evaluate_members(members, lambda: SimpleNamespace(member_row=row), 2))


@pytest.mark.parametrize("sizes", ["INPUT[32x32x8]"])
def test_three_3x3_against_one_7x7(run, sizes):
    """CS231n's notes, 3.1: both see 7x7; 27C^2 weights against 49C^2 at C channels."""
    channels = 8
    stack = f"{sizes} -> [CONV3-{channels}(bias=false)]*3"
    single = f"{sizes} -> CONV7-{channels}(bias=false)"
    found = [
        json.loads(run("sweep", pattern, "--format", "jsonl").out) for pattern in (stack, single)
    ]
    assert [row["parameters"] for row in found] == [27 * channels**2, 49 * channels**2]
    assert [row["receptive_field"]["width"] for row in found] == [7, 7]


@pytest.mark.parametrize("options", [("--sort", "-peak"), ("--pareto", "peak,depth")])
def test_what_a_sweep_is_sorted_by_stays_in_a_narrow_table(run, monkeypatch, options):
    from convcalc.cli import _output

    monkeypatch.setattr(_output, "terminal_width", lambda: 60)
    family = "INPUT[8x8x3] -> CONV{1,3}-{4,8} -> FC-10"
    (titles, *_), (chosen, *_) = (run("sweep", family, "--gpu", "t4", *each).out.splitlines()
                                  for each in ((), options))  # fmt: skip
    assert ("Peak" in titles, "Peak" in chosen) == (False, True)


def test_the_first_members_are_not_kept_waiting_for_others():
    from convcalc.answers.families import run as sweeping

    sizes = [len(chunk) for chunk in sweeping._split_chunks(range(100))]
    assert sizes == [1, 2, 4, 8, 16, 32, 32, 5]
    assert sum(sizes) == 100


def test_the_titles_say_which_memory_is_meant_and_what_fits(run):
    heads = [run("sweep", "INPUT[8x8x3] -> FC", *words).out.splitlines()[0]
             for words in ((), ("--gpu", "t4"), ("--memory", "textbook"))]  # fmt: skip
    assert [head.split("  ")[-1] for head in heads] == ["Windows fit", "Fits", "Windows fit"]
    assert ["Peak live" in head for head in heads] == [True, True, False]
    assert "By the notes" in heads[2]
