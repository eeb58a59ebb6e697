"""Runs calls as they were observed: their storages, and when each goes."""

from convcalc.memory.recording import Replay
from convcalc.memory.tape import ACTIVATIONS, TEMPORARIES, Tape

GRADIENT = "g"


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
    tape: Tape, made: list[int], arrived: list[int], replay: Replay, finals: list[int]
) -> list[int]:
    """Make and free what its backward pass does; gives the storages of the gradients.

    `made` are what is left of its storages, `arrived` the gradients of its results: a
    reference to each of both is dropped, and there is one to each gradient that is given.
    `finals` are the bytes of what each gradient is cast to, 0 where it stays.
    """
    made, arrived = list(made), list(arrived)
    for event in replay.backward:
        if isinstance(event, int):
            made.append(tape.new_storage(event, TEMPORARIES))
        else:
            place, number = _find_place(event, made, arrived)
            tape.drop_reference(place[number])
            place[number] = -1
    sent = []
    for name in replay.sends:
        place, number = _find_place(name, made, arrived)
        tape.references[place[number]] += 1
        sent.append(place[number])
    for k, final in enumerate(finals):
        if final:
            cast = tape.new_storage(final, TEMPORARIES)
            tape.drop_reference(sent[k])
            sent[k] = cast
    tape.drop_all([*arrived, *made])
    return sent


def _find_place(name: str, made: list[int], arrived: list[int]) -> tuple[list[int], int]:
    if name.startswith(GRADIENT):
        return arrived, int(name[1:])
    return made, int(name)
