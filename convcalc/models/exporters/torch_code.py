"""`convcalc export torch`: a module that needs only torch, as a person would write it.

Scopes that take one value or two and give one become classes, one for all that are alike but
for numbers; what else a name holds in common stays in the module around it.
"""

from convcalc.facts.shape import Vector, align_rows
from convcalc.facts.torch_code import ROWS, VOLUME, Code, CodeArgument
from convcalc.models.exporters.listing import listing_of
from convcalc.models.exporters.torch_classes import Class
from convcalc.models.exporters.torch_names import RESERVED, UniqueNames, class_name
from convcalc.models.exporters.torch_outline import outermost_checkpoints, outline_of
from convcalc.models.exporters.torch_scopes import Axes, Face, Scopes, settle_forms
from convcalc.models.writing.items import INPUT, NamedLayer
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation

HEAD = """\
\"\"\"{title}

{body}
\"\"\"

{imports}
"""
IMPORTS = ("import torch", "from torch import Tensor, nn")
PATTERN = {"[", ">"}  # in the title of what was read from a pattern
CHECKPOINT = "from torch.utils.checkpoint import checkpoint"


def module_source(walk: Propagation, source: str) -> str:
    """The source of the module; `source` is what the network was read from.

    Raises:
        ConvcalcError: a layer of which only the size is known, or that PyTorch does not have.
    """
    made = listing_of(walk)
    codes = [_code_at(walk, index) for index, node in enumerate(walk.nodes) if node.inputs]
    given = tuple(name for name, _ in made.inputs) or (INPUT,)
    states = {
        name: ROWS if isinstance(node.facts.output, Vector) else VOLUME
        for name, node in zip(given, walk.nodes, strict=False)
    }
    items = _with_positions(
        [
            item._replace(written=code, inputs=code.operands_of(item.inputs))
            for item, code in zip(made.items, codes, strict=True)
        ]
    )
    outline = outline_of(settle_forms(outermost_checkpoints(items), made.outputs, states), given[0])
    helpers = dict.fromkeys(code.helper for code in codes if code.helper)
    names = UniqueNames(
        {*RESERVED, *(code.module for code in codes if code.helper)}, before_number=""
    )
    title = walk.network.name
    name = names.free_name(class_name(title if title and not PATTERN & set(title) else "Net"))
    scopes = Scopes(outline, made.outputs, names, states, _axes_in(walk, items))
    classes = [
        Class(scopes, block.body, scopes.faces[block.body.name], block).source_text(block.name)
        for block in scopes.blocks.values()
    ]
    face = Face(given, made.outputs, gathers=False, named=len(given) > 1)
    body = [*helpers, *classes, Class(scopes, outline, face, None).source_text(name)]
    needs_torch = any("torch." in part for part in body)
    imports = [*IMPORTS[not needs_torch :], *[CHECKPOINT] * any(item.checkpoint for item in items)]
    head = HEAD.format(
        title=_title_of(walk), body=_module_docstring(walk, source), imports="\n".join(imports)
    )
    return "\n\n".join(part.rstrip("\n") + "\n" for part in [head, *body])


def _axes_in(walk: Propagation, items: list[NamedLayer]) -> Axes:
    """How many axes the volumes have that each layer takes and gives."""
    found = Axes({}, {})
    for node in walk.nodes:
        taken = align_rows(tuple(walk.nodes[k].facts.output for k in node.inputs))
        found.taken[node.name] = len(taken[0].sides) if taken else 0
        found.given[node.name] = len(node.facts.output.sides)
    for item in items:  # positions of maxima, which the pooling hands out
        for axes in found:
            axes.setdefault(item.name, axes.get(item.shares, 0))
    return found


def _with_positions(items: list[NamedLayer]) -> list[NamedLayer]:
    """The same, where poolings hand out the positions of their maxima to what unpools by them."""
    pooled = dict.fromkeys(item.inputs[1] for item in items if item.layer.takes_positions)
    taken = {item.name for item in items}
    names = {pool: f"{pool}_indices{'_' * (f'{pool}_indices' in taken)}" for pool in pooled}
    found: list[NamedLayer] = []
    for item in items:
        if item.layer.takes_positions:
            first, pool = item.inputs
            item = item._replace(inputs=(first, names[pool]))
        if item.name not in names:
            found.append(item)
            continue
        handed = CodeArgument("return_indices", True)
        arguments = (*item.code.arguments, handed)
        found.append(item._replace(written=item.code._replace(arguments=arguments, part=(0, 2))))
        beside = item.code._replace(module="", arguments=(), part=(1, 2))
        found.append(item._replace(name=names[item.name], written=beside, shares=item.name))
    return found


def _title_of(walk: Propagation) -> str:
    return _docstring_text(walk.network.title) + "."


def _module_docstring(walk: Propagation, source: str) -> str:
    """Where it comes from, and what goes in."""
    network = walk.network
    shapes = [node.facts.output for node in walk.nodes if not node.inputs]
    lines = [f"Written by convcalc from {_docstring_text(source)}"]
    if network.reference:
        lines.append(f"Reference: {_docstring_text(network.reference)}")
    sizes = [" x ".join(["N", *map(str, shape.in_torch)]) for shape in shapes]
    return "\n".join([*lines, f"Input{'s' if len(sizes) > 1 else ''}: {', '.join(sizes)}"])


def _docstring_text(text: str) -> str:
    """A text that ends no docstring."""
    return printable(text).replace("\\", "/").replace('"""', "'''").replace("##[", "# #[")


def _code_at(walk: Propagation, index: int) -> Code:
    node = walk.nodes[index]
    inputs = tuple(walk.nodes[k].facts.output for k in node.inputs)
    what = f"`{node.name}` is {node.node.layer.type_name}"
    try:
        code = node.node.layer.torch_code(inputs, node.facts.output)
    except ValueError as error:
        message, hint = error.args
        raise ConvcalcError(f"{what}: {message}", hint) from None
    if code is None:
        raise ConvcalcError(f"{what}: nothing is known of it but its size")
    return code
