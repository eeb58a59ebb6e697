"""The sizing rules of CS231n's notes, one file each, found by listing this folder."""

import os
from collections.abc import Iterable
from functools import cache
from importlib import import_module

from convcalc.answers.rules._base import LintRule
from convcalc.facts.modules import public_modules
from convcalc.text.errors import ConvcalcError, Finding, nearest_hint
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation

__all__ = ["LintRule", "find_rule", "lint_network", "rule_codes"]


@cache
def rule_codes() -> tuple[str, ...]:
    """The code of every rule, which is its file's name."""
    names = public_modules(os.path.dirname(__file__))
    return tuple(sorted(name.replace("_", "-") for name in names))


@cache
def find_rule(code: str) -> LintRule:
    """The rule of a code.

    Raises:
        ConvcalcError: there is no such rule.
    """
    if code not in rule_codes():
        hint = nearest_hint(code, list(rule_codes())) or "convcalc lint --rules lists them"
        raise ConvcalcError(f"there is no rule `{printable(code[:60])}`", hint)
    found: LintRule = import_module(f"convcalc.answers.rules.{code.replace('-', '_')}").RULE
    return found


def lint_network(
    walked: Propagation, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> list[Finding]:
    """What the rules find in a network, from its input to its outputs.

    Args:
        walked: the network with its sizes.
        select: codes of the rules to apply; none given means all.
        ignore: codes of rules to leave out.

    Raises:
        ConvcalcError: an unknown code.
    """
    ignored = {code for code in ignore if find_rule(code)}
    wanted = dict.fromkeys(select) or rule_codes()
    order = {node.name: index for index, node in enumerate(walked.nodes)}
    found = [
        finding
        for code in wanted
        for finding in find_rule(code).findings(code, walked)
        if code not in ignored
    ]
    return sorted(found, key=lambda finding: (order[finding.layer], finding.code))
