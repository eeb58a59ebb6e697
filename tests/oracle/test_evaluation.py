"""Models that ask whether they are trained: what runs in evaluation is read in evaluation."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import hold
from torch import nn

import convcalc
from convcalc.models.importers.torch_import import import_torch
from convcalc.models.importers.torch_trace import OTHERWISE

FILE = str(Path(__file__).parents[1] / "fixtures" / "models" / "evaluated.py")
NETWORKS = {each.name: each for each in hold.of_file(FILE, [])}
SAME = ("same_in_both", "remembered")
SHAPE = hold._shape([3, 10, 12])


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_mark_in_either_mode(name: str, mode: str) -> None:
    assert hold.line(NETWORKS[name], mode) == f"{name} exact"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_spec_of_training_says_where_evaluation_is_another(name: str) -> None:
    text = import_torch(f"{FILE}:{name}", SHAPE)
    assert (f"\n# {OTHERWISE}\n" in text) == (name not in SAME)
    assert "budget:" not in text


@pytest.mark.parametrize("name", SAME)
def test_read_in_evaluation_the_same_network_runs_in_the_same_memory(name: str) -> None:
    network = NETWORKS[name]
    ours = hold.figures_of(import_torch(f"{FILE}:{name}", SHAPE, mode="infer"), "infer")
    assert ours == hold.by_torch(network, "infer")


def test_a_spec_read_in_evaluation_is_of_inference() -> None:
    text = import_torch(f"{FILE}:auxiliary_head", SHAPE, mode="infer")
    assert text.endswith("\nbudget: {mode: infer}\n")
    assert "\n  - operator: {name: side, runs: unused, " in text
    report = convcalc.analyze(convcalc.loads(text))
    assert report.to_dict()["setup"]["mode"] == "infer"


def test_every_way_to_name_a_model_reads_it_in_the_mode_that_is_asked_for(run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source = f"torch:{FILE}:drop_block"
    args = ("--input", "12x10x3", "--format", "json")
    asked = run("analyze", source, *args, "--mode", "infer")
    path = tmp_path / "spec.yaml"
    read = run("import", "torch", f"{FILE}:drop_block", "--input", "12x10x3", "--mode", "infer",
               "-o", str(path))  # fmt: skip
    assert read.code == 0
    spec = run("analyze", str(path), "--format", "json")
    memory = [json.loads(each.out)["networks"][0]["memory"] for each in (asked, spec)]
    assert memory[0] == memory[1]
    trained = convcalc.analyze(source, input="12x10x3").to_dict()
    called = convcalc.analyze(source, input="12x10x3", mode="infer").to_dict()
    module = NETWORKS["drop_block"].build()
    handed = convcalc.analyze(module, input=(3, 10, 12), mode="infer").to_dict()
    assert called["memory"] == handed["memory"] == memory[0]
    assert len(called["layers"]) == len(handed["layers"]) < len(trained["layers"])
    assert isinstance(module, nn.Module) and module.training  # as it was
