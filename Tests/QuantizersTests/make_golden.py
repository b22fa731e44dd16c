#!/usr/bin/env python3
"""Writes golden.json beside this file: quantizers and their gradients as the PyTorch oracle computes them.

    python3 Tests/QuantizersTests/make_golden.py --oracle FOLDER

Needs torch, numpy and pillow. Each case holds parameters, inputs x, a random gradient g of the outputs, the outputs y, the
gradient dx, and for each parameter the gradient with the sum of its terms' magnitudes (what rounding errors are relative to).
"""
import argparse, json, os, random, sys

parser = argparse.ArgumentParser()
parser.add_argument("--oracle", required=True, help="folder that holds torch_oracle.py")
sys.path.insert(0, parser.parse_args().oracle)
import torch
import torch_oracle as oracle

# PyTorch 2.15 stopped passing gradients at a clamp's bounds. The oracle's clamp(-k, k) sits behind a rounding, so its bounds are
# two whole levels; srq has gradient 1 there (docs/method.md, "Gradients"), as earlier versions of PyTorch do.
def pass_at_bounds(tensor, low=-float("inf"), high=float("inf")):
    return torch.where((tensor >= low) & (tensor <= high), tensor, tensor.detach().clip(low, high))


torch.Tensor.clamp = pass_at_bounds
torch.Tensor.clamp_min = pass_at_bounds

RANGES = [  # lower, upper, breakpoint
    (-10.5, 12.25, 3.0),
    (0.0, 7.3, 1.7),      # after a ReLU
    (-2.0, 150.0, 30.1),
    (-9.0, 0.8, 2.5),     # no positive tail
    (-0.3, 4.0, 0.9),     # no negative tail
    (0.5, 3.0, 0.25),     # everything is an outlier
    (-2.0, 2.0, 1.98),    # hardly a tail
    (-1.5, 6.0, 1.5),     # a negative tail of width 0
]
random.seed(2511)


def inputs(points):
    """All points exactly, and a spread that reaches beyond the outermost."""
    low, high = min(points), max(points)
    spread = [round(random.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low)), 3) for _ in range(16)]
    return torch.tensor(points + spread, dtype=torch.float32)


def case(kind, bits, names, values, function, x):
    leaf = x.clone().requires_grad_(True)
    parameters = [torch.tensor(v, dtype=torch.float32, requires_grad=True) for v in values]
    g = torch.tensor([round(random.uniform(-1, 1), 3) for _ in x], dtype=torch.float32)
    y = function(leaf, *parameters)
    y.backward(g)
    magnitudes = [0.0] * len(values)
    for i in range(len(x)):
        single = [torch.tensor(v, dtype=torch.float32, requires_grad=True) for v in values]
        function(x[i:i + 1], *single).backward(g[i:i + 1])
        for k, p in enumerate(single):
            magnitudes[k] += 0.0 if p.grad is None else abs(p.grad.item())

    def numbers(t):
        return [float(str(v)) for v in t.detach().numpy()]

    return {
        "kind": kind, "bits": bits, "parameters": dict(zip(names, numbers(torch.stack(parameters)))), "x": numbers(x),
        "g": numbers(g),
        "y": numbers(y), "dx": numbers(leaf.grad),
        "gradients": {n: [0.0 if p.grad is None else p.grad.item(), m] for n, p, m in zip(names, parameters, magnitudes)},
    }


cases = []
for lower, upper, breakpoint in RANGES:
    ends = inputs([lower, upper, 0.0])
    for bits in (2, 3, 4, 6, 8):
        cases.append(case("minmax", bits, ["lower", "upper"], [lower, upper], lambda x, l, u: oracle.uniform(x, l, u, bits), ends))
    x = inputs([lower, upper, 0.0, breakpoint, -breakpoint])
    for kind, function in (("plq", oracle.plq), ("plq-offset", oracle.plq_offset), ("plq-one-sided", oracle.plq_one_sided)):
        if kind == "plq-one-sided" and lower < 0:
            function = oracle.plq
        for bits in (3, 4, 6, 8):
            cases.append(case(
                kind, bits, ["lower", "upper", "breakpoint"], [lower, upper, breakpoint],
                lambda x, l, u, bp: function(x, l, u, bp, bits), x))
for upper in (0.05, 0.731, 2.0):
    x = inputs([upper, -upper, 0.0, upper / 2])
    for bits in (2, 3, 4, 6, 8):
        cases.append(case("symmetric", bits, ["upper"], [upper], lambda w, u: oracle.symmetric(w, u, bits), x))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
print(len(cases), "cases")
