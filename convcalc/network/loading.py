"""From what a user names as a source to networks: files, shipped specs, patterns, text."""

import codecs
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

from convcalc.layers import known_keywords
from convcalc.network import shipped
from convcalc.network.expansion import expand_document
from convcalc.network.graph import Network, Settings
from convcalc.text.errors import ConvcalcError, SpecError, joined_error, nearest_hint
from convcalc.text.source import Source, Span, printable
from convcalc.text.syntax.tree import Block, Document

Reader = Callable[[str], Source]

SPEC_ENDINGS = (".yaml", ".yml")
YAML_ENDINGS = (*SPEC_ENDINGS, ".json")
LARGEST_FILE = 64 * 2**20  # bytes; a spec of a hundred thousand layers has about 5 MiB
MOST_INCLUDES = 20
MOST_FILES = 1_000  # beside one that is not there
WEIGHTS_ENDINGS = (".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".h5", ".keras")
WEIGHTS_HINT = (
    "weights are no network: name the model's code, torch:FILE.py:CLASS, or an .onnx file"
)

# Compiled when they are needed: a spec by its name needs none.
_LOOKS_LIKE_PATTERN = r"(?i)->|→|^\s*(?:\[\s*)*INPUT\b|^\s*\["
_NETWORK_KEY = r"(?m)^(?:layers|pattern)[^\S\n]*:|^[^\S\n]*\{"
_TOP_KEY = r"(?m)^[\"']?([^\s\"'#:{}\[\],-][^\n\"':]{0,60})[\"']?[^\S\n]*:"
_FLOW_KEY = r"[{,]\s*[\"']?(?:blocks|layers)[\"']?\s*:"
_YAML_LINE = r"(?m)^(?:[^\W\d][\w-]*[^\S\n]*:(?:\s|$)|- |---|\{)"


def load_all(source: str, settings: Settings | None = None) -> list[Network]:
    """Every network of a source: a path, a shipped spec's name or a pattern.

    A file of blocks for others to include has none; what is wrong in it is an error.

    Raises:
        ConvcalcError: unreadable, or wrong by itself.
    """
    path = path_of(source)
    if path is None:
        return networks(Source(source), settings)
    text = read_source(path)
    if is_library(path) and not holds_network(text):
        read_library(text)
        return []
    return networks(text, settings, is_yaml=path.lower().endswith(YAML_ENDINGS))


def holds_network(source: Source) -> bool:
    """Whether a YAML text has what makes a network, whatever its file is called."""
    return re.search(_NETWORK_KEY, source.text) is not None


def is_library(path: str) -> bool:
    """Whether a file is named as one that only others include, as in `_resnet.yaml`."""
    name = os.path.basename(path)
    return name.startswith("_") and name.lower().endswith(SPEC_ENDINGS)


def load(source: str, settings: Settings | None = None) -> Network:
    """The one network of a source.

    Raises:
        ConvcalcError: unreadable, wrong by itself, or several networks.
    """
    return only_network(load_all(source, settings), source)


def only_network(found: list[Network], source: str) -> Network:
    """The one network that was found in a source.

    Raises:
        ConvcalcError: there is none, or there are several.
    """
    if len(found) != 1:
        raise ConvcalcError(
            f"{printable(source)} has {len(found) or 'no'} networks, not one",
            "convcalc.load_all reads them all"
            if found
            else "it holds blocks for others to include",
        )
    return found[0]


def networks(
    source: Source,
    settings: Settings | None = None,
    is_yaml: bool | None = None,
    reader: Reader | None = None,
) -> list[Network]:
    """Every network in a text; without `is_yaml` by what it looks like.

    `reader` is how included files are read, where they are not beside it on the disk.
    """
    if is_yaml is None:
        is_yaml = looks_like_yaml(source.text)
    if is_yaml:
        return _yaml_networks(_yaml_documents(source, reader or read_source), settings)
    try:
        documents = source_documents(source, is_yaml, reader)
        return [expand_document(document, settings) for document in documents]
    except SpecError as error:
        if error.span is None:
            raise
        from convcalc.network.respelling import with_respelling

        line = source.line_text(error.span.line)
        raise with_respelling(error, line, settings) from None


def _yaml_networks(documents: Iterator[Document], settings: Settings | None) -> list[Network]:
    """The networks of a stream; what is wrong with any of them is told at once."""
    found: list[Network] = []
    problems: list[SpecError] = []
    try:
        for document in documents:
            try:
                found.append(expand_document(document, settings))
            except SpecError as error:
                problems.append(error)
    except SpecError as error:
        problems.append(error)
    if problems:
        raise joined_error(problems)
    return found


def source_documents(
    source: Source, is_yaml: bool | None = None, reader: Reader | None = None
) -> list[Document]:
    """The trees of a text, one a network."""
    if is_yaml is None:
        is_yaml = looks_like_yaml(source.text)
    if not is_yaml:
        return list(_pattern_documents(source))
    documents = list(_yaml_documents(source, reader or read_source))
    problems = [error for document in documents for error in document.problems or ()]
    if problems:
        raise joined_error(problems)
    return documents


def looks_like_yaml(text: str) -> bool:
    """Whether a text without a name is YAML; else it is patterns."""
    return re.search(_YAML_LINE, text) is not None


def read_library(source: Source) -> dict[str, Block]:
    """The blocks of a file that others include.

    Raises:
        SpecError: not YAML, or wrong by itself.
    """
    from convcalc.text.syntax.yaml import parse_blocks

    return parse_blocks(
        source, known_keywords(), _Includer(source.name, read_source).included_blocks
    )


def _yaml_documents(source: Source, reader: Reader) -> Iterator[Document]:
    from convcalc.text.syntax.yaml import parse_documents

    return parse_documents(source, known_keywords(), _Includer(source.name, reader).included_blocks)


def _pattern_documents(source: Source) -> Iterator[Document]:
    from convcalc.text.syntax.pattern import parse_pattern

    found = False
    for number, start in enumerate(source.line_starts(), 1):
        line = source.line_text(number)
        if line.strip() and not line.lstrip().startswith("#"):
            found = True
            document = parse_pattern(
                source, known_keywords(), Span(source, start, start + len(line))
            )
            document.name = line.strip()
            yield document
    if not found:
        parse_pattern(source, known_keywords())  # raises: the pattern is empty


def path_of(source: str) -> str | None:
    """The file that a source names, or None when it is a pattern."""
    if os.path.isfile(source):
        return source
    spec = shipped.spec_path(source) or shipped.spec_path(source.lower())
    if spec:
        return spec
    if os.path.exists(source):
        return source
    if re.search(_LOOKS_LIKE_PATTERN, source):
        return None
    shown = printable(source.strip())[:80]
    if not source.strip():
        raise ConvcalcError("the source is empty", "give a file, a spec such as vgg16 or a pattern")
    if os.path.islink(source):
        raise ConvcalcError(f"{shown}: {missing_words(source)}")
    if os.sep in source or source.lower().endswith((*YAML_ENDINGS, ".onnx")):
        raise ConvcalcError(f"{shown}: {missing_words(source)}", _nearest_file(source))
    hint = nearest_hint(source, shipped.spec_names())
    raise ConvcalcError(
        f"{shown}: neither a file, nor a shipped spec, nor a pattern",
        hint or "`convcalc specs` lists the shipped specs; a pattern has `->`",
    )


def _nearest_file(path: str) -> str:
    """A hint that names the file beside whose name is most like that of one that is not there."""
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(folder or os.curdir))[:MOST_FILES]
    except OSError:
        return ""
    from difflib import get_close_matches

    found = [each for each in names if each.lower().endswith((*YAML_ENDINGS, ".onnx"))]
    near = get_close_matches(name, found, 1, 0.85)
    return f"did you mean `{printable(os.path.join(folder, near[0]))}`?" if near else ""


def read_source(path: str, name: str | None = None) -> Source:
    """A text file as UTF-8, with any line ends and with or without a byte-order mark."""
    shown = printable(name or path)
    if os.path.isdir(path):
        raise ConvcalcError(f"{shown}: is a folder, not a spec", "name the files in it")
    is_yaml = path.lower().endswith(YAML_ENDINGS)
    if is_yaml and not os.path.realpath(path).lower().endswith(YAML_ENDINGS):
        raise ConvcalcError(f"{shown}: a link to a file that is not YAML")  # none of it is quoted
    if not is_yaml and _is_led_out(path):
        raise ConvcalcError(f"{shown}: leads by a link out of this folder", "name the file itself")
    try:
        with open_regular(path) as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConvcalcError(f"{shown}: {failure_words(path, error)}") from None
    except ValueError as error:
        raise ConvcalcError(f"{shown}: {error}") from None
    source = decode_source(data, name or path)
    if path.lower().endswith(".py"):
        from convcalc.network.python_file import model_hint

        raise ConvcalcError(f"{shown}: Python code, not a spec", model_hint(source.text, path))
    return source


def _is_led_out(path: str) -> bool:
    """Whether what is named below the working folder lies elsewhere: `models/x -> /etc/passwd`."""
    try:
        here = os.getcwd()
        real = os.path.realpath(path)
        inside = os.path.commonpath([os.path.abspath(path), here]) == here
        return inside and os.path.commonpath([real, os.path.realpath(here)]) != os.path.realpath(
            here
        )
    except (OSError, ValueError):  # no working folder; on Windows another drive
        return False


def open_regular(path: str) -> BinaryIO:
    """A regular file to read: a pipe could wait for ever, a device have no end.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file; `-` reads what is piped in")
    return open(handle, "rb")


def missing_words(path: str) -> str:
    """What every command says of a file that is not there."""
    return "a link that leads nowhere" if os.path.islink(path) else "there is no such file"


def failure_words(path: str, error: OSError) -> str:
    """Why a file cannot be opened; what the system says of links that lead nowhere, it says."""
    if error.errno in (errno.ENOENT, errno.ELOOP):
        return missing_words(path)
    return error.strerror or str(error)


def decode_source(data: bytes, name: str) -> Source:
    """Bytes of a spec as text.

    Raises:
        ConvcalcError: too large, binary, or not UTF-8.
    """
    shown = printable(name)
    if len(data) > LARGEST_FILE:
        raise ConvcalcError(f"{shown}: larger than {LARGEST_FILE // 2**20} MiB; not a spec")
    wide = wide_encoding(data)
    if wide:
        raise ConvcalcError(f"{shown}: the text is {wide}, not UTF-8", "save the file as UTF-8")
    if b"\0" in data:
        hint = WEIGHTS_HINT if name.lower().endswith(WEIGHTS_ENDINGS) else ""
        raise ConvcalcError(f"{shown}: a binary file, not a spec", hint)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConvcalcError(
            f"{shown}:{line}:{column}: not UTF-8: byte 0x{data[error.start]:02x}",
            "save the file as UTF-8",
        ) from None
    return Source(text.replace("\r\n", "\n").replace("\r", "\n"), name)


def wide_encoding(data: bytes) -> str:
    """`UTF-16` or `UTF-32`, where a text has its byte-order mark or is its ASCII; else nothing."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins as UTF-16's
        return "UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    begins = bytes(map(bool, data[:64]))
    for name, character in (("UTF-32", 4), ("UTF-16", 2)):
        for place in (0, character - 1):
            unit = bytes(k == place for k in range(character))
            if len(begins) >= 8 and begins == (unit * (64 // character))[: len(begins)]:
                return name
    return ""


# Blocks of files that include no other, by name and text: the specs of a family read one file.
_COMPLETE: dict[tuple[str, str], dict[str, Block]] = {}
MOST_COMPLETE, LARGEST_COMPLETE = 64, 1 << 16


class _Includer:
    """Reads the blocks of the files that a spec includes, each file beside its includer.

    A file that is included twice is read once: else twenty files that each include the
    next one twice would be a million.
    """

    def __init__(
        self,
        path: str,
        reader: Reader,
        open_files: tuple[str, ...] = (),
        known: dict[str, dict[str, Block]] | None = None,
    ) -> None:
        self.path = path
        self.reader = reader
        self.open_files = (*open_files, os.path.abspath(path))
        self.known = {} if known is None else known
        self.includes_others = False

    def included_blocks(self, name: str, span: Span) -> dict[str, Block]:
        self.includes_others = True
        if not name.lower().endswith(YAML_ENDINGS):
            hint = f"a file of blocks ends with {', '.join(YAML_ENDINGS)}"
            raise SpecError(f"`{name[:60]}` is no YAML file", span, hint, path="include")
        path = os.path.join(os.path.dirname(self.path), name)
        full = os.path.abspath(path)
        if full in self.open_files:
            raise SpecError(f"`{name[:60]}` includes itself", span, path="include")
        if len(self.open_files) > MOST_INCLUDES:
            message = f"files include one another deeper than {MOST_INCLUDES}"
            raise SpecError(message, span, path="include")
        if full not in self.known:
            self.known[full] = self._read_blocks(path, span)
        return self.known[full]

    def _read_blocks(self, path: str, span: Span) -> dict[str, Block]:
        try:
            source = self.reader(path)
        except ConvcalcError as error:
            raise SpecError(error.message, span, error.hint, path="include") from None
        text = source.name, source.text
        if text not in _COMPLETE:
            inner = _Includer(path, self.reader, self.open_files, self.known)
            blocks = inner.parse_source(source, span)
            if inner.includes_others or len(source.text) > LARGEST_COMPLETE:
                return blocks
            if len(_COMPLETE) == MOST_COMPLETE:
                _COMPLETE.clear()
            _COMPLETE[text] = blocks
        return _COMPLETE[text]

    def parse_source(self, source: Source, span: Span) -> dict[str, Block]:
        """The blocks of the file itself; `span` is where it is included."""
        from convcalc.text.syntax.yaml import parse_blocks

        try:
            return parse_blocks(source, known_keywords(), self.included_blocks)
        except SpecError:
            if _is_meant_as_spec(source.text):
                raise
        shown = printable(os.path.basename(self.path))[:60]
        message = f"`{shown}` is no file of blocks: it has no `blocks`"
        raise SpecError(message, span, path="include")


def _is_meant_as_spec(text: str) -> bool:
    """Whether a YAML file that is wrong is a spec by its keys; of others nothing is quoted."""
    from convcalc.text.syntax.yaml import TOP_KEYS

    if text.lstrip().startswith("{"):
        return re.search(_FLOW_KEY, text) is not None
    keys = {key.lower() for key in re.findall(_TOP_KEY, text)}
    return not keys.isdisjoint(("blocks", "layers")) or (bool(keys) and keys.issubset(TOP_KEYS))
