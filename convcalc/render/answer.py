"""The answer under the table: what a run takes as one figure, and whether it fits."""

import re

from convcalc.answers.figures import FIGURES
from convcalc.answers.heaviest_rows import memory_of_rows, rows_with_most_memory
from convcalc.answers.layer_row import LayerRow
from convcalc.answers.report import SAFE, Report
from convcalc.answers.training_figure import largest_batches, memory_figure
from convcalc.facts.largest import LARGEST, heaviest, heaviest_words
from convcalc.facts.setup import INFER, OPTIMIZER_STATE, ZERO_2, ZERO_3, Setup
from convcalc.facts.shape import join_some
from convcalc.facts.units import format_bytes, format_count
from convcalc.memory.parts import CONTEXT, context_words
from convcalc.memory.tape import ACTIVATIONS, GRADIENTS, PARAMETERS
from convcalc.render import limit
from convcalc.render.summary import BROKEN, not_counted, setup_of, textbook_rows
from convcalc.text.errors import NOTE
from convcalc.text.source import printable

STATES = "optimizer", "optimizer cache"  # as parts of a figure, and of the notes'
MARKED = " ▸"  # as the table marks rows
OF_WEIGHTS = (PARAMETERS, GRADIENTS, "optimizer")  # how parts begin that grow with them
WEIGHTS = FIGURES["weights"]
Styled = tuple[str, str]  # a line and its rich style
BENCHMARK = "cudnn.benchmark: its search, and the kernels it chooses, are in no figure"
GATHERS = "zero-3 gathers its largest block or layer whole, here more than it saves"


def answer_lines(
    report: Report, width: int | None, prompt: bool = True, rows: list[LayerRow] | None = None
) -> list[Styled]:
    """At most eight lines, where the terminal is at least 80 columns wide.

    `rows` are those of the table above, which marks the ones that hold most. Options are
    named where there is a `prompt` to write them at.
    """
    found = (
        _broken(report, prompt) if report.broken else _memory(report, rows or report.rows, prompt)
    )
    assumed = assumed_line(report, width)
    found += [(assumed, "")] if assumed else []
    if prompt and (report.textbook is not None or report.pytorch is not None):
        found.append((_more(report), ""))
    return found


def _broken(report: Report, prompt: bool) -> list[Styled]:
    """Why there are no figures, and the option that rounds all sizes, where it mends them."""
    from convcalc.walk.hints import floor_words  # few networks need it

    floor = floor_words(report.walked) if prompt else ""
    return [*([(floor, "")] if floor else []), (BROKEN, "bold")]


def _memory(report: Report, rows: list[LayerRow], prompt: bool) -> list[Styled]:
    """The figure that stands out, its parts, the verdict, the notes' total."""
    parts = figure_parts(report)
    if not parts:
        return []
    doing = "Running" if report.setup.mode == INFER else "Training"
    setup = re.sub("training with |, inference", "", setup_of(report.setup))
    if report.pytorch is None:
        setup = f"{setup}{not_counted(report)}"
    batch, total = format_count(report.setup.batch_size), format_bytes(sum(parts.values()))
    evenly = _largest_words(rows, MARKED) if report.pytorch else ""
    said = {
        ACTIVATIONS: "" if LARGEST in evenly else evenly,
        CONTEXT: _context_words(report),
        GRADIENTS: gradient_words(report),
        **dict.fromkeys(STATES, _state_words(report.setup)),
    }
    named = [f"{name} {format_bytes(size)}{_in_brackets(said.get(name, ''))}"
             for name, size in parts.items()]  # fmt: skip
    found = [(f"{doing} at batch {batch} takes {total}, {counted_words(report)} ({setup})", "bold")]
    found.append((f"  {', '.join(named)}", ""))
    heavy = heaviest_layers(rows, parts, MARKED, " (--top {})" if prompt else "")
    found += [(f"  {line}", "") for line in [heavy] if line]
    found += [(f"  {line}", "dim") for line in [beside_words(report)] if line]
    verdict = verdict_lines(report)
    found += [(line, "bold red" if report.over else "green") for line in verdict[:1]]
    found += [(line, "") for line in verdict[1:]]
    found += [(line, "") for line in [spread_words(report)] if line]
    found += [(f"{line} (--details)", "") for line in [benchmark_words(report)] if line]
    return found


def counted_words(report: Report) -> str:
    """By which count the figure is that stands out."""
    if report.pytorch is None:
        return "by CS231n's notes"
    return "on the safe side" if report.by == SAFE else "as expected"


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def _largest_words(rows: list[LayerRow], mark: str) -> str:
    """Which rows hold most, with how a table marks them: `largest: conv1 and 8 more ▸, ...`."""
    figure = memory_of_rows(rows)
    sizes = [figure.of_layer(row) for row in rows]
    return printable(heaviest_words([row.name for row in rows], sizes, mark))


