"""Runs calls as they were observed: their storages, and when each goes."""

from convcalc.facts.operators.recorded import INPUT
from convcalc.memory.recording import Replay
from convcalc.memory.tape import ACTIVATIONS, TEMPORARIES, Tape

GRADIENT = "g"
GONE = -1


def replay_forward(tape: Tape, replay: Replay) -> list[int]:
    """Make and free what the call does; gives its storages, -1 for one that is gone."""
    made: list[int] = []
    for event in replay.forward:
        if isinstance(event, int):
            made.append(tape.new_storage(event, replay.kinds[len(made)] or ACTIVATIONS))
        else:
            tape.drop_reference(made[int(event)])
            made[int(event)] = -1
    return made


def replay_backward(
    tape: Tape,
    made: list[int],
    arrived: list[int],
    replay: Replay,
    finals: list[int],
    kept: dict[str, int],
) -> list[int]:
    """Make and free what its backward pass does; gives the storages of the gradients.

    `made` are what is left of its storages, `arrived` the gradients of its results: a
    reference to each of both is dropped, and there is one to each gradient that is given.
    `finals` are the bytes of what each gradient is cast to, 0 where it stays. `kept` are storages
    of operands that it lets go of, by place.
    """
    made, arrived = list(made), list(arrived)
    casts: dict[int, int] = {}  # by number of the gradient

    def cast_before(end: int) -> None:
        for k, final in enumerate(finals[:end]):
            if final and k not in casts:
                place, number = _find_place(replay.sends[k], made, arrived)
                casts[k] = tape.new_storage(final, TEMPORARIES)
                if replay.sends.count(replay.sends[k]) == 1:
                    tape.drop_reference(place[number])
                    place[number] = -1

    for position, event in enumerate(replay.backward):
        if isinstance(event, int):
            if any(finals):
                cast_before(_summed_gradient(replay, position, len(made)))
            made.append(tape.new_storage(event, TEMPORARIES))
        elif event.startswith(INPUT):
            tape.drop_reference(kept.get(event, GONE))
        else:
            place, number = _find_place(event, made, arrived)
            tape.drop_reference(place[number])
            place[number] = -1
    sent = []
    cast_before(len(finals))
    for k, name in enumerate(replay.sends):
        if k in casts:
            sent.append(casts[k])
            continue
        place, number = _find_place(name, made, arrived)
        tape.references[place[number]] += 1
        sent.append(place[number])
    tape.drop_all([*arrived, *made])
    return sent


def _summed_gradient(replay: Replay, position: int, number: int) -> int:
    """Which gradient a storage is the sum for, to its operand's size; 0 if for none.

    Source: validate_outputs of torch/csrc/autograd/engine.cpp: of one gradient after the
    other the sum is made, and then the cast.
    """
    after = replay.backward[position + 1 : position + 2]
    sums = bool(after) and isinstance(after[0], str) and after[0] not in replay.sends
    return replay.sends.index(str(number)) if sums and str(number) in replay.sends else 0


def _find_place(name: str, made: list[int], arrived: list[int]) -> tuple[list[int], int]:
    if name.startswith(GRADIENT):
        return arrived, int(name[1:])
    return made, int(name)
