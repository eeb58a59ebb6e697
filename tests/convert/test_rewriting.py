"""FC layers as convolutions: facts of the notes, section 2.5, and what else must hold."""

import json

import pytest
from support import ONE_OF_A_FAMILY, walk

from convcalc.facts.shape import Shape
from convcalc.models.conversion.convolution import to_conv
from convcalc.models.conversion.scores import slide_over, total_macs
from convcalc.network.loading import load
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import propagate

THREE_FC = "INPUT -> [[CONV -> RELU]*2 -> POOL]*5 -> [FC -> RELU]*2 -> FC"


def sliding(source, width, height=None, rounding=""):
    """A network by name or pattern, converted, on a larger image."""
    sides = width, height or width
    return slide_over(to_conv(propagate(load(source), rounding), rounding), sides)


def elements(walked):
    """Elements of every learned tensor, in order of registration."""
    return [p.elements for node in walked.nodes for p in node.facts.parameters]


def outputs(walked):
    return [walked.nodes[index].facts.output for index in walked.outputs]


def test_an_fc_on_7x7x512_is_a_convolution_with_f_7_p_0_s_1():
    (change,) = to_conv(walk("INPUT[7x7x512] -> FC-4096")).rewritten
    assert (change.input, change.parameters) == (Shape(7, 7, 512), 7 * 7 * 512 * 4096 + 4096)
    after = change.after.hyperparameters()
    assert {name: after[name] for name in ("out_channels", "kernel_size", "stride", "padding")} == {
        "out_channels": 4096,
        "kernel_size": (7, 7),
        "stride": (1, 1),
        "padding": (0, 0),
    }


def test_the_three_fc_layers_of_a_vgg_become_7_1_1_and_its_outputs_stay():
    converted = to_conv(propagate(load(THREE_FC)))
    assert [change.after.kernel_size for change in converted.rewritten] == [(7, 7), (1, 1), (1, 1)]
    fc = [str(node.facts.output) for node in converted.walked.nodes if node.name[:2] == "fc"]
    assert fc == ["1x1x4096", "1x1x4096", "1x1x1000"]


def test_a_vgg_at_384_gives_12x12x512_before_its_fc_layers_and_6x6x1000_after():
    found = sliding(THREE_FC, 384)
    sizes = [str(node.facts.output) for node in found.walked.nodes]
    assert (sizes[25], sizes[-1]) == ("12x12x512", "6x6x1000")
    (scores,) = found.maps
    assert (scores.positions, scores.stride) == (36, (32, 32))
    assert scores.passes(16) == (2, 2)


def test_the_argument_of_the_notes_as_a_number():
    found = sliding("vgg16", 384)
    assert (found.one_pass, found.one_crop) == (49_551_114_240, 15_470_264_320)
    assert found.each_crop == 36 * 15_470_264_320
    assert found.each_crop / found.one_pass == pytest.approx(11.24, abs=0.005)


@pytest.mark.parametrize(
    ("source", "side", "positions"),
    [
        pytest.param("alexnet", 227, 1, id="AlexNet at its own 227"),
        pytest.param("alexnet", 227 + 32, 4, id="one stride larger, one position more a side"),
        pytest.param("alexnet", 227 + 32 * 5, 36, id="227 + 32k has k + 1 positions a side"),
        pytest.param("vgg16", 224, 1, id="VGG-16 at its own 224"),
        pytest.param("vgg16_torchvision", 384, 36, id="its adaptive pool becomes a window"),
        pytest.param("resnet50", 384, 36, id="its global pool becomes a window of 7x7"),
        pytest.param("squeezenet1_1", 384, 121, id="no FC at all, 16 pixels apart"),
    ],
)
def test_positions_of_shipped_networks(source, side, positions):
    found = sliding(source, side)
    assert not found.walked.broken
    assert found.positions == positions


