"""The JSON Schema of YAML specs, made from the layer types and the kinds of their options."""

from collections.abc import Iterable
from typing import Any

from convcalc.facts.kinds import TrueOrFalse, any_case
from convcalc.facts.setup import INFER, OPTIMIZER_STATE, STRATEGIES, TRAIN
from convcalc.facts.stack import CUDNN_VERSIONS, LOADINGS
from convcalc.facts.units import BYTES_PER_ELEMENT
from convcalc.facts.window import ROUNDINGS
from convcalc.layers import Layer, all_types, other_spellings
from convcalc.network.budget import Budget
from convcalc.network.layer_options import canonical_name
from convcalc.text.syntax.tree import LIFETIMES

Part = dict[str, Any]

VOLUME = r"^\s*\[?\s*[0-9]+(\s*[xX×]\s*[0-9]+){1,3}\s*\]?\s*$"
EXPRESSION: Part = {"type": "string", "pattern": r"\$"}  # over a block's parameters
LAYERS = {"$ref": "#/$defs/layers"}
TEXT = {"type": ["string", "number", "boolean"]}  # a name may be 3 or true: it is read as written
FLAG = {"anyOf": [*TrueOrFalse().forms(), EXPRESSION]}


def schema() -> Part:
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
            "branch": {"type": ["string", "array"], "items": {"$ref": "#/$defs/item"}},
            "names": {"type": [*TEXT["type"], "array"], "items": TEXT},
            "block": _block(),
            **{_definition(layer): _layer(layer) for layer in all_types()},
        },
    }


def _top() -> Part:
    return {
        "name": TEXT,
        "reference": TEXT,
        "include": {"$ref": "#/$defs/names"},
        "input": {"anyOf": _volumes()},
        "inputs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [*_volumes(), {"type": "integer", "minimum": 1}]},
        },
        "rounding": {"enum": list(ROUNDINGS)},
        "blocks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/block"}},
        "layers": {**LAYERS, "minItems": 1},
        "pattern": {"type": "string"},
        "lifetimes": {"enum": list(LIFETIMES)},
        "outputs": {"$ref": "#/$defs/names"},
        "held": {"type": "object", "additionalProperties": {"$ref": "#/$defs/names"}},
        "budget": _budget(),
    }


def _volumes() -> list[Part]:
    """The forms of a volume's size, of one to three axes."""
    (input_layer,) = (layer for layer in all_types() if layer.declares_size)
    mapping = {"type": "object", "$ref": f"#/$defs/{_definition(input_layer)}"}
    return [{"type": "string", "pattern": VOLUME}, mapping]


def _budget() -> Part:
    words = {"dtype": list(BYTES_PER_ELEMENT), "mode": [TRAIN, INFER],
             "optimizer": list(OPTIMIZER_STATE), "strategy": list(STRATEGIES),
             "cuda_module_loading": list(LOADINGS), "cudnn": list(CUDNN_VERSIONS)}  # fmt: skip
    known = {name: {"enum": words[name]} if name in words else {} for name in Budget._fields}
    kinds = ["object", "string", "integer"]  # a bare size, of the memory
    return {"type": kinds, "properties": known, "additionalProperties": False}


def _block() -> Part:
    """A list of layers, or a mapping that has one."""
    body = {"parameters": {"type": "object"}, "layers": LAYERS}
    return {
        "type": ["array", "object"],
        "items": {"$ref": "#/$defs/item"},
        "properties": body,
        "required": ["layers"],
        "additionalProperties": False,
    }


def _item() -> Part:
    """A word or pattern, a repeat, or one key: a layer, or a block of the document.

    One of two parts by the key `repeat`, not `oneOf`: an editor then marks the value that is
    wrong, and not the whole item.
    """
    repeat = {
        "properties": {
            "repeat": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]},
            "layers": LAYERS,
            "name": TEXT,
            "checkpoint": FLAG,
            "trainable": FLAG,
        },
        "required": ["layers"],
        "additionalProperties": False,
    }
    spelled: dict[type[Layer], list[str]] = {}
    for word, spelling in sorted(other_spellings().items()):
        spelled.setdefault(spelling.type, []).append(word)
    layers = {
        "properties": {layer.keyword.lower(): _reference(layer) for layer in spelled},
        "patternProperties": {
            _besides(layer.keyword.lower(), map(_any_spelling, spelled[layer])): _reference(layer)
            for layer in spelled
        },
        "minProperties": 1,
        "maxProperties": 1,
    }
    is_repeat = {"type": "object", "required": ["repeat"]}
    return {"type": ["string", "object"], "if": is_repeat, "then": repeat, "else": layers}


def _definition(layer: type[Layer]) -> str:
    return f"layer_{layer.keyword.lower()}"


def _reference(layer: type[Layer]) -> Part:
    return {"$ref": f"#/$defs/{_definition(layer)}"}


def _any_spelling(word: str) -> str:
    """A keyword as it may be written: `conv2d` as `Conv2d` and `conv_2d`."""
    return "_*" + "_*".join(any_case(letter) for letter in word) + "_*"


def _besides(offered: str, patterns: Iterable[str]) -> str:
    """A pattern for other spellings than the offered one, which has its own entry."""
    return f"^(?!{offered}$)(?:{'|'.join(patterns)})$"


def _layer(layer: type[Layer]) -> Part:
    """A layer's options; those that editors offer are by the documented spelling."""
    offered: Part = {}
    options: Part = {}
    for field in dict.fromkeys(layer.options_by_name().values()):
        values = _values(field)
        offered[canonical_name(field)] = values
        names = (field.name, *field.spellings)
        options[_besides(canonical_name(field), map(any_case, names))] = values
    offered |= {name: {"$ref": "#/$defs/branch"} for name in layer.branch_names}
    several = layer.inputs[0] > 1 or layer.inputs[1] is None or bool(layer.branch_names)
    branches = {"type": "array", "items": {"$ref": "#/$defs/branch"}}
    if several:
        offered["branches"] = branches
    common = {"name": TEXT, "trainable": FLAG, "share": TEXT, "from": {"$ref": "#/$defs/names"}}
    return {
        "type": ["object", "null", *(["array"] if several else [])],
        "description": (layer.__doc__ or "").split("\n")[0],
        "items": branches["items"],
        "properties": {**offered, **common},
        "patternProperties": options,
        "additionalProperties": False,
    }


def _values(field: Any) -> Part:
    """What an option may be, from its kind."""
    kind = field.kind
    return {"anyOf": [*kind.forms(), EXPRESSION], "description": " or ".join(kind.described())}
