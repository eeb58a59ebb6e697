"""The tables that the documents take from the program itself."""

import csv
import inspect
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml

import convcalc
from convcalc import layers
from convcalc.answers.figures import of_layers, shown_of_layers
from convcalc.cli import root
from convcalc.facts.kinds import alternatives
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.units import as_written
from convcalc.layers import Layer
from convcalc.layers._options import Option
from convcalc.network import shipped
from convcalc.network.layer_options import canonical_name

Rows = list[tuple[str, ...]]


def table(name: str) -> str:
    """A table by the name in its comment, such as `options of analyze`."""
    kind, _, argument = name.partition(" of ")
    tables: dict[str, Callable[..., str]] = {
        "layers": layer_list,
        "operators": operator_list,
        "columns": column_list,
        "networks": network_list,
        "commands": command_list,
        "slips": slip_list,
        "statements": statement_list,
    }
    return tables[kind](argument) if argument else tables[kind]()


def markdown(head: tuple[str, ...], rows: Rows, right: tuple[int, ...] = ()) -> str:
    """A Markdown table; `right` are the columns set to the right."""
    rule = ["--:" if index in right else ":--" for index in range(len(head))]
    lines = [head, tuple(rule), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n"
                   for line in lines)  # fmt: skip


def code(words: list[str]) -> str:
    """Words set as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)


def operator_list() -> str:
    """Rows of a table: torch's operators and modules, and the layer that computes each."""
    rows: dict[str, list[str]] = {}
    for layer in layers.all_types():
        for operator in filter(None, layer.computes):
            rows.setdefault(operator.rstrip("_"), []).append(layer.keyword)
    return "".join(
        f"| `{name}` | {', '.join(dict.fromkeys(rows[name]))} |\n" for name in sorted(rows)
    )


def layer_list() -> str:
    """A section for each layer type: its spellings, what it is, its options."""
    found = layers.all_types()
    index = ", ".join(f"[{layer.keyword}](#{layer.keyword.lower()})" for layer in found)
    return f"\n{index}.\n\n" + "\n".join(map(_layer, found)) + "\n"


def _layer(layer: type[Layer]) -> str:
    parts = [f"### {layer.keyword}", _paragraphs(layer.__doc__)]
    facts = _first_paragraph(layer.facts_for.__doc__)
    if layer.facts_for is not Layer.facts_for and facts != _first_paragraph(LayerFacts.__doc__):
        parts.append(f"Output and counts: {facts}")
    if layer.assume_options.__func__ is not Layer.assume_options.__func__:  # type: ignore[attr-defined]
        parts.append(f"In a pattern: {_first_paragraph(layer.assume_options.__doc__)}")
    if layer.spellings:
        parts.append(f"Also written {', '.join(_spellings(layer))}.")
    if layer.reported_as:
        parts.append(f"Its type in reports is `{layer.reported_as}`.")
    least, most = layer.inputs
    if (least, most) not in ((0, 0), (1, 1)):
        parts.append(f"Takes {least}{' or more' if most is None else _up_to(least, most)} inputs.")
    if layer.branch_names:
        parts.append(f"Its branches are {code(list(layer.branch_names))}, each a list of layers.")
    fields = layer.options
    if fields:
        head = ("Option", "Also", "Value", "Default")
        parts.append(markdown(head, [_option(field) for field in fields]).rstrip())
    return "\n\n".join(part for part in parts if part) + "\n"


def _up_to(least: int, most: int) -> str:
    return "" if least == most else f" to {most}"


def _spellings(layer: type[Layer]) -> list[str]:
    found = []
    for word, preset in layer.spellings.items():
        means = " and ".join(f"`{name}: {as_written(value)}`" for name, value in preset.items())
        found.append(f"`{word}`" + (f" ({means})" if means else ""))
    return found


def _option(field: Option) -> tuple[str, ...]:
    name = canonical_name(field)
    others = [word for word in (*field.spellings, field.name) if word != name]
    values = alternatives(field.kind.described())
    return f"`{name}`", code(others), values, _default(field)


def _default(field: Option) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return ""
    value = field.default
    if isinstance(value, tuple) and value[0] == value[1]:
        value = value[0]
    return f"`{as_written(value)}`"


def _first_paragraph(text: str | None) -> str:
    return _paragraphs(text).split("\n\n")[0]


def _paragraphs(text: str | None) -> str:
    """A docstring with its indentation taken off and its lines as they are."""
    lines = [line.strip() for line in (text or "").strip().splitlines()]
    return re.sub(r"(?<!`)\*(?!`)", r"\*", "\n".join(lines))


def column_list() -> str:
    """The columns that `--columns` takes."""
    shown = shown_of_layers()
    rows = [(f"`{column.key}`", column.title, column.meaning, "yes" if column.key in shown else "")
            for column in of_layers()]  # fmt: skip
    return markdown(("Key", "Title", "Meaning", "Shown by default"), rows)


def slip_list() -> str:
    """Where the notes slip: section, what they say, what is so, and how to see it."""
    rows = [(said["at"], said["fact"], said["truth"], f"`convcalc {run}`")
            for run, said in _statements() if "truth" in said]  # fmt: skip
    return markdown(("Section", "They say", "What is so", "See"), rows)


