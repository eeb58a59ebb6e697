"""Small operators that together are a larger one, or none at all.

Permuting to N, H, W, C and back changes no size and copies nothing: what stands between
works on the same volume. A view that splits the channels, a transposition and a view back
are a channel shuffle. Views to rows are `flatten`; resizing goes by the name `interpolate`.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.facts.operators import WHOLE
from convcalc.facts.setup import OWN
from convcalc.facts.torch_calls import BUFFER, VALUE, Tensor, TracedCall
from convcalc.models.importers.constants import (
    constants_resolved,
    nothing_computed,
    refuse_the_unmade,
)
from convcalc.models.importers.joins import joined_in_torch
from convcalc.models.importers.pruning import left_out, without_flattening, without_unused
from convcalc.models.importers.traced import Lifetime, Traced

FIRST, LAST = (0, 1, 2, 3), (0, 2, 3, 1)  # where each axis of N, C, H, W went
SAME = ("alias", "detach_", "to", "_to_copy", "identity", "type_as")
VIEWS = ("view", "reshape", "_unsafe_view", "flatten", "squeeze", "unsqueeze", "unflatten")
DROPOUT = ("dropout", "dropout_", "feature_dropout", "feature_dropout_")
RESIZING = {f"upsample_nearest{axes}d": "nearest" for axes in (1, 2, 3)} | {
    "upsample_linear1d": "linear",
    "upsample_bilinear2d": "bilinear",
    "upsample_bicubic2d": "bicubic",
    "upsample_trilinear3d": "trilinear",
}


class Form(NamedTuple):
    """How a value of the model lies over the volume that it stands for."""

    tensor: Tensor  # the volume
    axes: tuple[int, ...] = FIRST
    groups: int = 0  # its channels are two axes: groups x channels of a group
    swapped: bool = False  # or the other way round


def rewrite_calls(traced: Traced) -> Traced:
    """The same model in larger operators.

    Raises:
        ConvcalcError: an operator takes what nothing has made before, or there are none.
    """
    refuse_the_unmade(traced)
    plain: frozenset[str] = frozenset()
    while True:
        rewriter = _CallRewriter(traced, plain)
        found = rewriter.rewrite_all()
        if not rewriter.twice:
            return found
        plain |= rewriter.twice


class _CallRewriter:
    """One pass; `plain` are values that stay as they lie, N, H, W, C or not.

    What another call needs so was a volume before and would be computed `twice`.
    """

    def __init__(self, traced: Traced, plain: frozenset[str]) -> None:
        self.traced = traced
        self.plain = plain
        self.twice: set[str] = set()
        self.notation = traced.input.channels_last  # the file holds volumes as N, H, W, C
        self.forms: dict[str, Form] = {
            each.name: Form(each._replace(channels_last=False), LAST if self.notation else FIRST)
            for each in traced.given
        }
        self.raw: dict[str, TracedCall] = {}  # the model's own calls, by what they give
        self.calls: list[TracedCall] = []
        self.assumed: list[str] = []  # in sentences
        self.uses = Counter(value.name for call in traced.calls for value in call.values)
        self.rules: dict[str, Callable[[TracedCall], Form | None]] = {
            **dict.fromkeys(SAME, self._rewrite_same),
            **dict.fromkeys(VIEWS, self._rewrite_view),
            "permute": lambda call: self._rewrite_permute(call, call.arguments["dims"]),
            "transpose": self._rewrite_transpose,
            "contiguous": self._rewrite_contiguous,
            **dict.fromkeys(DROPOUT, self._rewrite_dropout),
            "linear": self._rewrite_linear,
            "chunk": self._rewrite_split,
            "split": self._rewrite_split,
            "split_with_sizes": self._rewrite_split,
            "slice": self._rewrite_slice,
            "mean": self._rewrite_mean,
            "amax": self._rewrite_mean,
            "constant_pad_nd": lambda call: self._keep_call(call._replace(operator="pad")),
            **dict.fromkeys(RESIZING, self._rewrite_resize),
        }

    def rewrite_all(self) -> Traced:
        calls = constants_resolved(self.traced)
        for call in joined_in_torch(calls, self.traced):
            self.forms[call.output.name] = self._form_of_result(call)
            self.raw[call.output.name] = call
        if not self.forms.keys() >= set(self.traced.outputs):  # what is left was made of constants
            raise nothing_computed(self.traced.source)
        outputs = list(map(self._output_name, self.traced.outputs))
        lifetimes = tuple(map(self._renamed, self.traced.lifetimes))
        in_place = {call.output.name for call in self.calls if call.in_place}
        held = [name for each in lifetimes for k, name in enumerate(each.values)
                if not k or name in in_place]  # fmt: skip
        calls = without_unused(without_flattening(self.calls, outputs), outputs, held)
        taken = {tensor.name for call in calls for tensor in call.parameters}
        left = {name: count for name, count in self.traced.parameters.items() if name not in taken}
        assumed = (*self.traced.assumed, *self.assumed, *left_out(left))
        unused = [e for e in self.traced.unused if e.kind == BUFFER or e.name in left]
        return self.traced._replace(
            unused=tuple(unused),
            calls=calls, outputs=outputs, assumed=assumed, lifetimes=lifetimes,
            untaken=self._untaken_results(calls),
        )  # fmt: skip

    def _form_of_result(self, call: TracedCall) -> Form:
        if call.output.name in self.plain:
            return Form(self._add_call(call._replace(arguments=self._map_tensors(call.arguments))))
        form = self.rules.get(call.operator, _none)(call) if call.values else None
        return form or self._keep_call(call)

    def _output_name(self, name: str) -> str:
        """The volume that an output is, or the output itself where it lies otherwise."""
        form = self.forms[name]
        if (form.groups or form.axes != FIRST) and not self.notation and name in self.raw:
            return self._named_tensor(self.raw[name].output).name
        return form.tensor.name

    def _renamed(self, lifetime: Lifetime) -> Lifetime:
        """With the names of the volumes that its values stand for."""
        forms = [self.forms[name] for name in lifetime.values if name in self.forms]
        return lifetime._replace(values=tuple(form.tensor.name for form in forms))

    def _untaken_results(self, taken: list[TracedCall]) -> dict[str, tuple[str, int]]:
        """Results that no call takes of operators with several, of which a call takes another."""
        positions = self.traced.positions
        beside = {positions[call.output.name]: call.output.name
                  for call in taken if call.output.name in positions}  # fmt: skip
        names = {call.output.name for call in taken}
        return {
            call.output.name: (beside[positions[call.output.name]], call.arguments["index"])
            for call in self.calls
            if "index" in call.arguments
            and call.output.name not in names
            and positions.get(call.output.name) in beside
        }

    def _form_of(self, tensor: Tensor) -> Form:
        return self.forms[tensor.name]

    def _keep_call(self, call: TracedCall, **changes: Any) -> Form:
        """The call itself, on the volumes that its values stand for."""
        forms = [self._form_of(value) for value in call.values]
        call = call._replace(arguments={**call.arguments, **changes})
        volume = len(call.output.shape) == len(LAST) and all(not form.groups for form in forms)
        last = any if self.notation else all  # beside what lies as it is written, both are written
        if volume and forms and last(form.axes == LAST for form in forms):
            return self._channels_last(self._renumbered(call))
        return Form(self._add_call(call._replace(arguments=self._map_tensors(call.arguments))))

    def _channels_last(self, call: TracedCall) -> Form:
        n, *sizes = call.output.shape
        shape = (n, sizes[-1], *sizes[:-1])
        output = call.output._replace(shape=shape, channels_last=not self.notation)
        arguments = self._map_tensors(call.arguments, last=True)
        return Form(self._add_call(call._replace(arguments=arguments, output=output)), LAST)

    def _renumbered(self, call: TracedCall) -> TracedCall:
        """The call with axes counted in N, C, H, W, where the file counts in N, H, W, C."""
        dim = call.arguments.get("dim")
        if not self.notation or dim is None:
            return call
        dims = [LAST[each] for each in (dim if isinstance(dim, list) else [dim])]
        return call._replace(
            arguments={**call.arguments, "dim": dims if isinstance(dim, list) else dims[0]}
        )

    def _rewrite_mean(self, call: TracedCall) -> Form | None:
        """Over the width and the height, wherever they stand."""
        form, dim = self._form_of(call.values[0]), call.arguments.get("dim")
        if not self.notation or form.axes != LAST or not isinstance(dim, list):
            return None
        if {LAST[each] for each in dim} != {2, 3}:
            return None
        n, depth = form.tensor.shape[:2]
        shape = (n, depth) if len(call.output.shape) == 2 else (n, depth, 1, 1)
        output = call.output._replace(shape=shape)
        added = self._add_call(
            TracedCall(call.operator, {"input": form.tensor}, output, call.place)
        )
        return Form(added, FIRST if len(shape) == 2 else LAST)

    def _add_call(self, call: TracedCall) -> Tensor:
        self.calls.append(call)
        return call.output._replace(channels_last=False)

    def _map_tensors(self, argument: Any, last: bool = False) -> Any:
        if isinstance(argument, Tensor):
            if argument.kind != VALUE:
                return argument
            form = self._form_of(argument)
            plain = form.axes == FIRST and not form.groups
            if plain or last:
                return form.tensor._replace(channels_last=last and not self.notation)
            return self._named_tensor(argument)
        if isinstance(argument, dict):
            return {name: self._map_tensors(value, last) for name, value in argument.items()}
        if isinstance(argument, (list, tuple)):
            return [self._map_tensors(each, last) for each in argument]
        return argument

    def _named_tensor(self, value: Tensor) -> Tensor:
        """A value that is no volume after all: the operator that made it must be said."""
        call = self.raw[value.name]
        if self._form_of(value).tensor.name == value.name and not self.notation:
            self.twice.add(value.name)
        if call.output not in [each.output for each in self.calls]:
            self._add_call(call._replace(arguments=self._map_tensors(call.arguments)))
        self.forms[value.name] = Form(value)
        return value

    def _rewrite_same(self, call: TracedCall) -> Form | None:
        """No new tensor: the same values, in the same type."""
        value, output = call.values[0], call.output
        same = (value.shape, value.dtype) == (output.shape, output.dtype)
        return self._form_of(value) if same else None

    def _rewrite_contiguous(self, call: TracedCall) -> Form | None:
        """Nothing for what lies so; the copy that a shuffle makes belongs to it."""
        form = self._form_of(call.values[0])
        lies_so = call.values[0].layout is WHOLE or form.groups
        return form if form.axes == FIRST and lies_so else None

    def _rewrite_permute(self, call: TracedCall, dims: list[int]) -> Form | None:
        form, rank = self._form_of(call.values[0]), len(call.output.shape)
        if not rank:
            return None
        dims = [dim % rank for dim in dims]
        if form.groups:
            return form._replace(swapped=not form.swapped) if dims == [0, 2, 1, 3, 4] else None
        if rank != len(FIRST) or len(form.tensor.shape) != rank:
            return None
        axes = tuple(form.axes[dim] for dim in dims)
        return form._replace(axes=axes) if axes in (FIRST, LAST) else None

    def _rewrite_transpose(self, call: TracedCall) -> Form | None:
        dims = list(range(len(call.output.shape)))
        first, second = call.arguments["dim0"], call.arguments["dim1"]
        dims[first], dims[second] = dims[second], dims[first]
        return self._rewrite_permute(call, dims)

    def _rewrite_view(self, call: TracedCall) -> Form | None:
        form, shape = self._form_of(call.values[0]), call.output.shape
        volume = form.tensor.shape
        if not volume:
            return None
        if form.axes != FIRST:
            rows = len(shape) == 2 and shape[0] == volume[0]
            return self._flattened_form(call, form) if rows and self.notation else None
        if form.groups:
            return self._regrouped_form(call, form)
        if shape == volume or (
            shape[:2] == volume[:2] and _are_ones(shape[2:]) and _are_ones(volume[2:])
        ):
            return self._flattened_form(call, form) if len(shape) < len(volume) else form
        if len(shape) == len(volume) + 1 and shape[3:] == volume[2:] and shape[0] == volume[0]:
            return Form(form.tensor, groups=shape[1])
        if volume and shape == (volume[0], form.tensor.elements // volume[0]):
            return self._flattened_form(call, form)
        return None

    def _flattened_form(self, call: TracedCall, form: Form) -> Form:
        """A row of values; what is 1x1 wide and high is one already."""
        if _are_ones(form.tensor.shape[2:]):
            return form._replace(axes=FIRST)
        return Form(
            self._add_call(TracedCall("flatten", {"input": form.tensor}, call.output, call.place))
        )

    def _regrouped_form(self, call: TracedCall, form: Form) -> Form | None:
        if call.output.shape != form.tensor.shape:
            return None
        if not form.swapped:
            return Form(form.tensor)
        arguments = {"input": form.tensor, "groups": form.groups}
        return Form(
            self._add_call(TracedCall("channel_shuffle", arguments, call.output, call.place))
        )

    def _rewrite_dropout(self, call: TracedCall) -> Form | None:
        """In evaluation mode, or with p = 0, nothing happens."""
        if call.arguments["train"] and call.arguments["p"]:
            return None
        return self._form_of(call.values[0])

    def _rewrite_linear(self, call: TracedCall) -> Form | None:
        """On N, H, W, C it is a 1x1 convolution."""
        if self._form_of(call.values[0]).axes != LAST:
            return None
        before = self.raw.get(call.values[0].name)
        if before is not None and before.operator in ("permute", "transpose", "contiguous"):
            said = (
                f"{call.place} is given a permuted volume: torch copies it, which is not counted."
            )
            self.assumed.append(said)
        weight = call.arguments["weight"]
        weight = weight._replace(shape=(*weight.shape, 1, 1))
        return self._channels_last(
            call._replace(operator="conv2d", arguments={**call.arguments, "weight": weight})
        )

    def _rewrite_slice(self, call: TracedCall) -> Form | None:
        """Along an axis; slices along several, one after the other, are one crop."""
        volume, dim = self._form_of(call.values[0]), call.arguments["dim"]
        axes = len(call.output.shape) - 2
        along = 2 <= dim < axes + 2
        if not along or call.arguments["step"] != 1 or volume.axes != FIRST:
            return None
        if call.output.dtype != OWN:
            return None  # it is recorded, slice by slice
        offset = [0] * axes
        before = self.calls[-1] if self.calls else call
        alone = self.uses[call.values[0].name] == 1
        if alone and before.operator == "crop" and before.output.name == volume.tensor.name:
            offset = list(before.arguments["offset"])
            self.calls.pop()
            volume = volume._replace(tensor=before.arguments["input"])
        offset[dim - 2] += (call.arguments["start"] or 0) % call.values[0].shape[dim]
        arguments = {"input": volume.tensor, "offset": offset}
        return Form(self._add_call(TracedCall("crop", arguments, call.output, call.place)))

    def _rewrite_resize(self, call: TracedCall) -> Form | None:
        return self._keep_call(call._replace(operator="interpolate"), mode=RESIZING[call.operator])

    def _rewrite_split(self, call: TracedCall) -> Form | None:
        """Equal parts of the depth are a chunk; a view like that."""
        parts, dim = call.arguments["parts"], call.arguments["dim"]
        if len(set(parts)) > 1 or dim % len(call.output.shape) != 1:
            return None
        return self._keep_call(call._replace(operator="chunk"), chunks=len(parts))


def _none(call: TracedCall) -> None:
    return None


def _are_ones(sizes: tuple[int, ...]) -> bool:
    return all(size == 1 for size in sizes)
