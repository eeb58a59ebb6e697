"""A change to a network or to its setup that may save memory, and how to make it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.facts.setup import Setup
from convcalc.network.graph import Network

Apply = Callable[[Network, Setup], tuple[Network, Setup]]


class Change(NamedTuple):
    """Something to try: only one of each `code` can be made at a time."""

    code: str
    text: str  # for people, such as "automatic mixed precision"
    fields: dict[str, Any]  # for programs: what becomes what
    apply: Apply
    typed: str = ""  # the same with the options to type, where there are any

    @property
    def at_prompt(self) -> str:
        """The words where there is a command line."""
        return self.typed or self.text


def of_setup(code: str, text: str, options: str, **fields: Any) -> Change:
    """A change to fields of the setup, which `options` make on the command line."""

    def apply(network: Network, setup: Setup) -> tuple[Network, Setup]:
        return network, setup._replace(**fields)

    return Change(code, text, fields, apply, f"{text} ({options})")


def of_network(
    code: str, text: str, fields: dict[str, Any], edit: Callable[[Network], Network]
) -> Change:
    """A change to the network itself."""
    return Change(code, text, fields, lambda network, setup: (edit(network), setup))
