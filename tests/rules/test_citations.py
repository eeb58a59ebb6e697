"""Each rule that cites the notes cites the section that says so."""

import re

import pytest
import yaml
from support import ROOT

from convcalc.answers.rules import find_rule, rule_codes

EXCERPTS = yaml.safe_load((ROOT / "tests/fixtures/notes_excerpts.yaml").read_text("utf-8"))
NOTES = ROOT.parent / "shared" / "cs231n-notes.zh.md"  # where the whole text is at hand
CITING = [code for code in rule_codes() if find_rule(code).section]


def sections(text: str) -> dict[str, str]:
    """The text of each section by its number."""
    parts = re.split(r"^#+ (\d(?:\.\d)?)\.? .*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_citation_has_its_words():
    assert set(EXCERPTS) == set(CITING)


@pytest.mark.parametrize("code", CITING)
def test_the_rule_cites_the_section_that_the_words_stand_in(code):
    excerpt = EXCERPTS[code]
    assert find_rule(code).section.startswith(excerpt["section"])
    if NOTES.exists():
        assert excerpt["words"] in sections(NOTES.read_text("utf-8"))[excerpt["section"]]


@pytest.mark.parametrize("code", sorted(set(rule_codes()) - set(CITING)))
def test_the_others_say_that_they_are_ours(code):
    assert find_rule(code).origin == "a rule of our own"
