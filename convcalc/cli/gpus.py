"""`convcalc gpus`: the cards that `--gpu` knows."""

import click


@click.command(name="gpus")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option("--sources", is_flag=True, help="Say where each figure was found.")
def command(words: tuple[str, ...], sources: bool) -> int:
    """List the GPUs, or those whose name has every WORD: `convcalc gpus rtx 30`.

    Memory is what nvidia-smi reports. Exits with 1, and offers the nearest names, when
    none matches.
    """
    from convcalc.memory.cards import UnknownCard, find_card, matching_cards

    text = " ".join(words)
    cards = matching_cards(text)
    if not cards:
        try:
            cards = (find_card(text),)
        except UnknownCard as error:
            click.echo(f"{error.message}\nhint: {error.hint}" if error.hint else str(error),
                       err=True)  # fmt: skip
            return 1
    width = max(len(card.name) for card in cards)
    for card in cards:
        capability = ".".join(map(str, card.compute_capability))
        line = f"{card.name:<{width}}  {card.memory / 2**20:>9,.0f} MiB  sm {capability:<4}  "
        line += f"context {card.context / 2**20:,.0f} MiB"
        click.echo(f"{line}  {card.source}" if sources else line.rstrip())
    return 0
