"""GPUs by name, and that docs/gpus.md shows the table as it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from convcalc.memory.cards import (
    MIB,
    Card,
    UnknownCard,
    _by_key,
    _name_key,
    all_cards,
    find_card,
    matching_cards,
)
from convcalc.text.errors import ConvcalcError

DOCS = Path(__file__).parents[2] / "docs" / "gpus.md"
EVERY_CARD = pytest.mark.parametrize("card", all_cards(), ids=lambda card: card.name)
CAPABILITIES = {
    *((3, 7), (5, 2), (5, 3), (6, 0), (6, 1), (6, 2), (7, 0), (7, 2), (7, 5), (8, 0), (8, 6)),
    *((8, 7), (8, 9), (9, 0), (10, 0), (10, 3), (12, 0)),
}
AMBIGUOUS = {
    *("p100", "v100", "a100", "rtxa2000", "a2000", "rtx6000"),
    *("gtx1060", "1060", "rtx2060", "2060", "rtx3050", "3050", "rtx3060", "3060"),
    *("rtx3080", "3080", "rtx4060ti", "4060ti", "rtx5060ti", "5060ti"),
    *("jetsonagxxavier", "jetsonorinnx", "jetsonagxorin"),
}


def doc_row(card: Card) -> str:
    """The card's row in docs/gpus.md."""
    capability = ".".join(map(str, card.compute_capability))
    figures = (
        f"`{card.name}`",
        card.aliases[0],
        f"{card.memory // MIB:,}",
        f"{card.capacity // MIB:,}",
        capability,
        str(card.multiprocessors),
        str(card.context // MIB),
        str(card.context_with_libraries // MIB),
        str(card.context_eager // MIB),
        card.source,
    )
    return "| " + " | ".join(figures) + " |"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        pytest.param("rtx-3090", "rtx-3090", id="its own name"),
        pytest.param("NVIDIA GeForce RTX 3090", "rtx-3090", id="as nvidia-smi prints it"),
        pytest.param("GeForce RTX 3090", "rtx-3090", id="as older drivers print it"),
        pytest.param("  rtx_3090 ", "rtx-3090", id="underscore and spaces"),
        pytest.param("3090", "rtx-3090", id="a GeForce by its number"),
        pytest.param("2080Ti", "rtx-2080-ti", id="number and Ti together"),
        pytest.param("Tesla T4", "t4", id="with the product line"),
        pytest.param("Tesla V100-PCIE-32GB", "v100-32gb", id="another form factor"),
        pytest.param("A100 80 GB", "a100-80gb", id="size with a space"),
        pytest.param("a100-40G", "a100-40gb", id="size with a bare G"),
        pytest.param("NVIDIA A100 80GB PCIe", "a100-80gb", id="size in the middle"),
        pytest.param("NVIDIA A10G", "a10g", id="a G that is no gigabyte"),
        pytest.param("H100", "h100", id="a card's own name wins over variants"),
        pytest.param("NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada", id="generation left out"),
        pytest.param("Quadro RTX 6000", "quadro-rtx-6000", id="the older card of that number"),
        pytest.param("RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000", id="any edition"),
        pytest.param("a100-80", "a100-80gb", id="size as a bare number"),
        pytest.param("V100 32", "v100-32gb", id="size as a bare number behind a space"),
        pytest.param("4060ti 16", "rtx-4060-ti-16gb", id="number, Ti and size"),
        pytest.param("RTX 4090 24GB", "rtx-4090", id="the size of a card that has only one"),
        pytest.param("T4 16GB", "t4", id="the size that a card is sold with"),
        pytest.param("RTX 6000 48 GB", "rtx-6000-ada", id="the size tells the generation"),
        pytest.param("orin nano", "jetson-orin-nano-8gb", id="Jetson without the word"),
    ],
)
def test_a_card_is_found_as_people_write_it(written: str, name: str) -> None:
    assert find_card(written).name == name


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param(
            "rtx-9090",
            "unknown GPU `rtx-9090`\nhint: did you mean `rtx-5090` or `rtx-4090` or `rtx-3090`? "
            "`convcalc gpus` lists the known ones",
            id="near misses are named",
        ),
        pytest.param(
            "Colab T4",
            "unknown GPU `Colab T4`\nhint: did you mean `t4`? `convcalc gpus` lists the known ones",
            id="a card's name among other words",
        ),
        pytest.param(
            "google a100 sxm4 40 gb pod",
            "unknown GPU `google a100 sxm4 40 gb pod`\nhint: did you mean `a100-40gb`? "
            "`convcalc gpus` lists the known ones",
            id="the words that say most of a card",
        ),
        pytest.param(
            "t4,rtx-4090",
            "`t4,rtx-4090` is more than one GPU\nhint: name one here; `convcalc fit` takes several "
            "with commas, or all",
            id="several",
        ),
        pytest.param(
            "abacus",
            "unknown GPU `abacus`\nhint: `convcalc gpus` lists the known ones; write the memory "
            "of any other as the budget",
            id="nothing is near",
        ),
        pytest.param(
            "",
            "unknown GPU ``\nhint: `convcalc gpus` lists the known ones; write the memory of any "
            "other as the budget",
            id="empty",
        ),
        pytest.param(
            "NVIDIA GeForce RTX 3060 Laptop GPU",
            "unknown GPU `NVIDIA GeForce RTX 3060 Laptop GPU`\nhint: `convcalc gpus` lists the "
            "known ones; write the memory of any other as the budget",
            id="a laptop's card is none of the desktop's",
        ),
        pytest.param(
            "RX 6800",
            "unknown GPU `RX 6800`\nhint: `convcalc gpus` lists the known ones; write the memory "
            "of any other as the budget",
            id="another maker's card is not like one of ours",
        ),
        pytest.param(
            "t4 24gb",
            "unknown GPU `t4 24gb`\nhint: did you mean `t4`? `convcalc gpus` lists the known ones",
            id="a size that the card does not have",
        ),
        pytest.param(
            "a100",
            "`a100` is 2 GPUs: `a100-40gb` (40960 MiB), `a100-80gb` (81920 MiB)",
            id="two memory sizes",
        ),
        pytest.param(
            "RTX 6000",
            "`RTX 6000` is 2 GPUs: `quadro-rtx-6000` (24576 MiB), `rtx-6000-ada` (49140 MiB)",
            id="two generations",
        ),
        pytest.param(
            "t4\x1b[31m",
            "unknown GPU `t4\\x1b[31m`\nhint: did you mean `t4`? "
            "`convcalc gpus` lists the known ones",
            id="control characters are escaped",
        ),
        pytest.param(
            "x" * 100_000,
            f"unknown GPU `{'x' * 60}`\nhint: `convcalc gpus` lists the known ones; write the "
            "memory of any other as the budget",
            id="a long text is cut",
        ),
    ],
)
def test_no_single_card(written: str, message: str) -> None:
    with pytest.raises(UnknownCard) as caught:
        find_card(written)
    assert str(caught.value) == message


