"""Figures of sizes that do not fit: in no text, and in every format that programs read."""

import json

import pytest

NET = "INPUT[10x10x1] -> CONV3-8/2(P=0)"
TAIL = """\
<pattern>:1:19: error[fit] conv1_1: the window does not tile its input 10x10x1 exactly: \
(10 - 3 + 2*0)/2 + 1 = 4.5 along width and height
    INPUT[10x10x1] -> CONV3-8/2(P=0)
                      ^^^^^^^^^^^^^^
hint: F=2, S=1, an input of 9x9x1, an input of 11x11x1 or rounding=floor (as PyTorch does; \
never reads 1 column and 1 row) would fit
"""
FLOOR = """\
rounded down as PyTorch does, every layer fits: --rounding floor, or `rounding: floor` in the spec
"""
CHECKED = (
    f"invalid {NET}  <pattern>  limits are not judged: sizes do not fit\n"
    + "".join(f"  {line}\n" for line in (TAIL + FLOOR).splitlines())
    + "1 checked: 1 invalid\n"
)
NONE = "No memory figures: a network whose sizes do not fit takes none."


@pytest.mark.parametrize("limit", ["1MiB", "1GiB"])
def test_check_judges_no_budget(limit, run):
    assert run("check", NET, "--budget", limit) == (1, CHECKED, "")


def test_check_in_a_comment(run):
    out = run("check", NET, "--budget", "1MiB", "--format", "markdown").out
    assert f"```\n{TAIL}```" in out
    assert "over-memory" not in out


@pytest.mark.parametrize("style", ["json", "sarif", "gitlab", "github", "junit"])
def test_what_programs_read_is_whole(style, run):
    """By the contract the figures are those of the floored walk."""
    done = run("check", NET, "--budget", "1MiB", "--format", style)
    assert done.code == 1
    assert "than the 1.00 MiB of the budget" in done.out


def test_ignored_misfits_are_the_users_word(run):
    out = run("check", NET, "--budget", "1MiB", "--ignore", "fit").out
    assert "error[over-memory]" in out
    assert "safe at batch 1" in out


def test_fit_has_no_batch(run):
    head = f"{NET} in 14.56 GiB of t4 (safe; float32, training with momentum)"
    assert run("fit", NET, "--gpu", "t4") == (1, f"{head}\n{NONE}\n\n{TAIL}{FLOOR}", "")


def test_fit_on_cards_has_no_batch(run):
    head = f"{NET} (safe; float32, training with momentum)"
    assert run("fit", NET, "--gpu", "t4,a10") == (1, f"{head}\n{NONE}\n\n{TAIL}{FLOOR}", "")


def test_fit_in_markdown_tells_of_what_fits_only(run):
    done = run("fit", NET, "lenet5", "--gpu", "t4,a10", "--format", "markdown")
    assert done.out.count(NONE) == 1
    assert "| INPUT" not in done.out
    assert "| LeNet-5 | t4 |" in done.out
    assert run("fit", NET, "--gpu", "t4", "--format", "markdown").out == (
        f"INPUT\\[10x10x1\\] -\\> CONV3-8/2(P=0): {NONE}\n\n```\n{TAIL}```\n"
    )


def test_fit_in_html(run):
    out = run("fit", NET, "--gpu", "t4", "--format", "html").out
    assert f'<p class="figure over">{NONE}</p>' in out
    assert "Largest batch" not in out


def test_the_largest_input_is_one_that_fits(run):
    out = run("fit", NET, "--gpu", "t4", "--vary", "input").out
    assert "largest input" in out
    assert NONE not in out


def test_json_of_fit_has_its_figures(run):
    done = run("fit", NET, "--gpu", "t4", "--format", "json")
    assert json.loads(done.out)["networks"][0]["max_batch"]["float32"] > 0


def test_compare_leaves_memory_empty(run):
    out = run("compare", NET, "lenet5", "--gpu", "t4", "--format", "markdown").out
    head, _, row, *_ = (line for line in out.split("\n") if line.startswith("|"))
    named = dict(zip(head.split("|"), row.split("|"), strict=True))
    assert {named[f" {title} "] for title in ("To train", "To run", "Max batch")} == {"  "}
    assert named[" MACs "] == " 1,152 "


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        pytest.param("layers: [conv: {filters: 8, size: 3, stride: 2}]", FLOOR, id="no rounding"),
        pytest.param(
            "rounding: exact\nlayers: [conv: {filters: 8, size: 3, stride: 2}]",
            "rounded down as PyTorch does, every layer fits: `rounding: floor` in the spec\n",
            id="the spec says, which beats the option",
        ),
        pytest.param("layers: [conv: {filters: 8, size: 3, stride: 2, rounding: exact}]", "",
                     id="the layer says"),
        pytest.param("layers: [conv: {filters: 8, size: 3, stride: 2}, crop: {size: 40x40}]", "",
                     id="another error stays"),
    ],
)  # fmt: skip
def test_rounding_of_the_network_is_offered_where_it_mends_all(run, tmp_path, spec, said):
    (tmp_path / "net.yaml").write_text(f"input: 32x32x3\n{spec}\n", encoding="utf-8")
    file = str(tmp_path / "net.yaml")
    for command in ("analyze", "check"):
        done = run(command, file)
        lines = [line.strip() for line in done.out.splitlines() if "rounded down" in line]
        assert (done.code, lines) == (1, said.splitlines())
    if "--rounding floor" in said:
        assert run("check", file, "--rounding", "floor").code == 0
