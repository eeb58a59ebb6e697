"""pre-commit, installed and run as a team would: from a clone, on the project's own specs.

    python -m pip install pre-commit && python -m pytest tests/hooks/pre_commit_really.py

pre-commit builds an environment for the hook from the package index, which takes too long for
every run of the tests; .ci/run has it as a step of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "build"}
CONFIG = """\
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - id: convcalc-check
        args: [--budget, 16GiB]
"""
NET = "input: {side}x{side}x3\nlayers: [conv: {{filters: 8, size: 3, stride: 2}}, relu]\n"


def git(folder, *arguments):
    """Run git in a folder; gives what it prints."""
    config = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "init.defaultBranch=main")
    command = ["git", *config, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="session")
def team(tmp_path_factory):
    """A repository that uses the hook, with the project's own specs and one of its own."""
    hooks, home = tmp_path_factory.mktemp("hooks"), tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT, hooks, dirs_exist_ok=True,
                    ignore=lambda _, names: LEFT_OUT.intersection(names))  # fmt: skip
    git(hooks, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-q", "-m", "everything")
    revision = git(hooks, "rev-parse", "HEAD")
    folder = tmp_path_factory.mktemp("team")
    git(folder, "init", "-q")
    shutil.copytree(ROOT / "specs", folder / "specs")
    config = CONFIG.format(hooks=hooks, revision=revision)
    (folder / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (folder / "docker-compose.yaml").write_text("services: {}\n", encoding="utf-8")
    os.environ["PRE_COMMIT_HOME"] = str(home)
    return folder


def pre_commit(team, side):
    """Run every hook on every file, with a network of some side among them."""
    (team / "models").mkdir(exist_ok=True)
    spec = team / "models" / "net.convnet.yaml"
    spec.write_text(NET.format(side=side), encoding="utf-8")
    git(team, "add", ".")
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never",
               "--verbose"]  # fmt: skip
    return subprocess.run(command, cwd=team, capture_output=True, text=True, check=False)


def test_the_hook_passes_on_the_projects_own_specs(team):
    done = pre_commit(team, 9)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "convcalc check" in done.stdout
    assert "models/net.convnet.yaml" in done.stdout
    assert "specs/vgg16.yaml" in done.stdout
    assert "docker-compose" not in done.stdout


def test_the_hook_fails_where_a_network_does_not_fit(team):
    done = pre_commit(team, 10)
    assert done.returncode == 1
    assert "- exit code: 1" in done.stdout
    assert "error[fit] conv1_1" in done.stdout
