"""One layer at a time, from a line of YAML."""

from convcalc.network.loading import networks
from convcalc.text.errors import ERROR
from convcalc.text.source import Source
from convcalc.walk.propagation import Propagation, propagate
from convcalc.walk.receptive_field import Walked


def network(layers: str, size: str = "32x32x16") -> Propagation:
    """A network of YAML items, `- relu` and so on, over an input of some size."""
    text = f"input: {size}\nlayers:\n{layers}\n"
    (found,) = networks(Source(text, "spec.yaml"), is_yaml=True)
    return propagate(found)


def layer(item: str, size: str = "32x32x16") -> Walked:
    """The only layer of a network; its shapes must be right."""
    found = network(f"  - {item}", size)
    assert [f for f in found.findings if f.severity == ERROR] == []
    return found.nodes[-1]


def output(item: str, size: str = "32x32x16") -> str:
    return str(layer(item, size).facts.output)


def parameters(item: str, size: str = "32x32x16") -> list[tuple[int, ...]]:
    return [parameter.shape for parameter in layer(item, size).facts.parameters]


def problem(item: str, size: str = "32x32x16") -> tuple[str, str]:
    """The message and hint of the only finding."""
    (finding,) = network(f"  - {item}", size).findings
    return finding.message, finding.hint
