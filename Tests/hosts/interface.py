"""The Python module on arrays of every kind, its errors and its callbacks. Argument: the folder that samples.lua wrote."""
import copy
import locale
import os
import pickle
import signal
import sys
import threading
import time
import warnings

import numpy as np

import srq

if "SRQ_TEST_LOCALE" in os.environ:
    locale.setlocale(locale.LC_ALL, os.environ["SRQ_TEST_LOCALE"])
    assert locale.localeconv()["decimal_point"] == ","
warnings.simplefilter("ignore")
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
srq.Session(q.quantize(), arithmetic="wide")
with fails(srq.Error, "not gaussian: "):
    srq.Session(q.quantize(), arithmetic="gaussian")
with fails(srq.Error, "whole numbers"):
    srq.Session(network, arithmetic="narrow")
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
momentum = next(option for option in srq.options("calibrate") if option["name"] == "momentum")
assert (momentum["default_text"], round(momentum["default"], 6)) == ("0.9", 0.9)
assert '"momentum":0.625' in network.calibrate(images, momentum=0.625).quantize().recipe.replace(" ", "")
assert (bits["minimum"], bits["maximum"], bits["default"], bits["bounds"]) == (2, 8, 4, "2...8")
with fails(srq.Error, "nothing", "calibrate"):
    srq.options("nothing")

# types and bounds: every option refuses what is of another type or out of bounds, before the call, which would crash on some
for owner, call in {
    "images": lambda **o: srq.Images(os.path.join(samples, "low"), **o),
    "load": lambda **o: srq.Model(os.path.join(samples, "network.safetensors"), **o),
    "session": lambda **o: srq.Session(network, **o),
    "calibrate": lambda **o: network.calibrate(images, **o),
    "finetune": lambda **o: q.finetune(images, **o),
    "quantize": lambda **o: q.quantize(**o),
    "ptq": lambda **o: network.ptq(images, **o),
    "evaluate": lambda **o: network.evaluate(os.path.join(samples, "set"), **o),
}.items():
    for option in srq.options(owner):
        name = option["name"]
        wrong = {"integer": ["4", 4.0, True, [4]], "number": ["1", True, [1.0]], "boolean": ["yes", 2, 0.5], "list": [5, True, [1]],
                 "string": [5, True, 0.5, ["a"]], "function": [5, "f"]}[option["type"]]
        outside = {"integer": [-1, 1 << 64], "number": [float("nan")], "boolean": [], "list": ["unheard of", ["unheard of"]],
                   "function": [],
                   "string": ["unheard of"] if option["choices"] else ["a\0b"]}[option["type"]]
        if option["minimum"] is not None and option["type"] in ("integer", "number"):
            outside.append(option["minimum"] if option["minimum_excluded"] else option["minimum"] - 1)
        if option["maximum"] is not None and option["type"] in ("integer", "number"):
            outside.append(option["maximum"] if option["maximum_excluded"] else option["maximum"] + 1)
        for value in wrong:
            with fails(TypeError, name):
                call(**{name: value})
        for value in outside:
            if option["type"] == "integer":
                value = int(value)
            with fails(srq.Error, str(value) if isinstance(value, int) else ""):
                call(**{name: value})
with fails(ValueError, "epochs: -1 is outside"):
    q.finetune(images, epochs=-1)
with fails(ValueError, "-1"):
    q.bits("*", weights=-1)
with fails(TypeError, "weights"):
    q.bits("*", weights="4")
with fails(TypeError, "pattern"):
    q.bits(5)
with fails(TypeError, "images: must be srq.Images, not Model"):
    network.calibrate(network)
with fails(TypeError, "path"):
    srq.Model(5)
with fails(ValueError, "NUL inside"):
    srq.read("a\0b.png")
with fails(ValueError, "shave"):
    srq.compare(square, square, shave=-1)
q.finetune(images, epochs=np.int64(1), cycle=["range", "weights"], decay=np.float32(0.5), sensitivity=np.True_)
assert '"range","weights"' in q.quantize().recipe.replace(" ", "")

# warnings: random weights are unlikely to be what their options say, a quantized model is what its file says
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    srq.Model(os.path.join(samples, "network.safetensors"))
    frozen = q.quantize()
    frozen.save(os.path.join(samples, "python.srq"))
    srq.Model(os.path.join(samples, "python.srq"))
