"""What is wrong in a project file is said once a source, with exit code 2."""

import pytest

from convcalc.network.budget import KEYS

NET = "input: 8x8x3\nlayers: [relu]\n"
TOML, CFG = "pyproject.toml", "setup.cfg"
CARD = "t4"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param(TOML, "[tool.convcalc]\nbacth = 8\n",
                     "unknown key `bacth`\nhint: did you mean `batch`?", id="unknown key"),
        pytest.param(TOML, "[tool.convcalc]\nbatch = 0\n",
                     "batch: must be an integer of at least 1, not `0`", id="out of range"),
        pytest.param(TOML, "[tool.convcalc]\nmemory = '11 parsecs'\n",
                     "memory: `11 parsecs` is not a size in bytes; write for example 11GiB or "
                     "512MB", id="no size"),
        pytest.param(TOML, "[tool.convcalc]\ngpu = 'rtx-309'\n",
                     "unknown GPU `rtx-309`\nhint: did you mean `rtx-3090` or `rtx-3090-ti` or "
                     "`rtx-5090`? `convcalc gpus` lists the known ones", id="unknown card"),
        pytest.param(TOML, "[tool.convcalc]\nignore = ['fti']\n",
                     "ignore: unknown code `fti`\nhint: did you mean `fit`?", id="unknown code"),
        pytest.param(TOML, "[tool.convcalc]\nignore = ['spec']\n",
                     "ignore: `spec` cannot be ignored", id="a code that must not be ignored"),
        pytest.param(TOML, "[tool.convcalc]\nignore = 'fit'\n",
                     "`ignore` must be a list of codes", id="not a list"),
        pytest.param(TOML, "[tool.convcalc]\nestimate = 'least'\n",
                     "`estimate` must be one of safe, expected, not `least`", id="estimate"),
        pytest.param(TOML, "[tool.convcalc.budgets.'*.yaml']\nbatch = true\n",
                     "budgets.*.yaml: batch: must be an integer of at least 1, not `true`",
                     id="in a glob's budget"),
        pytest.param(TOML, "[tool.convcalc]\nbudgets = 3\n",
                     "`tool.convcalc.budgets` must hold a table for each glob", id="no table"),
        pytest.param(TOML, "[tool]\nconvcalc = 3\n",
                     "`tool.convcalc` must be a table", id="no table of ours"),
        pytest.param(TOML, "[tool]\nconvcalc = {bacth = 8}\n",
                     "unknown key `bacth`\nhint: did you mean `batch`?", id="an inline table"),
        pytest.param(TOML, "[tool.convcalc]\nweight_decay = nan\n",
                     "weight_decay: must be a number of at least 0, not `nan`", id="no number"),
        pytest.param(TOML, "[tool.convcalc]\ngpu = true\n",
                     "unknown GPU `true`\nhint: `convcalc gpus` lists the known ones; write the "
                     "memory of any other as the budget", id="a flag"),
        pytest.param(TOML, "[tool.convcalc]\nmemory = true\n",
                     "memory: `true` is not a size in bytes; write for example 11GiB or 512MB",
                     id="a flag as a size"),
        pytest.param(CFG, "[tool:convcalc]\nbudgets = 8\n",
                     "unknown key `budgets`\nhint: known: memory, gpu, parameters, macs, "
                     "activation, batch, dtype, amp, mode, optimizer, weight_decay, accumulate, "
                     "gpus, strategy, extra, cuda_module_loading, cudnn, cudnn_benchmark, torch, "
                     "ignore, estimate", id="a key of TOML in setup.cfg"),
        pytest.param(CFG, "[tool:convcalc]\nbatch = many\n",
                     "batch: must be an integer of at least 1, not `many`", id="setup.cfg"),
        pytest.param(CFG, "[tool:convcalc]\nbatch = ٣\n",
                     "batch: must be an integer of at least 1, not `٣`", id="other digits"),
        pytest.param(CFG, "[tool:convcalc]\nweight_decay = ٠.٥\n",
                     "weight_decay: must be a number of at least 0, not `٠.٥`",
                     id="other digits of a fraction"),
        pytest.param(CFG, f"[tool:convcalc]\nbatch = {'1' * 5000}\n",
                     "batch: a number of 5,000 digits", id="digits"),
        pytest.param(CFG, f"[tool:convcalc]\nbatch = {'1' * 400}\n",
                     "batch: must be at most 2,147,483,647, not `a number of 397 digits or so`",
                     id="more than a float has"),
        pytest.param(TOML, f"[tool.convcalc]\nmemory = {'1' * 5000}\n",
                     "a number of more than 4,300 digits", id="digits in TOML"),
        pytest.param(CFG, "[tool:convcalc]\nbatch = 1e999\n",
                     "batch: must be an integer of at least 1, not `1e999`", id="no end"),
        pytest.param(CFG, "[tool:convcalc]\namp = maybe\n",
                     "amp: must be true or false, not `maybe`", id="not a flag"),
    ],
)  # fmt: skip
def test_message(name, text, message, run, write, folder):
    write({name: text, "net.yaml": NET})
    done = run("check", "net.yaml")
    head, *hint = message.split("\n")
    shown = "\n".join([f"  error[unreadable]: {folder / name}: {head}", *(f"  {h}" for h in hint)])
    assert done.out == f"error   net.yaml\n{shown}\n1 checked: 1 could not be read\n"
    assert (done.code, done.err) == (2, "")


