"""Specs meant to break the reader: each gets one short error, soon."""

import json
import re

import pytest
from support import ends_within, network

from convcalc.network.loading import decode_source, load, networks, read_source
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source


def laughs(count: int, width: int) -> str:
    """Each line stands for `width` times the one before."""
    lines = ["blocks:", "  b0: &b0 [relu]"]
    for k in range(1, count):
        aliases = ", ".join(f"{{repeat: 1, layers: *b{k - 1}}}" for _ in range(width))
        lines.append(f"  b{k}: &b{k} [{aliases}]")
    return "\n".join([*lines, f"layers: [b{count - 1}]"])


def blocks(count: int, body: str, first: str) -> str:
    """Blocks that each use the one before; `body` has {0} for its name."""
    lines = ["blocks:", f"  b0: {first}"]
    lines += [f"  b{k}: {body.format(f'b{k - 1}')}" for k in range(1, count)]
    return "\n".join([*lines, f"layers: [relu, b{count - 1}]"])


def closures(count: int) -> str:
    """Blocks that take a list and use it twice, given to one another."""
    text = "[]"
    for k in range(count):
        text = f"[{{b{k}: {{x: {text}}}}}]"
    each = [f"  b{k}: {{parameters: {{x: []}}, layers: [$x, $x]}}" for k in range(count)]
    return "\n".join(["blocks:", *each, f"layers: {text}"])


def product(count: int) -> str:
    return (
        f"blocks: {{a: {{parameters: {{n: required}}, layers: "
        f"[conv: {{filters: {'*'.join(['$n'] * count)}, size: 1}}]}}}}\n"
        "layers: [a: {n: 2147483647}]"
    )


