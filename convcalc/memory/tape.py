"""The allocations and frees of a training step, as flat lists of integers."""

from convcalc.facts.operators import COPIES, INDICES, MASKS, STATISTICS
from convcalc.memory.task import Task

PARAMETERS, BUFFERS, GRADIENTS = "parameters", "buffers", "gradients"
STATE, BATCH, ACTIVATIONS = "optimizer_state", "batch", "activations"
TEMPORARIES, WORKSPACE = "temporaries", "cublas_workspace"
WEIGHT_COPIES = "weight_copies"
BUCKETS, EXTRA = "ddp_buckets", "extra"
OF_LAYERS = ACTIVATIONS, INDICES, MASKS, STATISTICS, COPIES, WEIGHT_COPIES  # each makes its own
KINDS = (
    PARAMETERS,
    BUFFERS,
    GRADIENTS,
    STATE,
    BATCH,
    ACTIVATIONS,
    WEIGHT_COPIES,
    INDICES,
    MASKS,
    STATISTICS,
    COPIES,
    TEMPORARIES,
    BUCKETS,
    EXTRA,
    WORKSPACE,
)


Requests = list[tuple[int, Task, int]]


class Tape:
    """Storages by number, and what happens to them in order of time.

    An event is the number of a storage where that is allocated, and ~number where its last
    reference goes. Sizes are in bytes; `owners` are nodes, -1 outside of any.
    """

    __slots__ = (
        "events",
        "kinds",
        "node",
        "owners",
        "products",
        "references",
        "sizes",
        "workspaces",
    )

    def __init__(self) -> None:
        self.events: list[int] = []
        self.sizes: list[int] = []
        self.references: list[int] = []
        self.kinds: list[str] = []
        self.owners: list[int] = []
        self.node = -1
        self.workspaces: Requests = []  # positions among the events, convolutions, their passes
        self.products: list[int] = []  # positions of cuBLAS's first one, a thread

    def number_storage(self, size: int, kind: str) -> int:
        """Number a storage that is allocated elsewhere (the batch of a step)."""
        self.sizes.append(size)
        self.references.append(1)
        self.kinds.append(kind)
        self.owners.append(self.node)
        return len(self.sizes) - 1

    def new_storage(self, size: int, kind: str) -> int:
        """Allocate a storage of `size` bytes that has one reference."""
        number = len(self.sizes)
        self.sizes.append(size)
        self.references.append(1)
        self.kinds.append(kind)
        self.owners.append(self.node)
        self.events.append(number)
        return number

    def drop_reference(self, number: int) -> None:
        """Let go of one reference; the last one frees. Negative: not ours to free."""
        if number < 0:
            return
        self.references[number] -= 1
        if not self.references[number]:
            self.events.append(~number)

    def drop_all(self, numbers: list[int]) -> None:
        """Let go of one reference to each."""
        for number in numbers:
            self.drop_reference(number)
