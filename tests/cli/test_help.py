"""Every command and every option explains itself."""

import re
import shlex

import click
import pytest

from convcalc.cli import root

CONTEXT = click.Context(root)
COMMANDS = root.list_commands(CONTEXT)


def command_of(name: str) -> click.Command:
    found = root.get_command(CONTEXT, name)
    assert found is not None
    return found


def test_analyze_is_there():
    assert "analyze" in COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_what_it_does(name):
    help_text = command_of(name).help or ""
    first = help_text.split("\n\n")[0]
    assert first.rstrip().endswith((".", ":")), first
    assert len(first) > 20


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name):
    for option in command_of(name).params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_printed(run, name, option):
    done = run(name, option)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: convcalc {name} ")
    assert max(map(len, done.out.split("\n"))) <= 100


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_refused_with_usage(run, name):
    done = run(name, "--no-such-option-anywhere")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Usage: convcalc {name} ")


def test_the_group_lists_every_command(run):
    out = run("--help").out
    listed = re.findall(r"^  ([a-z][a-z-]*)  +\S", out.split("Commands:\n")[1], re.MULTILINE)
    assert listed == COMMANDS


def test_no_command_at_all_shows_them(run):
    done = run()
    assert done.code == 2
    assert "Commands:" in done.err


@pytest.mark.parametrize(
    ("word", "hint"),
    [("analyse", "did you mean `analyze`?"), ("ANALYZE", "did you mean `analyze`?")],
)
def test_an_unknown_command_names_the_nearest(run, word, hint):
    done = run(word)
    assert (done.code, done.out) == (2, "")
    assert f"no such command `{word}`. {hint}" in done.err


def test_no_private_module_is_a_command():
    assert not [name for name in COMMANDS if name.startswith(("_", "-"))]


def test_the_roots_descriptions_are_not_cut_at_80_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("--help").out.split("Commands:\n")[1].splitlines()
    assert max(map(len, lines)) < 80
    assert not [line for line in lines if line.endswith("...")]


def options_of(name: str) -> list[str]:
    found = command_of(name)
    inner = found.commands.values() if isinstance(found, click.Group) else [found]
    return [max(option.opts, key=len) for each in inner for option in each.params
            if isinstance(option, click.Option)]  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_stands_in_a_section_once(run, name):
    if isinstance(command_of(name), click.Group):
        helps = [run(name, inner, "--help").out for inner in command_of(name).commands]
    else:
        helps = [run(name, "--help").out]
    text = "\n".join(helps)
    heads = re.findall(r"^([A-Z].*):$", text, re.MULTILINE)
    assert set(heads) <= {"What to calculate", "The card", "The pattern", "What to show",
                          "What counts", "Output", "Advanced"}  # fmt: skip
    shown = re.findall(r"^  (?:-\w, )?(--[a-z-]+)(?: |$)", text, re.MULTILINE)
    assert sorted(shown) == sorted([*options_of(name), *["--help"] * len(helps)])
    assert "<=x" not in text and "RANGE" not in text


def test_a_size_is_written_as_it_is_typed(run):
    assert "--input WxHxD " in run("analyze", "--help").out


FIRST_SCREEN = 40  # lines


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("analyze", "--batch --optimizer --amp --gpu --budget --top --sort --format --output"),
        ("fit", "--batch --optimizer --amp --gpu --budget --target-batch --format --output"),
        ("compare", "--batch --optimizer --amp --gpu --budget --format --output"),
        ("check", "--batch --optimizer --amp --gpu --budget --format --quiet --output"),
    ],
)
def test_the_common_options_stand_on_the_first_screen(run, monkeypatch, name, options):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(name, "--help").out.splitlines()
    shown = re.findall(r"^  (?:-\w, )?(--[a-z-]+)(?: |$)", "\n".join(lines[:FIRST_SCREEN]), re.M)
    assert set(options.split()) <= set(shown)
    heads = [line for line in lines if re.fullmatch(r"[A-Z].*:", line)]
    assert heads[-1] == "Advanced:"
    assert lines.index("Advanced:") < FIRST_SCREEN + 24


def test_words_to_choose_from_stand_in_the_help_where_they_are_many(run):
    out = " ".join(run("analyze", "--help").out.split())
    assert "--dtype WORD Type of every value: float32, float64, float16, bfloat16. [float32]" in out
    assert "--mode [train|infer] Train the network, or only run it. [train]" in out


def test_the_roots_examples_work(run, tmp_path, monkeypatch):
    """One for each question that people come with."""
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"^  convcalc (.*?)   ", run("--help").out, re.MULTILINE)
    done = [run(*shlex.split(example)) for example in examples]
    assert [each.code for each in done] == [0, 0, 0, 0, 1, 0, 0]
    assert "error[fit]" in done[4].out
    assert (tmp_path / "report.html").exists()
