"""Every statement of the notes that a calculator can show, by the command that shows it.

docs/notes.yaml lists them, docs/notes.md is made from it; facts and figures are the notes'.
"""

import shlex

import pytest
import yaml
from support import ROOT

COMMANDS = yaml.safe_load((ROOT / "docs/notes.yaml").read_text("utf-8"))
SECTIONS = ["1", "2", "2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3", "3.4"]
STATEMENTS = [said for command in COMMANDS for said in command["says"]]


def texts(said):
    """What must be shown, each as words."""
    shows = said["shows"]
    return [" ".join(text.split()) for text in ([shows] if isinstance(shows, str) else shows)]


@pytest.mark.parametrize("command", COMMANDS, ids=[command["run"] for command in COMMANDS])
def test_a_command_shows_what_the_notes_say(run, command):
    done = run(*shlex.split(command["run"]))
    assert done.code == command.get("code", 0), done.err
    shown = " ".join(done.out.replace("\n▸", "\n ").split())  # the margin's marks
    missing = [
        (said["fact"], text)
        for said in command["says"]
        for text in texts(said)
        if text not in shown
    ]
    assert missing == []


def test_all_sections_are_gone_through():
    assert len(STATEMENTS) >= 165
    assert {said["at"] for said in STATEMENTS} == set(SECTIONS)
    assert len({command["run"] for command in COMMANDS}) == len(COMMANDS)
    facts = [(said["at"], said["fact"]) for said in STATEMENTS]
    assert len(set(facts)) == len(facts)


SLIPS = ["93 MB", "4M parameters", "five pools", "takes two", "no FC layers", "middle layers",
         "72 MB", "Most of the computation", "36 crops"]  # fmt: skip


@pytest.mark.parametrize("words", SLIPS)
def test_where_the_notes_slip_the_page_says_what_is_so(words):
    (said,) = [said for said in STATEMENTS if words in said["fact"]]
    assert said["truth"]
    page = (ROOT / "docs/notes.md").read_text("utf-8").partition("## All statements")[0]
    assert f"| {said['fact']} | {said['truth']} |" in page


def test_no_text_that_is_shown_is_empty():
    assert all(text for said in STATEMENTS for text in texts(said))


def test_the_share_of_early_layers_is_as_the_page_says(run):
    """30 % of VGG-16's multiply-adds, and 71 % of its values, are in its first two blocks."""
    (said,) = [said for said in STATEMENTS if "Most of the computation" in said["fact"]]
    network = run("analyze", "vgg16", "--format", "json").network

    def share(key, *blocks):
        names = tuple(f"{kind}{block}" for kind in ("conv", "pool") for block in blocks)
        part = sum(row[key] for row in network["layers"] if row["name"].startswith(names))
        return f"{100 * part / network['totals'][key]:.1f} %"

    assert share("activations", 1, 2) == "71.1 %"
    shares = [share("macs", 1, 2), share("macs", 3), share("macs", 4), share("macs", 5)]
    assert shares == ["30.5 %", "29.9 %", "29.9 %", "9.0 %"]
    for text in ("71.1 %", *shares):
        assert text in said["truth"]