def test_the_error_is_one_of_the_command_line_and_a_value_error() -> None:
    with pytest.raises(ValueError, match="is 2 GPUs") as caught:
        find_card("v100")
    assert isinstance(caught.value, ConvcalcError)
    assert isinstance(caught.value, UnknownCard)
    assert caught.value.candidates == ("v100-16gb", "v100-32gb")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("v100", ["v100-16gb", "v100-32gb"], id="part of a name"),
        pytest.param("RTX 3080", ["rtx-3080-10gb", "rtx-3080-12gb", "rtx-3080-ti"], id="words"),
        pytest.param(
            "orin 64gb",
            ["jetson-agx-orin-64gb"],
            id="words that are apart in the name",
        ),
        pytest.param("rtx4090", ["rtx-4090"], id="written together"),
        pytest.param("nvidia titan", ["titan-xp", "titan-v", "titan-rtx"], id="the maker is noise"),
        pytest.param("abacus", [], id="none"),
    ],
)
def test_matching(text: str, names: list[str]) -> None:
    assert [card.name for card in matching_cards(text)] == names


def test_matching_nothing_in_particular_gives_every_card() -> None:
    assert matching_cards("") == all_cards()


def test_names_are_unique() -> None:
    names = [card.name for card in all_cards()]
    assert len(set(names)) == len(names) >= 45


