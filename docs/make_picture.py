"""Draw docs/analyze.svg: what `convcalc analyze vgg16` with a card looks like in a terminal.

python docs/make_picture.py
"""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

import convcalc
from convcalc.render import table
from convcalc.render.formats import View

PICTURE = Path(__file__).parent / "analyze.svg"
WIDTH = 112
COMMAND = "convcalc analyze vgg16 -b 32 --gpu rtx-3090"


def lines() -> list[table.Line]:
    """What the command prints, with its colours."""
    report = convcalc.analyze("vgg16", batch=32, gpu="rtx-3090")
    return table.lines_of([report], View(width=WIDTH))


def drawn() -> str:
    """The picture as SVG, the same on every machine and without anything to fetch."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True
    )
    for line in lines():
        console.print(Text.assemble(*line), soft_wrap=True)
    svg = console.export_svg(title=f"$ {COMMAND}", unique_id="convcalc")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def main() -> None:
    """Write the picture where it has changed."""
    svg = drawn()
    if not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != svg:
        PICTURE.write_text(svg, encoding="utf-8")
        print(f"refreshed docs/{PICTURE.name}")


if __name__ == "__main__":
    main()
