#!/usr/bin/env python3
"""Writes the golden files of this folder from the PyTorch oracle (README.md describes each file).

    pip install torch numpy pillow
    python3 Tests/Golden/make_oracle.py --shared FOLDER --out Tests/Golden

`--shared` is the folder with reference/torch_oracle.py, models/ and data/. Parts can be made one by one:

    ... --parts tiny,paper-size                     seconds; reads the oracle's code only
    ... --parts patches                             seconds; reads the calibration images
    ... --parts ranges,psnr --models edsr_x4        ten minutes a model on one core, most of them for PSNR
    ... --parts percentile --models edsr_x4         two minutes a model
    ... --parts steps                               a minute; starts from the ranges already in --out

One thread, float32, seeded. Numbers carry 9 significant digits, which restore a float32 exactly (it matters: at the calibrated
point the largest weight meets u_w, and one bit of difference changes the gradient). On another machine or PyTorch the last
digits of results may differ.
"""
import argparse
import importlib.util
import itertools
import json
import math
import os
import random

import numpy as np
import torch

KINDS = ["minmax", "plq", "plq-offset", "plq-one-sided"]
BITS = [4, 6]
PROTOCOLS = ["full", "body"]
LOSSES = ["saft", "vft"]
FIDELITY_WEIGHT = 5  # lambda of the finetuning loss
TINY_SHAPE = (2, 3, 12, 10)
STEP_MODELS = {"edsr_x4", "srresnet_x4"}


# ---------------------------------------------------------------- files
def rounded(value):
    """`value` with every float at 9 significant digits; tensors become nested lists, NaN and infinity are refused."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a golden number is not finite")
        return float(f"{value:.9g}")
    return value


def write_json(path, value):
    """Two levels are indented for reading, what is deeper stays on one line."""
    lines = []
    for key, item in rounded(value).items():
        if isinstance(item, dict) and item:
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in item.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(item)}")
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path}: {os.path.getsize(path)} bytes", flush=True)


def flat(tensor):
    """A shape and its values, NCHW (or OIHW), the last index fastest."""
    return {"shape": list(tensor.shape), "values": tensor.detach().contiguous().flatten()}


# ---------------------------------------------------------------- quantized layers
def select(layers, kind, bits, protocol, body_names):
    """Gives layers that were calibrated once another quantizer, width or protocol. Edges keep their 8 bits."""
    for layer in layers:
        layer.kind = kind
        if not layer.is_edge:
            layer.wb = layer.ab = bits
        layer.mode = "quantized" if protocol == "full" or layer.name in body_names else "fp"


def quantized_layers(oracle, network):
    """All convolutions of `network`, wrapped. The edges are those to which the oracle gives 8 bits whatever is asked."""
    layers = oracle.quantize_layers(network, 4, 4, "plq", "full")
    for layer in layers:
        layer.is_edge = layer.ab == 8
    return layers


def body_names(oracle, make_network):
    return {layer.name for layer in oracle.quantize_layers(make_network(), 4, 4, "plq", "body")}


def ranges(layers, sensitivity):
    return {
        layer.name: {
            "l": layer.la.item(), "u": layer.ua.item(), "bp": layer.bp.item(), "u_w": layer.uw.item(),
            "deviation": sum(layer.std) / len(layer.std), "sensitivity": weight.item(),
        }
        for layer, weight in zip(layers, sensitivity)
    }


def step(oracle, network, layers, data, sensitivity, kind, loss_name):
    """Loss of one W4A4 `full` finetuning step and its gradients; null where a parameter takes no part in it.

    The stages of finetuning only choose which gradients are applied, so all are asked for at once.
    """
    select(layers, kind, 4, "full", set())
    parameters = {"u_w": "uw", "l": "la", "u": "ua", "bp": "bp"}
    for layer in layers:
        for attribute in parameters.values():
            getattr(layer, attribute).requires_grad_(True).grad = None
    loss = oracle.loss_of(network, layers, data, sensitivity, FIDELITY_WEIGHT, loss_name)
    loss.backward()
    gradients = {}
    for layer in layers:
        found = {name: getattr(layer, attribute).grad for name, attribute in parameters.items()}
        gradients[layer.name] = {name: None if gradient is None else gradient.item() for name, gradient in found.items()}
        for attribute in parameters.values():
            getattr(layer, attribute).requires_grad_(False).grad = None
    return {"loss": loss.item(), "gradients": gradients}


# ---------------------------------------------------------------- tiny networks: no file of --shared but the oracle's code
def spread_normalization(network):
    """Statistics and slopes no test can pass by ignoring them."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.6, 1.4)
            module.bias.data.uniform_(-0.3, 0.3)
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.05, 0.6)
            module.num_batches_tracked.fill_(1234)
        if isinstance(module, torch.nn.PReLU):
            module.weight.data.uniform_(-0.2, 0.6)


