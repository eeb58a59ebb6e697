"""Specs as they were: `git:REV:path` names a file at a revision of its repository.

The path counts from the root of the repository, `./path` from the current folder, as git
has it. The name is handed to `git cat-file` on standard input, where nothing is an option.
"""

import os
import posixpath
import re

from convcalc.network.graph import Network, Settings
from convcalc.network.loading import YAML_ENDINGS, decode_source, networks
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source, printable

PREFIX = "git:"
_FOUND = re.compile(rb"[0-9a-f]{40,64} blob ([0-9]+)\n")


def load_revision(source: str, settings: Settings | None = None) -> list[Network]:
    """Every network of a file at a revision; what it includes is of that revision too.

    Raises:
        ConvcalcError: not in a repository, no such revision or file, or wrong by itself.
    """
    revision, _, path = source.removeprefix(PREFIX).partition(":")
    if not path or "\n" in source:
        raise ConvcalcError(
            f"{printable(source)[:80]}: names no file",
            "write git:REV:path, for example git:HEAD~1:specs/net.yaml",
        )
    beside = os.path.dirname(source)

    def included(name: str) -> Source:
        rest = name.removeprefix(beside).lstrip("/")
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), rest))
        return _read_revision(revision, f"./{where}" if path.startswith("./") else where)

    is_yaml = path.lower().endswith(YAML_ENDINGS)
    return networks(_read_revision(revision, path), settings, is_yaml, included)


def whole_source(source: str, other: str) -> str:
    """A source whose path is that of the other side where it names a revision only."""
    revision = source.removeprefix(PREFIX)
    named = source.startswith(PREFIX) and revision and not {":", "\n", "\0"} & {*revision}
    if not named or other.startswith(PREFIX):
        return source
    return f"{PREFIX}{revision}:./{os.path.relpath(other)}".replace(os.sep, "/")


def folder_files(source: str) -> list[str] | None:
    """Names of the files below a folder at a revision, or None where it is no folder.

    Raises:
        ConvcalcError: git cannot be run, or knows no such revision.
    """
    revision, _, path = source.removeprefix(PREFIX).partition(":")
    if {"\n", "\0"} & {*source} or revision.startswith("-"):
        return None
    kind = _ask_git(f"{revision}:{path}\n".encode(errors="surrogateescape"), source)
    if b" tree " not in kind.split(b"\n", 1)[0]:
        return None
    command = ["git", "ls-tree", "-r", "-z", "--name-only", "--full-tree", f"{revision}:{path}"]
    names = _run_git(command, b"", source).decode(errors="surrogateescape").split("\0")
    return [name for name in names if name]


def _read_revision(revision: str, path: str) -> Source:
    name = f"{PREFIX}{revision}:{path}"
    output = _ask_git(f"{revision}:{path}\n".encode(errors="surrogateescape"), name)
    match = _FOUND.match(output)
    if match is None:
        raise _missing_error(revision, name)
    return decode_source(output[match.end() : match.end() + int(match[1])], name)


def _missing_error(revision: str, name: str) -> ConvcalcError:
    """What is not there: the revision, or the file in it."""
    tree = _ask_git(f"{revision}^{{tree}}\n".encode(errors="surrogateescape"), name)
    if revision and b" tree " not in tree.split(b"\n", 1)[0]:
        return ConvcalcError(
            f"{printable(name)}: there is no revision `{printable(revision)}`",
            "a CI server's clone may lack it: fetch it, with actions/checkout by fetch-depth: 0",
        )
    return ConvcalcError(
        f"{printable(name)}: there is no such file at that revision",
        "the path counts from the root of the repository; ./ is the current folder",
    )


def _ask_git(request: bytes, name: str) -> bytes:
    return _run_git(["git", "cat-file", "--batch", "--follow-symlinks"], request, name)


def _run_git(command: list[str], request: bytes, name: str) -> bytes:
    import subprocess

    try:
        process = subprocess.run(command, input=request, capture_output=True, check=False)
    except OSError as error:
        raise ConvcalcError(f"{printable(name)}: cannot run git: {error.strerror}") from None
    if process.returncode:
        said = process.stderr.decode(errors="replace").strip().split("\n")[0]
        raise ConvcalcError(f"{printable(name)}: git says: {printable(said)}")
    return process.stdout
