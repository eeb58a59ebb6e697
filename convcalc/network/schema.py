"""The JSON Schema of YAML specs, made from the layer types and their options."""

from typing import Any

from convcalc.facts.setup import INFER, OPTIMIZER_STATE, STRATEGIES, TRAIN
from convcalc.facts.stack import CUDNN_VERSIONS, LOADINGS
from convcalc.facts.units import BYTES_PER_ELEMENT
from convcalc.facts.window import ROUNDINGS
from convcalc.layers import Layer, other_spellings
from convcalc.network.budget import Budget
from convcalc.network.layer_options import canonical_name
from convcalc.text.syntax.tree import LIFETIMES

SIZE = r"^\s*[0-9]+\s*[xX×]\s*[0-9]+\s*$"
VOLUME = r"^\s*\[?\s*[0-9]+(\s*[xX×]\s*[0-9]+){1,3}\s*\]?\s*$"
LAYERS = {"$ref": "#/$defs/layers"}


def schema() -> dict[str, Any]:
    """The schema of one document; draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "convcalc network",
        "type": "object",
        "properties": _top(),
        "additionalProperties": False,
        "oneOf": [{"required": ["layers"]}, {"required": ["pattern"]}],
        "$defs": {
            "layers": {"type": "array", "items": {"$ref": "#/$defs/item"}},
            "item": _item(),
            "names": {"oneOf": [_text(), {"type": "array", "items": _text()}]},
            "block": _block(),
        },
    }


def _text() -> dict[str, Any]:
    return {"type": "string"}


def _top() -> dict[str, Any]:
    return {
        "name": _text(),
        "reference": _text(),
        "include": {"$ref": "#/$defs/names"},
        "input": {"oneOf": _volumes()},
        "inputs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"oneOf": [*_volumes(), {"type": "integer", "minimum": 1}]},
        },
        "rounding": {"enum": list(ROUNDINGS)},
        "blocks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/block"}},
        "layers": LAYERS,
        "pattern": _text(),
        "lifetimes": {"enum": list(LIFETIMES)},
        "outputs": {"$ref": "#/$defs/names"},
        "budget": _budget(),
    }


def _volumes() -> list[dict[str, Any]]:
    """The forms of a volume's size, of one to three axes."""
    return [{"type": "string", "pattern": VOLUME}, _sides("width", "height"), _sides("length")]


def _sides(*required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required)}


def _budget() -> dict[str, Any]:
    words = {"dtype": list(BYTES_PER_ELEMENT), "mode": [TRAIN, INFER],
             "optimizer": list(OPTIMIZER_STATE), "strategy": list(STRATEGIES),
             "cuda_module_loading": list(LOADINGS), "cudnn": list(CUDNN_VERSIONS)}  # fmt: skip
    known = {name: {"enum": words[name]} if name in words else {} for name in Budget._fields}
    return {"type": "object", "properties": known, "additionalProperties": False}


def _block() -> dict[str, Any]:
    body = {"parameters": {"type": "object"}, "layers": LAYERS}
    whole = {"type": "object", "properties": body, "required": ["layers"],
             "additionalProperties": False}  # fmt: skip
    return {"oneOf": [LAYERS, whole]}


def _item() -> dict[str, Any]:
    """A word or pattern, a repeat, or one key: a layer, or a block of the document."""
    repeat = {
        "type": "object",
        "required": ["repeat", "layers"],
        "properties": {"repeat": {"type": ["integer", "string"]}, "layers": LAYERS,
                       "name": _text(), "checkpoint": {}, "trainable": {}},
        "additionalProperties": False,
    }  # fmt: skip
    layers = {word: _layer(spelling.type) for word, spelling in sorted(other_spellings().items())}
    one = {"type": "object", "minProperties": 1, "maxProperties": 1, "properties": layers,
           "not": {"required": ["repeat"]}}  # fmt: skip
    return {"oneOf": [_text(), repeat, one]}


def _layer(layer: type[Layer]) -> dict[str, Any]:
    """Options by the documented spelling first; every other spelling is allowed too."""
    options: dict[str, Any] = {
        canonical_name(field): {} for field in layer.options_by_name().values()
    }
    options |= {name: {} for name in layer.options_by_name()}
    options |= dict.fromkeys(layer.branch_names, LAYERS)
    several = layer.inputs[0] > 1 or layer.inputs[1] is None or bool(layer.branch_names)
    if several:
        options["branches"] = {"type": "array", "items": LAYERS}
    common = {"name": _text(), "trainable": {}, "share": _text(), "from": {"$ref": "#/$defs/names"}}
    whole = {"type": "object", "properties": {**options, **common}, "additionalProperties": False,
             "description": (layer.__doc__ or "").split("\n")[0]}  # fmt: skip
    forms: list[dict[str, Any]] = [whole, {"type": "null"}]
    if several:
        forms.append({"type": "array"})
    return {"oneOf": forms}