def test_only_the_known_names_stand_for_several_cards() -> None:
    assert {key for key, cards in _by_key().items() if len(cards) > 1} == AMBIGUOUS


@EVERY_CARD
def test_a_card_is_complete_and_plausible(card: Card) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", card.name)
    assert find_card(card.name) == card
    assert 3 * 1024 <= card.memory // MIB <= 288 * 1024
    assert card.memory % MIB == 0
    assert card.compute_capability in CAPABILITIES
    assert 0.95 * card.memory < card.capacity <= card.memory
    assert 20 * MIB <= card.context <= card.context_with_libraries <= card.context_most
    assert card.context_with_libraries < card.context_eager < 2100 * MIB
    assert 0 < card.multiprocessors <= 188
    assert re.match(r"(nvidia-smi: |CUDA deviceQuery: |nominal: ).{20}", card.source)
    assert card.context_source
    assert card.multiprocessors_source and card.context_eager_source


@EVERY_CARD
def test_every_alias_leads_to_the_card_or_lists_it(card: Card) -> None:
    for alias in card.aliases:
        assert card in _by_key()[_name_key(alias)]


@EVERY_CARD
def test_a_size_in_the_name_is_the_size(card: Card) -> None:
    named = re.search(r"-(\d+)gb$", card.name)
    if named:
        assert 0.9 < card.memory / (int(named[1]) * 1024 * MIB) <= 1


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        pytest.param("t4", 15360, id="T4, ECC on"),
        pytest.param("rtx-3090", 24576, id="RTX 3090"),
        pytest.param("rtx-4090", 24564, id="RTX 4090"),
        pytest.param("a100-40gb", 40960, id="A100, the smaller"),
        pytest.param("h200", 143771, id="H200"),
        pytest.param("k80", 11441, id="K80, one of its two dies"),
    ],
)
def test_memory_as_nvidia_smi_lists_it(name: str, memory: int) -> None:
    assert find_card(name).memory == memory * MIB


@pytest.mark.parametrize(
    ("name", "workspace"),
    [
        pytest.param("rtx-4090", 8_519_680, id="before compute capability 9.0"),
        pytest.param("h100", 33_554_432, id="compute capability 9.0"),
        pytest.param("rtx-5090", 33_554_432, id="compute capability 12.0"),
    ],
)
def test_cublas_workspace(name: str, workspace: int) -> None:
    assert find_card(name).cublas_workspace == workspace


@pytest.mark.parametrize(
    ("name", "bare"),
    [("t4", 102), ("rtx-3090", 255), ("rtx-4090", 386), ("rtx-6000-ada", 426),
     ("a100-80gb", 414), ("rtx-3080-10gb", 212), ("h200", 612)],
)  # fmt: skip
def test_a_bare_context_is_as_measured(name: str, bare: int) -> None:
    assert abs(find_card(name).context / MIB - bare) <= 12


def test_the_documentation_shows_the_table() -> None:
    shown = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert shown == [doc_row(card) for card in all_cards()]


def test_importing_builds_nothing_and_needs_no_difflib() -> None:
    code = (
        "import sys, convcalc.memory.cards as cards;"
        "print('convcalc.memory.card_data' in sys.modules, 'difflib' in sys.modules);"
        "cards.find_card('t4'); print('difflib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=DOCS.parents[1],
    )
    assert done.stdout.split() == ["False", "False", "False"]
