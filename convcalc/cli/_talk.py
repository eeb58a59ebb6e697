"""What is told beside the answer, on standard error."""

import os

import click

from convcalc.render.inert import inert_text


def say(text: str) -> None:
    """Print on standard error; where that takes nothing there is nobody to tell."""
    try:
        click.echo(inert_text(text), err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what is left in the buffer goes there
