"""Which formats each command has, and where each is written: the first is the default.

A format is a module of this folder and a function of it, which takes an answer and a `View`
and returns a text; it is imported when it is asked for.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convcalc.text.errors import ConvcalcError

FORMATS: dict[str, dict[str, str]] = {
    "analyze": {"table": "table:render", "json": "json:render", "csv": "csv:render",
                "markdown": "markdown:render", "html": "html:render"},
    "check": {"text": "text:render", "json": "check_json:render", "github": "github:render",
              "junit": "junit:render", "gitlab": "gitlab:render", "sarif": "sarif:render",
              "markdown": "check_markdown:render"},
    "compare": {"table": "networks:table", "json": "networks:as_json", "csv": "networks:comma",
                "markdown": "networks:markdown", "html": "html.compare:render"},
    "diff": {"text": "diff_text:render", "markdown": "diff_markdown:render",
             "json": "diff_json:render", "html": "html.diff:render"},
    "diff-folders": {"text": "diff_folders:render", "markdown": "diff_folders:render_markdown",
                     "json": "diff_folders:render_json", "html": "html.diff:render_folders"},
    "explain": {"text": "explain:render", "json": "explain:render_json",
                "csv": "explain:render_csv", "markdown": "explain:render_markdown"},
    "fit": {"text": "fit_text:render", "json": "fit_json:render", "csv": "fit_tables:render_csv",
            "markdown": "fit_tables:render_markdown", "html": "html.fit:render"},
    "lint": {"text": "lint:render", "json": "lint:render_json", "csv": "lint:render_csv",
             "markdown": "lint:render_markdown"},
    "sweep": {"table": "networks:sweep_table", "csv": "networks:sweep_comma",
              "jsonl": "networks:sweep_lines", "markdown": "networks:sweep_markdown"},
    "to-conv": {"table": "to_conv:render", "json": "to_conv:render_json"},
}  # fmt: skip


class View(NamedTuple):
    """How an answer is shown; each format takes of it what it has a use for."""

    columns: tuple[str, ...] = ()  # that the user has chosen; none: those of the command
    depth: int | None = None  # deeper blocks are one row each
    sort: str = ""  # by a figure's key, the largest first with `-` in front
    top: int | None = None  # the first rows only
    details: bool = False  # everything that is known, in place of the answer
    timeline: bool = False
    width: int | None = None  # of the terminal; None where there is none
    colour: bool = False
    prompt: bool = True  # whether there is a command line, whose options can be named
    quiet: bool = False  # what passes is left out
    root: str = ""  # the folder that CI servers count paths from
    errors: Sequence[ConvcalcError] = ()  # sources that could not be read


NO_VIEW = View()


def renderer(command: str, style: str) -> Callable[[Any, View], Any]:
    """What writes a command's answers in a format."""
    from importlib import import_module

    module, name = FORMATS[command][style].split(":")
    found: Callable[[Any, View], Any] = getattr(import_module(f"convcalc.render.{module}"), name)
    return found
