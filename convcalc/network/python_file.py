"""What a Python file holds that could be a model, read without running it."""

import ast

MOST = 8  # names that a hint lists
BASES = ("Module", "Sequential", "LightningModule")


def model_hint(text: str, path: str) -> str:
    """How to name the classes in a file that make models, each as a source.

    Classes that are modules by their bases come alone; where there is none, every class and
    function that the file defines at its top.
    """
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f"for a PyTorch model in it: torch:{path}:CLASS; it is not valid Python as it is"
    classes = [each for each in body if isinstance(each, ast.ClassDef)]
    names = _modules(classes) or [each.name for each in classes]
    names += [] if names else [each.name for each in body if isinstance(each, ast.FunctionDef)]
    if not names:
        return "there is no class in it; for a PyTorch model: torch:FILE.py:CLASS"
    shown = ", ".join(f"torch:{path}:{name}" for name in names[:MOST])
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"for a PyTorch model in it: {shown}{more}"


def _modules(classes: list[ast.ClassDef]) -> list[str]:
    """Names of the classes that inherit from a module, or from one in the file that does."""
    found: list[str] = []
    for each in classes:
        bases = [ast.unparse(base).rpartition(".")[2] for base in each.bases]
        if any(
            base in found or base in ("Module", "Sequential", "LightningModule") for base in bases
        ):
            found.append(each.name)
    return found
