"""Completion in real shells, with a real Tab: `python tests/cli/real_tab.py [bash zsh fish]`.

`convcalc` must be on the PATH. Each shell runs on a terminal of its own, takes the line that
docs/completion.md has for it, and is typed at. Exits with 1 where a line does not come out as it
should, or where a shell is missing.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             'eval "$(_CONVCALC_COMPLETE=bash_source convcalc)"'),
    "zsh": (["zsh", "-f", "-i"],
            "autoload -Uz compinit; compinit -u; "
            'eval "$(_CONVCALC_COMPLETE=zsh_source convcalc)"'),
    "fish": (["fish", "-i"], "_CONVCALC_COMPLETE=fish_source convcalc | source"),
}  # fmt: skip
TYPED = [  # what is typed before Tab, and what stands in the line then
    ("convcalc ana", "convcalc analyze"),
    ("convcalc analyze vgg16_t", "convcalc analyze vgg16_torchvision"),
    ("convcalc analyze my_n", "convcalc analyze my_net.yaml"),
    ("convcalc check models/on", "convcalc check models/only.yaml"),
    ("convcalc compare vgg16 my_n", "convcalc compare vgg16 my_net.yaml"),
    ("convcalc fit vgg16 --gpu rtx-3090-", "convcalc fit vgg16 --gpu rtx-3090-ti"),
    ("convcalc analyze vgg16 --optimizer ams", "convcalc analyze vgg16 --optimizer amsgrad"),
    ("convcalc analyze vgg16 --columns name,receptive_",
     "convcalc analyze vgg16 --columns name,receptive_field"),
    ("convcalc explain vgg16_t", "convcalc explain vgg16_torchvision"),
]  # fmt: skip
CODES = re.compile(
    r"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b\][^\x07]*\x07|\x1b[=>]|\r|\x08"
)
DONE = "ready-for-tab"


class Shell:
    """A shell on a terminal, typed at."""

    def __init__(self, name: str, folder: Path) -> None:
        words, line = START[name]
        self.process, self.leader = pty.fork()  # the terminal controls the shell, as fish asks
        if not self.process:
            os.chdir(folder)
            kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
            os.execvpe(words[0], words, {**kept, "TERM": "xterm", "HOME": str(folder)})
        size = struct.pack("HHHH", 50, 200, 0, 0)
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, size)
        self.type(f"{line}; echo {DONE[:5]}''{DONE[5:]}\n")
        self.read_until(DONE)

    def type(self, text: str) -> None:
        os.write(self.leader, text.encode())

    def read_until(self, wanted: str, seconds: float = 20.0) -> str:
        """What is shown until a text stands in it, or the time is over."""
        shown, end = "", time.monotonic() + seconds
        while wanted not in CODES.sub("", shown) and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.1)[0]:
                shown += os.read(self.leader, 65_536).decode(errors="replace")
        return CODES.sub("", shown)

    def complete(self, typed: str, wanted: str) -> bool:
        """Whether Tab makes of a line what is wanted."""
        self.type(f"{typed}\t")
        rest = wanted.removeprefix(typed)
        found = rest in self.read_until(rest).replace(typed, "", 1)
        self.type("\x15\x0b")  # the line goes
        return found

    def end(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.leader)


def main(names: list[str]) -> int:
    wrong = 0
    for name in names or list(START):
        if shutil.which(name) is None:
            print(f"{name}: not here")
            wrong += 1
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as text:
            folder = Path(text)
            (folder / "my_net.yaml").write_text("layers: [relu]\n")
            (folder / "models").mkdir()
            (folder / "models" / "only.yaml").write_text("layers: [relu]\n")
            shell = Shell(name, folder)
            for typed, wanted in TYPED:
                good = shell.complete(typed, wanted)
                wrong += not good
                print(f"{name}: {'ok' if good else 'WRONG'}: {typed}<Tab> -> {wanted}")
            shell.end()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
