"""GPUs by name: memory, compute capability and the constants of the memory model.

The figures and where each was found are in `card_data.py`, the account of them in
docs/gpus.md. The table is read when a card is first asked for.
"""

import re
from functools import cache
from typing import NamedTuple

from convcalc.memory.cublas import WORKSPACE, WORKSPACE_SM90
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

MIB = 2**20
CONTEXT_MIB = 450  # CUDA context with lazy loading (torch >= 1.13), of 300 to 500 observed
CONTEXT_SOURCE = "default for torch >= 1.13, of 300 to 500 MiB observed"
WORKSPACE_EXPECTED, WORKSPACE_SAFE = 2.0, 4.0  # torch 2, compute capability 8.0 and later

_CUDA_GPUS = "https://developer.nvidia.com/cuda-gpus"
_LEGACY_GPUS = "https://developer.nvidia.com/cuda-legacy-gpus"
_NOISE = {
    *("nvidia", "geforce", "tesla", "gpu"),
    *("generation", "edition", "blackwell", "workstation", "server"),
}
_GIGABYTES = re.compile(r"(?<![a-z0-9])([0-9]{1,3})[\s_-]*g(?:i?b)?(?![a-z0-9])")
_WORD = re.compile(r"[a-z0-9]+")
_NAMED_SIZE = re.compile(r"-[0-9]+gb$")
_LONGEST_NAME = 60


