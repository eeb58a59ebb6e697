"""What the tab key offers; tests/cli/real_tab.py presses it in real shells."""

import pytest
from click.shell_completion import ShellComplete

from convcalc.cli import root
from convcalc.memory.cards import all_cards


def offered(*words: str) -> list[str]:
    """Values that a shell is offered for the last word."""
    complete = ShellComplete(root, {}, "convcalc", "_CONVCALC_COMPLETE")
    found = complete.get_completions(list(words[:-1]), words[-1])
    return [item.value if item.type == "plain" else f"<{item.type}>" for item in found]


SOURCES = ["analyze", "check", "compare", "fit", "lint", "sweep", "to-conv", "explain", "diff"]


@pytest.mark.parametrize("command", SOURCES)
def test_shipped_networks_beside_files(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vgg16_mine.yaml").touch()
    (tmp_path / "vgg16_nets").mkdir()
    (tmp_path / ".hidden").touch()
    assert offered(command, "vgg16_") == [
        "vgg16_bn", "vgg16_torchvision", "vgg16_mine.yaml", "vgg16_nets/"]  # fmt: skip
    assert offered(command, "models/") == offered(command, "mine") == ["<file>"]
    assert {"lenet5", "vgg16_nets/"} < set(offered(command, ""))
    assert ".hidden" not in offered(command, "")


def test_inner_commands_take_sources_too():
    assert "vgg16_bn" in offered("export", "yaml", "vgg16")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(("analyze", "--gpu", "rtx-3090"), ["rtx-3090", "rtx-3090-ti"], id="a card"),
        pytest.param(("fit", "--gpu", "t4,rtx-3090-"), ["t4,rtx-3090-ti"], id="another card"),
        pytest.param(("analyze", "--columns", "na"), ["name"], id="a column"),
        pytest.param(("analyze", "--columns", "name,we"), ["name,weights"], id="another column"),
        pytest.param(("check", "--optimizer", "ada"), ["adagrad", "adam", "adamw"], id="a choice"),
        pytest.param(("ana",), ["analyze"], id="a command"),
    ],
)
def test_names_are_offered(words, found):
    assert offered(*words) == found


def test_every_card_is_offered():
    assert offered("analyze", "--gpu", "") == [card.name for card in all_cards()]
