"""Each piece of advice is applied, and gives the figure that was promised."""

import json

import pytest

from convcalc.answers.advice import remedies
from convcalc.answers.advice.remedies import Case
from convcalc.answers.verdicts.judge import Policy, judge_network
from convcalc.facts.setup import Setup
from convcalc.memory.estimate import find_machine
from convcalc.memory.verdict import FitRule
from convcalc.network.budget import Budget
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

SPECS = ["vgg16", "vgg16_bn", "resnet50", "alexnet", "zfnet", "mobilenet_v2", "googlenet", "unet"]
SETUPS = {
    "momentum": Setup(),
    "adam": Setup(optimizer="adam"),
    "amsgrad with decay": Setup(optimizer="amsgrad", weight_decay=0.1),
    "amp": Setup(amp=True),
    "inference": Setup(mode="infer"),
}
RULE = FitRule(find_machine("t4"))
LIMIT = RULE.machine.capacity


def case_of(spec, setup):
    """A network on a T4."""
    return Case(propagate(load(spec)), setup, RULE, LIMIT)


def checked(network, setup, batch):
    """What `check` says of a network under a setup: its figure and whether it passes."""
    command = Budget(
        memory=LIMIT,
        batch=batch,
        dtype=setup.dtype,
        amp=setup.amp,
        mode=setup.mode,
        optimizer=setup.optimizer,
        weight_decay=setup.weight_decay,
        accumulate=setup.accumulate,
    )
    policy = Policy(command, setup.implementation, machine=lambda _: RULE.machine)
    result = judge_network(network, policy, Budget(), None, lambda _: False)
    assert result.verdict in ("pass", "over"), result.findings
    return result.figure, result.verdict == "pass"


def applied(advice, case):
    """The network, the setup and the batch that a run has once the advice is followed."""
    network, setup = advice.change.apply(case.walked.network, case.setup)
    micro = setup.batch_size if advice.change.code == "accumulate" else advice.batch
    return network, setup, micro


# Each setup with two networks; of many layers, where it takes longest, with one.
LARGER = [
    *((spec, name) for spec in ("vgg16", "alexnet") for name in SETUPS),
    *zip(["resnet18", "mobilenet_v3_small"] * 3, SETUPS, strict=False),
]


@pytest.mark.parametrize(("spec", "setup"), LARGER)
def test_advice_for_a_larger_batch_keeps_its_promise(spec, setup):
    setup = SETUPS[setup]
    case = case_of(spec, setup)
    base = remedies.Batches(case.walked, setup).largest_fitting(RULE, LIMIT)
    for advice in remedies.larger_batches(case, base):
        network, changed, batch = applied(advice, case)
        assert advice.batch > base
        assert checked(network, changed, batch) == (advice.figure, True), str(advice)
        if advice.change.code != "accumulate":
            assert not checked(network, changed, batch + 1)[1], str(advice)


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS.keys())
@pytest.mark.parametrize("spec", SPECS)
def test_advice_at_a_batch_keeps_its_promise(spec, setup):
    case = case_of(spec, setup)
    base = remedies.Batches(case.walked, setup).judge_batch(300, RULE).figure
    found = remedies.at_batch(case, 300)
    assert found or setup.mode == "infer" or setup.amp
    for advice in found:
        figure, fits = checked(*applied(advice, case))
        assert (figure, fits) == (advice.figure, advice.fits), str(advice)
        assert figure < base


@pytest.mark.parametrize("spec", ["vgg16", "resnet50", "alexnet", "googlenet", "unet"])
def test_changes_made_together_keep_their_promise(spec):
    case = case_of(spec, Setup(optimizer="adam"))
    for batch in (200, 350, 600):
        advice = remedies.combine_changes(case, batch)
        if advice is not None:
            assert advice.fits
            assert checked(*applied(advice, case)) == (advice.figure, True)


def codes(spec, setup=None):
    """The ways that the model offers for a larger batch."""
    case = case_of(spec, setup or Setup(optimizer="adam", batch_size=300))
    return {advice.change.code for advice in remedies.at_batch(case, 300)}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("vgg16", {"amp", "optimizer", "checkpoint", "stride", "global-pool",
                               "accumulate"}, id="VGG-16: all of them"),
        pytest.param("resnet50", {"amp", "optimizer", "checkpoint", "accumulate"},
                     id="ResNet: its first stride is 2 and its only FC sees no volume"),
    ],
)  # fmt: skip
def test_which_ways_there_are(spec, expected):
    assert codes(spec) == expected


