"""`--strict`: warnings fail, notes do not."""

import json

ROUNDED = """\
name: rounded
input: {size}x3
rounding: floor
layers:
  - conv: {{filters: 8, size: 3x3, stride: 2x3, pad: 1}}
"""


def verdict(run, spec, *options):
    done = run("check", str(spec), "--format", "json", *options)
    (result,) = json.loads(done.out)["results"]
    return done.code, result["verdict"], [f["severity"] for f in result["findings"]]


def test_notes_do_not_fail_even_then(run, write, folder):
    """Rows that a window never reads are worth a word where rounding is asked for."""
    write({"a.yaml": ROUNDED.format(size="32x33")})
    plain = verdict(run, "a.yaml")
    assert plain == (0, "pass", ["note"])
    assert verdict(run, "a.yaml", "--strict") == plain


def test_warnings_fail_then(run, write, folder):
    write({"a.yaml": ROUNDED.format(size="32x33") + "# convcalc: ignore[groups]\n"})
    assert verdict(run, "a.yaml") == (0, "pass", ["note", "warning"])
    code, found, _ = verdict(run, "a.yaml", "--strict")
    assert (code, found) == (1, "invalid")
