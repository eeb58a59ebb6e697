"""From whatever stands for a network to the network: sources, text, PyTorch modules."""

import os
import sys
from copy import copy
from typing import Any

from convcalc.facts.setup import TRAIN
from convcalc.facts.shape import MOST_AXES, Shape
from convcalc.facts.units import as_written, is_number
from convcalc.models.sources import callable_source, is_callable, is_onnx, onnx_source
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import load_all as load_specs
from convcalc.network.loading import networks, only_network, read_source
from convcalc.network.shipped import specs_folder
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate


def load(source: "str | os.PathLike[str]", settings: Settings | None = None) -> Network:
    """The one network of a source.

    A source is a path of a spec or an ONNX file, the name of a shipped spec, a pattern, or a
    model's callable such as `torch:net.py:Net`, whose code is then run. A file that exists is
    never taken for a callable.

    Raises:
        ConvcalcError: unreadable, wrong by itself, or several networks.
    """
    return only_network(load_all(source, settings), os.fspath(source))


def load_all(source: "str | os.PathLike[str]", settings: Settings | None = None) -> list[Network]:
    """Every network of a source; a file of blocks for others to include has none.

    Raises:
        ConvcalcError: unreadable, or wrong by itself.
    """
    named = os.fspath(source)
    image, mode = (settings.input, settings.mode) if settings else (None, TRAIN)
    if is_callable(named):
        found = callable_source(named, image, mode)
    elif is_onnx(named) and "->" not in named:
        found = onnx_source(named, image)
    else:
        return load_specs(named, settings)
    return networks(found, settings, is_yaml=True)


def loads(text: str, settings: Settings | None = None, name: str = "") -> Network:
    """The one network in a text: a pattern, or YAML that may include what ships.

    Raises:
        ConvcalcError: wrong by itself, or several networks.
    """
    source = Source(text, name) if name else Source(text)
    found = networks(source, settings, reader=_read_included)
    if len(found) != 1:
        raise ConvcalcError(f"the text has {len(found) or 'no'} networks, not one")
    return found[0]


def _read_included(path: str) -> Source:
    """A file that a text includes: of the current folder, or of what ships."""
    beside = os.path.join(specs_folder(), os.path.basename(path))
    return read_source(path if os.path.exists(path) or not os.path.isfile(beside) else beside)


def network_of(
    source: Any, settings: Settings | None = None, size: Any = None, mode: str | None = None
) -> Network:
    """The network that anything stands for; `size` is `input` as the options have it.

    Code is run in `mode`, or else in that of the settings.

    Raises:
        ConvcalcError: as `load`; or a PyTorch module without the size of its input.
        TypeError: nothing that stands for a network.
    """
    shapes = None if size is None else input_shapes(size)
    if isinstance(source, Network):
        return source if shapes is None else _resized(source, shapes)
    if is_module(source):
        return _traced(source, shapes, settings, mode)
    if not isinstance(source, (str, os.PathLike)):
        kind = type(source).__name__
        raise TypeError(f"a source is a text, a path, a network or a torch.nn.Module, not a {kind}")
    if shapes is None and mode is None:
        return load(source, settings)
    changed = copy(settings) if settings else Settings()
    changed.mode = mode or changed.mode
    changed.input = changed.input if shapes is None else _only(shapes)
    return load(source, changed)


def is_module(value: Any) -> bool:
    """Whether it is a torch.nn.Module; there are none where torch is not imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def input_shapes(size: Any) -> list[Shape]:
    """Sizes of inputs: a text, width first, or PyTorch's order, channels first; or a list.

    Raises:
        ConvcalcError: none of those.
    """
    if isinstance(size, Shape):
        return [size]
    if isinstance(size, str):
        parts = [part.strip() for part in size.lower().replace("×", "x").strip("[] ").split("x")]
        if all(map(is_number, parts)):
            return [_shape_of(list(map(int, parts)), size)]
        raise ConvcalcError(f"input: `{as_written(size)}` is not a size such as 224x224x3")
    try:
        found = list(size)
        if found and not any(isinstance(each, int) for each in found):
            return [shape for each in found for shape in input_shapes(each)]
        channels, *rows = [int(each) for each in found]
    except (TypeError, ValueError):
        raise ConvcalcError(
            f"input: `{as_written(size)}` is not a size such as (3, 224, 224) or '224x224x3'"
        ) from None
    return [_shape_of([*reversed(rows), channels], size)]


def _shape_of(sizes: list[int], written: Any) -> Shape:
    """A shape, width first and channels last."""
    if not 2 <= len(sizes) <= MOST_AXES + 1 or min(sizes) < 1:
        raise ConvcalcError(
            f"input: `{as_written(written)}` is not the size of one image: one to three sides "
            "and the channels, each at least 1",
            "leave out the batch; `batch=` has it" if len(sizes) > MOST_AXES else "",
        )
    return Shape(*sizes)


def _only(shapes: list[Shape]) -> Shape:
    if len(shapes) != 1:
        raise ConvcalcError(f"input: {len(shapes)} sizes; only a PyTorch module takes several")
    return shapes[0]


def _resized(network: Network, shapes: list[Shape]) -> Network:
    shape, given = _only(shapes), propagate(network).nodes[0].facts.output
    if (shape.channels, shape.axes) != (given.channels, given.axes):
        raise ConvcalcError(
            f"input: {shape} has not the channels or the axes that the network was read for",
            "hand over the source, which is read for any size",
        )
    return network.resize_inputs(**dict(zip(shape.axes, shape.sides, strict=True)))


def _traced(
    module: Any, shapes: list[Shape] | None, settings: Settings | None, mode: str | None
) -> Network:
    from convcalc.models.importers.torch_import import spec_of_existing

    name = type(module).__name__
    if shapes is None:
        raise ConvcalcError(
            f"{name} does not say the size of its input", "give it: input=(3, 224, 224)"
        )
    mode = mode or (settings.mode if settings else TRAIN)
    text = spec_of_existing(module, shapes, name, mode)
    (network,) = networks(Source(text, name), settings, is_yaml=True)
    return network
