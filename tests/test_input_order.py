"""PyTorch's order, channels first, where width x height x channels is meant."""

import json

import pytest

REST = "-> CONV3-8(P=1) -> FC-10"


@pytest.mark.parametrize("size", ["3x224x224", "1x28x28", "3x32x32"])
def test_channels_first_is_a_warning(run, size):
    channels, side, _ = size.split("x")
    done = run("analyze", f"INPUT[{size}] {REST}")
    assert done.code == 0
    assert f"warning[order] input: {size} is {channels} wide with {side} channels" in done.out
    assert f"hint: PyTorch writes channels first; here it is {side}x{side}x{channels}" in done.out


@pytest.mark.parametrize("size", ["224x224x3", "3x3x3", "3x5x8", "8x32x32", "1x1x1", "32x32x1"])
def test_other_sizes_are_taken_as_they_are(run, size):
    assert run("analyze", f"INPUT[{size}] {REST}", "--format", "json").network["findings"] == []


def test_check_warns_too_and_fails_with_strict(run):
    found = json.loads(run("check", f"INPUT[3x224x224] {REST}", "--format", "json").out)
    assert [each["code"] for each in found["results"][0]["findings"]] == ["order"]
    assert run("check", f"INPUT[3x224x224] {REST}").code == 0
    assert run("check", f"INPUT[3x224x224] {REST}", "--strict").code == 1
    assert run("check", f"INPUT[3x224x224] {REST}", "--strict", "--ignore", "order").code == 0


def test_a_shipped_network_in_capitals(run):
    assert run("analyze", "VGG16").out == run("analyze", "vgg16").out