def calm(first, last=None):
    """Scales colours of 0...255 down at the first convolution (and up again at the last), so that features deviate by
    about 1 and the sensitivities, a softmax of deviations, let every layer speak in the SAFT loss."""
    first.weight.data.mul_(1 / 64)
    if last is not None:
        last.weight.data.mul_(64)


def tiny_networks(oracle):
    """name: (network, facts its state dict cannot say, seed of the input).

    Default initialization of PyTorch, then the changes named here. Gradients jump where a value is about to round the other
    way, so the inputs were chosen, among seeds 21...80, for results that agree in float32, in float32 with another memory
    layout and in float64: all gradients within 7e-4 of (their own size + 1% of the largest of their kind).
    """
    torch.manual_seed(11)
    edsr = oracle.EDSR(n=8, blocks=2, scale=2, res_scale=1.0)
    calm(edsr.head[0], edsr.tail[1])
    torch.manual_seed(12)
    srresnet = oracle.SRResNet(n=8, blocks=2, tanh=True)
    spread_normalization(srresnet)
    calm(srresnet.head[0])
    torch.manual_seed(13)
    rdn = oracle.RDN(d=2, c=2, g=8, g0=8, scale=4)
    calm(rdn.SFENet1, rdn.UPNet[4])
    return {
        "edsr": (edsr, {"scale": 2, "res_scale": 1.0}, 55),
        "srresnet": (srresnet, {"scale": 4, "tanh": True}, 34),
        "rdn": (rdn, {"scale": 4}, 49),
    }


def make_tiny(oracle, out):
    for name, (network, facts, seed) in tiny_networks(oracle).items():
        network.eval()
        torch.save(network.state_dict(), os.path.join(out, f"tiny_{name}.pth"))
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        torch.manual_seed(seed)
        data = torch.randint(0, 256, TINY_SHAPE).float()
        golden = {"facts": facts, "input": {"shape": list(TINY_SHAPE), "values": data.flatten().int()}}
        with torch.no_grad():
            golden["output"] = flat(network(data))
        layers = quantized_layers(oracle, network)
        # Two batches of one image, so that the moving average of the ranges matters.
        sensitivity = oracle.calibrate(network, layers, data, batch=1)
        golden["calibrated"] = ranges(layers, sensitivity)
        select(layers, "plq", 4, "full", set())
        with torch.no_grad():
            golden["quantized_output"] = flat(network(data))
        golden["steps"] = {
            f"{kind} {loss}": step(oracle, network, layers, data, sensitivity, kind, loss) for kind in KINDS for loss in LOSSES
        }
        # The same away from the calibrated point, where the largest weight meets u_w exactly and gets half a gradient.
        for layer in layers:
            layer.uw.data *= 0.9375
            layer.la.data *= 0.875
            layer.ua.data *= 0.875
            layer.bp.data *= 0.75
        golden["moved"] = {
            layer.name: {"l": layer.la.item(), "u": layer.ua.item(), "bp": layer.bp.item(), "u_w": layer.uw.item()}
            for layer in layers
        }
        golden["moved_steps"] = {
            f"{kind} {loss}": step(oracle, network, layers, data, sensitivity, kind, loss) for kind in KINDS for loss in LOSSES
        }
        write_json(os.path.join(out, f"tiny_{name}.json"), golden)


