"""Single mutations of a module: everywhere one small thing is otherwise.

Operators of comparison, arithmetic and logic are swapped, conditions are turned round, numbers
grow by one, `max` becomes `min`, calls for their effect alone are left out. Names, strings,
annotations and what is only printed stay as they are.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLED = {"max": "min", "min": "max", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """A module with one mutation: where, what, and its tree."""

    line: int
    what: str
    tree: ast.Module


def mutants(source: str) -> list[Mutant]:
    """Every single mutation of a module's text."""
    found = []
    count = len(list(_sites(ast.parse(source))))
    for number in range(count):
        tree = ast.parse(source)
        site, change = list(_sites(tree))[number]
        before = ast.unparse(site)
        changed = change()
        after = ast.unparse(changed)
        line = getattr(site, "lineno", 0)
        found.append(Mutant(line, f"{before} -> {after}", ast.fix_missing_locations(tree)))
    return found


def _sites(tree: ast.AST) -> Iterator[tuple[ast.AST, "Change"]]:
    """Places of a tree with what changes them."""
    for node in _mutable(tree):
        yield from ((node, change) for change in _changes(node))


def _mutable(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but annotations, decorators, slots, texts, and how `zip` is guarded."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, (ast.JoinedStr, ast.Raise)):
                if isinstance(child, ast.Assign) and _is_slots(child):
                    continue
                if isinstance(child, ast.keyword) and child.arg == "strict":
                    continue
                yield from _mutable(child)


def _is_slots(node: ast.Assign) -> bool:
    return isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__slots__"


class Change:
    """Sets a field of a node; `()` does it and returns what stands there then."""

    def __init__(self, node: ast.AST, field: str, value: object, place: int = -1) -> None:
        self.node, self.field, self.value, self.place = node, field, value, place

    def __call__(self) -> ast.AST:
        if self.place < 0:
            setattr(self.node, self.field, self.value)
        else:
            getattr(self.node, self.field)[self.place] = self.value
        return self.node


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield Change(node, "ops", SWAPPED[type(operator)](), place)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and not _is_text(node):
        if type(node.op) in SWAPPED:
            yield Change(node, "op", SWAPPED[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield Change(node, "op", SWAPPED[type(node.op)]())
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield Change(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield Change(node, "value", not node.value)
        elif isinstance(node.value, (int, float)):
            yield Change(node, "value", node.value + 1)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in CALLED:
            yield Change(node, "func", ast.Name(CALLED[node.func.id], ast.Load()))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield Change(node, "value", ast.Constant(None))
    elif isinstance(node, ast.comprehension):
        for place, condition in enumerate(node.ifs):
            yield Change(node, "ifs", ast.UnaryOp(ast.Not(), condition), place)


def _is_text(node: ast.BinOp | ast.AugAssign) -> bool:
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.value,)
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )
