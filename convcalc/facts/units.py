"""Numbers as people write and read them. MiB and GiB are 2^20 and 2^30, MB and GB 10^6 and 10^9."""

import re

from convcalc.facts.window import Ends

_BINARY = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_DECIMAL = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SHORT = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_COUNT = r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?(?:[eE][0-9]{1,2})?)\s*([KMGBTkmgbt]?)\s*"
_SIZE = r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)\s*"

BYTES_PER_ELEMENT = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2}


def parse_bytes(text: str) -> int:
    """Bytes in `11GiB`, `11 GB`, `512MiB`, `4096B`.

    Without a unit they are bytes from 1 MiB on, as programs write them, and 0; people who
    write 24 mean no 24 bytes.

    Raises:
        ValueError: not a size, or a number without a unit; the message says what to write.
    """
    match = re.fullmatch(_SIZE, text)
    unit = {**_BINARY, **_DECIMAL, **_SHORT}.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise ValueError(f"`{text[:40]}` is not a size in bytes; write for example 11GiB or 512MB")
    from decimal import Decimal

    value = Decimal(match[1])
    if not match[2] and 0 < value < 2**20:
        meant = "GiB" if value < 2**10 else "MiB"
        raise ValueError(f"{match[1]} bytes? write {match[1]}{meant}")
    return int(value * unit)


def format_bytes(count: int) -> str:
    """`count` bytes with a binary unit and three to four digits, such as `58.14 MiB`."""
    sign, count = ("-", -count) if count < 0 else ("", count)
    if count < 1024:
        return f"{sign}{count} B"
    value = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        value /= 1024
        if value < 1024 or unit == "PiB":
            break
    return f"{sign}{value:,.{2 if value < 100 else 1}f} {unit}"


def format_count(count: int) -> str:
    """`count` with its thousands separated, such as `138,344,128`."""
    return f"{count:,}"


def format_share(part: int, whole: int) -> str:
    """A part in percent, such as `75 %` or `99.77 %`; never all of it where it is not."""
    shown = f"{100 * part / whole:.2f}".rstrip("0").rstrip(".")
    return "over 99.99 %" if shown == "100" and part < whole else f"{shown} %"


def parse_count(text: str) -> int:
    """A number of elements or operations: `1000000`, `1,000,000`, `10M`, `4.1G`, `2e9`.

    Raises:
        ValueError: not such a number.
    """
    match = re.fullmatch(_COUNT, text.replace(",", "").replace("_", ""))
    if match is None:
        raise ValueError(f"`{text[:40]}` is not a number; write for example 10M or 4000000")
    from decimal import Decimal

    return int(Decimal(match[1]) * _THOUSANDS[match[2].upper()])


def is_number(text: str, digits: int = 9) -> bool:
    """Whether a text is a whole number of the digits 0 to 9, and of no more than so many."""
    return text.isascii() and text.isdecimal() and len(text) <= digits


def as_written(value: object) -> str:
    """A value as its writer would have written it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Ends):
        return str(value)
    if isinstance(value, tuple) and all(isinstance(side, (int, Ends)) for side in value):
        return "x".join(map(str, value))
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length() * 3 // 10:,} digits or so"
    return str(value)[:60]
