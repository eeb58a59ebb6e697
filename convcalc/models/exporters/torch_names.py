"""Names in Python code: of classes, of attributes, of variables."""

import builtins
import keyword
import re

BUILTINS = set(vars(builtins)) - {"_"}  # which interactive Python adds
IMPORTED = {"torch", "nn", "Tensor", "checkpoint"}
RESERVED = {"self", *IMPORTED, *BUILTINS, *keyword.kwlist}  # of variables and classes
MODULE = set(  # what every nn.Module has; the rest begins with an underscore
    re.findall(
        r"\w+",
        """
        T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
        double dump_patches eval extra_repr float forward get_buffer get_extra_state
        get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
        named_children named_modules named_parameters parameters register_backward_hook
        register_buffer register_forward_hook register_forward_pre_hook
        register_full_backward_hook register_full_backward_pre_hook
        register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
        register_parameter register_state_dict_post_hook register_state_dict_pre_hook
        requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train
        training type xpu zero_grad
        """,
    )
)
LONGEST = 24  # characters of a variable


class UniqueNames:
    """Names that are used already, for one purpose."""

    def __init__(self, taken: set[str], before_number: str = "_") -> None:
        self.taken = set(taken)
        self.before_number = before_number

    def free_name(self, word: str) -> str:
        """The word, or with a number behind it."""
        candidate, number = word, 2
        while candidate in self.taken:
            candidate, number = f"{word}{self.before_number}{number}", number + 1
        self.taken.add(candidate)
        return candidate


def as_identifier(name: str) -> str:
    """A layer's name as one of Python's."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    word = re.sub(r"^_+(?=[A-Za-z]|$)", "", word) or "layer"
    return f"_{word}" if word[0].isdigit() else word


def attribute_name(name: str) -> str:
    """A layer's name as an attribute of a module."""
    word = as_identifier(name)
    return f"{word}_" if keyword.iskeyword(word) or word in MODULE else word


def variable_name(name: str) -> str:
    """A variable for a layer's value: its name, or the end of it."""
    while len(name) > LONGEST and "." in name:
        name = name.partition(".")[2]
    word = as_identifier(name)[:LONGEST].rstrip("_")
    return f"{word}_" if word in RESERVED else word


def class_name(title: str) -> str:
    """A title or a word in capitals: `VGG-16` is VGG16, `basic_block` BasicBlock."""
    words = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    return name if name[:1].isalpha() and name not in RESERVED else f"Net{name}"
