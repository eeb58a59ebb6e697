"""What a command line gives a command, by the names of the options' parameters."""

from convcalc.answers.asked import Asked
from convcalc.answers.thresholds import Threshold
from convcalc.facts.shape import Shape


class Given(Asked, total=False):
    """A command has the keys of the options that it declares; None where one is not given."""

    # what to calculate
    torch: str | None
    vary: str
    target_batch: int | None
    stride: int | None

    # the card
    budget: int | None  # bytes
    context: int | tuple[str, int] | None  # bytes; or a spec and the bytes measured of it
    cudnn: str | None
    extra: int | None  # bytes

    # the pattern
    names: tuple[tuple[str, int | bool], ...]
    ranges: tuple[tuple[str, tuple[int, ...] | range], ...]
    input_size: Shape | None
    image: tuple[int, ...] | None
    filters: int
    hidden: int
    classes: int
    max_layers: int

    # verdicts and selections
    fail_on: tuple[Threshold, ...]
    ignored: tuple[str, ...]
    ignore: tuple[str, ...]
    select: tuple[str, ...]
    only_rules: bool
    lint: bool
    strict: bool
    exit_zero: bool
    where: str | None
    sort: str | None
    top: int | None
    pareto: str | None
    jobs: int | None
    shard: tuple[int, int] | None

    # output
    style: str
    output: str | None
    columns: str | None
    depth: int | None
    details: bool
    timeline: bool
    quiet: bool
    stdin_filename: str | None