# ---------------------------------------------------------------- RDN at the paper's size, from a formula
def split_mix(seed, count):
    """`count` numbers of SplitMix64 started at `seed`: value i (from 0) mixes the state seed + (i + 1) * 0x9E3779B97F4A7C15."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def formula_weights(shapes):
    """Weights both sides can compute, from the tensors' names and shapes alone.

    Tensor number t counts from 0 in the order of the names sorted as ASCII bytes ("GFF.0.bias" is 0, and
    "RDBs.10.LFF.bias" comes before "RDBs.2.LFF.bias"). Its element i, in row-major order (outputs, inputs, rows, columns),
    comes from value i, called z, of SplitMix64 seeded with t:

        unit = (z >> 11) * 2^-53                   in 0..<1, a double
        bound = sqrt(3 / fan_in)                   a double; fan_in is the product of all dimensions but the first,
                                                   so inputs * kernel * kernel for a weight and 1 for a bias
        element = float32((2 * unit - 1) * bound)  rounded once, at the end
    """
    tensors = {}
    for number, name in enumerate(sorted(shapes)):
        shape = shapes[name]
        bound = math.sqrt(3 / math.prod(shape[1:]))
        unit = (split_mix(number, math.prod(shape)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        tensors[name] = torch.from_numpy(((2 * unit - 1) * bound).astype(np.float32).reshape(shape))
    return tensors


def make_paper_size(oracle, out):
    network = oracle.RDN(d=16, c=8, g=64, g0=64, scale=4).eval()
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    weights = formula_weights(shapes)
    network.load_state_dict(weights)
    random.seed(31)
    pixels = [random.randrange(256) for _ in range(3 * 16 * 16)]
    with torch.no_grad():
        output = network(torch.tensor(pixels, dtype=torch.float32).view(1, 3, 16, 16))
    values, every = output.contiguous().flatten(), 13
    probes = ["GFF.0.bias", "GFF.0.weight", "RDBs.10.LFF.weight", "RDBs.2.convs.7.conv.0.weight", "UPNet.4.weight"]
    write_json(os.path.join(out, "rdn_paper_size.json"), {
        "facts": {"blocks": 16, "convolutions": 8, "growth": 64, "features": 64, "scale": 4},
        "parameters": sum(math.prod(shape) for shape in shapes.values()),
        "weights_absolute_sum": sum(tensor.double().abs().sum().item() for tensor in weights.values()),
        "weights_first_values": {name: weights[name].flatten()[:4] for name in probes},
        "input": {"shape": [1, 3, 16, 16], "values": pixels},
        "output_shape": list(output.shape),
        "output_every": every,
        "output_values": values[::every],
        "output_channel_means": output.double().mean((0, 2, 3)),
        "output_channel_absolute_means": output.double().abs().mean((0, 2, 3)),
    })


# ---------------------------------------------------------------- real networks
def shared_paths(shared):
    return os.path.join(shared, "data", "calibration", "DIV2K_LR_x4"), os.path.join(shared, "data", "benchmark")


def make_patches(oracle, shared, out):
    """Where each calibration patch lies, overheard from the oracle's own cutting."""
    folder, _ = shared_paths(shared)
    draws, paths = [], []
    load, generator = oracle.load_png, oracle.random.Random

    class Overheard(generator):
        def randint(self, low, high):
            draws.append(super().randint(low, high))
            return draws[-1]

    def overheard_load(path):
        paths.append(path)
        return load(path)

    oracle.load_png, oracle.random.Random = overheard_load, Overheard
    try:
        data = oracle.patches(folder, 100, 96, 1)
    finally:
        oracle.load_png, oracle.random.Random = load, generator
    if not len(paths) == len(data) == len(draws) // 2:
        raise SystemExit("some calibration image is smaller than a patch")
    write_json(os.path.join(out, "patches.json"), {
        "size": 96, "seed": 1,
        "patches": {
            f"{i:03d}": [os.path.basename(path), {"y": draws[2 * i], "x": draws[2 * i + 1], "sum": int(patch.double().sum())}]
            for i, (path, patch) in enumerate(zip(paths, data))
        },
    })


def make_calibrated(oracle, shared, out, model, parts):
    folder, benchmark = shared_paths(shared)
    path = os.path.join(shared, "models", f"{model}.pth")
    network = oracle.load_network(path)
    full_precision = oracle.evaluate(network, os.path.join(benchmark, "Set5")) if "psnr" in parts else {}
    inner = body_names(oracle, lambda: oracle.load_network(path))
    layers = quantized_layers(oracle, network)
    data = oracle.patches(folder, 100, 96, 1)
    sensitivity = oracle.calibrate(network, layers, data)
    if "ranges" in parts:
        write_json(os.path.join(out, f"oracle_ranges_{model}.json"), ranges(layers, sensitivity))
    if "psnr" not in parts:
        return

    def evaluate(kind, bits, protocol, data_set):
        select(layers, kind, bits, protocol, inner)
        images = oracle.evaluate(network, os.path.join(benchmark, data_set))
        print(model, data_set, kind, bits, protocol, images, flush=True)
        return images

    set5 = {"fp": full_precision}
    for protocol, bits, kind in itertools.product(PROTOCOLS, BITS, KINDS):
        set5[f"{kind} W{bits}A{bits} {protocol}"] = evaluate(kind, bits, protocol, "Set5")
    set14 = {f"{kind} W4A4 full": evaluate(kind, 4, "full", "Set14") for kind in ("minmax", "plq")}
    merge_psnr(os.path.join(out, "oracle_psnr.json"), model, {"Set5": set5, "Set14": set14})


def set_percentile_ranges(oracle, network, layers, data):
    """Activations from P1 to P99 of x and weights up to P99 of |w|, at every width, in place of what the oracle calibrates."""
    def observe(layer, x):
        low, high = torch.from_numpy(np.percentile(x.detach().numpy(), [1, 99])).float()
        for parameter, value in ((layer.la, low), (layer.ua, high)):
            parameter.data = value.clone() if layer.seen == 0 else 0.9 * parameter.data + 0.1 * value
        layer.seen += 1

    original, oracle.QConv.observe = oracle.QConv.observe, observe
    oracle.calibrate(network, layers, data)
    oracle.QConv.observe = original
    for layer in layers:
        layer.uw.data = torch.tensor(float(np.percentile(layer.c.weight.detach().abs().numpy(), 99)))


