"""`convcalc import`: specs from models that exist."""

from typing import Any

import click

from convcalc.cli._guesses import Formats
from convcalc.cli._help import CALCULATE, OUTPUT, PATTERN, Command, option
from convcalc.cli._options import Volume, choice
from convcalc.facts.setup import INFER, TRAIN
from convcalc.facts.shape import Shape, Vector


class InputSize(Volume):
    """A volume's sizes, or a number of values without axes."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Shape:
        """The shape, or a usage error."""
        text = str(value).strip()
        if text.isdecimal() and text.isascii() and len(text) < 10 and int(text):
            return Vector(1, 1, int(text))
        return super().convert(value, param, ctx)


class Import(Formats):
    """What `import` reads."""

    def likely(self, source: str) -> str:
        """An ONNX file by its ending, or where a callable is found."""
        if source.lower().endswith(".onnx"):
            return "onnx"
        return "torch" if ":" in source or source.endswith(".py") else ""


@click.group(
    name="import", cls=Import, short_help="Write the spec of a PyTorch module or of an ONNX file."
)
def command() -> None:
    """Write the spec of a model that exists: a PyTorch module, or an ONNX file."""


@command.command(name="torch", cls=Command)
@click.argument("target", metavar="MODULE:CALLABLE")
@option(
    PATTERN,
    "--input",
    "images",
    type=InputSize(),
    multiple=True,
    help="Size of one image, or a number of values; once for each input. [224x224x3]",
)
@option(
    PATTERN,
    "--arg",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Keyword argument of the callable.",
)
@option(
    CALCULATE,
    "--mode",
    type=choice((TRAIN, INFER)),
    default=TRAIN,
    help="Read what the module runs in training, or in evaluation.  [train]",
)
@option(OUTPUT, "--partial", is_flag=True, help="Take what no layer stands for as opaque layers.")
@option(OUTPUT, "-o", "--output", metavar="FILE", help="Write to a file instead.")
def from_torch(
    target: str,
    images: tuple[Shape, ...],
    given: tuple[str, ...],
    mode: str,
    partial: bool,
    output: str | None,
) -> None:
    """Import what a callable returns: torchvision.models:resnet50, or net.py:Net.

    This runs the model's code. Its weights need no memory.
    """
    from convcalc.cli._output import write
    from convcalc.cli._talk import say
    from convcalc.models.importers.torch_import import ModelFailed, import_torch, shows_traceback

    try:
        text = import_torch(target, images or None, dict(map(_argument, given)), partial, mode)
    except ModelFailed as error:
        if shows_traceback():
            say(error.trace)
        raise
    write(text, output)


@command.command(name="onnx", cls=Command)
@click.argument("path", metavar="FILE")
@option(PATTERN, "--input", "image", type=Volume(), help="Size of one image; replaces the file's.")
@option(OUTPUT, "--partial", is_flag=True, help="Take what no layer stands for as opaque layers.")
@option(OUTPUT, "-o", "--output", metavar="FILE", help="Write to a file instead.")
def from_onnx(path: str, image: Shape | None, partial: bool, output: str | None) -> None:
    """Import an ONNX file. Its weights are not read."""
    from convcalc.cli._output import write
    from convcalc.models.sources import guarded_onnx

    write(guarded_onnx(path, image, partial), output)


def _argument(text: str) -> tuple[str, Any]:
    """`name=value`; the value as Python would read it, or else as a word."""
    import ast

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.BadParameter(f"write NAME=VALUE, not `{text}`", param_hint="--arg")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value