@pytest.mark.parametrize("key", KEYS)
def test_a_key_has_one_value(key, run, write, folder):
    """A list of a card's name was the card; in YAML its text was that of an object of ours."""
    for value, toml, yaml in ((f"['{CARD}']", "list", "list"), ("{a = 1}", "table", "mapping")):
        write({TOML: f"[tool.convcalc]\n{key} = {value}\n", "net.yaml": NET})
        said = f"{folder / TOML}: {key}: must be one value, not a {toml}"
        shown = f"error   net.yaml\n  error[unreadable]: {said}\n1 checked: 1 could not be read\n"
        assert run("check", "net.yaml").out == shown
        (folder / TOML).unlink()
        given = f"budget: {{{key}: {value.replace(' =', ':')}}}"
        write({"net.yaml": f"{NET}{given}\n"})
        place, spaces = f"3:{12 + len(key)}", " " * (11 + len(key))
        head = f"net.yaml:{place}: budget.{key}: must be one value, not a {yaml}"
        marker = spaces + "^" * (len(value) - value.count(" ="))
        assert run("analyze", "net.yaml").err == f"error: {head}\n    {given}\n    {marker}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(TOML, "[tool.convcalc\n", id="broken TOML"),
        pytest.param(CFG, "[tool:convcalc]\nbatch = 1\nbatch = 2\n", id="a key twice"),
        pytest.param(CFG, "[tool:convcalc]\n= 3\n", id="no key"),
    ],
)
def test_a_broken_file_is_named(name, text, run, write, folder):
    write({name: text, "net.yaml": NET})
    done = run("check", "net.yaml")
    assert done.code == 2
    assert f"{folder / name}: " in done.out


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    ("name", "text"),
    [(TOML, "[tool.convcalc]\nbatch = 0\n"), (CFG, "[tool:convcalc]\nbatch = 0\n")],
)
def test_a_file_in_another_encoding_is_not_passed_over(name, text, encoding, run, write, folder):
    write({"net.yaml": NET})
    (folder / name).write_bytes(text.encode(encoding))
    done = run("check", "net.yaml")
    words = f"{folder / name}: the text is {encoding[:6].upper()}, not UTF-8\n"
    assert words in done.out
    assert done.code == 2
    (folder / name).write_bytes(text.replace("convcalc", "another").encode(encoding))
    assert run("check", "net.yaml").code == 0


@pytest.mark.parametrize(
    "head",
    [
        '["\\u0074ool".convcalc]',
        '[tool."\\u0063onvcalc"]',
        '[tool."co\\u006Evcalc"]',
        '[tool."convcal\\U00000063"]',
        '["tool"."\\u0063\\u006F\\u006e\\u0076\\u0063\\u0061\\u006c\\u0063"]',
        "[tool.'convcalc']",
    ],
)
def test_keys_with_escapes_are_ours_too(head, run, write, folder):
    write({TOML: f"{head}\nbatch = 0\n", "net.yaml": NET})
    done = run("check", "net.yaml")
    assert f"{folder / TOML}: batch: must be an integer of at least 1, not `0`" in done.out


def test_a_broken_file_of_others_does_not_matter(run, write):
    write({TOML: "[tool.\n", CFG: "=", "net.yaml": NET})
    assert run("check", "net.yaml").code == 0


def test_a_file_that_is_not_utf8(run, write, folder):
    write({"net.yaml": NET})
    (folder / TOML).write_bytes(b"[tool.convcalc]\nbatch = 8 # \xe9\n")
    done = run("check", "net.yaml")
    assert f"error[unreadable]: {folder / TOML}: not UTF-8: byte 0xe9\n" in done.out
    assert done.code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(TOML, "tool = 'convcalc'\n", id="tool is no table"),
        pytest.param(TOML, "[project]\ndependencies = ['convcalc']\n", id="a dependency"),
        pytest.param(CFG, "[DEFAULT]\nversion = 1\n[tool:convcalc]\n", id="defaults of others"),
    ],
)
def test_what_is_not_ours_does_not_matter(name, text, run, write):
    write({name: text, "net.yaml": NET})
    done = run("check", "net.yaml")
    assert (done.code, done.err) == (0, "")


def test_values_of_setup_cfg_are_those_of_toml(run, write):
    section = "[tool:convcalc]\nbatch = 4\namp = yes\nweight_decay = 0.1\nignore = fit, empty\n"
    table = (
        "[tool.convcalc]\nbatch = 4\namp = true\nweight_decay = 0.1\nignore = ['fit', 'empty']\n"
    )
    write({"a/setup.cfg": section, "a/net.yaml": NET, "b/pyproject.toml": table, "b/net.yaml": NET})
    one, other = (run("check", f"{name}/net.yaml", "--format", "json").out for name in "ab")
    assert one.replace("a/net.yaml", "b/net.yaml") == other
    assert '"amp": true, "weight_decay": 0.1' in other