def test_a_crop_stands_at_every_position_of_a_network_without_padding():
    text = "INPUT[28x20x1] -> CONV5-4(P=0) -> POOL -> CONV3-4(P=0) -> POOL -> FC-10"
    found = slide_over(to_conv(walk(text)), (48, 28))
    (scores,) = found.maps
    assert (scores.size, scores.stride) == (Shape(6, 3, 10), (4, 4))
    assert (28 + 5 * 4, 20 + 2 * 4) == (48, 28)
    assert found.differences == []


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_weights_in_are_weights_out_and_sizes_stay(name):
    original = propagate(load(name))
    converted = to_conv(original)
    assert elements(converted.walked) == elements(original)
    assert outputs(converted.walked) == outputs(original)
    assert total_macs(converted.walked) == total_macs(original)
    assert not converted.walked.broken


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("INPUT[8x8x4] -> FLATTEN -> FC-10", [("flatten1", None), ("fc1", "CONV")],
                     id="a flattening falls away"),
        pytest.param("INPUT[8x8x4] -> FLATTEN -> RELU -> DROPOUT -> FC-10 -> SOFTMAX",
                     [("flatten1", None), ("fc1", "CONV")], id="elementwise layers between"),
        pytest.param("INPUT[8x8x4] -> FLATTEN -> FLATTEN -> FC-10",
                     [("flatten1", None), ("flatten2", None), ("fc1", "CONV")], id="twice"),
        pytest.param("INPUT[8x8x4] -> FC-10(bias=false)", [("fc1", "CONV")], id="without biases"),
        pytest.param("INPUT[8x6x4] -> GAP -> FC-10", [("pool1", "POOL"), ("fc1", "CONV")],
                     id="global pooling slides"),
        pytest.param("INPUT[8x8x4] -> ADAPTIVEPOOL(size=4) -> FC-10",
                     [("pool1", "POOL"), ("fc1", "CONV")], id="adaptive pooling slides"),
        pytest.param("INPUT[8x8x4] -> ADAPTIVEPOOL(size=3) -> FC-10", [("fc1", "CONV")],
                     id="adaptive windows that differ stay"),
        pytest.param("INPUT -> CONV -> RELU", [], id="nothing to rewrite"),
    ],
)  # fmt: skip
def test_what_is_rewritten(text, names):
    found = to_conv(walk(text))
    assert [(r.name, r.after and r.after.keyword) for r in found.rewritten] == names
    assert sum(elements(found.walked)) == sum(elements(found.original))


@pytest.mark.parametrize("layer", ["BN", "SOFTMAX", "LRN", "PRELU(slopes=256)", "LAYERNORM"])
def test_a_layer_on_a_flattened_volume_that_would_compute_something_else_is_refused(layer):
    with pytest.raises(ConvcalcError) as error:
        to_conv(walk(f"INPUT[8x8x4] -> FLATTEN -> {layer} -> FC-10"))
    assert "takes a flattened volume" in str(error.value)
    assert to_conv(walk(f"INPUT[8x8x4] -> FC-10 -> {layer.replace('256', '10')} -> FC-10"))


DIFFERENCES = [
    pytest.param("INPUT[8x8x4] -> CONV3-4 -> FC-10", 12,
                 ["padding: a crop by itself has zeros at its own border (conv1_1)"], id="padding"),
    pytest.param("INPUT[8x8x4] -> [CONV3-4]*5 -> FC-10", 12,
                 ["padding: a crop by itself has zeros at its own border "
                  "(conv1_1, conv1_2, conv1_3 and 2 more)"], id="padding in many layers"),
    pytest.param("INPUT[8x8x4] -> POOL3(rounding=ceil) -> FC-10", 12,
                 ["the last window of a crop reaches over its edge (pool1)"], id="ceil"),
    pytest.param("INPUT[8x8x4] -> POOL3(rounding=floor) -> FC-10", 12, [],
                 id="floor leaves out what the next position has"),
    pytest.param("INPUT[8x8x4] -> INSTANCENORM -> FC-10", 12,
                 ["statistics of the whole image (instancenorm1_1)"], id="instance norm"),
    pytest.param("INPUT[8x8x4] -> UPSAMPLE -> FC-10", 12,
                 ["outputs that the crop's surroundings reach too (upsample1_1)"], id="upsampling"),
    pytest.param("INPUT[8x8x4] -> BN -> LRN -> LAYERNORM -> FC-10", 12, [],
                 id="norms over the depth or by learned statistics"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "side", "differences"), DIFFERENCES)
def test_why_a_crop_by_itself_scores_otherwise(text, side, differences):
    assert slide_over(to_conv(walk(text)), (side, side)).differences == differences


GATED = """
input: 8x8x4
layers:
  - multiply:
    - [{conv: {filters: 4, size: 1}}]
    - [{gap: {name: squeeze}}, {fc: {name: gate, units: 4}}, sigmoid]
  - fc: {name: fc, units: 10}
"""


def test_a_gate_of_the_whole_image_stays_and_is_told():
    converted = to_conv(walk(GATED, is_yaml=True))
    assert [change.name for change in converted.rewritten] == ["gate", "fc"]
    found = slide_over(converted, (16, 16))
    assert found.positions == 81
    assert found.differences == ["a value for the whole image (squeeze)"]


def test_weights_for_every_place_do_not_slide():
    found = slide_over(to_conv(walk("INPUT[8x8x4] -> LOCAL3-2(P=0) -> FC-10")), (12, 12))
    assert [str(finding).split("\n")[0] for finding in found.walked.findings] == [
        "<pattern>:1:17: error[weights] local1_1: LOCAL has weights for every place of its input: "
        "those for 8x8 are not enough for 12x12"
    ]


