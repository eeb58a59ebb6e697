"""Every command on networks of one and three axes: an answer, or an error in our words."""

import pytest
from support import run_in

NETWORKS = {
    "sound": "INPUT[1000x2] -> CONV9-16/2(P=4,rounding=floor) -> RELU -> POOL5/3(rounding=floor)"
    " -> CONV5-32 -> BN -> RELU -> CONV4-32(P=1) -> POOL3/3(P=1,rounding=floor) -> FC-20 -> FC-10",
    "video": "INPUT[32x32x16x3] -> CONV7-16/2(P=3,rounding=floor) -> RELU"
    " -> POOL5/3(P=1,rounding=floor) -> CONV5-32/2(rounding=floor) -> BN -> RELU"
    " -> CONV3x1x1-32(P=1x0x0) -> GAP -> FC-10",
    "m5": "m5",
    "tcn": "tcn",
    "c3d": "c3d",
    "unet3d": "unet3d",
    "s3d": "s3d",
}
COMMANDS = [
    "lint SOURCE",
    "to-conv SOURCE",
    "fit SOURCE --budget 12GiB",
    "compare SOURCE vgg11",
    "diff SOURCE vgg11",
    "analyze SOURCE --details",
    "analyze SOURCE --format html",
    "analyze SOURCE --gpu a100-40gb -b 4 --format csv",
    "check SOURCE --format sarif",
    "export yaml SOURCE",
    "export pattern SOURCE",
    "export torch SOURCE",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("source", NETWORKS)
def test_a_command(source, command, capsys, monkeypatch):
    given = [NETWORKS[source] if word == "SOURCE" else word for word in command.split()]
    result = run_in(capsys, monkeypatch, *given)
    assert result.code in (0, 1) or "no pattern says that" in result.err
    assert "Traceback" not in result.err
    assert result.out or "error" in result.err


@pytest.mark.parametrize("source", ["sound", "video", "c3d"])
def test_every_layer_is_explained(source, capsys, monkeypatch):
    found = run_in(capsys, monkeypatch, "analyze", NETWORKS[source], "--format", "json").network
    for layer in found["layers"]:
        result = run_in(capsys, monkeypatch, "explain", NETWORKS[source], layer["name"])
        assert result.code == 0, result.err
        sizes = "x".join(str(size) for size in layer["output"]["shape"][::-1])
        assert sizes in result.out


def test_a_filter_over_frames_is_no_large_filter(capsys, monkeypatch):
    """Stacks of 3x3 are for images: nothing is advised for volumes and sequences."""
    for source in ("INPUT[64x8] -> CONV7-64", "INPUT[16x16x16x8] -> CONV7-64"):
        assert "large-filter" not in run_in(capsys, monkeypatch, "lint", source).out
    assert "large-filter" in run_in(capsys, monkeypatch, "lint", "INPUT[64x64x64] -> CONV7-64").out


def test_single_steps_along_three_axes_are_no_stride(capsys, monkeypatch):
    source = "INPUT[16x16x16x3] -> CONV3-8 -> RELU -> CONV3-8"
    assert "beyond the first convolution" not in run_in(capsys, monkeypatch, "lint", source).out
