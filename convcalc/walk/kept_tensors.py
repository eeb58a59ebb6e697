"""What autograd keeps of a layer, and why, in words.

Read from the layer's operators, which say what each saves and which operand's gradient
wants it (`convcalc.facts.operators`).
"""

from collections.abc import Iterator

from convcalc.facts.operators import (
    COPIES,
    IN_PLACE,
    INDICES,
    MASKS,
    RESULT,
    STATISTICS,
    VIEW,
    Extra,
    Operator,
    Save,
)
from convcalc.walk.receptive_field import Walked

ANY = -1  # of Save.wanted_by: the gradient of any operand
EXTRAS = {
    INDICES: "where each maximum was, as int64: its gradient goes there alone",
    MASKS: "which values were dropped: their gradient is zero",
    STATISTICS: "the statistics it normalised by: the gradient runs through them too",
    COPIES: "a copy of its input, which it overwrites: the slope depends on it",
}


def kept_tensors(node: Walked) -> list[str]:
    """What the layer keeps for the backward pass, each with its reason, once."""
    found: dict[str, None] = {}
    for place, operator in enumerate(node.facts.operators):
        for line in (*_saved_sentences(place, node), *_extra_sentences(operator)):
            found[line] = None
    return list(found)


def _saved_sentences(place: int, node: Walked) -> Iterator[str]:
    operator = node.facts.operators[place]
    for save in operator.saves:
        if _is_wanted(save, operator, node):
            yield _saved_sentence(save, place, node)


def _is_wanted(save: Save, operator: Operator, node: Walked) -> bool:
    """Parameters are there anyway; a frozen layer's need no gradient."""
    if save.operand >= len(operator.inputs):
        return False
    return node.trainable or save.wanted_by < len(operator.inputs)


def _saved_sentence(save: Save, place: int, node: Walked) -> str:
    operator = node.facts.operators[place]
    if save.operand == RESULT:
        where = ", in place of its input" if operator.result == IN_PLACE else ""
        return f"its output{where}: the slope is worked out from it"
    what = _operand_name(save, place, node)
    if operator.takes_positions:
        return f"where the maxima of {what} were, as int64: its gradient is read there"
    if save.wanted_by >= len(operator.inputs) or (save.wanted_by == ANY and operator.parameters):
        return f"{what}: the gradient of the weights is a product with it"
    if save.wanted_by != ANY:
        other = "the other input" if len(node.inputs) > 1 else "its input"
        return f"{what}: the gradient of {other} is a product with it"
    return f"{what}: the slope is worked out from it"


def _operand_name(save: Save, place: int, node: Walked) -> str:
    """The operand as a reader knows it; a view of an input is that input."""
    operators = node.facts.operators
    source = operators[place].inputs[save.operand]
    while source < 0 and operators[place + source].result == VIEW:
        place += source
        source = operators[place].inputs[0]
    if source < 0:
        return "a value that it makes on the way"
    return f"its input {source + 1}" if len(node.inputs) > 1 else "its input"


def _extra_sentences(operator: Operator) -> Iterator[str]:
    for extra in operator.extras:
        if extra.saved:
            yield _extra_text(extra)


def _extra_text(extra: Extra) -> str:
    return EXTRAS[extra.kind]