def test_hints_at_a_larger_input_name_other_inputs_only(run):
    done = run("to-conv", "alexnet", "--input", "384x384")
    assert done.code == 1
    hints = {line for line in done.err.splitlines() if line.startswith("hint")}
    assert hints == {"hint: an input of 355x355x3 or an input of 387x387x3 would fit"}


TEXT = """\
Rewritten, with the same weights:
  flatten1: FLATTEN on 7x7x8 falls away
  fc1: FC K=10 on 7x7x8 becomes CONV K=10 F=7 S=1 P=0, 3,930 parameters

{TABLE}
Scores on 12x12x8: 6x6x10
  36 positions of the 7x7x8 input, 1 pixel apart
  fc1 slides over 12x12x8 where it saw 7x7x8
  one pass: 141,120 MACs
  the original at each position: 36 x 3,920 = 141,120 MACs, 1.0 times as many
  every score is the one that the original gives for its crop
"""


def test_text(run):
    done = run("to-conv", "INPUT[7x7x8] -> FLATTEN -> FC-10", "--input", "12x12")
    assert (done.code, done.err) == (0, "")
    before, rewritten, rest = done.out.partition("Rewritten")
    assert "flatten1" not in before
    start, end = rest.index("INPUT[7x7x8] -> FLATTEN -> FC-10 on 12x12x8"), rest.index("Scores")
    assert rewritten + rest[:start] + "{TABLE}\n" + rest[end:] == TEXT
    rows = [line.strip("▸").split() for line in rest[start:end].splitlines()[2:4]]
    assert [(row[0], *(cell for cell in row if cell.count("x") == 2)) for row in rows] == [
        ("input", "12x12x8"),
        ("fc1", "6x6x10"),
    ]
    assert [line.strip("▸").split()[0] for line in before.splitlines()[2:5]] == [
        "input",
        "fc1",
        "Total",
    ]


def test_tables_at_both_sizes(run):
    done = run("to-conv", "vgg16", "--input", "384x384")
    own, larger = (
        {line.split()[0]: line.split() for line in part.splitlines() if line.startswith(" ")}
        for part in done.out.partition("Scores")[0].split("VGG-16 on 384x384x3\n")
    )
    assert (own["pool5"][4], larger["pool5"][4]) == ("7x7x512", "12x12x512")
    assert (own["fc3"][6], larger["fc3"][6]) == ("1x1x1000", "6x6x1000")
    assert (own["Total"][-1], larger["Total"][-1]) == ("15,470,264,320", "49,551,114,240")