def heaviest_layers(rows: list[LayerRow], parts: dict[str, int], mark: str, option: str) -> str:
    """The rows that a table marks; those by weights too, if these take more than activations.

    Behind the names stands how they are marked, behind the bytes an `option` with their number.
    """
    _, largest, said = _largest_words(rows, mark).partition(LARGEST)
    asked = option.format(len(rows_with_most_memory(rows)))
    found = [f"heaviest layers: {said.removesuffix(' together')}{asked}"] if largest else []
    heavy = sorted(heaviest([WEIGHTS.of_layer(row) for row in rows]),
                   key=lambda index: (-WEIGHTS.of_layer(rows[index]), index))  # fmt: skip
    of_layers = sum(size for name, size in parts.items() if name.startswith(ACTIVATIONS))
    of_weights = sum(size for name, size in parts.items() if name.startswith(OF_WEIGHTS))
    if heavy and of_weights > of_layers:
        names = printable(join_some([rows[index].name for index in heavy]))
        found.append(f"{'by' if found else 'heaviest layers by'} weights: {names}{mark}")
    return "; ".join(found)


def gradient_words(report: Report) -> str:
    """Why there are fewer gradients than parameters; empty where there are not."""
    if report.pytorch is None:
        return ""
    alive = report.pytorch.result.at_peak
    if not 0 < alive.get(GRADIENTS, 0) < alive.get(PARAMETERS, 0):
        return ""
    return "those made by the peak"


def _state_words(setup: Setup) -> str:
    """What an optimizer keeps, beside what the usual one does; empty for that."""
    usual, kept = Setup().optimizer, OPTIMIZER_STATE[setup.optimizer]
    if setup.optimizer == usual:
        return ""
    return f"{kept} value{'s' * (kept > 1)} a parameter, {usual} {OPTIMIZER_STATE[usual]}"


def _context_words(report: Report) -> str:
    return context_words(report.pytorch.machine) if report.pytorch else ""


def benchmark_words(report: Report) -> str:
    """What is not known where cuDNN looks for kernels; empty where it does not."""
    return BENCHMARK if report.pytorch and report.pytorch.machine.stack.benchmark else ""


def beside_words(report: Report) -> str:
    """Figures that others have of less: what torch prints, and the notes' total."""
    if (estimate := report.pytorch) is None:
        return ""
    allocated = format_bytes(estimate.max_memory_allocated)
    reserved = format_bytes(estimate.max_memory_reserved)
    printed = f"torch: {reserved} reserved, {allocated} allocated"
    if report.textbook is None:
        return printed
    return f"{printed}; CS231n's notes: {format_bytes(report.textbook.total)}"


def figure_parts(report: Report) -> dict[str, int]:
    """What the figure is made of; the notes' sources where only these were asked for."""
    if (figure := memory_figure(report)) is not None:
        return figure.parts
    if report.textbook is None:
        return {}
    parts: dict[str, int] = {}
    for what, size, _ in textbook_rows(report)[:-1]:
        owner = f"{list(parts)[-1]}' gradients" if what == "their gradients" else what
        parts[owner] = size
    return parts


def spread_words(report: Report) -> str:
    """What is alive on each of several GPUs, by strategy; empty for one."""
    spread = report.per_gpu()
    each = ", ".join(f"{name} {format_bytes(size)}" for name, size in spread.items())
    if not spread:
        return ""
    found = f"Live on each of {report.setup.gpus} GPUs: {each}"
    return f"{found}; {GATHERS}" if spread[ZERO_3] > spread[ZERO_2] else found


def verdict_lines(report: Report) -> list[str]:
    """Whether it fits, by how much, and the largest batch; nothing without a limit.

    Where this batch is too much and a larger one is not, a second line says why.
    """
    words, largest = limit.words(report), largest_batches(report)
    if largest is None:
        return [words] if words else []
    most = format_count(largest[-1]) if largest else "none"
    found = [f"{words}; largest batch {most}"]
    if report.over and largest and largest[-1] > report.setup.batch_size:
        below = f"; {format_count(largest[0])} does" if largest[1:] else ""
        found.append(limit.uneven_words(most, below))
    return found


def assumed_line(report: Report, width: int | None) -> str:
    """What was not written, in one line that is no wider than the terminal."""
    if not report.assumed:
        return ""
    grouped: dict[str, list[str]] = {}
    for sentence in report.assumed:
        keyword, colon, rest = sentence.partition(": ")
        value = re.sub(r" where no .* is written$", "", rest if colon else sentence)
        grouped.setdefault(keyword if colon else "", []).append(value)
    parts = [f"{keyword} {', '.join(values)}".strip() for keyword, values in grouped.items()]
    line = printable(f"assumed: {'; '.join(parts)}")
    return line if width is None or len(line) <= width else f"{line[: width - 4].rstrip()} ..."


def _more(report: Report) -> str:
    """How large it is, for which a narrow table has no place, and where the rest stands."""
    notes = sum(finding.severity == NOTE for finding in report.findings)
    said = f"{notes} note{'s' * (notes > 1)}, " if notes else ""
    rest = f"--details: {said}all else"
    if report.broken:
        return rest
    return f"{size_words(report)}; {rest}"


def size_words(report: Report) -> str:
    """How large the network is."""
    parameters, macs = (format_count(report.totals[key]) for key in ("parameters", "macs"))
    return f"{parameters} parameters, {macs} MACs an image"