def statement_list() -> str:
    """Every statement of the notes with the command that shows it."""
    rows = [(said["at"], said["fact"], f"`convcalc {run}`",
             "<br>".join(f"`{text}`" for text in _as_list(said["shows"])))
            for run, said in _statements()]  # fmt: skip
    return markdown(("Section", "They say", "Command", "It shows"), rows)


def _statements() -> list[tuple[str, dict[str, Any]]]:
    """Each with its command, by section."""
    text = (Path(__file__).parent / "notes.yaml").read_text(encoding="utf-8")
    found = [(command["run"], said) for command in yaml.safe_load(text) for said in command["says"]]
    return sorted(found, key=lambda pair: pair[1]["at"])


def _as_list(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def command_list() -> str:
    """A section for `convcalc` and for each command: what --help says, as a table."""
    context = click.Context(root, help_option_names=["-h", "--help"])
    found: dict[str, click.Command | None] = {"convcalc": root}
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        found[f"convcalc {name}"] = command
        for inner in command.list_commands(context) if isinstance(command, click.Group) else ():
            found[f"convcalc {name} {inner}"] = command.get_command(context, inner)
    return "\n" + "\n".join(_command(name, found[name], context) for name in found) + "\n"


def _command(name: str, command: click.Command | None, context: click.Context) -> str:
    assert command is not None
    arguments = [parameter.make_metavar(context) for parameter in command.params
                 if isinstance(parameter, click.Argument)]  # fmt: skip
    usage = " ".join([name, "[OPTIONS]", *arguments])
    text = inspect.cleandoc(command.help or "").replace("\b\n", "").strip()
    if command is root:
        text = text.split("\n")[0]
    if isinstance(command, click.Group):
        usage = f"{name} [OPTIONS] COMMAND ..."
    rows = [_parameter(parameter) for parameter in command.get_params(context)
            if isinstance(parameter, click.Option)]  # fmt: skip
    table = markdown(("Option", "Value", "Meaning", "Default"), rows)
    return f"## {name}\n\n`{usage}`\n\n{text}\n\n{table}"


def _parameter(option: click.Option) -> tuple[str, ...]:
    words, default = re.fullmatch(r"(.*?)(?:\s\s\[(.*)\])?", option.help or "").groups()  # type: ignore[union-attr]
    return code([*option.opts, *option.secondary_opts]), _value(option), words, default or ""


def _value(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return code(list(option.type.choices))
    words = f"{option.metavar or option.type.name}".replace(" range", "")
    return words if words == "WxHxD" else words.upper()


# Which families `convcalc specs` has, in its order, by the beginnings of the networks' names.
FAMILIES = {
    "First networks": "lenet alexnet zfnet nin all_cnn cifar10_simple",
    "VGG": "vgg",
    "Inception and Xception": "googlenet inception xception",
    "ResNet": "resnet preact wide_resnet wrn resnext se_resnet",
    "DenseNet": "densenet",
    "Small networks": "squeezenet mobilenet shufflenet mnasnet",
    "EfficientNet": "efficientnet",
    "RegNet": "regnet",
    "ConvNeXt": "convnext",
    "Detection": "darknet yolo ssd resnet50_fpn",
    "Segmentation": "fcn deeplab lraspp segnet unet",
    "Generation and super-resolution": "dcgan pix2pix srcnn edsr",
    "Sound and sequences": "m5 tcn",
    "Video and scans": "c3d r3d mc3 r2plus1d s3d unet3d",
}
INDEX_HEAD = ["name", "family", "title", "reference", "input", "activations", "parameters", "macs"]


def family_of(name: str) -> str:
    """The family whose beginning of a name is the longest that fits.

    Raises:
        LookupError: there is none; add it to `FAMILIES`.
    """
    found = [
        (len(start), family)
        for family, starts in FAMILIES.items()
        for start in starts.split()
        if name.startswith(start)
    ]
    if not found:
        raise LookupError(f"{name} is of no family")
    return max(found)[1]


def index_of_networks() -> list[list[str]]:
    """A row of the index for each shipped network, family by family."""
    rows = []
    for name in shipped.spec_names():
        report = convcalc.analyze(convcalc.load(name), memory="textbook")
        totals = [str(report.totals[key]) for key in INDEX_HEAD[5:]]
        size = str(report.rows[0].output)
        rows.append([name, family_of(name), report.name, report.reference, size, *totals])
    order = list(FAMILIES)
    return sorted(rows, key=lambda row: order.index(row[1]))  # each by name, as they were


def index_text() -> str:
    """The index as the file that ships."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([INDEX_HEAD, *index_of_networks()])
    return lines.getvalue()


def network_list() -> str:
    """The shipped specs with their totals, as the index has them."""
    rows = []
    for each in shipped.spec_index():
        linked = f"[{each.title}]({each.reference})"
        totals = (f"{total:,}" for total in (each.activations, each.parameters, each.macs))
        rows.append((f"`{each.name}`", linked, each.family, each.input, *totals))
    head = ("Name", "Network", "Family", "Input", "Activations", "Parameters", "MACs")
    return markdown(head, rows, right=(3, 4, 5, 6))
