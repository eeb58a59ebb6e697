"""What each of several GPUs holds: formulas over a step that is counted by hand here."""

import json

import pytest

from convcalc.memory.buckets import ddp_buckets
from convcalc.memory.formulas import per_gpu, sharded_terms
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

MIB = 2**20
ONE_LAYER = "INPUT[1x1x1000] -> FC-500"
P = (1000 * 500 + 500) * 4  # bytes
BATCH = 2


def simulated(optimizer="adam"):
    return simulate(propagate(load(ONE_LAYER)), SimulationSetup(BATCH, optimizer=optimizer))


@pytest.mark.parametrize(
    ("optimizer", "state", "step"),
    [("sgd", 0, 0), ("momentum", 1, 0), ("adam", 2, 1), ("amsgrad", 3, 1), ("adagrad", 1, 2)],
)
def test_terms(optimizer, state, step):
    found = sharded_terms(simulated(optimizer))
    assert (found.parameters, found.gradients, found.state) == (P, P, state * P)
    batch = BATCH * (1000 * 4 + 8)
    logits = BATCH * 500 * 4
    assert found.step == step * P + batch + logits + 4  # with the output and the loss
    assert found.largest_unit == P


@pytest.mark.parametrize("gpus", [1, 2, 8, 64])
def test_strategies(gpus):
    result = simulated()
    p, g, k, w, t, u = sharded_terms(result)
    assert (g, k, u) == (p, 2 * p, p)
    own = -(-t // gpus)
    assert per_gpu(result, gpus) == {
        "ddp": 5 * p + max(w, t),
        "zero-1": 2 * p + -(-2 * p // gpus) + max(w, own),
        "zero-2": p + -(-3 * p // gpus) + max(w, own),
        "zero-3": -(-4 * p // gpus) + max(3 * p + w, own),
    }
    assert per_gpu(result, gpus, bucket_view=True)["ddp"] == 4 * p + max(w, t)


def test_one_gpu_that_spreads_its_state_holds_what_is_simulated():
    """ZeRO-1 on one GPU is the plain step: its peak, but for gradients that come one by one."""
    result = simulated()
    assert per_gpu(result, 1)["zero-1"] >= result.peak_live


@pytest.mark.parametrize(
    ("sizes", "buckets"),
    [
        pytest.param([], [], id="nothing learns"),
        pytest.param([MIB - 1], [MIB - 1], id="all in a bucket that is not full"),
        pytest.param([MIB, 25 * MIB, 1], [MIB, 25 * MIB, 1], id="1 MiB, then 25"),
        pytest.param([3, MIB, 24 * MIB, 2 * MIB], [MIB + 3, 26 * MIB], id="closed once full"),
    ],
)
def test_buckets_of_ddp(sizes, buckets):
    assert ddp_buckets(sizes) == buckets


def test_the_command_says_them(run):
    result = simulated("momentum")
    done = run("analyze", ONE_LAYER, "-b", "2", "--gpus", "4", "--format", "json")
    found = json.loads(done.out)["networks"][0]["memory"]["pytorch"]["per_gpu"]
    assert found == {"gpus": 4, **per_gpu(result, 4)}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="one GPU"),
        pytest.param(("--gpus", "1"), id="one GPU by its number"),
        pytest.param(("--gpus", "4", "--mode", "infer"), id="running needs no other GPU"),
        pytest.param(("--gpus", "4", "--memory", "textbook"), id="not by the textbook"),
    ],
)
def test_nothing_is_said_where_nothing_is_shared(run, arguments):
    done = run("analyze", ONE_LAYER, *arguments)
    assert (done.code, "Live on each" in done.out) == (0, False)
