"""One network, judged: its shapes, and every limit that it is held to."""

from collections.abc import Callable
from typing import NamedTuple

from convcalc.answers.families.figures import Conditions, Figures
from convcalc.answers.figures import ACTIVATION, limited
from convcalc.answers.limits import Limits, limits_of
from convcalc.answers.verdicts.codes import OVER_LIMIT, OVER_MEMORY
from convcalc.answers.verdicts.result import (
    FAILED,
    IGNORED,
    INVALID,
    LINT,
    MEMORY,
    OVER,
    PASS,
    PASSED,
    SHAPES,
    Check,
    CheckResult,
    check_of,
)
from convcalc.facts.units import format_bytes, format_count
from convcalc.memory.estimate import Machine
from convcalc.memory.parts import CONTEXT, context_words
from convcalc.memory.verdict import RECLAIMS, SAFE, FitRule, Judged
from convcalc.models.sources import callable_source
from convcalc.network.budget import Budget
from convcalc.network.graph import Network
from convcalc.text.errors import ERROR, NOTE, Finding
from convcalc.text.source import Source, Span, printable
from convcalc.walk.hints import floor_words, with_hints
from convcalc.walk.propagation import Propagation, propagate

MOST_LAYERS = 2  # named of the activations at the peak

Advise = Callable[[Propagation, Limits, FitRule], str]
Lint = Callable[[Propagation], list[Finding]]
Model = Callable[[str], Source]


class Policy(NamedTuple):
    """What the command line says about how to judge."""

    command: Budget = Budget()
    implementation: str | None = None
    rounding: str = ""
    estimate: str | None = None  # None: as the project file says, or safe
    textbook: bool = False
    strict: bool = False  # warnings fail
    ignore: frozenset[str] = frozenset()
    machine: Callable[[Limits], Machine] = lambda _: Machine()
    advise: Advise = lambda *_: ""
    lint: Lint | None = None  # the sizing rules, where they are asked for
    run_callable: Model = lambda source: callable_source(source, None)


Silences = Callable[[Finding], bool]


def advice_for(rounding: str, prompt: bool) -> Advise:
    """What tells what would make a network fit, for the finding that says that it does not.

    Options are named where there is a `prompt` to type them at.
    """

    def advise(walked: Propagation, limits: Limits, rule: FitRule) -> str:
        from convcalc.answers.advice.remedies import Case, hint_sentences  # few networks need it

        assert limits.memory is not None
        case = Case(walked, limits.setup, rule, limits.memory, rounding)
        found = list(hint_sentences(case, prompt))
        return f"would fit: {'; '.join(found)}" if found else ""

    return advise


def judge_network(
    network: Network, policy: Policy, project: Budget, estimate: str | None, silences: Silences
) -> CheckResult:
    """The verdict on a network; `silences` tells which findings are ignored.

    Raises:
        ConvcalcError: its budget is wrong by itself.
    """
    limits = limits_of(network, policy.command, project, policy.implementation)
    walked = propagate(network, policy.rounding)
    if walked.findings:
        walked = with_hints(walked, policy.rounding)
    by = policy.estimate or estimate or SAFE
    rule = FitRule(policy.machine(limits), by, policy.textbook)
    found = Figures(walked, Conditions(limits.setup, rule))
    judged = found.judged
    figures = {MEMORY: judged.figure, **{each.key: each.of_network(found) for each in limited()}}
    linted = policy.lint(walked) if policy.lint else []
    findings = [*walked.findings, *linted, *_over_limits(walked, judged, limits, figures, policy)]
    silenced = [silences(finding) for finding in findings]
    kept = tuple(f for f, out in zip(findings, silenced, strict=True) if not out)
    ignored = tuple(f for f, out in zip(findings, silenced, strict=True) if out)
    checks = tuple(_all_checks(limits, figures, kept, ignored, policy.lint is not None))
    return CheckResult(network.title, network.source, verdict_of(kept, policy.strict), checks, kept,
                  ignored, limits, rule.name, judged.figure, floor_words(walked))  # fmt: skip


