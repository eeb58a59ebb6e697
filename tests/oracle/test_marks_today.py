"""Every row of tests/fixtures/marks.json against torch, as it is installed here."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from make_marks import rows
from marked import marked_rows

MADE = dict(rows())
ROWS = marked_rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_torch_says_the_same_today(row):
    """But for the text of a spec, which an importer may write otherwise."""
    found = MADE[row["name"]]()
    for key in ("setup", "parameters", "buffers", "macs", "marks"):
        assert found[key] == row[key], key
