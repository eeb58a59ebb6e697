"""How PyTorch writes a layer: a module to construct, and what is called with its inputs.

Sizes go rows first here, as PyTorch has them. Rows are N x C tensors, volumes N x C x H x W.
"""

from typing import Any, NamedTuple

VOLUME, ROWS, ANY = "volume", "rows", "any"
ALL = "{all}"
CALL = "{self}({0})"  # of a module with its one input
FIRST = ("in_channels", "out_channels", "in_features", "out_features", "num_features",
         "num_groups", "num_channels", "normalized_shape", "output_size", "size", "channels",
         "groups_", "norm_type")  # fmt: skip


class CodeArgument(NamedTuple):
    """An argument of a constructor, left out where it is the default."""

    name: str
    value: Any
    default: Any = None


class Code(NamedTuple):
    """A layer in PyTorch. `{self}` in `call` is the module, `{0}` an input, `{all}` each."""

    call: str = CALL
    module: str = ""
    arguments: tuple[CodeArgument, ...] = ()
    takes: str = VOLUME
    gives: str = VOLUME  # ANY: what it took
    helper: str = ""  # the source of the module, where torch has none
    part: tuple[int, int] | None = None  # of what `call` gives: which, of how many

    @property
    def keyword(self) -> str:
        """What codes must have in common to be alike but for numbers."""
        return f"{self.module} {self.call} {self.part}"

    def operands_of(self, inputs: tuple[str, ...]) -> tuple[str, ...]:
        """Those of a layer's inputs that `call` names; the others only gave a size."""
        if ALL in self.call:
            return inputs
        return tuple(name for k, name in enumerate(inputs) if f"{{{k}}}" in self.call)

    @property
    def said(self) -> list[tuple[str, Any, bool]]:
        """Each argument, its value, and whether it must be written."""
        return [(a.name, a.value, a.value != a.default) for a in self.arguments]


def module_code(name: str, *arguments: CodeArgument, **options: Any) -> Code:
    """A module of torch.nn that takes and gives a volume."""
    return Code(module=f"nn.{name}", arguments=arguments, **options)


def pointwise_code(name: str, *arguments: CodeArgument) -> Code:
    """A module of torch.nn that works on values of any shape."""
    return module_code(name, *arguments, takes=ANY, gives=ANY)


def rows_first(sizes: tuple[int, ...]) -> Any:
    """The last axis first, height before width; or one number for all."""
    return sizes[0] if len(set(sizes)) == 1 else sizes[::-1]
