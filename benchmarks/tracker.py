"""A training step's memory, by convcalc and by torch's own tracker on fake tensors.

Run by a Python that has torch and torchvision, in the checkout; prints JSON. The tracker is
`torch.distributed._tools.mem_tracker.MemTracker` in a FakeTensorMode on a CPU: no data, but
every module, operator and hook runs. Its peak is for the CPU, so convcalc's is too here.
"""

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "oracle")]

import torch  # noqa: E402
from torch._subclasses import FakeTensorMode  # noqa: E402
from torch.distributed._tools.mem_tracker import MemTracker  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torchvision_import import models  # noqa: E402

from convcalc.memory.result import SimulationResult  # noqa: E402
from convcalc.memory.simulate import CPU, SimulationSetup, simulate  # noqa: E402
from convcalc.network.loading import load  # noqa: E402
from convcalc.walk.propagation import propagate  # noqa: E402

NETWORKS = {"vgg16_torchvision": "vgg16", "resnet152": "resnet152"}
BATCH, ROUNDS = 32, 3


def tracked(name: str) -> int:
    """Two steps under the tracker; the peak of live bytes."""
    with FakeTensorMode():
        model = getattr(models, name)(weights=None)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, foreach=True)
        tracker = MemTracker()
        tracker.track_external(model, optimizer)
        with tracker:
            for _ in range(2):
                tracker.reset_mod_stats()
                images, labels = torch.randn(BATCH, 3, 224, 224), torch.zeros(BATCH).long()
                optimizer.zero_grad()
                out = model(images)
                loss = F.cross_entropy(out, labels)
                loss.backward()
                optimizer.step()
    (peak,) = tracker.get_tracker_snapshot("peak").values()
    return peak["Total"]


def seconds(function, rounds: int) -> tuple[float, int]:
    """The median of some calls after one to warm up, and what they return."""
    function()
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        result = function()
        found.append(time.perf_counter() - started)
    return statistics.median(found), result


def peak_of(result: SimulationResult) -> int:
    """The peak of live bytes; the allocator, which the tracker does not have, is timed too."""
    assert result.peak_reserved
    return result.peak_live


def row(spec: str, name: str) -> dict[str, object]:
    walked = propagate(load(spec))
    setup = SimulationSetup(BATCH, variant=CPU)
    own, peak = seconds(lambda: peak_of(simulate(walked, setup)), 10 * ROUNDS)
    theirs, tracker_peak = seconds(lambda: tracked(name), ROUNDS)
    return {"spec": spec, "ms": 1000 * own, "tracker_ms": 1000 * theirs,
            "peak": peak, "tracker_peak": tracker_peak}  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps([row(spec, name) for spec, name in NETWORKS.items()]))
