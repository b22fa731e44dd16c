#!/usr/bin/env python3
"""Prints the numbers in PythonRandomTests.swift and PatchSetTests.swift.

  python3 Tests/ImagesTests/golden/draws.py [FOLDER OF PNG]       (CPython 3.11 or later)
"""
import glob, os, random, struct, sys

def crops(sizes, count, size, seed):
    """The draw of the paper's reference: sizes are (height, width); gives (image, x, y)."""
    r, files, out = random.Random(seed), list(range(len(sizes))), []
    while len(out) < count:
        i = files[len(out) % len(files)]
        if min(sizes[i]) < size: files.remove(files[len(out) % len(files)]); continue
        y, x = r.randint(0, sizes[i][0] - size), r.randint(0, sizes[i][1] - size)
        out.append((i, x, y))
    return out

if len(sys.argv) > 1:
    sizes = [struct.unpack(">II", open(f, "rb").read(24)[16:])[::-1] for f in sorted(glob.glob(os.path.join(sys.argv[1], "*.png")))]
    drawn = crops(sizes, 120, 96, 1)
    for n in (0, 1, 2, 50, 99, 100, 119): print(n, drawn[n])
    sys.exit()

for seed in (0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 64 - 1):
    r = random.Random(seed)
    print(seed, [r.randint(0, 10) for _ in range(5)], r.randint(0, 0), r.randint(-5, 5), r.randint(0, 2 ** 40),
          r.randint(-2 ** 62, 2 ** 62 - 1), r.getrandbits(64), r.getrandbits(1))
r = random.Random(1); items = list(range(10)); r.shuffle(items); print("shuffle", items, r.randint(0, 99))
r = random.Random(5); print("far", [r.getrandbits(32) for _ in range(2000)][-2:])
print("crops", crops([(20, 30), (7, 30), (16, 16), (40, 15), (16, 17), (100, 90)], 12, 16, 1))
print("crops", crops([(3, 3), (5, 4), (4, 4), (3, 9), (6, 6)], 9, 4, 7))