assert [one.category for one in caught] == [srq.Warning] and "network.safetensors" in str(caught[0].message)
assert caught[0].filename == __file__
with warnings.catch_warnings():
    warnings.simplefilter("error")
    with fails(srq.Warning, "tanh_output"):
        srq.Model(os.path.join(samples, "network.safetensors"))

# a file whose end is missing gives its pixels and a warning, from every call that reads it
broken = os.path.join(samples, "broken")
os.makedirs(os.path.join(broken, "set"), exist_ok=True)
endless = os.path.join(broken, "set", "endless.png")
with open(os.path.join(samples, "low", "picture1.png"), "rb") as whole, open(endless, "wb") as cut:
    cut.write(whole.read()[:-12])
for call in (lambda: srq.read(endless), lambda: srq.Images(endless, count=1, patch=8),
             lambda: network.evaluate(os.path.join(broken, "set")),
             lambda: srq.Session(network).upscale_file(endless, os.path.join(broken, "large.png"))):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert [one.category for one in caught] == [srq.Warning] and endless in str(caught[0].message), caught
    assert caught[0].filename == __file__

# copies: a second owner of a handle would free it twice
assert copy.copy(network) is network and copy.deepcopy([images])[0] is images
session = srq.Session(network, threads=2)
for one in (session, q):
    for make in (copy.copy, copy.deepcopy, pickle.dumps):
        with fails(TypeError, "cannot be copied"):
            make(one)
with fails(TypeError, "cannot be copied"):
    pickle.dumps(network)
assert "EDSR x2" in repr(network) and "float" in repr(network) and "4 patches" in repr(images)

# a handle that is at work refuses every call, from its own callback and from another thread; what never changes is shared
frozen = q.quantize()


def use_itself(_):
    for refused in (lambda: q.layers(), lambda: q.bits("*", 8), lambda: q.quantize(), lambda: q.finetune(images)):
        with fails(srq.Error, "is running"):
            refused()
    seen = []

    def elsewhere():
        try:
            q.layers()
        except srq.Error as error:
            seen.append(error.name)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == ["SRQ_ERROR_BUSY"]
    assert network.upscale(rgb).shape == (14, 18, 3) and len(images) == 4
    return False


with fails(srq.Error, "cancel"):
    q.finetune(images, progress=use_itself)
assert q.layers() and q.quantize().layers() == frozen.layers()
with fails(srq.Error, "is running"):
    session.upscale(square, progress=lambda p: session.upscale(square))
with fails(KeyError, "mine"):
    session.upscale(square, progress=raise_in_callback)
assert np.array_equal(session.upscale(square), network.upscale(square))


# Ctrl-C: it ends a call that has no progress function, one that has, and one whose function waits. A shell that starts this in the
# background has told the process to ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
def interrupted(call, after=0.2):
    timer = threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    try:
        call()
        raise AssertionError("Ctrl-C was swallowed")
    except KeyboardInterrupt:
        pass
    timer.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return time.monotonic() - began


long = np.zeros((400, 3000, 3), np.uint8)
for call in (lambda: q.finetune(images, epochs=1000000), lambda: q.finetune(images, epochs=1000000, progress=lambda p: None),
             lambda: q.finetune(images, epochs=1000000, progress=lambda p: time.sleep(60)),
             lambda: [session.upscale(long) for _ in range(1000)],
             lambda: [session.upscale(long, lambda p: 0) for _ in range(1000)],
             lambda: [network.calibrate(images) for _ in range(100000)]):
    assert interrupted(call) < 20
assert np.array_equal(session.upscale(square), network.upscale(square))

# fork: a child process can use and free what its parent made, in float, in integers and in strips
for model in (network, q.quantize(snapping=False), q.quantize()):
    unused, used = srq.Session(model, threads=2), srq.Session(model, threads=2)
    expected = used.upscale(square)
    for what in ("use", "free", "leave", "train", "fork again"):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            if what == "leave":
                sys.exit(0)
            if what == "free":
                del used, unused
                os._exit(0)
            if what == "train":
                network.calibrate(images).finetune(images, epochs=1, threads=2)
            if what == "fork again" and os.fork() != 0:
                os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
            same = all(np.array_equal(one.upscale(square), expected) for one in (used, unused, used))
            os._exit(0 if same else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, what
    assert np.array_equal(used.upscale(square), expected)
print("arrays, errors, callbacks and options")
