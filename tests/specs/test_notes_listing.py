"""VGG-16 row by row, as in CS231n's notes, 3.3; and the memory rule of 3.4."""

from walking import report

# Layer, memory (values), weights: the listing's own products.
LISTING = [
    ("input", 224 * 224 * 3, 0),
    ("conv1_1", 224 * 224 * 64, (3 * 3 * 3) * 64),
    ("conv1_2", 224 * 224 * 64, (3 * 3 * 64) * 64),
    ("pool1", 112 * 112 * 64, 0),
    ("conv2_1", 112 * 112 * 128, (3 * 3 * 64) * 128),
    ("conv2_2", 112 * 112 * 128, (3 * 3 * 128) * 128),
    ("pool2", 56 * 56 * 128, 0),
    ("conv3_1", 56 * 56 * 256, (3 * 3 * 128) * 256),
    ("conv3_2", 56 * 56 * 256, (3 * 3 * 256) * 256),
    ("conv3_3", 56 * 56 * 256, (3 * 3 * 256) * 256),
    ("pool3", 28 * 28 * 256, 0),
    ("conv4_1", 28 * 28 * 512, (3 * 3 * 256) * 512),
    ("conv4_2", 28 * 28 * 512, (3 * 3 * 512) * 512),
    ("conv4_3", 28 * 28 * 512, (3 * 3 * 512) * 512),
    ("pool4", 14 * 14 * 512, 0),
    ("conv5_1", 14 * 14 * 512, (3 * 3 * 512) * 512),
    ("conv5_2", 14 * 14 * 512, (3 * 3 * 512) * 512),
    ("conv5_3", 14 * 14 * 512, (3 * 3 * 512) * 512),
    ("pool5", 7 * 7 * 512, 0),
    ("fc1", 4096, 7 * 7 * 512 * 4096),
    ("fc2", 4096, 4096 * 4096),
    ("fc3", 1000, 4096 * 1000),
]


def test_every_row_of_the_listing():
    rows = [row for row in report("vgg16").rows if row.type != "RELU"]
    assert [(row.name, row.activations, row.weights) for row in rows] == LISTING


def test_activation_functions_hold_nothing():
    rows = [row for row in report("vgg16").rows if row.type == "RELU"]
    assert [(row.activations, row.parameters, row.macs) for row in rows] == [(0, 0, 0)] * 15


def test_the_true_totals():
    """The listing's own total line, 24M values and 93 MB, does not follow from its rows."""
    assert report("vgg16").totals == {
        "activations": 15_237_608,
        "weights": 138_344_128,
        "biases": 13_416,
        "parameters": 138_357_544,
        "buffers": 0,
        "macs": 15_470_264_320,
    }


def test_the_memory_of_training_at_batch_32():
    found = report("vgg16", batch=32, optimizer="momentum").textbook
    assert found.total == 5_561_118_176


def test_the_memory_of_three_3x3_layers():
    """Section 3.2: about 10M activations, about 72MB an image with their gradients."""
    rows = report("INPUT[224x224x3] -> [CONV3-64 -> RELU]*3").rows
    values = sum(row.activations for row in rows if row.type == "CONV")
    assert values == 9_633_792
    assert values * 4 * 2 == 73.5 * 2**20
