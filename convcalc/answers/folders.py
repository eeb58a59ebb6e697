"""Two folders of networks, or one at two revisions: which files are there on both sides."""

import os
import posixpath
from collections.abc import Callable
from typing import NamedTuple

from convcalc.answers.difference import ADDED, CHANGED, REMOVED, SAME, Difference
from convcalc.answers.verdicts.sources import spec_paths
from convcalc.network.git import PREFIX, folder_files
from convcalc.network.loading import SPEC_ENDINGS
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

Compared = tuple[Difference | None, list[ConvcalcError]]  # or what could not be read


class FilePair(NamedTuple):
    """A file by its path in the folders, and as a source on each side, if it is there."""

    path: str
    old: str | None
    new: str | None


class FileDifference(NamedTuple):
    """What became of a file's network. An added or removed one is compared with itself."""

    path: str
    status: str
    difference: Difference


def paired_files(old: str, new: str) -> list[FilePair] | None:
    """The specs of two folders by their paths, or None where neither side is a folder.

    Raises:
        ConvcalcError: only one side is a folder, or git cannot tell.
    """
    sides = [_files_of(source) for source in (old, new)]
    if sides == [None, None]:
        return None
    if None in sides:
        folder, file = (old, new) if sides[1] is None else (new, old)
        raise ConvcalcError(f"{printable(folder)[:80]} is a folder, "
                            f"{printable(file)[:80]} is none", "name two of one kind")  # fmt: skip
    before, after = (side or {} for side in sides)
    return [FilePair(path, before.get(path), after.get(path)) for path in sorted({*before, *after})]


def _files_of(source: str) -> dict[str, str] | None:
    """Each spec below a folder by its path in it; those that others include are left out."""
    if source.startswith(PREFIX):
        names = folder_files(source)
        if names is None:
            return None
        joint = source if source.endswith((":", "/")) else f"{source}/"
        wanted = (name for name in names if _is_spec(name))
        return {name: f"{joint}{name}" for name in wanted}
    if not os.path.isdir(source):
        return None
    paths = spec_paths(source)
    return {os.path.relpath(path, source).replace(os.sep, "/"): path for path in paths}


def _is_spec(name: str) -> bool:
    parts = name.split("/")
    return (name.lower().endswith(SPEC_ENDINGS) and not any(part.startswith(".") for part in parts)
            and not posixpath.basename(name).startswith("_"))  # fmt: skip


def compare_files(
    pairs: list[FilePair], compare: Callable[[str, str], Compared]
) -> tuple[list[FileDifference], list[ConvcalcError]]:
    """What became of each file, and what could not be read."""
    found: list[FileDifference] = []
    errors: list[ConvcalcError] = []
    for pair in pairs:
        source = pair.new or pair.old or ""
        difference, unread = compare(pair.old or source, pair.new or source)
        if difference is None:
            errors += unread if pair.old and pair.new else unread[: len(unread) // 2]
            continue
        changed = difference.lines or any(total.delta for total in difference.totals.values())
        status = ADDED if pair.old is None else REMOVED if pair.new is None else (
            CHANGED if changed else SAME)  # fmt: skip
        found.append(FileDifference(pair.path, status, difference))
    return found, errors
