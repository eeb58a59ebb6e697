"""CS231n's notes, 3.4: the three sources of memory, added up by hand."""

import pytest
from support import network

from convcalc import analyze, load

VALUES, PARAMETERS = 15_237_608, 138_357_544  # VGG-16's rows

# Copies of the parameters between steps besides themselves and their gradients.
CACHES = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2,
          "adamw": 2, "amsgrad": 3}  # fmt: skip


def vgg16(**setup):
    return analyze(load("vgg16"), memory="textbook", **setup).textbook


def test_vgg16_at_batch_32_with_momentum():
    memory = vgg16(batch=32)
    assert memory.activations == memory.activation_gradients == VALUES * 32 * 4
    assert memory.parameters == memory.parameter_gradients == PARAMETERS * 4
    assert memory.optimizer_state == PARAMETERS * 4
    assert memory.total == 5_561_118_176


def test_the_commands_json_says_the_same(run):
    setup = ("--batch", "32", "--optimizer", "momentum", "--format", "json")
    made = run("analyze", "vgg16", *setup).network
    assert made["memory"]["textbook"]["total"] == 5_561_118_176
    assert made["setup"]["batch_size"] == 32


@pytest.mark.parametrize(("optimizer", "copies"), CACHES.items())
def test_each_optimizers_cache(optimizer, copies):
    memory = vgg16(optimizer=optimizer)
    assert memory.optimizer_state == copies * PARAMETERS * 4
    assert memory.total == 2 * VALUES * 4 + (2 + copies) * PARAMETERS * 4


@pytest.mark.parametrize("optimizer", ["momentum", "adagrad", "rmsprop"])
def test_parameters_take_at_least_three_times_their_size(optimizer):
    memory = vgg16(optimizer=optimizer)
    of_parameters = memory.parameters + memory.parameter_gradients + memory.optimizer_state
    assert of_parameters == 3 * memory.parameters


@pytest.mark.parametrize(
    ("dtype", "width"), [("float32", 4), ("float64", 8), ("float16", 2), ("bfloat16", 2)]
)
def test_bytes_of_a_value(dtype, width):
    assert vgg16(dtype=dtype).total == (2 * VALUES + 3 * PARAMETERS) * width


@pytest.mark.parametrize("batch", [1, 2, 64, 1000])
def test_activations_grow_with_the_batch_and_parameters_do_not(batch):
    memory = vgg16(batch=batch)
    assert memory.activations == batch * VALUES * 4
    assert memory.parameters == PARAMETERS * 4


def test_running_a_network_keeps_only_the_current_layers():
    largest = 2 * 224 * 224 * 64  # conv1_2 with what it reads; ReLU works in place
    memory = vgg16(mode="infer", batch=32)
    assert memory.activations == largest * 32 * 4
    assert memory.parameters == PARAMETERS * 4
    assert memory.total == memory.activations + memory.parameters


def test_the_batch_of_images_is_the_input_row():
    made = analyze(network("INPUT[32x32x3] -> RELU"), batch=16, memory="textbook")
    assert made.rows[0].activation_bytes == made.textbook.activations == 16 * 32 * 32 * 3 * 4


def test_a_smaller_batch_is_the_usual_remedy():
    assert vgg16(batch=16).total < vgg16(batch=32).total
