"""A recorded call for one batch and precision, in bytes."""

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.facts.operators import COPIES, INDICES
from convcalc.facts.operators.recorded import RecordedCall, RecordedSize
from convcalc.facts.setup import OWN

Event = int | str  # bytes of a storage that is made, or the place of one that is freed
RESULT = ""  # the kind of a storage that a result lives in


class Replay(NamedTuple):
    """A recorded call for one batch and precision."""

    forward: tuple[Event, ...]
    kinds: tuple[str, ...]  # of the storages that forward makes
    results: tuple[str, ...]  # places
    keeps: frozenset[str]  # storages of results that are kept for backward
    backward: tuple[Event, ...]
    sends: tuple[str, ...]  # places, one for each way

    @classmethod
    def of_call(
        cls, recorded: RecordedCall, sends: Sequence[str], batch: int, item: int
    ) -> "Replay":
        """The record with its sizes in bytes; `sends` are the places of wanted gradients."""

        def event(each: RecordedSize | str) -> Event:
            if isinstance(each, str):
                return each
            return each.count_at(batch) * each.item_bytes(item)

        made = [each for each in recorded.forward if isinstance(each, RecordedSize)]
        results = tuple(place for place, _ in recorded.results)
        kinds = tuple(
            RESULT if str(k) in results else COPIES if size.dtype == OWN else INDICES
            for k, size in enumerate(made)
        )
        return cls(
            tuple(map(event, recorded.forward)),
            kinds,
            results,
            frozenset(recorded.keeps),
            tuple(map(event, recorded.backward)),
            tuple(sends),
        )
