"""Layers in the notation of patterns, for hints: `CONV3-64(P=1)`."""

from typing import Any

from convcalc.facts.units import as_written
from convcalc.layers import Layer
from convcalc.layers._options import Option, default_along

SHORT = (("kernel_size", ""), ("out_channels", "-"), ("out_features", "-"), ("stride", "/"))
PADDING = "padding"  # patterns assume one that keeps the size


def pattern_text(layer: Layer, *arguments: str, **changes: Any) -> str:
    """A layer as one item of a pattern, with some of its options changed, and more `arguments`."""
    layer = layer.with_options(**changes)
    text, said = layer.keyword, {name for name, _ in SHORT}
    for name, mark in SHORT:
        value = layer.option_value(name)
        if value is None:
            continue
        default = default_along(layer.options_by_name()[name].default, value)
        if name == "stride" and value == default:
            continue
        if isinstance(value, tuple) and len(set(value)) > 1:
            said.discard(name)
            continue
        text += f"{mark}{value[0] if isinstance(value, tuple) else value}"
    rest = [_argument_text(f, getattr(layer, f.name)) for f in _unsaid_options(layer, said)]
    rest += arguments
    return text + (f"({', '.join(rest)})" if rest else "")


def _unsaid_options(layer: Layer, said: set[str]) -> list[Option]:
    """Options that are neither in the short notation nor what a pattern assumes."""
    found = []
    for field in layer.options:
        value = getattr(layer, field.name)
        if field.name == PADDING and layer.option_value("out_channels") is not None:
            if not _keeps_size(layer):
                found.append(field)
        elif (
            field.name not in said
            and value != default_along(field.default, value)
            and value is not None
        ):
            found.append(field)
    return found


def _keeps_size(layer: Any) -> bool:
    """Whether the padding is the one that a pattern means without saying it."""
    same = tuple(
        rate * (size - 1) / 2 for size, rate in zip(layer.kernel_size, layer.dilation, strict=True)
    )
    return bool(layer.padding == "same" or layer.padding == same)


def value_text(value: Any) -> str:
    """An option's value as patterns and YAML have it; one number for all axes where it is one."""
    return as_written(value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value)


def _argument_text(option: Option, value: Any) -> str:
    spellings = option.spellings
    name = spellings[0] if spellings and len(spellings[0]) == 1 else option.name
    return f"{name}={value_text(value)}"
