"""What each optimizer keeps, and what it allocates while it steps.

Source: torch/optim/{sgd,adagrad,rmsprop,adam}.py of torch 2.13. Sizes are in bytes, one a
trainable parameter, in the order in which the parameters were registered.
"""

from typing import NamedTuple

from convcalc.facts.setup import FOR_LOOP, FOREACH
from convcalc.memory.tape import STATE, TEMPORARIES, Tape

SIZE_OF_STEP = 4  # a float32 counter


class Optimizer(NamedTuple):
    """States a parameter has, when they are made, and temporaries of the update."""

    states: int = 0  # tensors of the parameter's size
    eager: bool = False  # made by the constructor, before training
    counts: bool = False  # has a step counter a parameter
    copies_gradient: bool = False  # the first state is a copy of the first gradient
    nesterov: bool = False
    decoupled: bool = False  # weight decay needs no copy of the gradients
    root: bool = False  # the update divides by a square root
    numerator: bool = False  # foreach: a scaled gradient lives beside the root
    releases_decayed: bool = False  # foreach: decayed gradients go before the root is made
    division: bool = False  # for-loop: the root is divided in a second tensor
    fused: bool = True


OPTIMIZERS = {
    "sgd": Optimizer(),
    "momentum": Optimizer(states=1, copies_gradient=True),
    "nesterov": Optimizer(states=1, copies_gradient=True, nesterov=True),
    "adagrad": Optimizer(states=1, eager=True, counts=True, root=True, numerator=True),
    "rmsprop": Optimizer(states=1, counts=True, root=True, fused=False),
    "adam": Optimizer(states=2, counts=True, root=True, releases_decayed=True, division=True),
    "adamw": Optimizer(
        states=2, counts=True, root=True, releases_decayed=True, division=True, decoupled=True
    ),
    "amsgrad": Optimizer(states=3, counts=True, root=True, releases_decayed=True, division=True),
}


class Update(NamedTuple):
    """An optimizer as it is set up."""

    optimizer: Optimizer
    weight_decay: bool
    implementation: str
    counters_on_device: bool  # on a CPU, and fused on CUDA

    def make_states(self, tape: Tape, sizes: list[int]) -> None:
        """The states that are made before the first update, parameter by parameter."""
        optimizer = self.optimizer
        for size in sizes:
            if optimizer.counts and self.counters_on_device:
                tape.new_storage(SIZE_OF_STEP, STATE)
            if not optimizer.copies_gradient:
                for _ in range(optimizer.states):
                    tape.new_storage(size, STATE)

    def update_parameters(self, tape: Tape, sizes: list[int], first: bool) -> None:
        """One update of all parameters."""
        if first and not self.optimizer.eager:
            self.make_states(tape, sizes)
        if self.implementation == FOREACH:
            self._update_together(tape, sizes, first)
        elif self.implementation == FOR_LOOP:
            self._for_loop(tape, sizes, first)
        elif first and self.optimizer.copies_gradient:
            _new_storages(tape, sizes, STATE)

    def _update_together(self, tape: Tape, sizes: list[int], first: bool) -> None:
        optimizer = self.optimizer
        decays = self.weight_decay and not optimizer.decoupled
        decayed = _new_storages(tape, sizes, TEMPORARIES) if decays else []
        if first and optimizer.copies_gradient:
            _new_storages(tape, sizes, STATE)
        if optimizer.releases_decayed:
            tape.drop_all(decayed)
            decayed = []
        temporaries = _new_storages(tape, sizes, TEMPORARIES) if optimizer.root else []
        if optimizer.numerator and not decays:
            temporaries += _new_storages(tape, sizes, TEMPORARIES)
        tape.drop_all(temporaries)
        tape.drop_all(decayed)

    def _for_loop(self, tape: Tape, sizes: list[int], first: bool) -> None:
        """A Python variable holds its tensor until it is assigned for the next parameter."""
        optimizer = self.optimizer
        gradient = root = -1
        for size in sizes:
            tape.drop_reference(gradient)
            gradient = -1
            if self.weight_decay and not optimizer.decoupled:
                gradient = tape.new_storage(size, TEMPORARIES)
            if optimizer.copies_gradient:
                gradient = self._momentum_buffer(tape, size, gradient, first)
            if optimizer.root:
                older, root = root, tape.new_storage(size, TEMPORARIES)
                if optimizer.division:
                    undivided, root = root, tape.new_storage(size, TEMPORARIES)
                    tape.drop_reference(undivided)
                tape.drop_reference(older)
        tape.drop_reference(gradient)
        tape.drop_reference(root)

    def _momentum_buffer(self, tape: Tape, size: int, gradient: int, first: bool) -> int:
        if first:
            tape.new_storage(size, STATE)
        update = tape.new_storage(size, TEMPORARIES) if self.optimizer.nesterov else -1
        tape.drop_reference(gradient)
        return update


def _new_storages(tape: Tape, sizes: list[int], kind: str) -> list[int]:
    return [tape.new_storage(size, kind) for size in sizes]
