"""Makes the checkpoints in Golden/ with PyTorch (2.x) itself:

    python3 Tests/CheckpointsTests/make_golden.py

Every tensor counts upwards from a start of its own, so the tests know the values without a second file.
"""

import collections
import os
import pathlib
import pickle
import struct
import tempfile
import warnings
import zipfile

import torch

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "Golden"


def save(name, value, **options):
    torch.save(value, OUT / name, **options)


def both(name, value):
    save(f"{name}_zip.pth", value)
    save(f"{name}_legacy.pth", value, _use_new_zipfile_serialization=False)


def counting(*dimensions, start=0, dtype=torch.float32):
    count = torch.Size(dimensions).numel()
    return torch.arange(start, start + count, dtype=torch.float64).reshape(dimensions).to(dtype)


# A module's own state dict: an OrderedDict with _metadata, an integer scalar beside the floats.
class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Conv2d(3, 2, 3)
        self.norm = torch.nn.BatchNorm2d(2)


network = Network()
for index, (name, tensor) in enumerate(network.state_dict().items()):
    tensor.copy_(counting(*tensor.shape, start=100 * index))
state = network.state_dict()
both("module", state)
save("protocol4_zip.pth", state, pickle_protocol=4)
save("protocol5_zip.pth", state, pickle_protocol=5)
save("protocol4_legacy.pth", state, pickle_protocol=4, _use_new_zipfile_serialization=False)

types = "float32 float16 bfloat16 float64 int64 int32 int16 int8 uint8 bool".split()
both("types", {name: counting(5, start=0 if name == "bool" else 3, dtype=getattr(torch, name)) for name in types})
save("unsigned_zip.pth", {name: counting(5, start=3).to(getattr(torch, name)) for name in ("uint16", "uint32", "uint64")})

base = counting(2, 3, 4)
both("views", {
    "base": base,
    "transposed": base[0].T,
    "offset": base[1],
    "column": base[:, :, 2],
    "every_other": base.flatten()[1::2],
    "expanded": base[0, 0, 1:3].reshape(2, 1).expand(2, 3),
    "channels_last": base.reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
    "scalar": torch.tensor(7.5),
    "empty": torch.zeros(0, 3),
})

save("parameters.pth", {
    "a": torch.nn.Parameter(counting(2, 2)),
    "b": torch.nn.Parameter(counting(3, start=5), requires_grad=False),
})
remembering = torch.nn.Parameter(counting(2))
remembering.note = "an attribute"
plain = counting(3)
plain.note = "an attribute"
save("attributes.pth", {"parameter": remembering, "tensor": plain})

weights = lambda start: collections.OrderedDict(weight=counting(2, 3, start=start), bias=counting(2, start=start + 50))
save("wrapped_ema.pth", {"params": weights(0), "params_ema": weights(1000)})
save("wrapped_none.pth", {"params_ema": None, "params": weights(0)})
save("wrapped_deep.pth", {"model": {"net": weights(10)}, "epoch": 3})
save("wrapped_parallel.pth", {"state_dict": {"module." + name: tensor for name, tensor in weights(20).items()}})

parameters = [torch.nn.Parameter(counting(2, 3))]
optimizer = torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.999))
parameters[0].sum().backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
both("training", {
    "epoch": 12, "huge": 1 << 80, "negative": -5, "name": "run ü", "bytes": b"\x00\xff", "losses": [0.5, 0.25],
    "best": (31.5, None, True),
    "seen": {1, 2}, "device": torch.device("cpu"), "type": torch.float16, "size": torch.Size([1, 2]),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(), "state_dict": weights(30),
})


class Foreign:
    def __reduce__(self):
        return os.system, ("touch /tmp/srq-was-here",)


both("foreign", {"weight": counting(2), "payload": Foreign()})
save("list.pth", [1, 2, 3])
save("numbers.pth", {"epoch": 1, "name": "x"})
holding_nan = counting(4)
holding_nan[2] = float("nan")
both("nan", {"fine": counting(2), "broken": holding_nan})
with open(OUT / "plain.pickle", "wb") as file:
    pickle.dump({"weight": [1.0, 2.0]}, file, protocol=2)

with tempfile.TemporaryDirectory() as folder:
    script = pathlib.Path(folder) / "script.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.zeros(1)), script)
    with zipfile.ZipFile(script) as source, zipfile.ZipFile(OUT / "script.pt", "w") as target:
        for name in source.namelist():
            if "debug" not in name:
                target.writestr(zipfile.ZipInfo(name), source.read(name))

# The same archive as other tools write it.
with zipfile.ZipFile(OUT / "module_zip.pth") as source:
    contents = {name: source.read(name) for name in source.namelist()}
with zipfile.ZipFile(OUT / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as target:
    for name, data in contents.items():
        target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
with zipfile.ZipFile(OUT / "big_endian.pth", "w") as target:
    for name, data in contents.items():
        if "/data/" in name:
            size = 8 if name.endswith("/6") else 4  # num_batches_tracked is the only integer
            data = b"".join(data[i : i + size][::-1] for i in range(0, len(data), size))
        target.writestr(zipfile.ZipInfo(name), b"big" if name.endswith("byteorder") else data)


def zip64(entries):
    """An archive where every size and offset is in its zip64 place, as in one beyond 4 GiB."""
    body, directory = b"", b""
    for name, data in entries.items():
        crc, path = zipfile.crc32(data), name.encode()
        extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), len(body))
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF,
                                 len(path), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + path + extra
        extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
        body += struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(path), len(extra))
        body += path + extra + data
    end = len(body) + len(directory)
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(entries), len(entries), len(directory), len(body))
    locator = struct.pack("<IIQI", 0x07064B50, 0, end, 1)
    return body + directory + record + locator + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


(OUT / "zip64.pth").write_bytes(zip64(contents))

# What Python 2 and PyTorch 0.3 wrote, opcode by opcode: byte strings, OrderedDict from a list of pairs, a view of a storage.
text = lambda value: b"U" + bytes([len(value)]) + value
pickled = lambda body: b"\x80\x02" + body + b"."
storage = b"(" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(b"77") + text(b"cpu") + b"K\x06"
whole = storage + b"NtQ"
view = storage + text(b"78") + b"K\x02K\x04\x87tQ"
rebuild = lambda source, offset, size: (
    b"ctorch._utils\n_rebuild_tensor\n(" + source + b"K" + bytes([offset]) + b"K" + bytes([size]) + b"\x85K\x01\x85tR")
items = b"]](" + text(b"whole") + rebuild(whole, 0, 6) + b"ea](" + text(b"view") + rebuild(view, 1, 3) + b"ea"
(OUT / "python2_legacy.pth").write_bytes(
    pickled(b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little")) + pickled(b"M\xe9\x03")
    + pickled(b"}" + text(b"little_endian") + b"\x88s") + pickled(b"ccollections\nOrderedDict\n" + items + b"\x85R")
    + pickled(b"]" + text(b"77") + b"a") + struct.pack("<q6f", 6, *range(6)))
assert torch.load(OUT / "python2_legacy.pth", weights_only=False)["view"].tolist() == [3, 4, 5]
assert torch.load(OUT / "zip64.pth")["head.bias"].tolist() == [100, 101]
