"""Names in Python code: of classes, of attributes, of variables."""

import builtins
import keyword
import re

BUILTINS = set(vars(builtins)) - {"_"}  # which interactive Python adds
TAKEN = {"self", "torch", "nn", "Tensor", "checkpoint", "x", "forward", "train", "eval", "training"}


class Names:
    """Names that are used already in one class."""

    def __init__(self) -> None:
        self.taken = set(TAKEN)
        self.attributes: dict[str, str] = {}

    def attribute(self, name: str) -> str:
        """The attribute for a layer's name, always the same one."""
        if name not in self.attributes:
            self.attributes[name] = self.free(identifier(name))
        return self.attributes[name]

    def free(self, word: str) -> str:
        """The word, or with a number behind it."""
        candidate, number = word, 2
        while candidate in self.taken:
            candidate, number = f"{word}_{number}", number + 1
        self.taken.add(candidate)
        return candidate


def identifier(name: str) -> str:
    """A layer's name as one of Python's."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not word or word[0].isdigit() or keyword.iskeyword(word) or word in BUILTINS:
        word = f"_{word}" if word[:1].isdigit() else f"{word}_"
    return word


def class_name(title: str) -> str:
    """A title or a word in capitals: `VGG-16` is VGG16, `basic_block` BasicBlock."""
    words = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    return name if name[:1].isalpha() else f"Net{name}"