def verdict_of(findings: tuple[Finding, ...], strict: bool) -> str:
    """What findings amount to."""
    failing = [f for f in findings if f.severity == ERROR or (strict and f.severity != NOTE)]
    if any(check_of(finding.code) in (SHAPES, LINT) for finding in failing):
        return INVALID
    return OVER if failing else PASS


def _all_checks(
    limits: Limits,
    figures: dict[str, int],
    kept: tuple[Finding, ...],
    ignored: tuple[Finding, ...],
    linted: bool,
) -> list[Check]:
    def status(name: str) -> str:
        if any(f.severity == ERROR and check_of(f.code) == name for f in kept):
            return FAILED
        return IGNORED if any(check_of(f.code) == name for f in ignored) else PASSED

    found = [Check(name, status(name)) for name in (SHAPES, LINT)[: 1 + linted]]
    for name in (MEMORY, *(each.key for each in limited())):
        limit = getattr(limits, name)
        if limit is not None:
            found.append(Check(name, status(name), limit, figures[name]))
    return found


def _over_limits(
    walked: Propagation,
    judged: Judged,
    limits: Limits,
    figures: dict[str, int],
    policy: Policy,
) -> list[Finding]:
    found = []
    if limits.memory is not None and not judged.fits(limits.memory):
        found.append(_over_memory(walked, judged, limits, policy))
    for each in limited():
        limit, count = getattr(limits, each.key), figures[each.key]
        if each.key != ACTIVATION and limit is not None and count > limit:
            message = (
                f"{format_count(count)} {each.limit}, {format_count(count - limit)} more than "
                f"the budget's {format_count(limit)}"
            )
            span = _budget_span(walked, each.key)
            found.append(Finding(OVER_LIMIT + each.key, ERROR, "", message, "", span))
    if limits.activation is not None:
        found += _over_activation(walked, limits.activation)
    return found


def _over_memory(walked: Propagation, judged: Judged, limits: Limits, policy: Policy) -> Finding:
    assert limits.memory is not None
    over = judged.figure - limits.memory
    message = (
        f"batch {limits.setup.batch_size} takes {format_bytes(judged.figure)} "
        f"({judged.rule.name}), {format_bytes(over)} more than the {format_bytes(limits.memory)} "
        f"of {limits.holder}; most of it: {_contributor_text(judged)}"
    )
    if judged.runs_within(limits.memory):
        message += f"; {RECLAIMS}"
    own = policy.command.memory is None and policy.command.gpu is None
    span = _budget_span(walked, "memory", "gpu") if own else None
    hint = policy.advise(walked, limits, judged.rule)
    return Finding(OVER_MEMORY, ERROR, "", message, hint, span)


def _contributor_text(judged: Judged) -> str:
    parts = []
    for kind, size, layers in judged.largest_parts():
        named = [f"{printable(name)} {format_bytes(s)}" for name, s in layers.items()]
        inner = f"{', '.join(named[:MOST_LAYERS])}{', ...' if named[MOST_LAYERS:] else ''}"
        inner = context_words(judged.rule.machine) if kind == CONTEXT else inner
        within = f" ({inner})" if inner else ""
        parts.append(f"{kind.replace('_', ' ')} {format_bytes(size)}{within}")
    return ", ".join(parts)


def _budget_span(walked: Propagation, *keys: str) -> Span | None:
    """Where the spec's budget has the limit, if it has it at all."""
    budget = walked.network.budget
    return next((budget[key].span for key in keys if key in budget), None)


def _over_activation(walked: Propagation, limit: int) -> list[Finding]:
    return [
        Finding(
            OVER_LIMIT + ACTIVATION,
            ERROR,
            node.name,
            f"the output {node.facts.output} has {format_count(node.facts.activations)} values, "
            f"more than the budget's {format_count(limit)} of a layer",
            "",
            node.node.span,
        )
        for node in walked.nodes
        if node.facts.activations > limit
    ]
