"""What a verdict's figure stands for is said beside it, and holds nothing that it should not."""

import json

import pytest

import convcalc

SPEC = "budget: {memory: 2GiB, cudnn: 8.0}\ninput: 8x8x3\nlayers: [relu]\n"


def test_a_version_is_a_whole_number(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    assert "budget.cudnn: must be one of 7, 8, 9, not `8.0`" in run("check", str(path)).out
    with pytest.raises(
        convcalc.ConvcalcError, match=r"^cudnn: must be one of 7, 8, 9, not `8\.0`$"
    ):
        convcalc.analyze("lenet5", cudnn=8.0)


def test_check_says_what_the_search_of_cudnn_benchmark_is_not_in():
    words = ", without what cudnn.benchmark's search takes"
    from convcalc.render.text import facts

    on = {"cudnn_benchmark": True}
    asked = (on, {}, {**on, "memory": "textbook"})
    found = [convcalc.check("lenet5", **options)[0] for options in asked]
    assert [facts(each).endswith(words) for each in found] == [True, False, False]


def test_several_gpus_exchange_nothing_in_inference():
    figures = [
        [convcalc.analyze("lenet5", mode=mode, gpus=gpus).pytorch.safe for gpus in (1, 2)]
        for mode in ("infer", "train")
    ]
    assert figures[0][0] == figures[0][1]
    assert figures[1][0] < figures[1][1]


def test_what_the_user_keeps_besides_has_no_margin():
    alone = convcalc.analyze("alexnet", batch=4, gpu="t4").pytorch
    beside = convcalc.analyze("alexnet", batch=4, gpu="t4", extra="1GiB").pytorch
    assert beside.safe - alone.safe == beside.expected - alone.expected == 2**30
    assert beside.fits(beside.safe, safe=True)
    assert not beside.fits(beside.safe - 1, safe=True)


def test_the_notes_total_says_what_it_is_without(run):
    options = ["--memory", "textbook", "--gpus", "4", "--amp", "-b", "4"]
    assert "without autocast and several GPUs)" in run("analyze", "lenet5", *options).out


@pytest.mark.parametrize("command", ["analyze", "check", "fit"])
def test_json_names_the_software_where_it_is_not_todays(run, command):
    def setup(*options: str) -> dict:
        done = run(command, "lenet5", "--budget", "9GiB", "--format", "json", *options)
        return json.loads(done.out)["results" if command == "check" else "networks"][0]["setup"]

    told = {"cuda_module_loading": "eager", "cudnn": 8, "cudnn_benchmark": False}
    assert setup("--cuda-module-loading", "eager", "--cudnn", "8").items() >= told.items()
    assert not told.keys() & setup().keys()
