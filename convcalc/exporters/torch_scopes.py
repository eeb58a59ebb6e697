"""Which scopes of a network can be modules of their own, and which of these are alike."""

import re
from collections.abc import Iterator
from typing import Any

from convcalc.code import ANY, Code
from convcalc.exporters.torch_names import class_name
from convcalc.writing.folding import Block, parameters
from convcalc.writing.outline import Part, Parts, Scope, Step, signature, slots


class Scopes:
    """The scopes of an outline; `blocks` are the classes by signature, outer ones first."""

    def __init__(self, outline: Scope, outputs: tuple[str, ...], name: str) -> None:
        self.takers = _takers(outline.parts)
        self.sharers = {item.shares: item.name for item in outline.items if item.shares}
        for output in outputs:
            self.takers.setdefault(output, []).append("")
        self.names = {name}
        self.blocks: dict[Any, Block] = {}
        found: dict[Any, list[Scope]] = {}
        for scope in _scopes(outline.parts):
            if self.closed(scope) and not self.sequential(scope):
                found.setdefault(signature(scope), []).append(scope)
        for kind, scopes in found.items():
            names = parameters([slots(scope) for scope in scopes], scopes[0])
            self.blocks[kind] = Block(self._named(scopes[0].name), scopes[0], names, len(scopes))

    def closed(self, scope: Scope) -> bool:
        """Whether only its first layer takes what is outside, and only its last is taken."""
        if signature(scope) is None:
            return False
        inside = {item.name for item in scope.items}
        *inner, _ = (item.name for item in scope.items)
        taken = all(taker in inside for name in inner for taker in self.takers.get(name, ()))
        shared = all((name in inside) == (self.sharers[name] in inside) for name in self.sharers)
        return taken and shared

    def sequential(self, scope: Scope) -> bool:
        """Whether it is layers 0, 1, 2 ... in a row, each a module."""
        words = [part.name[len(scope.name) + 1 :] for part in scope.parts]
        counted = words == [str(k) for k in range(len(words))]
        if not counted or not all(map(self._is_module, scope.parts)):
            return False
        return len({takes(part) for part in scope.parts} - {ANY}) < 2 and self.closed(scope)

    def _is_module(self, part: Part) -> bool:
        if isinstance(part, Scope):
            return self.closed(part) and not _recomputed(part)
        code: Code = part.item.layer  # type: ignore[assignment]
        plain = code.module and code.call == "{self}({0})" and code.takes == code.gives
        return bool(plain and not part.branches and not part.item.shares)

    def _named(self, path: str) -> str:
        """The last word of a path; what is numbered is called after what holds it."""
        *outer, last = path.split(".")
        if last.isdecimal():
            outer = [word for word in outer if not word.isdecimal()]
            last = f"{outer[-1] if outer else 'net'}_block"
        word = class_name(re.sub(r"(?<=[a-z])\d+[a-z]?(?=_|$)", "", last))
        name, number = word, 2
        while name in self.names:
            name, number = f"{word}{number}", number + 1
        self.names.add(name)
        return name


def takes(part: Part) -> str:
    """What the first layer takes that does not take anything: rows, or a volume."""
    if isinstance(part, Step):
        inner = [takes(each) for branch in part.branches for each in branch[:1]]
        code: Code = part.item.layer  # type: ignore[assignment]
        return next((kind for kind in inner if kind != ANY), code.takes)
    return next((kind for each in part.parts if (kind := takes(each)) != ANY), ANY)


def _recomputed(scope: Scope) -> bool:
    return all(item.checkpoint == scope.name for item in scope.items)


def _takers(parts: Parts) -> dict[str, list[str]]:
    """Who takes each layer by its name, other than by standing behind it."""
    found: dict[str, list[str]] = {}
    for step in _steps(parts):
        for source in step.sources:
            found.setdefault(source, []).append(step.item.name)
    return found


def _steps(parts: Parts) -> Iterator[Step]:
    for part in parts:
        if isinstance(part, Scope):
            yield from _steps(part.parts)
        else:
            for branch in part.branches:
                yield from _steps(branch)
            yield part


def _scopes(parts: Parts) -> Iterator[Scope]:
    for part in parts:
        if isinstance(part, Scope):
            yield part
            yield from _scopes(part.parts)
        else:
            for branch in part.branches:
                yield from _scopes(branch)
