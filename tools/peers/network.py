"""EDSR as a list of nodes, from which each engine's own file is written: no exporter decides what an engine gets to see.

The mean colours, 1x1 convolutions in the checkpoint, are a constant that is subtracted and a part of the last bias, and `res_scale`
is a part of the weights; both are exact and spare every engine the same work.
"""
import importlib.util
from dataclasses import dataclass, field

import numpy


@dataclass
class Node:
    """`kind`: "bias" (adds `bias`), "convolution", "add" or "shuffle" (by `factor`). `inputs` and `name` name feature maps."""
    kind: str
    name: str
    inputs: list
    weight: numpy.ndarray = field(default=None, repr=False)
    bias: numpy.ndarray = field(default=None, repr=False)
    relu: bool = False
    factor: int = 1


INPUT = "input"


def load_oracle(path):
    specification = importlib.util.spec_from_file_location("oracle", path)
    oracle = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(oracle)
    return oracle


def nodes_of(edsr):
    """The nodes in the order they run; the last one's map is the output. `edsr`: the oracle's module."""
    if not hasattr(edsr, "sub_mean"):
        raise ValueError("only EDSR can be written for other engines")
    nodes = []

    def add(kind, name, *inputs, **rest):
        nodes.append(Node(kind, name, list(inputs), **rest))
        return name

    def convolution(layer, name, source, relu=False, scale=1.0, shift=0.0):
        return add("convolution", name, source, weight=layer.weight.detach().numpy() * numpy.float32(scale),
                   bias=(layer.bias.detach().numpy() * numpy.float32(scale) + shift).astype(numpy.float32), relu=relu)

    x = add("bias", "centred", INPUT, bias=edsr.sub_mean.bias.detach().numpy())
    head = x = convolution(edsr.head[0], "head", x)
    for index, block in enumerate(edsr.body[:-1]):
        y = convolution(block.body[0], f"block{index}_first", x, relu=True)
        y = convolution(block.body[2], f"block{index}_second", y, scale=block.scale)
        x = add("add", f"block{index}", x, y)
    x = add("add", "body", convolution(edsr.body[-1], "body_end", x), head)
    for index, layer in enumerate(edsr.tail[0]):
        if hasattr(layer, "upscale_factor"):
            x = add("shuffle", f"shuffle{index}", x, factor=layer.upscale_factor)
        else:
            x = convolution(layer, f"expand{index}", x)
    convolution(edsr.tail[1], "output", x, shift=edsr.add_mean.bias.detach().numpy())
    return nodes
