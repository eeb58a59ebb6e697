"""CUDA's autocast on a CPU: its lists, with the casts that autocast_mode.h says of each.

The kernels of a CPU's autocast are replaced by ones that cast as CUDA's do; which operators
have one is read from torch's own registrations for CUDA, and what kind of cast from the list that
each is in. Where both lists say the same, and for the loss, the CPU's own kernels stay.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from convcalc.facts import operators as op
from convcalc.facts.operators.autocast import RULES

OF_ONE_KERNEL = ("aten::norm.Scalar", "aten::norm.ScalarOpt_dim")
WITHOUT_A_TYPE = {  # which overload takes one
    "norm.Scalar": "ScalarOpt_dtype",
    "norm.ScalarOpt_dim": "ScalarOpt_dim_dtype",
}
LOSS = ("aten::cross_entropy_loss",)  # whose casts on a CPU are in the simulator
CPU, CUDA = "AutocastCPU", "AutocastCUDA"
INTO = (op.INTO_FLOAT32, op.TO_FLOAT32)


def registered(key: str) -> set[str]:
    """The operators, with overloads, that have a kernel for a key."""
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    names = torch._C._dispatch_get_all_op_names()
    return {name for name in names if name.startswith("aten::") and has(name, key)}


@contextmanager
def cuda_lists() -> Iterator[None]:
    """While it lasts, torch.autocast("cpu") casts as torch.autocast("cuda") does."""
    casts: dict[int, tuple[Tensor, Tensor]] = {}
    clear = torch.clear_autocast_cache

    def clear_both() -> None:
        casts.clear()
        clear()

    library = torch.library.Library("aten", "IMPL")
    ours, theirs = registered(CUDA), registered(CPU)
    for name in sorted((ours | theirs).difference(LOSS)):
        short = name.removeprefix("aten::")
        rule = RULES.get(short.partition(".")[0]) if name in ours else None
        if name in ours & theirs and rule is op.HALF:
            continue
        kernel: Any = torch.library.fallthrough_kernel
        if rule is not None:
            kernel = _kernel(short, rule, casts)
        library.impl(short, kernel, CPU, allow_override=True)
    torch.clear_autocast_cache = clear_both
    try:
        yield
    finally:
        torch.clear_autocast_cache = clear
        library._destroy()


def _kernel(
    name: str, rule: op.AutocastRule, casts: dict[int, tuple[Tensor, Tensor]]
) -> Callable[..., Any]:
    packet, _, overload = name.partition(".")
    called = getattr(getattr(torch.ops.aten, packet), overload or "default")
    without = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCPU)

    def kernel(*given: Any, **named: Any) -> Any:
        with torch._C._ExcludeDispatchKeyGuard(without):
            eligible = [each for each in tree_leaves((given, named)) if _is_eligible(each)]
            if rule in INTO:
                if not eligible:
                    return called(*given, **named)
                if name in WITHOUT_A_TYPE:
                    other = getattr(torch.ops.aten.norm, WITHOUT_A_TYPE[name])
                    return other(*given, **named, dtype=torch.float32)
                return called(*given, **{"dtype": torch.float32, **named})
            wanted = torch.float32
            if rule is op.HALF:
                wanted = torch.get_autocast_dtype("cpu")
            elif rule is op.PROMOTED:
                wanted = torch.get_autocast_dtype("cpu")
                for each in eligible:
                    wanted = torch.promote_types(wanted, each.dtype)

            def cast(each: Any) -> Any:
                if not _is_eligible(each) or each.dtype == wanted:
                    return each
                leaf = each.is_leaf and each.requires_grad and not each._is_view()
                if wanted == torch.float32 or not leaf:
                    return each.to(wanted)
                if id(each) not in casts:
                    casts[id(each)] = each, each.to(wanted)
                return casts[id(each)][1]

            return called(*tree_map(cast, given), **tree_map(cast, named))

    return kernel


def _is_eligible(each: Any) -> bool:
    return isinstance(each, Tensor) and each.is_floating_point() and each.dtype != torch.float64
