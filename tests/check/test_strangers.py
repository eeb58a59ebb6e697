"""Files that strangers wrote: none runs code, ends a run, fools the gate or takes for ever."""

import errno
import json
import os
import re

import pytest
from support import ends_within

import convcalc
from convcalc.answers.project import matches_glob
from convcalc.render.inert import inert_output
from convcalc.text.errors import ConvcalcError

NET = "input: 8x8x3\nlayers: [relu]\n"
BAD = {
    "torch:evil.py:x.yaml": b"input: 8x8x3\nlayers: [relu, \xff]\n",
    "comment.yaml": b"@ # convcalc:",
    "comment2.yaml": b"a: 'b # convcalc: ignore[fit]\n",
    "empty.yaml": b"",
    "binary.yaml": b"\0\1\2",
    "utf16.yaml": "layers: [relu]".encode("utf-16"),
    "deep.yaml": b"[" * 10_000,
    "bomb.yaml": b"a: &a [x]\nb: *a\nlayers: [relu]",
    "noise.onnx": b"\xff" * 100,
    "none.onnx": b"",
    "model.yaml": b"input: 8x8x3\nlayers: [conv: {filters: 1.5e999, size: 3}]\n",
    "include.yaml": b"include: /etc/passwd\ninput: 8x8x3\nlayers: [relu]\n",
}


@pytest.fixture
def run_code(monkeypatch):
    """What would be run of Python, in place of running it."""
    from convcalc.models.importers import torch_import

    ran = []

    def refuse(target, *rest, **named):
        ran.append(target)
        raise ConvcalcError("this would have run")

    monkeypatch.setattr(torch_import, "import_torch", refuse)
    return ran


COMMANDS = ["analyze", "compare", "lint", "check", "fit --budget 9GiB", "export yaml", "to-conv"]


