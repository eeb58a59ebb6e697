"""The command line: one file a command, imported when it is called."""

import gc
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from convcalc import __version__
from convcalc.cli._output import OutputFailed
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable


class Commands(click.Group):
    """Finds the commands in this folder; `to-conv` is in `to_conv.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        names = os.listdir(os.path.dirname(__file__))
        return sorted(
            name[:-3].rstrip("_").replace("_", "-")
            for name in names
            if name.endswith(".py") and not name.startswith("_")
        )

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command, or None where there is none of that name."""
        if name not in self.list_commands(ctx):
            return None
        module = name.replace("-", "_")
        if module in ("import",):  # a word that Python keeps for itself
            module += "_"
        command: click.Command = import_module(f"convcalc.cli.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name for one that is unknown."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from convcalc.text.errors import nearest_hint

            hint = nearest_hint(args[0], self.list_commands(ctx))
            ctx.fail(f"no such command `{args[0][:60]}`. {hint}".rstrip())
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="convcalc")
def root() -> None:
    """Sizes, weights and GPU memory of convolutional networks, without a framework.

    \b
    convcalc analyze vgg16
    convcalc analyze 'INPUT -> [CONV -> RELU -> POOL]*2 -> FC' -b 32
    echo 'INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> FC' | convcalc analyze
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line: exit 0 when all is well, 1 with findings, 2 on wrong input."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # UTF-8 whatever the locale is
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if sys.stdout is None:
        click.echo("error: standard output is closed", err=True)
        sys.exit(2)
    gc.disable()  # networks hold no cycles; looking for them in large ones doubles the time
    try:
        code = _run(arguments)
    finally:
        gc.enable()
    sys.exit(_flushed(code))


def _run(arguments: list[str] | None) -> int:
    """Run a command; returns what to exit with."""
    try:
        code: Any = root.main(arguments, "convcalc", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        error.__dict__["message"] = "\n".join(map(printable, error.message.split("\n")))
        error.show()
        code = 2
    except ConvcalcError as error:
        click.echo(f"error: {error}", err=True)
        code = 2
    except OutputFailed as error:
        code = _unwritten(error.__cause__, 0)
    except OSError as error:
        if error.filename is None:  # click's own output, such as --help
            code = _unwritten(error, 0)
        else:
            click.echo(f"error: {printable(str(error.filename))}: {error.strerror}", err=True)
            code = 2
    return code if isinstance(code, int) else 0


def _unwritten(error: BaseException | None, code: int) -> int:
    """Quiet when the reader has gone, as in `| head -3`; a full disk is an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer goes there
    if isinstance(error, BrokenPipeError):
        return code
    click.echo(f"error: cannot write the output: {getattr(error, 'strerror', error)}", err=True)
    return 2


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as error:
        return _unwritten(error, code)
    return code
