"""What stands around the table: the setup, the textbook memory, assumptions, findings."""

from typing import TYPE_CHECKING

from convcalc.answers.report import Report
from convcalc.facts.setup import INFER, Setup
from convcalc.facts.units import format_bytes
from convcalc.render import limit
from convcalc.text.errors import NOTE, Finding
from convcalc.text.source import printable

if TYPE_CHECKING:
    from convcalc.memory.textbook import Textbook

MOST_FINDINGS = 50  # of one network, in text
BROKEN = "No memory figures: a network whose sizes do not fit takes none."


def heading(report: Report) -> str:
    """Name, reference and setup on one line."""
    parts = [printable(report.name)]
    if report.reference:
        parts.append(printable(report.reference))
    return "  ".join(parts)


def setup_words(report: Report) -> str:
    """The setup as a person would say it, with the batch."""
    return f"batch {report.setup.batch_size}, {setup_of(report.setup)}"


def setup_of(setup: Setup) -> str:
    """The setup as a person would say it, without the batch."""
    words = [f"{setup.dtype}{' with amp' if setup.amp else ''}"]
    if setup.mode == INFER:
        return ", ".join([*words, "inference"])
    words.append(f"training with {setup.optimizer}")
    if setup.weight_decay:
        words.append("weight decay")
    if setup.gpus > 1:
        words.append(f"{setup.strategy} on {setup.gpus} GPUs")
    if setup.accumulate > 1:
        words.append(f"{setup.accumulate} micro-batches a step")
    return ", ".join(words)


def textbook_rows(report: Report) -> list[tuple[str, int, str]]:
    """The notes' sources of memory: what, bytes, and an explanation."""
    memory = report.textbook
    assert memory is not None
    if report.setup.mode == INFER:
        rows = [("activations", memory.activations, _saving(report)),
                ("parameters", memory.parameters, "")]  # fmt: skip
    else:
        rows = [
            ("activations", memory.activations, "every layer's output, the batch of images too"),
            ("their gradients", memory.activation_gradients, _again(memory)),
            ("parameters", memory.parameters, ""),
            ("their gradients", memory.parameter_gradients, ""),
            ("optimizer cache", memory.optimizer_state, f"kept by {report.setup.optimizer}"),
        ]
    if memory.extra:
        rows.append(("extra", memory.extra, "kept besides, by --extra"))
    return [*rows, ("total", memory.total, "")]


def _saving(report: Report) -> str:
    """What running saves: only what is still needed is kept (the notes, 3.4)."""
    whole = sum(row.activation_bytes for row in report.rows)
    return f"only what a layer still needs, at its most; every output is {format_bytes(whole)}"


def _again(memory: "Textbook") -> str:
    if memory.activation_gradients == memory.activations:
        return "as much again"
    return "behind the first layer that learns"


def not_counted(report: Report) -> str:
    """What the notes' count does not know of, where the network or the setup has it."""
    setup = report.setup
    nodes = report.walked.nodes
    found = [
        words
        for words, has in (
            ("checkpointing", any(node.node.checkpoint is not None for node in nodes)),
            ("autocast", setup.amp),
            ("several GPUs", setup.gpus > 1),
        )
        if has
    ]
    return f", without {' and '.join(found)}" if found else ""


def textbook_lines(report: Report) -> list[str]:
    """The textbook memory as aligned lines."""
    if report.textbook is None:
        return []
    total = report.textbook.total
    words = f"{setup_words(report)}{not_counted(report)}"
    lines = [f"Memory as CS231n's notes count it ({words}):"]
    for what, count, why in textbook_rows(report):
        share = f"{100 * count / total:5.1f} %" if total else ""
        lines.append(f"  {what:<16} {format_bytes(count):>11}  {share}  {why}".rstrip())
    words = "" if report.pytorch else limit.words(report)  # else it stands under that model
    return [*lines, f"  {words}"] if words else lines


def assumed_lines(report: Report) -> list[str]:
    """What was not written and therefore assumed."""
    if not report.assumed:
        return []
    return ["Assumed, as in CS231n's notes:", *(f"  {line}" for line in report.assumed)]


def finding_lines(report: Report) -> list[str]:
    """Notes as one line each, errors and warnings with their place and marker."""
    notes = [f for f in report.findings if f.severity == NOTE]
    lines = []
    if notes:
        lines += ["Notes:", *(f"  {_note(note)}" for note in notes[:MOST_FINDINGS])]
        lines += _more(len(notes), "  ")
    problems = problem_lines(report)
    return [*lines, *([""] if lines and problems else []), *problems]


def problem_lines(report: Report) -> list[str]:
    """Errors and warnings with their place and marker."""
    rest = [f for f in report.findings if f.severity != NOTE]
    lines: list[str] = []
    for finding in rest[:MOST_FINDINGS]:
        lines += [*([""] if lines else []), *str(finding).split("\n")]
    return lines + _more(len(rest), "")


def _note(finding: Finding) -> str:
    return f"{printable(finding.layer)}: {finding.message}"


def _more(count: int, indent: str) -> list[str]:
    if count <= MOST_FINDINGS:
        return []
    return [f"{indent}... and {count - MOST_FINDINGS:,} more; --format json has them all"]
