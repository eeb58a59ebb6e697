"""GPUs by name: memory, compute capability and the constants of the memory model.

The figures and where each was found are in `card_data.py`, the account of them in
docs/gpus.md. The table is read when a card is first asked for.
"""

import re
from functools import cache
from typing import NamedTuple

from convcalc.memory.cublas import WORKSPACE, WORKSPACE_SM90
from convcalc.text.errors import ConvcalcError, Hint
from convcalc.text.source import printable

MIB = 2**20
# A bare context holds what a kernel may need for every thread: by 12 points on 9 cards, the
# worst 12 MiB off; cuBLAS and cuDNN add to it (benchmarks/gpu/public/context.json). T is how
# many thousands (1024) of threads a card holds.
CONTEXT_MIB, BARE_MIB, LIBRARIES_MIB = 22, 1.87, 2.35  # fixed, and for each T
CONTEXT_SOURCE = "rule: 22 + 2.35 T MiB, T the 1024s of threads that the card holds"
HOPPER_BARE_MIB, CUBLAS_MIB = 612, 126  # compute capability 9 and 10: measured, off the rule
UNSEEN = 6, 5  # the most that a card shows of which only the rule is known, of the rule's
OFFERED = 984  # thousandths of nvidia-smi's total that CUDA offers, where it was not seen

_NOISE = {
    *("nvidia", "geforce", "tesla", "gpu"),
    *("generation", "edition", "blackwell", "workstation", "server"),
}
_OTHERS = {  # words of cards that are not listed, and that are none of those with their number
    *("laptop", "mobile", "notebook", "amd", "radeon", "rx", "instinct", "intel", "arc", "apple"),
}
_GIGABYTES = re.compile(r"(?<![a-z0-9])([0-9]{1,3})[\s_-]*g(?:i?b)?(?![a-z0-9])")
_WORD = re.compile(r"[a-z0-9]+")
_NAMED_SIZE = re.compile(r"-[0-9]+gb$")
_SIZE_BEHIND = re.compile(r"(.*[^.0-9])([0-9]{1,3})\s*(?:gi?b?)?\s*", re.IGNORECASE | re.DOTALL)
_ADVERTISED = 0.92, 1.01  # what nvidia-smi reports, of the size that a card is sold with
_LONGEST_NAME = 60
_MISTYPED = 0.85  # from which likeness on a name is one with slips, not one among other words


