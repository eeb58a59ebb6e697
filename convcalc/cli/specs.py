"""`convcalc specs`: the networks that come with the package."""

import click

from convcalc.cli._output import echo
from convcalc.network import shipped


@click.command(name="specs")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option("--path", is_flag=True, help="Print the files instead of names and titles.")
def command(words: tuple[str, ...], path: bool) -> int:
    """List the shipped specs, or those whose name or title has every WORD.

    Each can be given by its name wherever a command takes a SOURCE. Exits with 1 when
    none matches.
    """
    rows = [(name, *_title(name)) for name in shipped.spec_names()]
    found = [row for row in rows if all(word.lower() in " ".join(row).lower() for word in words)]
    width = max((len(row[0]) for row in found), default=0)
    titles = max((len(row[1]) for row in found), default=0)
    for name, title, reference in found:
        line = f"{name:<{width}}  {title:<{titles}}  {reference}".rstrip()
        echo(shipped.spec_path(name) or name if path else line)
    return 0 if found else 1


def _title(name: str) -> tuple[str, str]:
    """Name and reference as the spec's first lines have them."""
    found = {"name": "", "reference": ""}
    with open(shipped.spec_path(name) or "", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key in found:
                found[key] = value.strip().strip("\"'")
            if key in ("layers", "pattern"):
                break
    return found["name"], found["reference"]