def make_percentile(oracle, shared, out, model):
    folder, benchmark = shared_paths(shared)
    path = os.path.join(shared, "models", f"{model}.pth")
    network = oracle.load_network(path)
    inner = body_names(oracle, lambda: oracle.load_network(path))
    layers = quantized_layers(oracle, network)
    set_percentile_ranges(oracle, network, layers, oracle.patches(folder, 100, 96, 1))
    golden = {"ranges": {layer.name: {"l": layer.la.item(), "u": layer.ua.item(), "u_w": layer.uw.item()} for layer in layers}}
    golden["psnr"] = {}
    for bits, protocol in ((4, "full"), (4, "body"), (6, "full")):
        select(layers, "minmax", bits, protocol, inner)
        images = oracle.evaluate(network, os.path.join(benchmark, "Set5"))
        golden["psnr"][f"W{bits}A{bits} {protocol}"] = sum(images.values()) / len(images)
    write_json(os.path.join(out, f"oracle_percentile_{model}.json"), golden)


def make_steps(oracle, shared, out, model):
    folder, _ = shared_paths(shared)
    network = oracle.load_network(os.path.join(shared, "models", f"{model}.pth"))
    layers = quantized_layers(oracle, network)
    with open(os.path.join(out, f"oracle_ranges_{model}.json")) as file:
        calibrated = json.load(file)
    for layer in layers:
        values = calibrated[layer.name]
        for attribute, name in (("la", "l"), ("ua", "u"), ("bp", "bp"), ("uw", "u_w")):
            getattr(layer, attribute).data = torch.tensor(values[name], dtype=torch.float32)
    sensitivity = torch.tensor([calibrated[layer.name]["sensitivity"] for layer in layers])
    first = oracle.patches(folder, 2, 96, 1)  # the same two that begin the 100
    crop = first[:, :, :24, :24].contiguous(memory_format=torch.channels_last)
    write_json(os.path.join(out, f"oracle_step_{model}.json"), {
        f"{size} {loss}": step(oracle, network, layers, inputs, sensitivity, "plq", loss)
        for size, inputs in ((24, crop), (96, first)) for loss in LOSSES
    })


def merge_psnr(path, model, results):
    """Models are made one at a time; what the file holds of others stays."""
    merged = {}
    if os.path.exists(path):
        with open(path) as file:
            merged = json.load(file)
    for data_set, rows in results.items():
        merged.setdefault(model, {})[data_set] = {
            name: {"mean": round(sum(images.values()) / len(images), 4), "images": images} for name, images in rows.items()
        }
    with open(path, "w") as file:
        json.dump(dict(sorted(merged.items())), file, indent=1)
        file.write("\n")


def pass_at_bounds(tensor, low=-float("inf"), high=float("inf")):
    """`clamp` with gradient 1 at its bounds. PyTorch 2.15 stopped that; the oracle's clamp(-k, k) sits behind a rounding, so its
    bounds are two whole levels, and srq (docs/method.md, "Gradients") has gradient 1 there, as earlier versions of PyTorch do."""
    return torch.where((tensor >= low) & (tensor <= high), tensor, tensor.detach().clip(low, high))


def load_oracle(shared):
    torch.Tensor.clamp = pass_at_bounds
    torch.Tensor.clamp_min = pass_at_bounds
    path = os.path.join(shared, "reference", "torch_oracle.py")
    specification = importlib.util.spec_from_file_location("torch_oracle", path)
    oracle = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(oracle)
    return oracle


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--parts", default="tiny,paper-size,patches,ranges,steps,psnr,percentile")
    parser.add_argument("--models", default="edsr_x4,srresnet_x4,rdn_x4")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    oracle = load_oracle(arguments.shared)
    parts = set(arguments.parts.split(","))
    if "tiny" in parts:
        make_tiny(oracle, arguments.out)
    if "paper-size" in parts:
        make_paper_size(oracle, arguments.out)
    if "patches" in parts:
        make_patches(oracle, arguments.shared, arguments.out)
    for model in arguments.models.split(","):
        if parts & {"ranges", "psnr"}:
            make_calibrated(oracle, arguments.shared, arguments.out, model, parts)
        if "percentile" in parts:
            make_percentile(oracle, arguments.shared, arguments.out, model)
        if "steps" in parts and model in STEP_MODELS:
            make_steps(oracle, arguments.shared, arguments.out, model)


if __name__ == "__main__":
    main()
