"""Which modules stand in a folder: layers, rules and ways to save are found by their files."""

import os

ENDINGS = (".py", ".pyc")  # a package may be shipped compiled, without its sources


def public_modules(folder: str) -> list[str]:
    """Names of the modules of a folder that do not begin with an underscore, sorted."""
    split = (os.path.splitext(name) for name in os.listdir(folder))
    return sorted({stem for stem, ending in split if ending in ENDINGS and stem[0] != "_"})
