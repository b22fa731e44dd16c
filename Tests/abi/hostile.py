"""Writes files whose few bytes ask for many bytes of memory. Argument: the folder to write them to."""
import json
import os
import struct
import sys
import zlib

FOLDER = sys.argv[1]
MEGABYTE = 1 << 20


def save(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


# ---- safetensors and model files -----------------------------------------------------------------------------------------------

def safetensors(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


def repeated(piece, size):
    return b",".join([piece] * (size // (len(piece) + 1)))


save("long_key.safetensors", safetensors(
    b'{"' + b"k" * 140000 + b'":{' + b",".join(b'"%x":0' % i for i in range(10000)) + b"}}"))
save("long_key_in_an_array.safetensors", safetensors(b'{"' + b"k" * 140000 + b'":[' + repeated(b"0", 100000) + b"]}"))
save("numbers.safetensors", safetensors(b'{"a":[' + repeated(b"0", 8 * MEGABYTE) + b"]}"))
save("arrays.safetensors", safetensors(b'{"a":[' + repeated(b"[0]", 8 * MEGABYTE) + b"]}"))
save("objects.safetensors", safetensors(b'{"a":[' + repeated(b'{"":0}', 8 * MEGABYTE) + b"]}"))
save("keys.safetensors", safetensors(b"{" + b",".join(b'"%x":0' % i for i in range(MEGABYTE)) + b"}"))
save("escapes.safetensors", safetensors(b'{"' + b"\\n" * (4 * MEGABYTE) + b'":0}'))
save("entries.safetensors", safetensors(
    b"{" + b",".join(b'"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(100000)) + b"}"))


def model(**metadata):
    strings = {"format": "srq model", "version": "2", "library": "0.1.0"}
    strings.update(metadata)
    return safetensors(json.dumps({"__metadata__": strings}, separators=(",", ":")).encode())


GRAPH = '{"architecture":"EDSR","scale":2,"nodes":[%s]}'
save("nodes.srq", model(graph=GRAPH % ",".join(['["a","input",[],3]'] + ['["a","relu",[0]]'] * 400000)))
save("inputs.srq", model(graph=GRAPH % ('["a","input",[],3],["b","concatenate",[%s]]' % ",".join(["0"] * 2000000))))
save("layers.srq", model(graph=GRAPH % '["a","input",[],3]', recipe="{}", quantization="[%s]" % ",".join(["{}"] * 2000000)))

# ---- pickles -------------------------------------------------------------------------------------------------------------------


def zipped(entries):
    """An archive of (name, bytes, size if deflated)."""
    body, directory = b"", b""
    for name, payload, inflated in entries:
        method, checksum = (8, zlib.crc32(b"\0" * inflated)) if inflated else (0, zlib.crc32(payload))
        common = struct.pack("<HHHIIII", 20, 0, method, 0, checksum, len(payload), inflated or len(payload))
        name = name.encode()
        directory += (b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<H", len(name)) + b"\0" * 12
                      + struct.pack("<I", len(body)) + name)
        body += b"PK\3\4" + common + struct.pack("<HH", len(name), 0) + name + payload
    return body + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)


def checkpoint(opcodes):
    return zipped([("a/data.pkl", b"\x80\x02" + opcodes + b".", 0), ("a/data/0", b"\0" * 24, 0)])


def text(value):
    value = value.encode()
    return b"X" + struct.pack("<I", len(value)) + value


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(dimensions, strides, count=6, key="0"):
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(count) + b"tQ"
    shape, steps = (b"(" + b"".join(map(number, values)) + b"t" for values in (dimensions, strides))
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + shape + steps + b"\x89}tR"


STORAGE = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(6) + b"t"
FLOODS = {
    "tuples": b"N" + b"\x85" * (4 * MEGABYTE),
    "empty_tuples": b"(" + b")" * (4 * MEGABYTE) + b"t",
    "dictionaries": b"(" + b"}" * (4 * MEGABYTE) + b"t",
    "lists": b"(" + b"]" * (4 * MEGABYTE) + b"t",
    "lists_of_one": b"(" + b"]Na" * MEGABYTE + b"t",
    "items": b"}(" + b"NN" * MEGABYTE + b"u",
    "marks": b"(" * (4 * MEGABYTE),
    "memo": b"N" + b"\x94" * (4 * MEGABYTE),
    "strings": b"(" + (b"\x8c\x10" + b"s" * 16) * (MEGABYTE // 4) + b"t",
    "namespaces": b"cargparse\nNamespace\nq\0" + b"h\0)\x81" * MEGABYTE,
    "storages": STORAGE + b"q\0" + b"h\0Q" * MEGABYTE,
    "tensors": (b"ctorch._utils\n_rebuild_tensor_v2\nq\0(" + STORAGE + b"Q" + number(0) + (b"(" + number(1) * 16 + b"t") * 2
                + b"\x89}tq\1" + b"h\0h\1R" * MEGABYTE),
    "names": b"}(" + text("first") + tensor([6], [1]) + b"q\0" + b"".join(text("%x" % i) + b"h\0" for i in range(500000)) + b"u",
    "copies": b"}(" + b"".join(text("t%d" % i) + tensor([1000000], [0]) for i in range(100)) + b"u",
    "one_copy": b"}" + text("t") + tensor([1 << 40], [0]) + b"s",
}
for name, opcodes in FLOODS.items():
    save(name + ".pth", checkpoint(opcodes))

MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
save("legacy_tuples.pth", MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + b"\x80\x02N" + b"\x85" * (4 * MEGABYTE) + b".")

# ---- deflated entries ----------------------------------------------------------------------------------------------------------


def deflated(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b"\0" * size) + packer.flush()


save("bomb.pth", zipped([("a/data.pkl", deflated(1 << 30), 1 << 30)]))
many = [("a/data/%d" % i, deflated(4096), 4096) for i in range(20000)]
names = b"}(" + b"".join(text("t%d" % i) + tensor([1024], [1], 1024, str(i)) for i in range(20000)) + b"u"
save("small_bombs.pth", zipped([("a/data.pkl", b"\x80\x02" + names + b".", 0)] + many))

# ---- PNG -----------------------------------------------------------------------------------------------------------------------


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, before=b"", pixels=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


SMALL = zlib.compress(b"\0" * 14)
save("text_bomb.png", png(2, 2, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * (1 << 28))), SMALL))
save("profile_bomb.png", png(2, 2, chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * (1 << 28))), SMALL))
save("chunks.png", png(2, 2, chunk(b"tEXt", b"a\0b") * 300000, SMALL))
save("unknown_chunks.png", png(2, 2, chunk(b"aaAa", b"") * 300000, SMALL))
broken = bytearray(chunk(b"aaAa", b""))
broken[-1] ^= 1
save("broken_chunks.png", png(2, 2, bytes(broken) * 300000, SMALL))
save("long_chunk.png", png(2, 2, chunk(b"aaAa", b"\0" * (8 * MEGABYTE)), SMALL))
save("huge.png", png(1 << 14, 1 << 14, b"", b"\0" * 1000))
save("huge_pixels.png", png(200000, 1300, b"", SMALL))
save("pixel_bomb.png", png(2, 2, b"", zlib.compress(b"\0" * (1 << 28))))
