"""Pipes, closed streams, full disks, locales: the command as a shell runs it."""

import json
import signal
import subprocess
import sys
import time

import pytest
from support import ROOT, shell

from convcalc import __version__

PIPED = "set -o pipefail; convcalc analyze"
LONG = "'INPUT[1x1x1] -> RELU*20000'"


@pytest.mark.parametrize("style", ["table", "json", "csv", "markdown"])
def test_a_reader_that_goes_away_is_no_error(style):
    done = shell(f"{PIPED} {LONG} --memory textbook --format {style} | head -1 > /dev/null")
    assert (done.code, done.err) == (0, "")


def test_head_of_vgg16():
    done = shell("convcalc analyze vgg16 | head -3")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.split("\n")[:3]] == ["VGG-16", "Layer", "input"]


def test_piped_output_is_never_cut():
    done = shell("convcalc analyze vgg16 --memory textbook | cat", COLUMNS="40", TERM="xterm")
    lines = done.out.split("\n")
    assert "Share of memory" in lines[1]
    assert len(lines[1]) > 120
    assert "15,470,264,320" in done.out
    assert "\x1b" not in done.out


def test_nothing_is_read_from_a_terminal_or_a_closed_stream():
    for command in ("convcalc analyze <&-", "convcalc analyze - <&-"):
        done = shell(command)
        assert (done.code, done.out) == (2, "")
        assert "Traceback" not in done.err
        assert "rror: " in done.err


def test_check_says_that_standard_input_is_closed():
    done = shell("convcalc check - <&-")
    assert (done.code, done.err) == (2, "")
    assert "error[unreadable]: standard input is closed" in done.out


def test_a_closed_standard_output():
    done = shell("convcalc analyze vgg16 >&-")
    assert (done.code, done.err) == (2, "error: standard output is closed\n")


@pytest.mark.parametrize("command", ["convcalc analyze vgg16", "convcalc --help"])
def test_a_full_disk(command):
    done = shell(f"{command} > /dev/full")
    assert (done.code, done.err) == (2, "error: cannot write the output: No space left on device\n")


def test_data_goes_to_stdout_and_talk_to_stderr():
    done = shell("convcalc analyze lenet5 'INPUT -> X' --format json 2>/dev/null")
    assert done.code == 2
    assert len(json.loads(done.out)["networks"]) == 1


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_utf_8_in_any_locale(locale):
    done = shell("convcalc analyze 'INPUT → CONV×2 → FC(name=类)' --memory textbook", LC_ALL=locale)
    assert done.code == 0
    assert done.out.startswith("INPUT → CONV×2 → FC(name=类)\n")


def test_utf_8_where_python_would_use_ascii():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell("convcalc analyze 'INPUT → FC'", **ascii_only)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("INPUT → FC\n")
    piped = shell("printf 'INPUT → FC' | convcalc analyze", **ascii_only)
    assert piped.out == done.out.replace("<pattern>", "<stdin>")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_the_output_is_utf_8_whatever_python_is_told(encoding):
    done = shell("convcalc analyze 'INPUT → FC'", PYTHONIOENCODING=encoding)
    assert done.out.startswith("INPUT → FC\n")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run, option):
    assert run(option) == (0, f"convcalc, version {__version__}\n", "")


def test_as_a_module():
    done = shell("convcalc --version")
    assert (done.code, done.out) == (0, f"convcalc, version {__version__}\n")


def test_the_console_script():
    from importlib.metadata import entry_points

    (script,) = [e for e in entry_points(group="console_scripts") if e.name == "convcalc"]
    assert script.value == "convcalc.cli:main"
    assert "console_scripts =\n    convcalc = convcalc.cli:main" in (ROOT / "setup.cfg").read_text()


def test_an_interrupt_ends_quietly(run, monkeypatch):
    from convcalc.cli import _sources

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(_sources, "read_networks", interrupt)
    done = run("analyze", "vgg16")
    assert done.code == 130
    assert "Traceback" not in done.err


@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed):
    done = shell(f"convcalc check lenet5 {closed}")
    assert done.err == ""
    assert (done.code, "1 checked" in done.out) == ((2, False) if ">&- 2" in closed else (0, True))


def test_full_disks_and_a_folder_that_is_gone(tmp_path):
    """One shell for all: each line is what a command exits with, or says."""
    done = shell(
        f"cd {tmp_path}; convcalc analyze none.yaml 2>/dev/full; echo $?; mkdir gone; cd gone; "
        "rmdir ../gone; convcalc check lenet5 2>&1; echo $?; convcalc --version >/dev/null; echo $?"
    )
    assert done.out.split("\n")[:4] == [
        "2", "error: the current folder is not there any more", "2", "0",
    ]  # fmt: skip


@pytest.mark.parametrize("after", [0.06, 0.2])
def test_an_interrupt_while_starting(after):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-c", "import convcalc.cli as c; print(1, flush=True); c.main()"]
    started = subprocess.Popen(
        [*command, "analyze", "INPUT[8x8x3] -> [RELU]*9000"], cwd=ROOT, **pipes
    )
    started.stdout.readline()
    time.sleep(after)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate()
    assert (started.returncode, err.strip()) in ((130, b""), (0, b""))


@pytest.mark.parametrize("module", ["gc", "typing", "click", "convcalc.cli._output", "colorsys"])
def test_an_interrupt_while_importing(module):
    """Each import of ours waits for it, from the first on; no frame is shown."""
    code = f"""
import builtins, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # not ignored, as it is under nohup
true = builtins.__import__
def slow(name, *rest):
    if name == "{module}":
        os.kill(os.getpid(), signal.SIGINT)
    return true(name, *rest)
builtins.__import__ = slow
import convcalc.cli
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
import colorsys
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
    if module == "colorsys":  # what is imported later is interrupted as ever
        assert (done.returncode, b"KeyboardInterrupt" in done.stderr) == (-signal.SIGINT, True)
    else:
        assert (done.returncode, done.stderr) == (130, b"")


def test_an_interrupt_before_the_first_import_of_a_command(monkeypatch, capfd):
    import convcalc.cli

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(convcalc.cli, "_occupy_closed", interrupt)
    with pytest.raises(SystemExit) as ended:
        convcalc.cli.main(["specs"])
    assert (ended.value.code, capfd.readouterr()) == (130, ("", ""))


def test_nothing_is_imported_before_an_interrupt_is_caught():
    """What Python has by then is all: every other import would be a time to interrupt it in."""
    code = """
import builtins, sys, _signal
known, true = set(sys.modules), builtins.__import__
def note(name, *rest):
    if _signal.getsignal(_signal.SIGINT) is not _signal.default_int_handler:
        print(sorted(set(sys.modules) - known))
        sys.exit()
    return true(name, *rest)
_signal.signal(_signal.SIGINT, _signal.default_int_handler)
builtins.__import__ = note
import convcalc.cli
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, text=True)
    assert done.stdout.strip() == "['convcalc', 'convcalc.cli']", done.stderr


@pytest.mark.parametrize("columns", ["²", "٣", "-1", "", "9" * 9])
def test_a_width_that_is_none(columns, monkeypatch, run):
    from convcalc.cli import _output

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(_output.sys.stdout, "isatty", lambda: True, raising=False)
    assert run("analyze", "lenet5").code == 0
