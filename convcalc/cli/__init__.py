"""The command line: one file a command, imported when it is called."""

# What `signal` is made of, without `enum`: Ctrl-C does not wait for it.
import _signal as signal  # type: ignore[import-not-found]  # stubs have none for it
import os

INTERRUPTED = 130  # what a shell says of a command that Ctrl-C has ended
_before = signal.getsignal(signal.SIGINT)
_OURS = _before is signal.default_int_handler  # not ignored, as by nohup
if _OURS:  # Ctrl-C while the rest is imported ends as quietly as later
    try:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    except ValueError:  # in another thread than the first
        _OURS = False

import gc  # noqa: E402

gc.disable()  # of what is imported nothing is garbage: looking for it is a tenth of a short run

import io  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any, NoReturn  # noqa: E402

import click  # noqa: E402

from convcalc import __version__  # noqa: E402
from convcalc.cli._output import OutputFailed  # noqa: E402
from convcalc.cli._talk import say  # noqa: E402
from convcalc.cli._unquoted import refuse_unquoted  # noqa: E402
from convcalc.text.errors import ConvcalcError, internal_error  # noqa: E402
from convcalc.text.source import printable  # noqa: E402

gc.freeze()  # it stays, and is not looked at later either
gc.enable()

HELP = {"-h", "--help", "-V", "--version"}


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
            import shlex

            from convcalc.cli._guesses import is_source
            from convcalc.text.errors import nearest_hint

            hint = nearest_hint(args[0], self.list_commands(ctx))
            if is_source(args[0]):
                hint = f"a source stands behind a command: convcalc analyze {shlex.quote(args[0])}"
            ctx.fail(f"no such command `{args[0][:60]}`. {hint}".rstrip())
        refuse_unquoted(args)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="convcalc")
def root() -> None:
    """Sizes, weights and GPU memory of convolutional networks, without a framework.

    \b
    convcalc analyze vgg16 -b 32 --gpu 3090            every layer; does it fit
    convcalc analyze vgg16 -b 32 --top 5               the layers that hold most
    convcalc fit vgg16 --gpu 3090                      the largest batch
    convcalc compare vgg16 --optimizer momentum,adam   what Adam changes
    convcalc analyze 'INPUT[9x9x3] -> POOL -> FC'      a pattern; why a misfit
    convcalc check vgg16 -b 32 --budget 11GiB          in CI: exits with 1 if not
    convcalc analyze vgg16 -b 32 -o report.html        a page to show
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line: exit 0 when all is well, 1 with findings, 2 on wrong input."""
    try:
        if _OURS and arguments is None:
            signal.signal(signal.SIGINT, _interrupt)
        _prepare_process(arguments)
        gc.disable()  # networks hold no cycles; looking for them in large ones doubles the time
        code = _flushed(_run(arguments))
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        gc.enable()
    if arguments is None:  # a process of its own, which ends here
        gc.freeze()  # Python looks for garbage once more when it ends
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _interrupt(number: int, frame: Any) -> None:
    """As Python does, but where it loses Ctrl-C: while importlib forgets a module's lock."""
    code = frame and frame.f_code
    if code and code.co_name == "cb" and code.co_filename.startswith("<frozen importlib"):
        os._exit(INTERRUPTED)
    raise KeyboardInterrupt


def _prepare_process(arguments: list[str] | None) -> None:
    """Make the streams and the folder what commands take them to be; else exit."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # UTF-8 whatever the locale is
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    _occupy_closed()
    if sys.stdout is None:
        say("error: standard output is closed")
        sys.exit(2)
    if not _has_folder() and not HELP.intersection(sys.argv if arguments is None else arguments):
        say("error: the current folder is not there any more")
        sys.exit(2)
    if "_CONVCALC_COMPLETE" in os.environ:
        from convcalc.cli._completion import repair_fish

        repair_fish()


def _has_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _occupy_closed() -> None:
    """Let no file that is opened get the number of a standard stream that is closed."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


def _run(arguments: list[str] | None) -> int:
    """Run a command; returns what to exit with."""
    try:
        code: Any = root.main(arguments, "convcalc", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        code = _usage_error(error)
    except ConvcalcError as error:
        from convcalc.cli._guesses import lines_with_cards

        words = sys.argv[1:] if arguments is None else arguments
        say("\n".join([f"error: {error.at_prompt()}", *lines_with_cards(words, error)]))
        code = 2
    except OutputFailed as error:
        code = _unwritten(error.__cause__, 0)
    except OSError as error:
        code = _system_error(error)
    except Exception as error:
        say(f"error: {internal_error(error)}")
        code = 2
    return code if isinstance(code, int) else 0


def _usage_error(error: click.ClickException) -> int:
    error.__dict__["message"] = "\n".join(map(printable, error.message.split("\n")))
    lines = io.StringIO()
    error.show(lines)
    say(lines.getvalue().rstrip("\n"))
    return 2


def _system_error(error: OSError) -> int:
    if error.filename is not None:
        say(f"error: {printable(str(error.filename))}: {error.strerror}")
        return 2
    return _unwritten(error, 0)  # click's own output, such as --help


def _unwritten(error: BaseException | None, code: int) -> int:
    """Quiet when the reader has gone, as in `| head -3`; a full disk is an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer goes there
    if isinstance(error, BrokenPipeError):
        return code
    say(f"error: cannot write the output: {getattr(error, 'strerror', error)}")
    return 2


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as error:
        return _unwritten(error, code)
    return code


if _OURS:
    signal.signal(signal.SIGINT, _before)
