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


@pytest.mark.parametrize(
    ("size", "wide", "meant"),
    [
        ("3x16x112x112", "3 wide with 112 channels", "channels first; here it is 112x112x16x3"),
        ("1x32x32x32", "1 wide with 32 channels", "channels first; here it is 32x32x32x1"),
        ("1x3x64x64", "1 wide with 64 channels", "batch and channels first; here it is 64x64x3"),
        ("1x16000", "1 long with 16000 channels", "channels first; here it is 16000x1"),
        ("2x48000", "2 long with 48000 channels", "channels first; here it is 48000x2"),
    ],
)
def test_channels_first_along_one_and_three_axes(run, size, wide, meant):
    done = run("analyze", f"INPUT[{size}] -> FC-10")
    assert done.code == 0
    assert f"warning[order] input: {size} is {wide}: sizes are " in done.out
    assert f"hint: PyTorch writes {meant}\n" in done.out


@pytest.mark.parametrize(
    "size", ["16000x1", "1x512", "1x4096", "112x112x16x3", "3x3x3x3", "1x1x1x64"]
)
def test_sizes_along_one_and_three_axes_are_taken_as_they_are(run, size):
    assert run("analyze", f"INPUT[{size}] -> FC-10", "--format", "json").network["findings"] == []


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


SPEC = "input: 32x32x3\nlayers: [CONV3-8, FC-10]\n"
OF_TWO = "the network takes width x height x channels"


@pytest.mark.parametrize(
    ("source", "size", "message", "hint"),
    [
        ("vgg16", "32x32", f"32x32 is length x channels, and {OF_TWO}", "write 32x32x3"),
        ("INPUT[28x28x1] -> FC-10", "32x32", f"32x32 is length x channels, and {OF_TWO}",
         "write 32x32x1"),
        ("net.yaml", "64x64", f"64x64 is length x channels, and {OF_TWO}", "write 64x64x3"),
        ("net.yaml", "1x3x64x48",
         f"1x3x64x48 is width x height x frames x channels, and {OF_TWO}",
         "PyTorch writes batch and channels first; here it is 48x64x3"),
        ("net.yaml", "64x64x16x3",
         f"64x64x16x3 is width x height x frames x channels, and {OF_TWO}",
         "write it as 32x32x3 is written"),
        ("r3d_18", "112x112x3", "112x112x3 is width x height x channels, and the network takes "
         "width x height x frames x channels", "write it as 112x112x16x3 is written"),
        ("r3d_18", "112x112x32", "112x112x32 is width x height x channels, and the network takes "
         "width x height x frames x channels", "write 112x112x32x3"),
        ("INPUT[16000x1] -> FC-10", "32x32x3", "32x32x3 is width x height x channels, and the "
         "network takes length x channels", "write it as 16000x1 is written"),
        ("row.yaml", "64x64x3", "the network takes a row of 100 values, not 64x64x3", ""),
    ],
)  # fmt: skip
def test_another_number_of_axes_than_the_source_says_is_an_error(
    run, tmp_path, monkeypatch, source, size, message, hint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "row.yaml").write_text("inputs: {z: 100}\nlayers: [FC-10]\n", encoding="utf-8")
    for command in ("analyze", "fit"):
        done = run(command, source, "--input", size, *["--gpu", "t4"] * (command == "fit"))
        assert (done.code, done.out) == (2, "")
        assert f": {message}\n" in done.err
        assert done.err.endswith(f"\nhint: {hint}\n") == bool(hint)


def test_a_sweep_says_it_too(run):
    done = run("sweep", "INPUT[32x32x3] -> CONV3-{8,16} -> FC-10", "--input", "32x32")
    assert done.code == 2
    assert "32x32 is length x channels" in done.err


def test_a_source_that_says_no_size_takes_any_axes(run):
    for size in ("16000x1", "64x64x3", "8x64x64x3"):
        assert run("analyze", "INPUT -> CONV3-8 -> FC-10", "--input", size).code == 0
