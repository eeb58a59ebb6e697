"""Sums are checked on every report that any test makes; golden files refresh by a flag."""

import functools
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support import Result, check_printed, check_sums, check_textbook, run_in

from convcalc.answers import report as reports
from convcalc.render import json as json_render

os.environ["CONVCALC_TRACEBACK"] = "1"  # a fault of our own is no answer in a test
settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("default"), derandomize=False,
                          max_examples=5_000)  # fmt: skip
settings.load_profile("default")

GOLDEN = Path(__file__).parent / "golden"
checked = {"reports": 0}

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C for what runs in its background, and what we start would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption(
        "--refresh-golden",
        action="store_true",
        help="write tests/golden from what the program prints today",
    )


@pytest.fixture(scope="session", autouse=True)
def every_report_adds_up():
    """Wrap what makes reports and what prints them as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports.Report, "__init__", _then(reports.Report.__init__, _check_made))
        patch.setattr(reports.Report, "textbook", _Checked(reports.Report.textbook))
        patch.setattr(json_render, "render", _then(json_render.render, _check_printed))
        yield


def _then(function, check):
    @functools.wraps(function)
    def wrapped(*arguments, **named):
        returned = function(*arguments, **named)
        check(returned, *arguments)
        return returned

    return wrapped


def _check_made(_, made, *rest):
    check_sums(made)
    checked["reports"] += 1


def _check_printed(text, made, *rest):
    check_printed(made, text)


class _Checked:
    """The slot of a report's textbook memory, which checks what is put into it."""

    def __init__(self, slot):
        self.slot = slot

    def __get__(self, made, owner=None):
        return self if made is None else self.slot.__get__(made, owner)

    def __set__(self, made, value):
        self.slot.__set__(made, value)
        if value is not None and hasattr(made, "walked"):  # not while a copy is filled
            check_textbook(made)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run `convcalc ...` in this process: run("analyze", "vgg16", stdin=...)."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return run_in(capsys, monkeypatch, *arguments, stdin=stdin)

    return call


@pytest.fixture
def golden(request):
    """Compare a text with the file of that name in tests/golden, or write it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--refresh-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), "see pytest --refresh-golden"

    return compare


@pytest.fixture(scope="session")
def count_of_checked_reports():
    """How many reports have been checked so far."""
    return lambda: checked["reports"]
