"""Holds the simulator against real CPU steps, mark by mark, to the byte."""

from functools import partial
from typing import Any

import torch
from fx_bridge import TracedGraph, flat, trace
from live import Loop, Mark, Optimizer, observe
from torch import nn

from convcalc.facts.setup import INFER, RELEASES
from convcalc.memory.simulate import CPU, SimulationSetup, simulate

OPTIMIZERS: dict[str, Any] = {
    "sgd": partial(torch.optim.SGD, lr=0.01),
    "momentum": partial(torch.optim.SGD, lr=0.01, momentum=0.9),
    "nesterov": partial(torch.optim.SGD, lr=0.01, momentum=0.9, nesterov=True),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "amsgrad": partial(torch.optim.Adam, amsgrad=True),
}
DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}
Image = tuple[int, ...] | tuple[tuple[int, ...], ...]  # of one sample, of one input or several


RELEASE = ".".join(torch.__version__.split(".")[:2])
SIMULATED = RELEASE if RELEASE in RELEASES else RELEASES[-1]  # a newer one is held to the last


def on_cpu(batch: int = 2, **options: Any) -> SimulationSetup:
    """The setup whose figures a dispatch mode on a CPU can observe."""
    return SimulationSetup(
        batch_size=batch, variant=CPU, in_place=False, torch=SIMULATED, **options
    )


def optimizer(setup: SimulationSetup) -> Optimizer:
    """torch's optimizer for a setup."""
    return partial(
        OPTIMIZERS[setup.optimizer],
        weight_decay=setup.weight_decay,
        foreach=setup.implementation == "foreach",
    )


def observed(
    model: nn.Module, image: Image, setup: SimulationSetup, labels: tuple[int, ...] = ()
) -> list[Mark]:
    """The marks of two real steps."""
    loop = Loop(
        setup.batch_size,
        image if isinstance(image[0], tuple) else (image,),  # type: ignore[arg-type]
        optimizer(setup),
        setup.accumulate,
        torch.bfloat16 if setup.amp else None,
        DTYPES[setup.dtype],
        setup.mode == INFER,
    )
    return observe(model, loop, labels)


def differences(
    model: nn.Module,
    image: Image,
    setup: SimulationSetup,
    labels: tuple[int, ...] = (),
    run: nn.Module | None = None,
    graph: TracedGraph | None = None,
) -> list[str]:
    """Marks that are not equal; `run` is the module to execute if not the flat model.

    A flat model has no blocks: nothing but the network's own values is held.
    """
    model.to(DTYPES[setup.dtype]).train(setup.mode != INFER)
    graph = graph or trace(model, image)
    if run is None:
        run = flat(model)
        for node in graph.nodes if not setup.checkpoint else ():
            node.scope = ()
    real = observed(run, image, setup, labels)
    simulated = [tuple(mark) for mark in simulate(graph, setup).marks]
    assert [mark.phase for mark in real] == [phase for phase, _, _ in simulated]
    return [
        f"{phase}: live {live} for {mark.live}, peak {peak} for {mark.phase_peak}"
        for (phase, live, peak), mark in zip(simulated, real, strict=True)
        if (live, peak) != (mark.live, mark.phase_peak)
    ]
