"""What the tab key offers for sources, cards and columns."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _ParamType = click.ParamType[Any]
else:  # generic since click 8.3
    _ParamType = click.ParamType


class SourceName(_ParamType):
    """A file, the name of a shipped spec, or a pattern: any text."""

    name = "SOURCE"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """As it is."""
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> "list[CompletionItem]":
        """Names of shipped specs beside files; the shell knows files better where no name fits."""
        from click.shell_completion import CompletionItem

        from convcalc.network.shipped import spec_names

        names = [name for name in spec_names() if name.startswith(incomplete)]
        if not names:
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem(name) for name in [*names, *_files(incomplete)]]


def _files(incomplete: str) -> list[str]:
    """What lies in the current folder and begins so; nothing hidden that is not asked for."""
    names = (name + os.sep * os.path.isdir(name) for name in sorted(os.listdir()))
    hidden = incomplete.startswith(".")
    return [name for name in names
            if name.startswith(incomplete) and (hidden or name[0] != ".")]  # fmt: skip


class NameIn(_ParamType):
    """A text, for which the tab key offers known names, the next one behind each comma."""

    name = "NAME"

    def __init__(self, known: Callable[[], list[str]], name: str = "NAME") -> None:
        self.known, self.name = known, name

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """As it is: what it may be is for the command to say."""
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> "list[CompletionItem]":
        """The names that begin with what stands behind the last comma."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in self.known()
                if name.startswith(last)]  # fmt: skip


def card_names() -> list[str]:
    """Names of all cards."""
    from convcalc.memory.cards import all_cards

    return [card.name for card in all_cards()]


def column_keys() -> list[str]:
    """Keys of the columns of a table of layers."""
    from convcalc.answers.figures import of_layers

    return [figure.key for figure in of_layers()]


SOURCE = SourceName()


def repair_fish() -> None:
    """Let fish take names with commas: click's line for it splits a name at each of them."""
    from click.shell_completion import FishComplete, add_completion_class

    class Fish(FishComplete):
        source_template = FishComplete.source_template.replace(
            'string split "," $completion', 'string split --max 1 "," $completion'
        )

    add_completion_class(Fish)
