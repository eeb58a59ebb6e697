"""`convcalc gpus`: the cards that `--gpu` knows."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli._help import OUTPUT, new_command, option
from convcalc.cli._output import echo
from convcalc.cli._talk import say

if TYPE_CHECKING:
    from convcalc.memory.cards import Card


@new_command("gpus", "List the GPUs that --gpu knows.")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@option(OUTPUT, "--sources", is_flag=True, help="Say where each figure was found.")
@option(OUTPUT, "--format", "style", type=click.Choice(["text", "json"]), default="text",
              help="How to print it.  [text]")  # fmt: skip
def command(words: tuple[str, ...], sources: bool, style: str) -> int:
    """List the GPUs, or those whose name has every WORD: `convcalc gpus rtx 30`.

    Memory is what nvidia-smi reports, capacity what CUDA offers of it; the context is that of
    a process with cuBLAS and cuDNN. Exits with 1, and offers the nearest names, when none
    matches.
    """
    from convcalc.memory.cards import UnknownCard, find_card, matching_cards

    text = " ".join(words)
    cards = matching_cards(text)
    if not cards:
        try:
            cards = (find_card(text),)
        except UnknownCard as error:
            say(f"{error.message}\nhint: {error.hint}" if error.hint else str(error))
            return 1
    if style == "json":
        import json

        echo(json.dumps([_plain(card, sources) for card in cards], indent=1))
        return 0
    width = max(len(card.name) for card in cards)
    for card in cards:
        capability = ".".join(map(str, card.compute_capability))
        line = f"{card.name:<{width}}{card.memory / 2**20:>8,.0f} MiB"
        line += f" capacity {card.capacity / 2**20:>7,.0f} MiB  sm {capability:<4}"
        line += f" context {card.context_with_libraries / 2**20:,.0f} MiB"
        echo(f"{line}  {card.source}" if sources else line.rstrip())
    return 0


def _plain(card: "Card", sources: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": card.name,
        "memory": card.memory,
        "capacity": card.capacity,
        "compute_capability": ".".join(map(str, card.compute_capability)),
        "multiprocessors": card.multiprocessors,
        "context": card.context,
        "context_with_libraries": card.context_with_libraries,
        "context_most": card.context_most,
        "context_eager": card.context_eager,
    }
    if sources:
        found["sources"] = {
            "memory": card.source,
            "multiprocessors": card.multiprocessors_source,
            "context": card.context_source,
            "context_eager": card.context_eager_source,
        }
    return found
