"""The network as ncnn's two files: a text of layers, and their numbers one after another."""
import struct
from collections import Counter

from peers.network import INPUT

MAGIC = 7767517
FLOAT32 = 0


class _Layers:
    """Layers in order. A map that several layers read is split first, as ncnn wants it."""

    def __init__(self, nodes):
        self.readers = Counter(name for node in nodes for name in node.inputs)
        self.copies, self.lines, self.maps = {}, [], 0

    def add(self, kind, name, inputs, parameters=""):
        sources = [self.copies[one].pop() if self.copies.get(one) else one for one in inputs]
        self._line(kind, name, sources, [name], parameters)
        count = self.readers[name]
        if count > 1:
            copies = [f"{name}_{index}" for index in range(count)]
            self._line("Split", f"{name}_split", [name], copies, "")
            self.copies[name] = copies

    def _line(self, kind, name, inputs, outputs, parameters):
        self.maps += len(outputs)
        self.lines.append(" ".join([kind, name, str(len(inputs)), str(len(outputs)), *inputs, *outputs, parameters]))


def write(nodes, param_path, bin_path):
    layers = _Layers(nodes)
    layers.add("Input", INPUT, [])
    with open(bin_path, "wb") as numbers:
        for node in nodes:
            if node.kind == "bias":
                layers.add("Bias", node.name, node.inputs, f"0={node.bias.size}")
                numbers.write(node.bias.tobytes())
            elif node.kind == "convolution":
                outputs, _, side, _ = node.weight.shape
                layers.add("Convolution", node.name, node.inputs,
                           f"0={outputs} 1={side} 4={side // 2} 5=1 6={node.weight.size} 9={int(node.relu)}")
                numbers.write(struct.pack("<I", FLOAT32) + node.weight.tobytes() + node.bias.tobytes())
            elif node.kind == "add":
                layers.add("BinaryOp", node.name, node.inputs, "0=0")
            else:
                layers.add("PixelShuffle", node.name, node.inputs, f"0={node.factor}")
    with open(param_path, "w", encoding="utf-8") as text:
        text.write("\n".join([str(MAGIC), f"{len(layers.lines)} {layers.maps}", *layers.lines]) + "\n")
