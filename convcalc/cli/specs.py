"""`convcalc specs`: the networks that come with the package."""

from itertools import groupby

import click

from convcalc.cli._help import OUTPUT, new_command, option
from convcalc.cli._output import echo
from convcalc.facts.units import format_count
from convcalc.network import shipped


@new_command("specs", "List the networks that come with convcalc.")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@option(OUTPUT, "--path", is_flag=True, help="Print the files instead of names and titles.")
def command(words: tuple[str, ...], path: bool) -> int:
    """List the shipped specs by family, or those of whom every WORD is said.

    With parameters, multiply-adds of one image and the paper. Each can be given by its
    name wherever a command takes a SOURCE. A WORD is part of a name, title or family.
    Exits with 1 when none matches.
    """
    found = [row for row in shipped.spec_index() if _is_said(row, words)]
    if path:
        for row in found:
            echo(shipped.spec_path(row.name) or row.name)
        return 0 if found else 1
    for line in _table_lines(found):
        echo(line)
    return 0 if found else 1


def _is_said(row: shipped.IndexRow, words: tuple[str, ...]) -> bool:
    text = " ".join((row.name, row.title, row.family, row.reference)).lower()
    return all(word.lower() in text for word in words)


def _table_lines(found: list[shipped.IndexRow]) -> "list[str]":
    """A heading for each family, and a line a network."""
    if not found:
        return []
    cells = [
        (row.name, row.title, format_count(row.parameters), format_count(row.macs)) for row in found
    ]
    name, title, parameters, macs = (max(map(len, column)) for column in zip(*cells, strict=True))
    rows = [
        f"  {cell[0]:<{name}}  {cell[1]:<{title}}  {cell[2]:>{parameters}} parameters"
        f"  {cell[3]:>{macs}} MACs  {row.reference}"
        for cell, row in zip(cells, found, strict=True)
    ]
    lines: list[str] = []
    for family, group in groupby(zip(found, rows, strict=True), lambda pair: pair[0].family):
        lines += [family, *(line for _, line in group)]
    return lines