def test_json(run):
    done = run("to-conv", "vgg16", "--input", "384x384", "--stride", "8", "--format", "json")
    network = done.network
    assert [change["to"] for change in network["rewritten"]] == ["CONV"] * 3
    layers = {layer["name"]: layer for layer in network["scores"].pop("layers")}
    assert layers["pool5"]["output"]["shape"] == [512, 12, 12]
    assert layers["fc3"] == {
        "name": "fc3",
        "output": {"width": 6, "height": 6, "channels": 1000, "shape": [1000, 6, 6]},
        "macs": 6 * 6 * 4096 * 1000,
    }
    assert {layer["held_for_backward"] for layer in network["layers"]} == {None}  # not asked for
    assert network["scores"] == {
        "input": {"width": 384, "height": 384, "channels": 3, "shape": [3, 384, 384]},
        "maps": [{
            "layer": "fc3",
            "output": {"width": 6, "height": 6, "channels": 1000, "shape": [1000, 6, 6]},
            "positions": 36,
            "stride": {"width": 32, "height": 32},
            "passes": {"stride": 8, "width": 4, "height": 4},
        }],
        "macs_one_pass": 49_551_114_240,
        "macs_each_position": 556_929_515_520,
        "differences": ["padding: a crop by itself has zeros at its own border "
                        "(conv1_1, conv1_2, conv2_1 and 10 more)"],
        "findings": [],
    }  # fmt: skip
    assert (
        json.loads(run("to-conv", "vgg16", "--format", "json").out)["networks"][0]["scores"] is None
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--input", "384"],
                     "--input 384 is not width x height (x channels): the network takes 224x224x3",
                     id="one side"),
        pytest.param(["--input", "0x384"],
                     "`0x384` is not a size such as 384x384 (length, width x height or "
                     "width x height x frames)", id="a side of 0"),
        pytest.param(["--input", "384x384x1"], "--input has a depth of 1, the network one of 3",
                     id="another depth"),
        pytest.param(["--input", "384x384", "--stride", "5"],
                     "--stride 5 does not divide 32; 1, 2, 4, 8, 16, 32 do", id="no such shift"),
        pytest.param(["--stride", "16"],
                     "--stride tells about an --input larger than the network's own",
                     id="a stride without an image"),
        pytest.param(["--set", "N=3"], "--set N: no repeat and no optional layer of that name",
                     id="an unused name"),
    ],
)  # fmt: skip
def test_wrong_usage(run, arguments, message):
    done = run("to-conv", "vgg16", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.rstrip().endswith(message)


SOUND = (
    "INPUT[16000x1] -> CONV80-128/4(P=38) -> BN -> RELU -> POOL4/4 -> CONV3-64 -> RELU -> POOL2 "
    "-> FC-32 -> RELU -> FC-10"
)
SCAN = "INPUT[32x24x9x2] -> CONV3-8(P=0) -> POOL3x2x1/2x2x1 -> CONV2x1x3-4/2(P=0) -> FC-10"
SOUND_MAP = """\
Scores on 32000x1: 501x10
  501 positions of the 16000x1 input, 32 samples apart
  16 samples apart: shifted passes, 2 along the length, 2 in all
  fc1 slides over 1000x64 where it saw 500x64
"""
SCAN_MAP = """\
Scores on 48x40x13x2: 5x5x3x10
  75 positions of the 32x24x9x2 input, 4 pixels and 2 frames apart
  2 pixels and 2 frames apart: shifted passes, 2 along the width, 2 along the height, \
1 along the frames, 4 in all
  fc1 slides over 11x10x5x4 where it saw 7x6x3x4
"""


@pytest.mark.parametrize(
    ("source", "size", "stride", "shown"),
    [
        (SOUND, "32000", [], SOUND_MAP),
        (SOUND, "32000x1", [], SOUND_MAP),
        (SCAN, "48x40x13", ["--stride", "2"], SCAN_MAP),
        (SCAN, "48x40x13x2", ["--stride", "2"], SCAN_MAP),
    ],
)
def test_a_length_and_frames_slide_too(run, source, size, stride, shown):
    done = run("to-conv", source, "--input", size, *stride, "--rounding", "floor")
    assert (done.code, done.err) == (0, "")
    assert shown in done.out


def test_positions_along_one_and_three_axes_in_json(run):
    arguments = ("--input", "48x40x13", "--stride", "1", "--format", "json", "--rounding", "floor")
    (scores,) = run("to-conv", SCAN, *arguments).network["scores"]["maps"]
    assert scores["stride"] == {"width": 4, "height": 4, "frames": 2}
    assert scores["passes"] == {"stride": 1, "width": 4, "height": 4, "frames": 2}
    (scores,) = run("to-conv", SOUND, "--input", "16064", "--format", "json").network["scores"][
        "maps"
    ]
    assert (scores["stride"], scores["positions"]) == ({"length": 32}, 3)


@pytest.mark.parametrize(
    ("source", "size", "message"),
    [
        (SCAN, "48x40", "48x40 is not width x height x frames (x channels): the network takes "
                        "32x24x9x2"),
        (SOUND, "40x40x1", "40x40x1 is not length (x channels): the network takes 16000x1"),
        (SOUND, "32000x3", "has a depth of 3, the network one of 1"),
    ],
)  # fmt: skip
def test_sides_of_other_axes_are_refused(run, source, size, message):
    done = run("to-conv", source, "--input", size)
    assert (done.code, done.out) == (2, "")
    assert done.err.rstrip().endswith(f"--input {message}")


def test_values_without_axes_have_nothing_to_slide_over(run, tmp_path):
    path = tmp_path / "row.yaml"
    path.write_text("inputs: {step: 6}\nlayers: [{fc: {units: 2}}]\n", encoding="utf-8")
    done = run("to-conv", str(path), "--input", "12")
    assert done.code == 2
    assert done.err.rstrip().endswith("--input: the network takes a row of 6 values")


def test_an_image_smaller_than_the_networks_own_does_not_fit(run):
    done = run("to-conv", "vgg16", "--input", "160x160")
    assert done.code == 1
    assert "a window of 7 does not fit into the width 5 even once" in done.err


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "lenet5", "resnet18", "googlenet"])
def test_the_spec_that_is_written_is_the_network_that_is_shown(run, tmp_path, name):
    path = tmp_path / "conv.yaml"
    shown = run("to-conv", name, "--format", "json", "-o", str(path))
    assert shown.code == 0
    layers = json.loads(shown.out)["networks"][0]["layers"]
    written = run("analyze", str(path), "--format", "json").network["layers"]
    keys = ("name", "type", "inputs", "hyperparameters", "output", "parameters", "macs")
    assert [[layer[key] for key in keys] for layer in written] == [
        [layer[key] for key in keys] for layer in layers
    ]
