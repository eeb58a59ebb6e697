"""Networks under test: shipped specs by name, or YAML as a text."""

from convcalc import analyze
from convcalc.answers.report import Report
from convcalc.network.loading import load, networks
from convcalc.text.source import Source
from convcalc.walk.propagation import Propagation, propagate


def report(name: str, **setup: object) -> Report:
    return analyze(load(name), **setup)


def walk(text: str) -> Propagation:
    """The one network of a YAML text, called spec.yaml in messages."""
    (network,) = networks(Source(text, "spec.yaml"), is_yaml=True)
    return propagate(network)


def sizes(name: str, *types: str) -> list[str]:
    """The output of each layer of some types, in order."""
    return [str(row.output) for row in report(name).rows if row.type in types]
