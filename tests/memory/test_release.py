"""Which release of PyTorch is simulated, said everywhere and chosen everywhere."""

import pytest

import convcalc

# Seen on torch 2.13.0 and 2.14.1: the same slice, with and without `CloneBackward0` behind
# `NativeGroupNormBackward0`.
SLICED = """
input: 8x8x4
layers:
  - conv: {filters: 6, size: 1}
  - relu
  - split: {parts: 2, part: 2}
  - groupnorm: {groups: 1}
  - fc: {units: 5}
"""
COPY = 2 * 3 * 8 * 8 * 4  # of a batch of 2: half of the filters


@pytest.fixture
def sliced(tmp_path):
    path = tmp_path / "sliced.yaml"
    path.write_text(SLICED)
    return path


@pytest.fixture
def held_for_backward(run):
    """The release, and the bytes that its autograd keeps of a batch of 2."""

    def analyzed(*arguments):
        result = run("analyze", *map(str, arguments), "-b", "2", "--format", "json")
        assert result.code == 0, result
        found = result.network
        return found["setup"]["torch"], found["memory"]["pytorch"]["held_for_backward"]

    return analyzed


def test_group_norm_of_a_slice_keeps_a_copy_up_to_2_13(sliced, held_for_backward):
    release, held = held_for_backward(sliced)
    assert release == "2.13"
    assert held_for_backward(sliced, "--torch", "2.14") == ("2.14", held - COPY)


def test_from_2_14_on_the_slice_holds_all_that_it_was_cut_from(sliced, held_for_backward):
    sliced.write_text(SLICED.replace("  - relu\n", ""))  # which keeps it anyway
    _, held = held_for_backward(sliced)
    assert held_for_backward(sliced, "--torch", "2.14") == ("2.14", held - COPY + 2 * COPY)


def test_budget_project_and_python_choose_too(sliced, held_for_backward):
    _, held = held_for_backward(sliced, "--torch", "2.14")
    sliced.write_text(SLICED + "budget: {torch: 2.14}\n")
    assert held_for_backward(sliced) == ("2.14", held)
    assert held_for_backward(sliced, "--torch", "2.13") == ("2.13", held + COPY)
    sliced.write_text(SLICED)
    (sliced.parent / "pyproject.toml").write_text("[tool.convcalc]\ntorch = 2.14\n")
    assert held_for_backward(sliced) == ("2.14", held)
    for release in ("2.14", 2.14):
        report = convcalc.analyze(str(sliced), batch=2, torch=release)
        assert report.pytorch.result.held_for_backward == held


def test_details_say_it(sliced, run):
    out = run("analyze", str(sliced), "--details", "--torch", "2.14").out
    assert "Memory as PyTorch uses it (torch 2.14, batch 1, float32, training with" in out


def test_a_release_that_nobody_knows_is_refused(sliced, run):
    sliced.write_text(SLICED + "budget: {torch: 1.9}\n")
    result = run("analyze", str(sliced))
    assert result.code == 2
    assert "must be one of 2.13, 2.14, not `1.9`" in result.err