MANY = 100_000
HOSTILE = {
    "a billion laughs": (laughs(10, 10), "the aliases stand for more than 1,000,000 values"),
    "a quintillion laughs": (laughs(20, 10), "the aliases stand for more than"),
    "a million laughs in layers": (laughs(7, 10), "the aliases stand for more than"),
    "a chain of aliases": (laughs(3_000, 1), "the aliases are nested deeper than 100"),
    "lists left open": (f"layers: {'[' * MANY}", "nested deeper than 100"),
    "lists": (f"layers: {'[' * MANY}{']' * MANY}", "nested deeper than 100"),
    "mappings left open": (f"layers: {'{a: ' * MANY}", "nested deeper than 100"),
    "branches": (f"layers: {'[{concat: ' * MANY}", "nested deeper than 100"),
    "indented lists": ("\n".join(f"{' ' * k}-" for k in range(3_000)), "nested deeper than 100"),
    "complex keys": (f"{'? ' * MANY}", "nested deeper than 100"),
    "brackets in a pattern": (f'layers: ["{"[" * MANY}CONV"]', "nested deeper than 100"),
    "a chain of blocks": (blocks(3_000, "[{0}]", "[relu]"), "nested too deeply"),
    "60 blocks in one another": (blocks(60, "[{0}]", "[relu]"), "nested deeper than 50"),
    "doubled blocks": (blocks(45, "[{0}, {0}]", "[relu]"), "more than the limit of 1,000,000"),
    "doubled blocks of nothing": (blocks(45, "[{0}, {0}]", "[]"), "100,000 repeats add no layer"),
    "doubled lists of nothing": (closures(30), "100,000 repeats add no layer"),
    "repeats of nothing": (
        "blocks: {a: {parameters: {n: required, z: required}, layers: "
        "[{repeat: $n, layers: [{repeat: $z, layers: [relu]}]}]}}\n"
        "layers: [relu, {a: {n: 2147483647, z: 0}}]",
        "100,000 repeats add no layer",
    ),
    "a product of parameters": (product(5_000), "is larger than"),
    "minus signs": (f"layers: [fc: {{units: $x + {'-' * MANY}1}}]", "there is no parameter `$x`"),
    "an integer of a million digits": (
        f"layers: [fc: {{units: {'9' * 1_000_000}}}]", "a number of 1,000,000 digits is too large"
    ),
    "a size of a million digits": (
        f"layers: [pool: {{size: 3x{'9' * 1_000_000}}}]", "1,000,000 digits is too large"
    ),
    "an input of a million digits": (
        f"input: 3x3x{'9' * 1_000_000}\nlayers: [relu]", "1,000,000 digits is too large"
    ),
    "a decimal of a million digits": (
        f"layers: [dropout: {{p: {'9' * 1_000_000}.5}}]", "`p` must be from 0 to 1, not inf"
    ),
    "a repeat of a million digits": (
        f"layers: [{{repeat: {'9' * 1_000_000}, layers: [relu]}}]", "1,000,000 digits is too large"
    ),
    "infinity": ("layers: [lrn: {k: 1e999}]", "`k` must be from -1e+30 to 1e+30, not inf"),
    "a quoted key of a megabyte": (f'? "{"k" * 1_000_000}"\n: 1', "unknown key"),
    "a name of a megabyte, twice": (
        f"layers: [conv: &a {{filters: 1, size: 1, name: {'n' * 1_000_000}}}, conv: *a]",
        "is given twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_is_refused_shortly_and_soon(text, message):
    with ends_within(5), pytest.raises(ConvcalcError) as caught:
        network(text, is_yaml=True)
    assert message in caught.value.message
    assert len(str(caught.value)) < 1_500


@pytest.mark.parametrize("text", [
    "layers: [{}]", "layers: [relu]\nfoo: [{}]", "layers: [relu]\nfoo: {{a: [{}], b: 1}}",
])  # fmt: skip
def test_more_values_than_a_spec_has_end_the_reading_early(text, monkeypatch):
    monkeypatch.setattr("convcalc.text.syntax.nodes.MOST_WRITTEN", 2_000)
    text = text.format("relu," * 1_000_000)
    with ends_within(0.5), pytest.raises(ConvcalcError) as caught:  # all of it: 5 and more
        network(text, is_yaml=True)
    assert "more than 2,000 values" in caught.value.message


def test_what_a_file_may_hold_is_read_in_a_second():
    with ends_within(2), pytest.raises(ConvcalcError, match="more than 300,000 values"):
        network(f"layers: [{'x,' * 310_000}]", is_yaml=True)


def test_a_hundred_levels_are_allowed():
    nested = "relu"
    for _ in range(32):
        nested = f"{{concat: [[{nested}]]}}"
    assert len(network(f"layers: [{nested}]", is_yaml=True).nodes) == 34


def test_as_many_laughs_as_are_allowed():
    text = laughs(5, 10)
    assert len(network(text, is_yaml=True).nodes) == 10_001


def test_repeats_by_a_parameter_stop_at_the_limit():
    text = (
        "blocks: {a: {parameters: {n: required}, layers: [{repeat: $n, layers: [relu]}]}}\n"
        "layers: [{a: {n: 2147483647}}]"
    )
    with pytest.raises(ConvcalcError, match="the network has more than 1,000 layers"):
        network(text, is_yaml=True, max_layers=1_000)


def test_repeats_of_a_million_layers_are_the_limit(run):
    pattern = "INPUT[1x1x1] -> RELU*1000000"
    assert run("analyze", pattern).err.startswith(
        "error: <pattern>:1:1: the network has 1,000,001 layers, more than the limit of 1,000,000"
    )


def test_the_limit_can_be_raised_and_lowered(run):
    pattern = "INPUT[1x1x1] -> RELU*20"
    assert run("analyze", pattern, "--max-layers", "21").code == 0
    lowered = run("analyze", pattern, "--max-layers", "20")
    assert lowered.code == 2
    assert "the network has 21 layers, more than the limit of 20" in lowered.err
    assert "hint: --max-layers raises the limit" in lowered.err


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "spec.yaml:1:1: the document is empty", id="empty"),
        pytest.param(b"\n\n  \n", "spec.yaml:1:1: the document is empty", id="blank"),
        pytest.param(bytes(range(256)), "spec.yaml: a binary file, not a spec", id="binary"),
        pytest.param(
            "layers: [relu]".encode("utf-16"),
            "spec.yaml: the text is UTF-16, not UTF-8",
            id="UTF-16 as PowerShell writes it",
        ),
        *(
            pytest.param(
                "layers: [relu]".encode(name),
                f"spec.yaml: the text is {name[:6].upper()}, not UTF-8",
                id=name,
            )
            for name in ("utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ),
        pytest.param(b"\0", "spec.yaml: a binary file, not a spec", id="a zero"),
        pytest.param(b"a\0b\0\0\0cdef", "spec.yaml: a binary file, not a spec", id="zeros"),
        pytest.param(
            b"layers: [relu]\nname: caf\xe9", "spec.yaml:2:10: not UTF-8: byte 0xe9", id="Latin-1"
        ),
        pytest.param(b"name: \xed\xa0\x80", "spec.yaml:1:7: not UTF-8: byte 0xed", id="surrogates"),
        pytest.param(b"\xc3", "spec.yaml:1:1: not UTF-8: byte 0xc3", id="cut short"),
    ],
)
def test_bytes_that_are_no_spec(data, message):
    with pytest.raises(ConvcalcError) as caught:
        networks(decode_source(data, "spec.yaml"), is_yaml=True)
    assert str(caught.value).split("\n")[0] == message


def test_a_folder(tmp_path):
    with pytest.raises(ConvcalcError, match="is a folder, not a spec"):
        load(str(tmp_path))


def test_a_folder_that_ends_like_a_spec(tmp_path):
    (tmp_path / "net.yaml").mkdir()
    with pytest.raises(ConvcalcError, match=r"net\.yaml: is a folder, not a spec"):
        load(str(tmp_path / "net.yaml"))


def test_a_file_that_never_ends():
    with pytest.raises(ConvcalcError, match="/dev/zero: not a regular file"):
        read_source("/dev/zero")


def test_a_file_that_is_not_there():
    with pytest.raises(ConvcalcError, match=r"nets/none\.yaml: there is no such file"):
        load("nets/none.yaml")


def test_a_name_with_a_null_byte():
    with pytest.raises(ConvcalcError, match=r"a\\x00b: neither a file"):
        load("a\0b")


CONTROL = "[bold red]x[/] \x1b[31m \x07 \u202e \u2028."


def hostile_names() -> str:
    return (
        f"name: {json.dumps(CONTROL)}\nreference: {json.dumps(CONTROL)}\ninput: 8x8x1\n"
        f"layers: [conv: {{name: {json.dumps(CONTROL)}, filters: 1, size: 3, stride: 2}}]"
    )


@pytest.mark.parametrize("style", ["table", "csv", "markdown"])
def test_control_characters_in_names_are_escaped(run, style):
    done = run("analyze", "-", "--format", style, stdin=hostile_names())
    assert done.code == 1
    assert (done.out + done.err).replace("\n", "").isprintable()
    shown = re.sub(r"\\(\W)", r"\1", done.out) if style == "markdown" else done.out
    assert r"[bold red]x[/] \x1b[31m \x07 \u202e \u2028." in shown


def test_rich_markup_in_names_is_shown_as_it_is(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = run("analyze", "-", stdin=hostile_names())
    assert done.out.count("[bold red]x[/]") >= 2


def test_json_keeps_names_as_they_are(run):
    done = run("analyze", "-", "--format", "json", stdin=hostile_names())
    assert done.network["name"] == CONTROL
    assert done.network["layers"][1]["name"] == CONTROL
    assert done.out.isascii()


@pytest.mark.parametrize("source", ["\udcff", "INPUT -> \udcff", "name: \udcff ->", "\udcff.yaml"])
def test_arguments_that_are_not_utf_8(run, source):
    done = run("analyze", source)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "udcff" in done.err.lower()


def test_nothing_in_a_spec_runs(tmp_path, run):
    made = tmp_path / "made"
    text = f'layers: !!python/object/apply:os.system ["touch {made}"]'
    assert run("analyze", "-", stdin=text).code == 2
    assert not made.exists()


def test_source_objects_are_not_needed_for_hostile_texts():
    with pytest.raises(ConvcalcError):
        networks(Source("\x00"))
