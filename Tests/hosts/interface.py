"""The Python module on arrays of every kind, its errors and its callbacks. Argument: the folder that samples.lua wrote."""
import os
import sys

import numpy as np

import srq

samples = sys.argv[1]
network = srq.Model(os.path.join(samples, "network.safetensors"))
images = srq.Images(os.path.join(samples, "low"), count=4, patch=16)
assert len(images) == 4


def fails(kind, *parts):
    class Context:
        def __enter__(self):
            pass

        def __exit__(self, _, error, __):
            assert isinstance(error, kind), f"expected {kind}, got {error!r}"
            for part in parts:
                assert part in str(error), f"'{part}' is not in: {error}"
            return True

    return Context()


# arrays: gray, RGB, RGBA in each type; slices that are not contiguous
colours = np.linspace(0, 255, 7 * 9 * 4).reshape(7, 9, 4)
for shape in [(7, 9), (7, 9, 1), (7, 9, 2), (7, 9, 3), (7, 9, 4)]:
    for dtype, white in [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)]:
        pixels = (colours[..., : shape[2]] if len(shape) == 3 else colours[..., 0]) / 255 * white
        large = network.upscale(pixels.astype(dtype))
        assert large.shape == (14, 18) + shape[2:] and large.dtype == dtype
rgb = colours[..., :3].astype(np.uint8)
assert np.array_equal(network.upscale(np.asfortranarray(rgb)), network.upscale(rgb))
square = np.tile(rgb, (3, 3, 1))
assert srq.compare(square, square)["psnr"] == float("inf")
assert srq.compare(square, square // 2, shave=2)["psnr"] < 30
path = os.path.join(samples, "python.png")
srq.write(path, rgb)
assert np.array_equal(srq.read(path), rgb)
assert len(srq.Images([np.zeros((32, 32, 3), np.uint8)], count=2, patch=16)) == 2

with fails(TypeError, "float64"):
    network.upscale(colours)
with fails(ValueError, "(7, 9, 5)"):
    network.upscale(np.zeros((7, 9, 5), np.uint8))
with fails(TypeError, "unknown option 'bits'", "weights, activations"):
    network.calibrate(images, bits=4)
with fails(srq.Error, "none.pth"):
    srq.Model("none.pth")
with fails(srq.Error, "9"):
    network.calibrate(images, weights=9)
for name, call in {
        "network.safetensors": srq.Model, "python.png": srq.read, "low": srq.Images,
        "cut.png": lambda path: srq.write(path, rgb), "cut.srq": network.save}.items():
    with fails(ValueError, "a NUL inside"):
        call(os.path.join(samples, name) + "\0.txt")
    assert not name.startswith("cut") or not os.path.exists(os.path.join(samples, name))

# names that are not UTF-8
latin = os.path.join(os.fsencode(samples), b"caf\xe9.png")
srq.write(latin, rgb)
assert os.path.exists(latin) and np.array_equal(srq.read(os.fsdecode(latin)), rgb)
os.remove(latin)
with fails(srq.Error, "caf\\xe9.png: no such file"):
    srq.read(latin)

# callbacks: the steps, cancelling, exceptions, use of the library inside
steps = []
q = network.calibrate(images, batch=1, progress=lambda p: steps.append((p["stage"], p["done"])))
assert steps[0][0] == "calibrate" and [done for _, done in steps] == sorted(done for _, done in steps)
with fails(srq.Error, "cancel"):
    q.finetune(images, progress=lambda p: p["done"] < 2)


def raise_in_callback(_):
    raise KeyError("mine")


with fails(KeyError, "mine"):
    q.finetune(images, progress=raise_in_callback)
q.bits("body.*", activations=6)
assert {layer["activation_bits"] for layer in q.layers() if layer["role"] == "body"} == {6}
q.finetune(images, epochs=1, cycle="range", **{"lambda": 2.0})
assert q.finetuning()["epochs"] == 1 and q.finetuning()["resumed"] == 0 and q.finetuning()["seconds"] > 0
assert network.calibrate(images).finetuning() is None and len(srq.build()) == 16
assert q.quantize().quantized and q.quantize().snapped
assert not q.quantize(snapping=False).snapped
scores = network.evaluate(os.path.join(samples, "set"))
assert len(scores["images"]) == 2 and abs(scores["psnr"] - np.mean([image["psnr"] for image in scores["images"]])) < 1e-9
assert scores["skipped"] == [] and scores["without_ssim"] == []

# What is left out of a score, or of one mean, is named.
mixed = os.path.join(samples, "mixed")
os.makedirs(mixed, exist_ok=True)
srq.write(os.path.join(mixed, "large.png"), np.tile(rgb, (6, 5, 1)))
srq.write(os.path.join(mixed, "small.png"), rgb)
with open(os.path.join(mixed, "cut.png"), "wb") as file:
    file.write(b"no picture")
with fails(srq.Error, "cut.png"):
    network.evaluate(mixed)
scores = network.evaluate(mixed, keep_going=True)
assert [image["name"] for image in scores["images"]] == ["large", "small"] and scores["without_ssim"] == ["small"]
assert scores["ssim"] == scores["images"][0]["ssim"]
assert [one["name"] for one in scores["skipped"]] == ["cut"] and "cut.png" in scores["skipped"][0]["reason"]

# Nothing is written over what it is made from.
for target in ("python.png", os.path.join("low", "..", "python.png")):
    with fails(srq.Error, "would replace"):
        srq.Session(network).upscale_file(path, os.path.join(samples, target))
with fails(srq.Error, "would replace"):
    network.evaluate(mixed, output_folder=mixed, keep_going=True)
for save in (network.save, network.export, q.quantize().save):
    with fails(srq.Error, "would replace"):
        save(os.path.join(samples, "network.safetensors"))

# An alpha of 255 stays one, by either way of enlarging it.
opaque = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
for alpha in ("bicubic", "network"):
    assert (q.quantize().upscale(opaque, alpha=alpha)[..., 3] == 255).all()
with fails(srq.Error, "alpha", "bicubic, network"):
    network.upscale(opaque, alpha="nearest")

# options: every keyword is an option of the list and takes its own default
for owner, call in {
    "images": lambda **o: srq.Images(os.path.join(samples, "low"), **dict(o, count=2, patch=16)),
    "load": lambda **o: srq.Model(os.path.join(samples, "network.safetensors"), **o),
    "session": lambda **o: srq.Session(network, **o),
    "calibrate": lambda **o: network.calibrate(images, **o),
    "finetune": lambda **o: q.finetune(images, **dict(o, epochs=0)),
    "quantize": lambda **o: q.quantize(**o),
    "ptq": lambda **o: network.ptq(images, **dict(o, steps=1)),
    "evaluate": lambda **o: network.evaluate(os.path.join(samples, "set"), **o),
}.items():
    described = {option["name"]: option for option in srq.options(owner)}
    assert all(option["meaning"].endswith(".") for option in described.values())
    call(**{name: option["default"] for name, option in described.items()})
    with fails(TypeError, "unknown option 'nothing'", *[name for name in described if name not in ("progress", "method")]):
        call(nothing=1)
bits = next(option for option in srq.options("calibrate") if option["name"] == "weights")
assert (bits["minimum"], bits["maximum"], bits["default"], bits["bounds"]) == (2, 8, 4, "2...8")
with fails(srq.Error, "nothing", "calibrate"):
    srq.options("nothing")
print("arrays, errors, callbacks and options")
