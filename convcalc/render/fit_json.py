"""Answers of `fit` as JSON, as docs/fit-a-card.md has it."""

import json
from typing import Any

from convcalc.answers.advice.fitting import BATCH, Fitting, SizeRow
from convcalc.answers.advice.remedies import Advice
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, error, finding, setup


def render(fittings: list[Fitting], view: View) -> str:
    """Everything as one JSON object; a network on a card is one line of the text."""
    lines = ",\n  ".join(json.dumps(_fitting(fitting)) for fitting in fittings)
    body = f'{{"schema_version": {SCHEMA_VERSION}, "networks": [\n  {lines}]'
    if view.errors:
        body += f',\n "errors": {json.dumps([error(each) for each in view.errors])}'
    return body + "}"


def _fitting(fitting: Fitting) -> dict[str, Any]:
    by_batch = fitting.vary == BATCH
    return {
        "name": fitting.walked.network.title,
        "source": fitting.walked.network.source,
        "gpu": fitting.limits.gpu,
        "limit": fitting.limits.memory,
        "estimate": fitting.rule.name,
        "setup": setup(fitting.limits.setup, fitting.limits.stack),
        "max_batch" if by_batch else "max_input": fitting.largest,
        **({"max_batch_reclaiming": fitting.most} if fitting.most else {}),
        "batches" if by_batch else "inputs": [_row(row, fitting.vary) for row in fitting.rows],
        "advice": [_advice(advice) for advice in fitting.advice],
        **_target(fitting),
        "findings": [finding(item) for item in fitting.findings],
    }


def _row(row: SizeRow, vary: str) -> dict[str, Any]:
    return {vary: row.size, **row.figures}


def _target(fitting: Fitting) -> dict[str, Any]:
    target = fitting.target
    if target is None:
        return {}
    together = _advice(target.together) if target.together else None
    return {"target": {**target._asdict(), "together": together}}


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "code": advice.change.code,
        "text": advice.change.at_prompt,
        "changes": advice.change.fields,
        "batch": advice.batch,
        "figure": advice.figure,
        "fits": advice.fits,
    }