def test_inference_has_neither_optimizer_nor_gradients():
    assert codes("vgg16", Setup(mode="infer")) <= {"amp", "stride", "global-pool"}


NET = """\
input: 64x64x3
layers:
  - repeat: 1
    name: stem
    checkpoint: {checkpoint}
    layers:
      - conv: {{name: one, filters: 32, size: 3, {first}pad: 1}}
      - relu
      - conv: {{filters: 32, size: 3, pad: 1}}
      - relu
  - pool: {{mode: max, size: 2}}
  - {head}
  - relu
  - fc: {{units: 10}}
"""
PLAIN = {"checkpoint": "false", "first": "", "head": "fc: {name: wide, units: 2048}"}
BATCH = 500
FOLLOWED = {  # what a reader of the advice writes into the spec, or on the command line
    "amp": ({}, ["--amp"]),
    "optimizer": ({}, ["--optimizer", "sgd"]),
    "checkpoint": ({"checkpoint": "true"}, []),
    "stride": ({"first": "stride: 2, rounding: floor, "}, []),
    "global-pool": ({"head": "gap: {name: wide}"}, []),
    "accumulate": ({}, ["--accumulate", "{accumulate}", "-b", "{batch_size}"]),
}


@pytest.fixture
def net(run, tmp_path, monkeypatch):
    """Run a command on NET as it is, or edited; gives the JSON's first entry."""
    monkeypatch.chdir(tmp_path)

    def call(command, key, *options, **edits):
        (tmp_path / "net.yaml").write_text(NET.format(**{**PLAIN, **edits}), encoding="utf-8")
        common = ("net.yaml", "--budget", "3GiB", "--format", "json", "--optimizer", "adam")
        return json.loads(run(command, *common, *options).out)[key][0]

    return call


@pytest.mark.parametrize("code", FOLLOWED)
def test_a_reader_who_follows_the_advice_gets_what_it_promises(code, net):
    advice = net("fit", "networks", "--target-batch", str(BATCH))["advice"]
    promised = next(each for each in advice if each["code"] == code)
    edits, options = FOLLOWED[code]
    given = [option.format(**promised["changes"]) for option in options]
    result = net("check", "results", "-b", str(BATCH), *given, **edits)
    assert (result["figure"], result["verdict"] == "pass") == (promised["figure"], promised["fits"])


def test_the_words_of_the_advice(net):
    advice = net("fit", "networks", "--target-batch", str(BATCH))["advice"]
    assert [(each["code"], each["text"], each["changes"]) for each in advice] == [
        ("stride", "stride 2 in stem.one with rounding=floor there",
         {"layer": "stem.one", "stride": 2, "rounding": "floor"}),
        ("accumulate", "4 micro-batches of 125 (--accumulate 4 --batch 125)",
         {"accumulate": 4, "batch_size": 125}),
        ("global-pool", "global average pooling in place of wide",
         {"layer": "wide", "type": "gap"}),
        ("amp", "automatic mixed precision (--amp)", {"amp": True}),
        ("optimizer", "sgd in place of adam (--optimizer sgd)", {"optimizer": "sgd"}),
        ("optimizer", "momentum in place of adam (--optimizer momentum)",
         {"optimizer": "momentum"}),
        ("checkpoint", "checkpointing the block stem (checkpoint: true)", {"block": "stem"}),
    ]  # fmt: skip


def test_the_hint_of_check_says_what_would_fit(net):
    result = net("check", "results", "-b", str(BATCH))
    (finding,) = result["findings"]
    parts = finding["hint"].removeprefix("would fit: ").split("; ")
    assert parts[0] == f"batch {net('fit', 'networks')['max_batch']['float32']}"
    fitting = net("fit", "networks", "--target-batch", str(BATCH))["advice"]
    assert [part.split(": ")[0] for part in parts[1:]] == [
        advice["text"] for advice in fitting if advice["fits"]
    ]