@pytest.mark.parametrize("name", ["torch:evil.py:x.yaml", "torch:evil.py:x", "torch:os:x.onnx"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_never_a_callable(command, name, write, run, run_code):
    write({name: NET})
    assert "would have run" not in str(run(*command.split(), name))
    assert run_code == []


@pytest.mark.parametrize("argument", [".", "*", "**/*", "torch:*", "torch:evil.py:[x].yaml"])
def test_what_is_found_is_never_a_callable(argument, write, run, run_code, folder):
    write({"torch:evil.py:x.yaml": NET, "sub/torch:evil.py:y.yaml": NET})
    os.symlink("nothing", folder / "torch:evil.py:z.yaml")
    run("check", argument)
    run("check", "torch:evil.py:z.yaml")  # a link that leads nowhere is a file too
    assert run_code == []


def test_what_is_written_as_a_callable_is_one(run, run_code, folder):
    assert run("check", "torch:net.py:Net").code == 2
    assert run_code == ["net.py:Net"]


def test_200_good_files_and_one_of_each_bad(run, folder):
    for number in range(200):
        (folder / f"good{number}.yaml").write_text(NET)
    for name, data in BAD.items():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "pipe.yaml")
    os.symlink("/dev/zero", folder / "zero.yaml")
    bad = [*BAD, "pipe.yaml", "zero.yaml"]
    good = [f"good{number}.yaml" for number in range(200)]
    done = run("check", *good, *bad, "--format", "json")
    results = json.loads(done.out)["results"]
    assert done.code == 2
    assert [each["source"] for each in results] == [*good, *bad]
    assert [each["verdict"] for each in results] == ["pass"] * 200 + ["error"] * len(bad)
    assert all(each["findings"] for each in results[200:])
    assert "root:" not in done.out  # no line of what is not YAML


def test_what_nobody_foresaw_is_one_finding(run, write, monkeypatch):
    from convcalc.answers.verdicts import run as checking

    def broken(*arguments):
        return 1 // 0

    write({"a.yaml": NET, "b.yaml": NET})
    monkeypatch.delenv("CONVCALC_TRACEBACK")
    monkeypatch.setattr(checking, "judge_network", broken)
    done = run("check", "a.yaml", "b.yaml", "--format", "json")
    first, second = json.loads(done.out)["results"]
    assert (done.code, first["source"], second["source"]) == (2, "a.yaml", "b.yaml")
    (finding,) = second["findings"]
    assert finding["message"].startswith("convcalc itself fails: ZeroDivisionError")
    assert finding["hint"].startswith("this is a bug of convcalc: please report it")


def test_our_own_faults_end_no_other_command(run, monkeypatch):
    from convcalc.cli import analyze

    monkeypatch.delenv("CONVCALC_TRACEBACK")
    monkeypatch.setattr(analyze, "build_report", None)
    done = run("analyze", "lenet5", "vgg16", "--format", "json")
    assert done.code == 2
    assert len(json.loads(done.out)["errors"]) == 2
    assert "lenet5: convcalc itself fails: TypeError" in done.err


def test_links_out_of_the_folder_are_told_and_not_followed(run, write, tmp_path_factory, folder):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text(NET)
    write({"in/a.yaml": NET})
    os.symlink(outside, folder / "in" / "all")
    os.symlink(outside / "secret.yaml", folder / "in" / "b.yaml")
    os.symlink("a.yaml", folder / "in" / "c.yaml")
    for argument in ("in", "in/*.yaml", "in/**/*.yaml"):
        done = run("check", argument, "--format", "json")
        found = [result["source"] for result in json.loads(done.out)["results"]]
        assert (found, done.code) == (["in/a.yaml", "in/c.yaml"], 0)
        assert "in/b.yaml: a link out of the folder that is checked, not followed" in done.err
    assert "in/all: a link out" in run("check", "in").err


def test_a_link_to_what_is_not_yaml_is_not_quoted(run, folder):
    (folder / "secret.env").write_text("TOKEN=12345")
    os.symlink("secret.env", folder / "a.yaml")
    (folder / "b.yaml").write_text("include: a.yaml\nlayers: [relu]\n")
    done = run("check", "a.yaml", "b.yaml")
    assert done.code == 2
    assert "12345" not in str(done)


def test_an_onnx_file_cannot_write_its_budget(run, folder):
    onnx = pytest.importorskip("onnx")
    from onnx import helper

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], name="a\nbudget: {memory: 9TiB}\n#")],
        "n\nbudget: {memory: 9TiB}\n#",
        [helper.make_tensor_value_info("x", 1, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", 1, None)],
    )
    for name in ("a\nbudget: {memory: 9TiB}\n#x.onnx", "a # convcalc: ignore[over-memory].onnx"):
        onnx.save(helper.make_model(graph), name)
        done = run("check", name, "--budget", "1MiB")
        assert done.code == 1
        spec = run("import", "onnx", name).out
        assert re.findall(r"^budget|# convcalc:", spec, re.MULTILINE) == []
        (folder / "read.yaml").write_text(spec)
        assert run("check", "read.yaml", "--budget", "1MiB").code == 1


COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
SOURCES = ["::error::a", "##[error]a", "a ##[group]b", "\\n::error::b", ":"]


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("style", ["table", "json", "csv", "markdown", "html"])
def test_no_report_starts_a_command(style, name, run, write):
    write(
        {
            "a.yaml": f'name: "{name}"\nbudget: {{memory: 1KiB}}\ninput: 8x8x3\nlayers:\n'
            f'  - relu: {{name: "{name}"}}\n  - conv: {{filters: 1, size: 7, stride: 3}}\n'
        }
    )
    for options in ([], ["--details"]) if style == "table" else ([],):
        done = run("analyze", "a.yaml", "--format", style, *options)
        assert done.code == 1
        assert not COMMAND.search(done.out + done.err), done.out


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("style", ["text", "json", "junit", "gitlab", "sarif"])
def test_no_verdict_starts_a_command(style, name, run, write):
    text = f'name: "{name}"\ninput: 8x8x3\nlayers:\n  - conv: {{name: "{name}", filters: 1,\n'
    write(
        {"a.yaml": f"{text}::error::\n    size: 7, stride: 3}}\n", "b.yaml": "::e::x\n##[error]x"}
    )
    done = run("check", "a.yaml", "b.yaml", "--format", style)
    assert done.code == 2
    assert not COMMAND.search(done.out + done.err), done.out
    for command in ("lint", "compare", "export yaml", "explain a.yaml x", "sweep"):
        done = run(*command.split(), *["a.yaml"] * ("explain" not in command))
        assert not COMMAND.search(done.out + done.err), done.out


def test_names_are_the_same_to_who_reads_json():
    text = json.dumps({"name": "a##[error]::b"})
    shown = inert_output("json", text)
    assert "##[" not in shown
    assert json.loads(shown) == json.loads(text)


@pytest.mark.parametrize("mark", "=+-@")
def test_no_name_is_a_formula(mark, run, write):
    write({"a.yaml": f'name: "{mark}A1"\ninput: 8x8x3\nlayers: [relu: {{name: "{mark}cmd()"}}]\n'})
    for command in ("analyze a.yaml", "compare a.yaml", "analyze a.yaml a.yaml"):
        lines = run(*command.split(), "--format", "csv").out.splitlines()
        cells = [cell.strip('"') for line in lines for cell in line.split(",")]
        assert not [cell for cell in cells if cell[:1] == mark]


def quickly(call):
    """What a call gives, within two seconds of work."""
    with ends_within(2):
        return call()


PROJECTS = {
    "accumulate = 100000": "`accumulate`|must be at most 1,024",
    f"batch = 1{'0' * 400}": "must be at most",
    f"batch = 0x{'f' * 9000}": "must be at most|digits",
    "weight_decay = 1e999": "must be at most 1e",
    "weight_decay = nan": "must be a number",
    "gpus = 9999999999": "must be at most",
    "x = " + "[" * 5000: "nested too deeply|convcalc",
    ".".join(["a"] * 40_000) + " = 1": "a key of more than 100 parts",
    "[" + " . ".join(['"a"'] * 40_000) + "]": "a key of more than 100 parts",
    "x = {" + ".".join(["a"] * 40_000) + " = 1}": "a key of more than 100 parts",
}


@pytest.mark.parametrize("line", PROJECTS)
def test_numbers_of_a_project_are_bounded(line, run, write):
    write({"a.yaml": NET, "pyproject.toml": f"[tool.convcalc]\n{line}\n"})
    done = quickly(lambda: run("check", "a.yaml"))
    assert done.code == 2
    assert re.search(PROJECTS[line], done.out)


def test_a_project_file_of_ours_that_is_too_large(run, write):
    write({"a.yaml": NET, "pyproject.toml": "#convcalc" + "\n" * 2**21})
    done = quickly(lambda: run("check", "a.yaml"))
    assert (done.code, done.err) == (2, "")
    assert "pyproject.toml: larger than 1 MiB" in done.out


REGULAR = "not a regular file"
PASSED_OVER = {
    "a device": (lambda path: os.symlink("/dev/zero", path), REGULAR),
    "a pipe": (os.mkfifo, REGULAR),
    "a folder": (os.mkdir, REGULAR),
    "a large file": (lambda path: path.write_bytes(b"#" * 2**21), "larger than 1 MiB"),
    "a broken link": (lambda path: os.symlink("nowhere", path), "a link that leads nowhere"),
    "a link to itself": (lambda path: os.symlink(path, path), "a link that leads nowhere"),
}


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg"])
@pytest.mark.parametrize("kind", PASSED_OVER)
def test_a_project_file_that_cannot_be_read(kind, name, run, write, folder):
    """One line, whatever it is and however many sources and commands ask for it."""
    write({"a/net.yaml": NET, "b.yaml": NET})
    make, why = PASSED_OVER[kind]
    make(folder / name)
    said = f"note: {folder / name} is passed over: {why}\n"
    done = quickly(lambda: run("check", "a/net.yaml", "b.yaml"))
    assert (done.code, done.err) == (0, said)
    for command in ("analyze b.yaml a/net.yaml --budget 9GiB", "fit b.yaml --budget 9GiB",
                    "diff b.yaml a/net.yaml", "compare b.yaml a/net.yaml"):  # fmt: skip
        done = quickly(lambda words=command: run(*words.split()))
        assert done.err.count(said) == 1, command
    with pytest.warns(UserWarning, match="is passed over"):
        convcalc.check(str(folder / "b.yaml"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all files")
def test_a_project_file_that_may_not_be_read(run, write, folder):
    write({"b.yaml": NET, "pyproject.toml": "[tool.convcalc]\n"})
    os.chmod(folder / "pyproject.toml", 0)
    said = f"note: {folder / 'pyproject.toml'} is passed over: {os.strerror(errno.EACCES)}\n"
    assert run("check", "b.yaml").err == said


def test_a_project_file_that_fails_while_it_is_read(run, write, folder, monkeypatch):
    def failing(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    write({"b.yaml": NET, "pyproject.toml": "[tool.convcalc]\n"})
    monkeypatch.setattr("convcalc.answers.project.open_regular", failing)
    said = f"note: {folder / 'pyproject.toml'} is passed over: {os.strerror(errno.EACCES)}\n"
    done = run("check", "b.yaml")
    assert (done.code, done.err) == (0, said)


GLOBS = [
    ("*.yaml", "a.yaml", True), ("*.yaml", "b/a.yaml", False), ("**/*.yaml", "a.yaml", True),
    ("**/*.yaml", "b/c/a.yaml", True), ("b/**", "b/c/a.yaml", True), ("b/**", "b", False),
    ("?.yaml", "a.yaml", True), ("?.yaml", "/.yaml", False), ("a?b", "a/b", False),
    ("[a].yaml", "a.yaml", False), ("[a].yaml", "[a].yaml", True), ("**/b/*", "a/b/c", True),
    ("**/b/*", "b/c", True), ("**/b/*", "ab/c", False), ("**a", "b/a", True), ("", "", True),
    ("*", "", True), ("a*a", "a", False), ("a\nb*", "a\nbc", True), ("**/", "a/", True),
]  # fmt: skip


@pytest.mark.parametrize(("glob", "path", "matches"), GLOBS)
def test_globs(glob, path, matches):
    assert matches_glob(path, glob) is matches


def test_a_glob_is_gone_through_once():
    assert not quickly(lambda: matches_glob("a" * 200, "*a" * 100 + "b"))
    assert not quickly(lambda: matches_glob("a/" * 200, "**/a" * 70 + "b"))


LONG = "n" * 200_000
MANY = "  - conv: {filters: 8, size: 1}  # convcalc: ignore[fit]\n" * 500
REPEATED = "input: 8x8x3\nlayers: [{repeat: 500"
TEXTS = {
    "blank lines": ("_x.yaml", "\n" * 60_000 + "layers: [relu]\ninput: 8x8x3\n"),
    "ignore comments": ("a.yaml", "input: 8x8x3\nlayers:\n" + MANY),
    "a long name": ("a.yaml", f"{REPEATED}, name: {LONG}, layers: [relu]}}]"),
    "long names": ("a.yaml", f"{REPEATED}, layers: [relu: {{name: {LONG}}}]}}]"),
    "all of all": ("a.yaml", "input: 8x8x3\nlayers:\n  - relu: {name: a}\n  - repeat: 20000\n"
                             "    layers: [concat: {from: '*'}]\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_texts_take_time_as_they_are_long(case, run, write):
    name, text = TEXTS[case]
    write({name: text})
    done = quickly(lambda: run("check", name))
    assert done.code == (2 if case == "all of all" else 0)
    assert len(quickly(lambda: run("analyze", name)).out) < 300_000


@pytest.mark.parametrize("text", [" " * 120_000 + "X", "[ " * 50_000 + "X", "#\n" * 50_000])
def test_an_argument_of_any_length(text, run):
    assert quickly(lambda: run("analyze", text)).code == 2


def test_ranges_are_counted_before_they_are_made(run):
    text = "INPUT -> " + " -> ".join(["CONV{1..1000000}"] * 30)
    for command in ("analyze", "check", "sweep"):
        done = quickly(lambda command=command: run(command, text))
        assert done.code == 2
        assert len(done.out + done.err) < 3_000


def test_decisions_are_counted_only_while_they_are_few(run):
    text = "INPUT -> [RELU?]*{1..1000} -> [RELU -> POOL?]*{1..1000}"
    done = quickly(lambda: run("sweep", text))
    assert (done.code, "numbers of repeats" in done.err) == (2, True)


def test_a_sweep_says_what_is_wrong_before_its_first_line(run):
    done = run("sweep", "INPUT[8x8x3] -> CONV3-{8,16} -> CONV{3,0}")
    assert (done.code, done.out) == (2, "")
    assert "`F` must be at least 1, not 0" in done.err


def test_what_only_a_member_shows_is_its_line(run):
    pattern = "INPUT[8x8x3] -> CONV3-4(name=a) -> [CONV3-4(name=a_1)]*{0,1} -> CONV3-4(name=a)"
    done = run("sweep", pattern, "--format", "jsonl")
    good, bad = map(json.loads, done.out.splitlines())
    assert done.code == 0
    assert (good["fits"], good["parameters"]) == (True, 108 + 4 + 144 + 4)
    assert (bad["fits"], bad["why_not"]) == (False, "the name `a_1` is given twice")
    assert (bad["parameters"], bad["pattern"].count("CONV3-4")) == (None, 3)
    for options in (["--sort", "macs"], ["--sort", "-macs", "--top", "9"], ["--pareto", "macs"],
                    ["--where", "macs > 0"], ["--budget", "1GiB", "--sort", "macs"]):  # fmt: skip
        assert run("sweep", pattern, *options).code == 0


def test_a_link_hides_no_glob_that_matches_nothing(run, write, folder):
    write({"in/a.yaml": NET})
    os.symlink("/", folder / "in" / "root")
    done = run("check", "in/**/x*b.yaml")
    assert (done.code, "in/**/x*b.yaml: no file matches" in done.out) == (2, True)


@pytest.mark.parametrize("name", ["pattern.txt", "pattern", "in/pattern.txt"])
def test_of_a_file_elsewhere_no_line_is_quoted(name, run, write, folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "pattern.txt"
    elsewhere.write_text("secret: x\n")
    write({"in/a.yaml": NET})
    os.symlink(elsewhere, folder / name)
    done = run("check", name)
    assert done.code == 2
    assert f"{name}: leads by a link out of this folder" in done.out
    assert "secret" not in done.out + done.err


NOWHERE = "a link that leads nowhere"
BESIDE = [("explain", "relu"), ("fit", "--budget", "1GiB"), ("diff", "vgg16"), ("compare", "vgg16")]


@pytest.mark.parametrize("name", ["a.yaml", "a.onnx", "a.txt", "own", "itself.yaml"])
def test_a_link_that_leads_nowhere(name, run, write, folder):
    """By whatever command, and given, found or included: in the same words."""
    write({"in/other.yaml": NET, "with.yaml": f"include: {name}\n{NET}"})
    os.symlink("itself.yaml" if name == "itself.yaml" else "none.yaml", folder / name)
    said = f"error: {name}: {NOWHERE}\n"
    for command, *more in [("analyze",), ("lint",), ("to-conv",), ("export", "torch"), *BESIDE]:
        words = [command, *more, name] if command == "export" else [command, name, *more]
        done = run(*words)
        assert (done.code, done.err) == (2, said), command
    assert f"error[unreadable]: {name}: {NOWHERE}\n" in run("check", name).out
    if name.endswith(".onnx"):
        assert run("import", "onnx", name).err == said
    if name.endswith(".yaml"):
        os.symlink(name, folder / "in" / name)
        assert f"error[unreadable]: in/{name}: {NOWHERE}\n" in run("check", "in").out
        assert f" include: {name}: {NOWHERE}\n" in run("analyze", "with.yaml").err


def test_marks_of_direction_are_references_in_xml(run, write):
    write({"\u202ea\u2028b\x85.yaml": NET})
    out = run("check", ".", "--format", "junit").out
    assert not set("\u202e\u2028\x85") & set(out)
    assert 'classname="./&#8238;a&#8232;b&#133;.yaml"' in out


def test_a_long_value_of_a_project_is_cut(run, write):
    write({"a.yaml": NET, "setup.cfg": "[tool:convcalc]\nbatch = 1" + "\n" * 300_000 + " x\n"})
    done = run("check", "a.yaml")
    assert (done.code, len(done.out + done.err) < 2_000) == (2, True)
