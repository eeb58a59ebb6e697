"""Every command and every option explains itself."""

import re

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
