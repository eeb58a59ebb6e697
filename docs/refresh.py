"""Bring the documents up to date: the output of commands, the generated tables, the picture.

    python docs/refresh.py

A block that starts with ```console holds commands behind `$ ` and their whole output. They
run in an empty folder, one a document, which holds every YAML block of the document that
names itself in its first line, as in `# net.yaml`. Tables stand between the comments
`<!-- table: NAME -->` and `<!-- end -->`. tests/docs/ fails where anything is out of date.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import tables  # beside this file

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"(<!-- table: ([^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
_FILE = re.compile(r"# ([\w.-]+\.(?:yaml|pattern))\n")


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    text: str
    line: int  # of its first line in the document

    @property
    def file(self) -> str | None:
        """The file that it is, where its first line says so."""
        match = _FILE.match(self.text)
        return match[1] if match else None


def documents() -> list[Path]:
    """Every document that has examples or tables."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, from top to bottom."""
    for match in _BLOCK.finditer(text):
        yield Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1)


def refreshed(text: str) -> str:
    """A document as it should be."""
    text = _TABLE.sub(lambda match: match[1] + tables.table(match[2]) + match[3], text)
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks(text):
            if block.file:
                (Path(folder) / block.file).write_text(block.text, encoding="utf-8")
        return _BLOCK.sub(lambda match: _refreshed_block(match, folder), text)


def _refreshed_block(match: "re.Match[str]", folder: str) -> str:
    if match[1] != "console":
        return match[0]
    return f"```console\n{transcript(commands(match[2]), folder)}```"


def commands(block: str) -> list[str]:
    """The commands of a block; a line that ends in a backslash goes on in the next."""
    found: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(line[2:])
        elif line.startswith("> ") and found[-1].endswith("\\"):
            found[-1] += f"\n{line[2:]}"
    return found


def transcript(lines: list[str], folder: str) -> str:
    """What a terminal shows when the commands are typed one after the other."""
    shown, status = "", 0
    for line in lines:
        process = subprocess.run(
            ["/bin/sh", "-c", f"(exit {status})\n{line}"],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        status = process.returncode
        typed = line.replace("\n", "\n> ")
        shown += f"$ {typed}\n{process.stdout.decode()}"
    return shown


def environment() -> dict[str, str]:
    """This Python's commands first, and nothing that changes how output looks."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {"PATH": path, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    kept["PYTHONPATH"] = str(ROOT)  # this checkout, wherever another one is installed
    return kept | {name: os.environ[name] for name in ("HOME",) if name in os.environ}


def main() -> None:
    """Rewrite what is out of date and say what it was."""
    import make_picture

    index = ROOT / "specs" / "index.csv"
    if not index.exists() or index.read_text(encoding="utf-8") != tables.index_text():
        index.write_text(tables.index_text(), encoding="utf-8")
        print(f"refreshed {index.relative_to(ROOT)}")
    for path in documents():
        text = path.read_text(encoding="utf-8")
        new = refreshed(text)
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(f"refreshed {path.relative_to(ROOT)}")
    make_picture.main()


if __name__ == "__main__":
    main()
