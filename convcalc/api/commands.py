"""The commands as functions: the same names, figures and verdicts, values in place of text.

A source is whatever `convcalc.load` reads, a network that it gave, or a torch.nn.Module. What
cannot be read or cannot be meant raises ConvcalcError; what does not fit is in the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from convcalc.answers.report import BOTH, TEXTBOOK, filled_report, walk_with_hints
from convcalc.api.options import Options, Request, project_for, request_of, warn
from convcalc.api.report import NetworkReport
from convcalc.api.sources import network_of
from convcalc.facts.setup import TRAIN
from convcalc.models.sources import callable_source
from convcalc.network.graph import Network, Settings
from convcalc.text.errors import ConvcalcError

if TYPE_CHECKING:
    from convcalc.answers.advice.fitting import Fitting
    from convcalc.answers.difference import Difference
    from convcalc.answers.families.figures import Conditions
    from convcalc.answers.figures import NetworkRow
    from convcalc.answers.verdicts.judge import Policy
    from convcalc.answers.verdicts.result import CheckResult
    from convcalc.text.errors import Finding
    from convcalc.text.source import Source


def analyze(source: Any, **options: Unpack[Options]) -> NetworkReport:
    """The report on a network: each layer's row, what is wrong, what it takes.

    Options are those of `convcalc analyze` as keywords (docs/api.md lists them); what is left
    out comes from the spec's budget and the project file, as on the command line.

    Raises:
        ConvcalcError: the source or an option cannot be meant.
        TypeError: no such option, or nothing that stands for a network.
    """
    request = request_of("analyze", options)
    network = _read(source, request)
    limits = request.limits_for(network)
    machine = None
    if not request.textbook or limits.memory is not None:
        machine = request.machine_for(limits).with_limit(limits.memory, limits.holder)
    report = NetworkReport(walk_with_hints(network, request.rounding), limits.setup, dict(options))
    return filled_report(report, machine, request.memory, request.estimate_for(network))


def check(
    *sources: Any,
    lint: bool = False,
    strict: bool = False,
    ignore: Iterable[str] = (),
    **options: Unpack[Options],
) -> "list[CheckResult]":
    """The verdicts of `convcalc check`, one a network: pass, over, invalid or error.

    Texts may be folders and globs too; what cannot be read is a result like the others. `lint`
    holds networks to the sizing rules, `strict` lets warnings fail, `ignore` leaves out findings
    by their codes.

    Raises:
        ConvcalcError: an option cannot be meant.
        TypeError: no such option, or nothing that stands for a network.
    """
    from convcalc.answers.verdicts.codes import known_codes
    from convcalc.answers.verdicts.judge import judge_network
    from convcalc.answers.verdicts.run import Runner
    from convcalc.answers.verdicts.sources import find_origins

    request = request_of("check", options)
    codes = known_codes(list(ignore), "ignore: ")
    policy = _policy(request, lint, strict, codes)
    runner = Runner(policy, request.settings or Settings(), _NoStdin(), warn)
    found: list[CheckResult] = []
    for source in sources:
        if isinstance(source, str) and request.input is None:
            found += runner.judge_origins(find_origins([source]))
            continue
        network = _read(source, request)
        project, path = project_for(network)
        own = policy.ignore | known_codes(project.ignore, f"{project.path}: ignore: ")
        limits = project.budget_for(path)
        found.append(judge_network(network, policy, limits, project.estimate, _of_codes(own)))
    return found


def fit(
    source: Any,
    *,
    vary: str = "batch",
    target_batch: int | None = None,
    **options: Unpack[Options],
) -> "Fitting":
    """The largest batch on a card, or the largest square input, and what would let more fit.

    `vary` is "batch" or "input"; `target_batch` asks what it takes to train with that one. The
    answer's `own_largest` is the figure.

    Raises:
        ConvcalcError: the source or an option cannot be meant, or there is no limit of memory.
        TypeError: no such option, or nothing that stands for a network.
    """
    from convcalc.api.fitting import fit_network

    request = request_of("fit", options)
    return fit_network(_read(source, request), request, vary, target_batch)


def compare(*sources: Any, **options: Unpack[Options]) -> "list[NetworkRow]":
    """Networks side by side, a row each: what they count, what they take to train and to run.

    Raises:
        ConvcalcError: a source or an option cannot be meant.
        TypeError: no such option, or nothing that stands for a network.
    """
    from convcalc.answers.families.comparison import compared_row
    from convcalc.walk.propagation import propagate

    request = request_of("compare", options)
    rows = []
    for source in sources:
        network = _read(source, request)
        limits = request.limits_for(network)
        walked = propagate(network, request.rounding)
        rows.append(compared_row(walked, limits, request.rule_for(network, limits)))
    return rows


def diff(
    old: Any, new: Any, *, fail_on: Iterable[str] = (), **options: Unpack[Options]
) -> "Difference":
    """What a change of a network costs: layer by layer, and in total.

    Both are under the new one's setup. `fail_on` has conditions such as "peak>+5%"; the answer's
    `failed` are sentences on those that hold.

    Raises:
        ConvcalcError: a source, an option or a condition cannot be meant.
        TypeError: no such option, or nothing that stands for a network.
    """
    from convcalc.answers.difference import compare_networks
    from convcalc.answers.thresholds import parse_threshold
    from convcalc.walk.propagation import propagate

    request = request_of("diff", options)
    try:
        conditions = [parse_threshold(text) for text in fail_on]
    except ValueError as error:
        raise ConvcalcError(f"fail_on: {error}") from None
    before, after = _read(old, request), _read(new, request)
    limits = request.limits_for(after)
    rule = request.rule_for(after, limits)
    walked = [propagate(network, request.rounding) for network in (before, after)]
    found = compare_networks(walked[0], walked[1], limits.setup, rule)
    failed = tuple(each.sentence(found) for each in conditions if each.holds(found))
    return found._replace(failed=failed)


def sweep(
    pattern: str,
    names: "Mapping[str, int | bool | Iterable[int | bool]] | None" = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    pareto: Iterable[str] = (),
    **options: Unpack[Options],
) -> "Iterator[NetworkRow]":
    """Every network of a family of patterns, a row each, worked out as they are asked for.

    `names` says what repeats and optional layers may be: {"N": range(1, 4), "POOL": (True,
    False)}. `where`, `sort`, `top` and `pareto` select as on the command line.

    Raises:
        ConvcalcError: the pattern or an option cannot be meant.
        TypeError: no such option.
    """
    from convcalc.answers.families.evaluate import Evaluator
    from convcalc.answers.families.family import Family
    from convcalc.answers.families.members import distinct_members
    from convcalc.answers.families.run import evaluate_members
    from convcalc.answers.families.select import front_of, key_of, select_rows
    from convcalc.answers.families.where import Condition
    from convcalc.network.loading import source_documents
    from convcalc.text.source import Source

    request = request_of("sweep", options)
    settings = request.settings or Settings()
    documents = source_documents(Source(pattern), is_yaml=False)
    if len(documents) != 1:
        raise ConvcalcError(f"there are {len(documents)} patterns, not one", "sweep one by one")
    ranges = {name: _range(values) for name, values in (names or {}).items()}
    family = Family(documents[0], ranges, settings.max_layers)
    conditions = _conditions(request)
    limited = conditions.limit is not None
    known = tuple(dimension.name for dimension in family.dimensions)
    condition = None if where is None else Condition(where, known, limited)
    key = key_of(sort, known, limited) if sort else None
    front = front_of(list(pareto), known, limited)

    def make() -> Evaluator:
        return Evaluator(family, settings, conditions, request.rounding, condition)

    done = evaluate_members(distinct_members(family, settings), make, 1)
    return iter(select_rows((each.row for each in done if each.row is not None), key, top, front))


def _read(source: Any, request: Request) -> Network:
    return network_of(source, request.settings, request.input, request.command.mode)


def _of_codes(codes: frozenset[str]) -> "Callable[[Finding], bool]":
    return lambda finding: finding.code in codes


def _range(values: "int | bool | Iterable[int | bool]") -> tuple[int, ...]:
    return (int(values),) if isinstance(values, int) else tuple(map(int, values))


def _conditions(request: Request) -> "Conditions":
    from convcalc.answers.advice.edge import largest_batch
    from convcalc.answers.families.figures import Conditions

    nothing = Network([], ())  # a pattern has no budget of its own
    limits = request.limits_for(nothing)
    rule = request.rule_for(nothing, limits)
    return Conditions(limits.setup, rule, request.memory == BOTH, limits.memory, limits.source,
                      largest_batch)  # fmt: skip


def _policy(request: Request, lint: bool, strict: bool, ignore: frozenset[str]) -> "Policy":
    from convcalc.answers.rules import lint_network
    from convcalc.answers.verdicts.judge import Policy, advice_for

    return Policy(
        request.command,
        request.implementation,
        request.rounding,
        request.estimate,
        request.memory == TEXTBOOK,
        strict,
        ignore,
        request.machine_for,
        advice_for(request.rounding, prompt=False),
        lint_network if lint else None,
        lambda source: callable_source(source, None, request.command.mode or TRAIN),
    )


class _NoStdin:
    """A function reads no standard input."""

    path = None

    def read(self) -> "Source":
        raise ConvcalcError("`-` is standard input only on the command line", "hand over the text")
