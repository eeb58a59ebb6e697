"""A whole check: every source read, every network in it judged, one result after the other."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from convcalc.answers.project import Project, Projects
from convcalc.answers.verdicts.codes import SPEC, UNREADABLE, known_codes
from convcalc.answers.verdicts.ignores import Ignores
from convcalc.answers.verdicts.judge import Policy, judge_network, verdict_of
from convcalc.answers.verdicts.result import ERROR_VERDICT, FAILED, PASS, READ, Check, CheckResult
from convcalc.answers.verdicts.sources import STDIN, Origin
from convcalc.models.sources import onnx_source
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import (
    holds_network,
    looks_like_yaml,
    networks,
    read_library,
    read_source,
)
from convcalc.text.errors import ERROR, ConvcalcError, Finding, SpecError, internal_error
from convcalc.text.source import Source


class Stdin(Protocol):
    """Standard input, and what `--stdin-filename` calls it."""

    @property
    def path(self) -> str | None:
        """The name, or None."""

    def read(self) -> Source:
        """The text; asked for once."""


class Runner:
    """Checks one origin after the other under one policy; `tell` takes lines beside results."""

    def __init__(
        self, policy: Policy, settings: Settings, stdin: Stdin, tell: Callable[[str], None]
    ) -> None:
        self.policy = policy
        self.settings = settings
        self.stdin = stdin
        self.projects = Projects(tell)
        self.comments: dict[str, Ignores] = {}  # by the name of a source

    def judge_origins(self, origins: Iterable[Origin]) -> Iterator[CheckResult]:
        """The results of every origin; wrong ones are results too."""
        for origin in origins:
            yield from self.judge_origin(origin)

    def judge_origin(self, origin: Origin) -> list[CheckResult]:
        """The results of one origin: one a network, or one that says what is wrong."""
        path = self.stdin.path if origin.text == STDIN else origin.path
        try:
            found = self._check_origin(origin, path)
        except ConvcalcError as error:
            found = [_unreadable_result(error, path or origin.text)]
        except OSError as error:
            said = ConvcalcError(f"cannot be read: {error.strerror or error}")
            found = [_unreadable_result(said, path or origin.text)]
        except Exception as error:
            found = [_unreadable_result(internal_error(error), path or origin.text)]
        return [result._replace(path=path) for result in found]

    def _check_origin(self, origin: Origin, path: str | None) -> list[CheckResult]:
        if origin.error is not None:
            raise origin.error
        project = self._project_of(origin, path)
        ignore = self.policy.ignore | known_codes(project.ignore, f"{project.path}: ignore: ")
        source, is_yaml = self._read_origin(origin)
        if origin.is_library and not holds_network(source):
            read_library(source)
            return [CheckResult(os.path.basename(source.name), source.name, PASS, (Check(READ),))]
        is_model = origin.is_callable or origin.is_onnx  # comments in its spec are nobody's
        read = networks(source, self.settings, is_yaml)
        own = Ignores(Source("", source.name) if is_model else source, is_yaml)
        self.comments[source.name] = own
        found = [self._judge_network(network, project, path, ignore) for network in read]
        unused = tuple(
            f for f in own.unused_codes(self.policy.lint is not None) if f.code not in ignore
        )
        return [self._with_unused(found[0], unused), *found[1:]] if unused else found

    def _project_of(self, origin: Origin, path: str | None) -> Project:
        beside = path is not None and not origin.shipped
        return self.projects.project_of(os.path.dirname(path or "") if beside else os.curdir)

    def _read_origin(self, origin: Origin) -> tuple[Source, bool]:
        if origin.is_callable:
            return self.policy.run_callable(origin.text), True
        if origin.is_onnx:
            return onnx_source(origin.path or origin.text, self.settings.input), True
        if origin.text == STDIN:
            source, is_yaml = self.stdin.read(), Origin("", self.stdin.path).is_yaml
        else:
            source = read_source(origin.path) if origin.path is not None else Source(origin.text)
            is_yaml = origin.is_yaml
        return source, looks_like_yaml(source.text) if is_yaml is None else is_yaml

    def _judge_network(
        self, network: Network, project: Project, path: str | None, ignore: frozenset[str]
    ) -> CheckResult:
        def silences(finding: Finding) -> bool:
            return self._is_commented(finding, network.source) or finding.code in ignore

        budget = project.budget_for(path)
        return judge_network(network, self.policy, budget, project.estimate, silences)

    def _is_commented(self, finding: Finding, own: str) -> bool:
        """Whether a comment in the finding's own file, or in the network's, covers it."""
        source = finding.span.source if finding.span else None
        if source is not None and source.name not in self.comments:
            self.comments[source.name] = Ignores(source, is_yaml=True)
        elsewhere = source is not None and source.name != own
        covered = (
            elsewhere and self.comments[source.name].silences_finding(finding) if source else False
        )
        return covered or self.comments[own].silences_finding(
            finding._replace(span=None) if elsewhere else finding
        )

    def _with_unused(self, result: CheckResult, unused: tuple[Finding, ...]) -> CheckResult:
        findings = result.findings + unused
        return result._replace(findings=findings, verdict=verdict_of(findings, self.policy.strict))


def _unreadable_result(error: ConvcalcError, source: str) -> CheckResult:
    code = SPEC if isinstance(error, SpecError) else UNREADABLE
    findings = tuple(
        Finding(code, ERROR, "", part.message, part.hint,
                part.span if isinstance(part, SpecError) else None)
        for part in error.parts()
    )  # fmt: skip
    return CheckResult(source, source, ERROR_VERDICT, (Check(READ, FAILED),), findings)