class UnknownCard(ConvcalcError, ValueError):
    """No GPU of that name, or more than one; `candidates` are names that would do."""

    def __init__(self, message: str, hint: str, candidates: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.candidates = candidates


class SeveralCards(UnknownCard):
    """More than one GPU has the name that was `written`."""

    def __init__(self, written: str, cards: "tuple[Card, ...]") -> None:
        sizes = [f"`{card.name}` ({card.memory // MIB} MiB)" for card in cards]
        message = f"`{printable(written[:_LONGEST_NAME])}` is {len(cards)} GPUs: {', '.join(sizes)}"
        super().__init__(message, "", tuple(card.name for card in cards))
        self.written = written


class Card(NamedTuple):
    """A GPU; sizes in bytes, each with the place where it was found.

    `memory` is the total that nvidia-smi reports (driver 510 and later) or, on a Jetson,
    what CUDA reports of the memory shared with the processor; `capacity` what CUDA offers of
    it. Contexts are those of modules that are loaded lazily: a process without a library, one
    with cuBLAS and cuDNN, and the most that the latter was seen to take.
    """

    name: str
    aliases: tuple[str, ...]
    memory: int
    capacity: int
    compute_capability: tuple[int, int]
    multiprocessors: int
    context: int
    context_with_libraries: int
    context_most: int
    context_eager: int  # with libraries, every kernel loaded at once
    source: str
    context_source: str
    context_eager_source: str
    multiprocessors_source: str

    @property
    def threads(self) -> int:
        """Threads that it holds at once. Source: CUDA programming guide, compute capabilities."""
        most = {(7, 5): 1024, (8, 6): 1536, (8, 7): 1536, (8, 9): 1536, (12, 0): 1536}
        return self.multiprocessors * most.get(self.compute_capability, 2048)

    @property
    def cublas_workspace(self) -> int:
        """Bytes that the first matrix product takes through the caching allocator."""
        return WORKSPACE_SM90 if self.compute_capability >= (9, 0) else WORKSPACE

    @property
    def cublas_context(self) -> int:
        """Of the context, what comes with cuBLAS, where that was measured."""
        return CUBLAS_MIB * MIB if (9, 0) <= self.compute_capability < (11, 0) else 0

    @property
    def is_measured(self) -> bool:
        """Whether `memory` is a reported total, not the advertised size."""
        return not self.source.startswith("nominal")


@cache
def all_cards() -> tuple[Card, ...]:
    """Every GPU of the table, in its order: data center, GeForce, workstation, Jetson."""
    return tuple(_card_of(row) for row in _table_rows().values())


def find_card(name: str) -> Card:
    """The GPU called `name`: any case, spaces or hyphens, with or without the maker's names.

    Raises:
        UnknownCard: no such GPU (the message names the nearest).
        SeveralCards: more than one of that name, each named.
    """
    row = _table_rows().get(name)
    found = (_card_of(row),) if row else _by_key().get(_name_key(name)) or _of_size_behind(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise SeveralCards(name, found)
    quoted = printable(name[:_LONGEST_NAME])
    if "," in name or name == "all":
        several = "name one here; `convcalc fit` takes several with commas, or all"
        raise UnknownCard(f"`{quoted}` is more than one GPU", several, ())
    near = () if _OTHERS & {*_WORD.findall(name[:_LONGEST_NAME].lower())} else _nearest_names(name)
    hint = "`convcalc gpus` lists the known ones"
    if near:
        hint = Hint(f"did you mean {' or '.join(f'`{card}`' for card in near)}? {hint}")
    else:
        other = f"{hint}; write the memory of any other as the budget"
        hint = Hint(f"{other}: --budget 16GiB", plain=other)
    raise UnknownCard(f"unknown GPU `{quoted}`", hint, near)


def cards_of_size(memory: int) -> tuple[Card, ...]:
    """The GPUs that are sold with so many bytes of memory."""
    least, most = (part * memory for part in _ADVERTISED)
    return tuple(card for card in all_cards() if least < card.memory <= most)


def _of_size_behind(name: str) -> tuple[Card, ...]:
    """Cards by their name and the size they are sold with: `a100-80`, `T4 16GB`."""
    if not (parts := _SIZE_BEHIND.fullmatch(name[:_LONGEST_NAME])):
        return ()
    sold = cards_of_size(int(parts[2]) * 2**30)
    return tuple(card for card in _by_key().get(_name_key(parts[1]), ()) if card in sold)


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

    name, reported, others, memory, capability, multiprocessors, source = row
    major, minor = capability.split(".")
    if source == "quoted":
        cited = f'nvidia-smi: public files quoting "{reported}, {memory} MiB"'
    else:
        cited = data.CITATIONS[source]
    total = int(memory) * MIB
    offered = total if cited.startswith("CUDA") else total * OFFERED // 1000
    card = Card(
        name=name,
        aliases=(reported, *(others.split(", ") if others else ())),
        memory=total,
        capacity=data.CAPACITIES[name] * MIB if name in data.CAPACITIES else offered,
        compute_capability=(int(major), int(minor)),
        multiprocessors=int(multiprocessors),
        context=0,
        context_with_libraries=0,
        context_most=0,
        context_eager=0,
        source=cited,
        context_source=CONTEXT_SOURCE,
        context_eager_source="",
        multiprocessors_source=data.MULTIPROCESSORS_FOUND.get(name, data.MULTIPROCESSORS_SOURCE),
    )
    return _with_contexts(card)


def _with_contexts(card: Card) -> Card:
    from convcalc.memory import card_data as data

    thousands = card.threads / 1024
    measured = (9, 0) <= card.compute_capability < (11, 0)
    bare = HOPPER_BARE_MIB if measured else round(CONTEXT_MIB + BARE_MIB * thousands)
    ruled = round(CONTEXT_MIB + LIBRARIES_MIB * thousands)
    seen = data.CONTEXTS.get(card.name)
    usual, most = seen or (ruled, ruled * UNSEEN[0] // UNSEEN[1])
    modules = next(size for since, size in reversed(data.EAGER_MODULES)
                   if card.compute_capability >= since)  # fmt: skip
    added = f"the lazy one and {modules} MiB, as on cards of about its capability"
    eager, eager_source = data.EAGER.get(card.name, (usual + modules, added))
    return card._replace(
        context=min(bare, usual) * MIB,
        context_with_libraries=usual * MIB,
        context_most=most * MIB,
        context_eager=eager * MIB,
        context_source=f"median and most seen: {usual} and {most} MiB" if seen else CONTEXT_SOURCE,
        context_eager_source=eager_source,
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


def _keys_inside(name: str) -> list[str]:
    """Keys of words side by side in a name such as `Colab T4`, those of most words first."""
    words = [key for word in _WORD.findall(name.lower()) if (key := _name_key(word))]
    places = range(len(words))
    return ["".join(words[first : first + more + 1])
            for more in reversed(places) for first in places[: len(words) - more]]  # fmt: skip


def _nearest_names(name: str) -> tuple[str, ...]:
    """Up to three cards: those whose names look alike, or those that most of the words name."""
    from difflib import get_close_matches

    table = _by_key()
    written = name[:_LONGEST_NAME]
    key = _name_key(written)
    close = get_close_matches(key, table, n=6, cutoff=0.6)
    if not get_close_matches(key, close, n=1, cutoff=_MISTYPED):
        close = [key for key in _keys_inside(written) if key in table][:1] or close
    names = dict.fromkeys(card.name for key in close for card in table[key])
    return tuple(names)[:3]