class UnknownCard(ConvcalcError, ValueError):
    """No GPU of that name, or more than one; `candidates` are names that would do."""

    def __init__(self, message: str, hint: str, candidates: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.candidates = candidates


class Card(NamedTuple):
    """A GPU; sizes in bytes, each with the place where it was found.

    `memory` is the total that nvidia-smi reports (driver 510 and later) or, on a Jetson,
    what CUDA reports of the memory shared with the processor. A workspace factor times the
    batch and the largest input or output of a convolution is the margin for cuDNN.
    `calibrated_context` is context and libraries together on the stacks of 2021.
    """

    name: str
    aliases: tuple[str, ...]
    memory: int
    compute_capability: tuple[int, int]
    context: int
    workspace_expected: float
    workspace_safe: float
    source: str
    context_source: str
    multiprocessors: int | None = None
    multiprocessors_source: str = ""
    calibrated_context: int | None = None
    cublas_context: int = 0  # of the context, what comes with cuBLAS

    @property
    def cublas_workspace(self) -> int:
        """Bytes that the first matrix product takes through the caching allocator."""
        return WORKSPACE_SM90 if self.compute_capability >= (9, 0) else WORKSPACE

    @property
    def replays_workspaces(self) -> bool:
        """Whether its tensor cores serve float32, for which cuDNN copies volumes."""
        return self.compute_capability >= (8, 0)

    @property
    def is_measured(self) -> bool:
        """Whether `memory` is a reported total, not the advertised size."""
        return not self.source.startswith("nominal")

    @property
    def compute_capability_source(self) -> str:
        """NVIDIA's page that lists the card or the chip it is built on."""
        return _CUDA_GPUS if self.compute_capability >= (7, 5) else _LEGACY_GPUS


@cache
def all_cards() -> tuple[Card, ...]:
    """Every GPU of the table, in its order: data center, GeForce, workstation, Jetson."""
    return tuple(_card_of(row) for row in _table_rows().values())


def find_card(name: str) -> Card:
    """The GPU called `name`: any case, spaces or hyphens, with or without the maker's names.

    Raises:
        UnknownCard: no such GPU (the message names the nearest), or several of that name.
    """
    row = _table_rows().get(name)
    found = (_card_of(row),) if row else _by_key().get(_name_key(name), ())
    if len(found) == 1:
        return found[0]
    quoted = printable(name[:_LONGEST_NAME])
    if found:
        names = tuple(card.name for card in found)
        sizes = [f"`{card.name}` ({card.memory // MIB} MiB)" for card in found]
        raise UnknownCard(f"`{quoted}` is {len(found)} GPUs: " + ", ".join(sizes), "", names)
    near = _nearest_names(name)
    hint = "did you mean " + " or ".join(f"`{card}`" for card in near) + "? " if near else ""
    message = f"unknown GPU `{quoted}`"
    raise UnknownCard(message, hint + "`convcalc gpus` lists the known ones", near)


def matching_cards(text: str) -> tuple[Card, ...]:
    """The GPUs whose name or alias has every word of `text`; all of them for no words."""
    words = [word for word in _WORD.findall(text.lower()) if word != "nvidia"]
    return tuple(card for card in all_cards() if _has_words(card, words))


def _has_words(card: Card, words: list[str]) -> bool:
    names = ",".join((card.name, *card.aliases)).lower()
    joined = names.replace("-", "").replace(" ", "")
    return all(word in names or word in joined for word in words)


@cache
def _table_rows() -> dict[str, tuple[str, ...]]:
    """The fields of each line of the table, by the card's name."""
    from convcalc.memory.card_data import TABLE

    lines = (line for line in TABLE.splitlines() if line and not line.startswith("#"))
    fields = (tuple(field.strip() for field in line.split("|")) for line in lines)
    return {row[0]: row for row in fields}


def _card_of(row: tuple[str, ...]) -> Card:
    from convcalc.memory import card_data as data

    name, reported, others, memory, capability, source = row
    major, minor = capability.split(".")
    context, context_source = data.CONTEXTS.get(name, (CONTEXT_MIB, CONTEXT_SOURCE))
    multiprocessors, found = data.MULTIPROCESSORS.get(name, (None, ""))
    if name in data.CORES:
        multiprocessors = data.CORES[name] // data.CORES_PER_MULTIPROCESSOR
        found = data.MULTIPROCESSORS_FROM_CORES
    if source == "quoted":
        cited = f'nvidia-smi: public files quoting "{reported}, {memory} MiB"'
    else:
        cited = data.CITATIONS[source]
    calibrated = data.CALIBRATED_2021.get(name)
    return Card(
        name=name,
        aliases=(reported, *(others.split(", ") if others else ())),
        memory=int(memory) * MIB,
        compute_capability=(int(major), int(minor)),
        context=context * MIB,
        workspace_expected=WORKSPACE_EXPECTED,
        workspace_safe=WORKSPACE_SAFE,
        source=cited,
        context_source=context_source,
        multiprocessors=multiprocessors,
        multiprocessors_source=found,
        calibrated_context=calibrated * MIB if calibrated else None,
        cublas_context=data.CUBLAS_CONTEXTS.get(name, 0) * MIB,
    )


@cache
def _by_key() -> dict[str, tuple[Card, ...]]:
    """Cards by every way to write them; a card's own name is never ambiguous."""
    table: dict[str, tuple[Card, ...]] = {}
    for card in all_cards():
        for key in _name_keys(card):
            table[key] = (*table.get(key, ()), card)
    table.update((_name_key(card.name), (card,)) for card in all_cards())
    return table


def _name_keys(card: Card) -> set[str]:
    """Keys of the names, the names without the size, and GeForce cards by number alone."""
    keys = {_name_key(name) for name in (card.name, *card.aliases)}
    keys.add(_name_key(_NAMED_SIZE.sub("", card.name)))
    if card.aliases[0].startswith("GeForce"):
        keys |= {key.removeprefix("rtx").removeprefix("gtx") for key in keys}
    return keys


def _name_key(name: str) -> str:
    """`name` without case, punctuation and words that tell no cards apart, such as `rtx3090`."""
    text = _GIGABYTES.sub(r" \1gb ", name.lower())
    return "".join(word for word in _WORD.findall(text) if word not in _NOISE)


def _nearest_names(name: str) -> tuple[str, ...]:
    """Up to three names of cards that look most like `name`, most alike first."""
    from difflib import get_close_matches

    table = _by_key()
    close = get_close_matches(_name_key(name[:_LONGEST_NAME]), table, n=6, cutoff=0.6)
    names = dict.fromkeys(card.name for key in close for card in table[key])
    return tuple(names)[:3]
