"""The hook's files, and the GitHub Action's scripts run as its steps would be."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SPEC = "input: {side}x{side}x3\nlayers: [conv: {{filters: 8, size: 3, stride: 2}}]\n"


def read(name):
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("net.convnet.yaml", True),
        ("models/deep/net.convnet.yml", True),
        ("specs/vgg16.yaml", True),
        ("specs/_resnet.yaml", True),
        ("models/specs/net.yml", True),
        ("docker-compose.yaml", False),
        ("specs/README.md", False),
        ("specs/deep/net.yaml", True),
        ("openspecs/net.yaml", False),
        ("net.convnet.yaml.bak", False),
    ],
)
def test_which_files_the_hook_takes(path, taken):
    (hook,) = read(".pre-commit-hooks.yaml")
    assert bool(re.search(hook["files"], path)) is taken


def test_the_hook_runs_check():
    (hook,) = read(".pre-commit-hooks.yaml")
    assert (hook["entry"], hook["language"]) == ("convcalc check", "python")


@pytest.fixture
def action(tmp_path):
    """Run a step of the action with its variables, `python3` being a recorder."""
    binaries = tmp_path / "bin"
    installed = tmp_path / "temp" / "convcalc" / "bin"
    for folder in (binaries, installed, tmp_path / "work"):
        folder.mkdir(parents=True)
    python = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n'
    recorder = f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{tmp_path}/asked"\n'

    def run(index, recorded=False, **inputs):
        for path, text in ((binaries / "python3", recorder),
                           (installed / "python", recorder if recorded else python)):  # fmt: skip
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        step = read("action.yml")["runs"]["steps"][index]
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}",
                       "RUNNER_TEMP": str(tmp_path / "temp"), **inputs}  # fmt: skip
        environment.pop("GITHUB_ACTIONS", None)
        environment["GITHUB_OUTPUT"] = str(run.outputs)
        assert set(step["env"]) <= set(inputs)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path / "work", env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    run.folder, run.outputs = tmp_path, tmp_path / "outputs"
    return run


def test_the_action_installs_itself(action):
    done = action(0, recorded=True, ACTION="/the/action")
    assert done.returncode == 0, done.stderr
    asked = (action.folder / "asked").read_text(encoding="utf-8").splitlines()
    folder = f"{action.folder}/temp/convcalc"
    assert asked == ["-m", "venv", folder, "-m", "pip", "install", "--quiet", "/the/action"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("fits.yaml", 0, id="all is well"),
        pytest.param("fits.yaml wrong.yaml", 1, id="a network does not fit"),
        pytest.param("missing.yaml", 2, id="unreadable"),
        pytest.param("'a name with spaces.yaml' --format json", 0, id="quoted"),
        pytest.param("'INPUT[8x8x3] -> RELU' --budget 1GiB", 0, id="a pattern"),
        pytest.param("fits.yaml $(touch injected) `touch injected`; touch injected", 2,
                     id="nothing is run by a shell"),
    ],
)  # fmt: skip
def test_the_action_gives_the_exit_code(arguments, code, action):
    work = action.folder / "work"
    for name, side in {"fits": 9, "a name with spaces": 9, "wrong": 10}.items():
        (work / f"{name}.yaml").write_text(SPEC.format(side=side), encoding="utf-8")
    done = action(1, ARGUMENTS=arguments, COMMAND="check")
    assert done.returncode == code, done.stdout + done.stderr
    outputs = dict(line.split("=", 1) for line in action.outputs.read_text().splitlines())
    assert outputs["verdict"] == {0: "pass", 1: "fail", 2: "error"}[code]
    assert Path(outputs["report"]).read_text(encoding="utf-8") == done.stdout
    assert not (work / "injected").exists()


def test_the_action_runs_on_windows(action):
    """There Python's environments have `Scripts`, and `python3` may be missing."""
    installed = action.folder / "temp" / "convcalc"
    done = action(1, ARGUMENTS="'INPUT[8x8x3] -> RELU' fc1", COMMAND="explain")
    assert done.returncode == 2
    (installed / "bin").rename(installed / "Scripts")
    action.folder.joinpath("temp/convcalc/bin").mkdir()
    done = action(1, ARGUMENTS="'INPUT[8x8x3] -> RELU' relu1_1", COMMAND="explain")
    assert done.returncode == 0, done.stderr
    assert "RELU" in done.stdout


def test_modules_of_the_checkout_are_not_run(action):
    work = action.folder / "work"
    for name in ("shlex.py", "convcalc.py"):
        (work / name).write_text("raise SystemExit(7)\n", encoding="utf-8")
    done = action(1, ARGUMENTS="'INPUT[8x8x3] -> RELU'", COMMAND="check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_actions_inputs():
    inputs = read("action.yml")["inputs"]
    assert set(inputs) == {"command", "args", "working-directory"}
    assert set(read("action.yml")["outputs"]) == {"verdict", "report"}
    steps = read("action.yml")["runs"]["steps"]
    assert steps[1]["working-directory"] == "${{ inputs.working-directory }}"
    assert all("${{" not in step["run"] for step in steps), "inputs come as variables only"


def test_the_projects_own_specs_pass(run):
    done = run("check", str(ROOT / "specs"), "--gpu", "rtx-3090", "-b", "3", "--strict")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    "name", ["pre-commit-config.yaml", "github.yml", "github-diff.yml", "gitlab-ci.yml"]
)
def test_the_documented_examples_name_what_there_is(name):
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    example = yaml.safe_load(text)
    if name == "pre-commit-config.yaml":
        hooks = {hook["id"] for hook in read(".pre-commit-hooks.yaml")}
        assert {hook["id"] for hook in example["repos"][0]["hooks"]} <= hooks
    elif name.startswith("github"):
        (job,) = example["jobs"].values()
        (step,) = (step for step in job["steps"] if "/convcalc@" in step.get("uses", ""))
        assert set(step["with"]) <= set(read("action.yml")["inputs"])
        for output in re.findall(r"outputs\.(\w+)", text):
            assert output in read("action.yml")["outputs"]
    else:
        reports = example["convcalc"]["artifacts"]["reports"]
        assert all(f"--output {file}" in text for file in reports.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(SPEC.format(side=9), 0, id="all is well"),
        pytest.param(SPEC.format(side=10), 1, id="a network does not fit"),
        pytest.param("input: 3\n", 2, id="unreadable"),
    ],
)
def test_the_gitlab_job_fails_and_its_reports_are_there(text, code, tmp_path):
    job = read("docs/ci/gitlab-ci.yml")["convcalc"]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.yaml").write_text(text, encoding="utf-8")

    def gitlab(lines):
        command = f'convcalc() {{ "{sys.executable}" -m convcalc "$@"; }}\n' + "\n".join(lines)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=tmp_path,
                              env=environment, capture_output=True, check=False)  # fmt: skip

    assert gitlab(job["script"][1:]).returncode == code
    assert gitlab(job["after_script"]).returncode == 0
    for report in job["artifacts"]["reports"].values():
        assert (tmp_path / report).stat().st_size > 0
