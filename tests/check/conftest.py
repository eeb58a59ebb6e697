"""An empty folder to check specs in, away from any CI server's variables."""

import pytest

SERVERS = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder; `folder / name` is a file in it."""
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder):
    """Write files of a given text: write({"a.yaml": "..."})."""

    def writer(texts):
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return writer
