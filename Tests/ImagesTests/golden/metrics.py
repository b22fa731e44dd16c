#!/usr/bin/env python3
"""Prints the numbers in MetricsTests.swift, by the definitions: no separable filter, two-pass variances.

  python3 Tests/ImagesTests/golden/metrics.py      (needs NumPy)
"""
import numpy as np

def picture(width, height):
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return (x * 7 + y * 13 + c * 29 + (x * y) % 31 * 3) % 256

def disturbed(a):
    y, x, c = np.indices(a.shape)
    return np.clip(a + (x * 5 + y * 3 + c) % 23 - 11, 0, 255)

def studio(a): return 16 + (a * [65.481, 128.553, 24.966]).sum(-1) / 255
def plain(a): return (a * [65.738, 129.057, 25.064]).sum(-1) / 256

def psnr(a, b): return 10 * np.log10(255 ** 2 / np.mean((a - b) ** 2))

def ssim(a, b):
    g = np.exp(-np.arange(-5, 6) ** 2 / (2 * 1.5 ** 2)); w = np.outer(g, g); w /= w.sum()
    total = []
    for y in range(a.shape[0] - 10):
        for x in range(a.shape[1] - 10):
            p, q = a[y:y + 11, x:x + 11], b[y:y + 11, x:x + 11]
            mp, mq = (w * p).sum(), (w * q).sum()
            vp, vq, c = (w * (p - mp) ** 2).sum(), (w * (q - mq) ** 2).sum(), (w * (p - mp) * (q - mq)).sum()
            total.append((2 * mp * mq + 6.5025) * (2 * c + 58.5225) / ((mp ** 2 + mq ** 2 + 6.5025) * (vp + vq + 58.5225)))
    return np.mean(total)

for width, height, shave, gray in [(37, 29, 4, False), (37, 29, 0, False), (21, 40, 3, True), (12, 5, 0, False)]:
    a = picture(width, height)
    b = disturbed(a)
    if gray: a, b = a[..., :1].repeat(3, -1), b[..., :1].repeat(3, -1)
    cut = slice(shave, height - shave), slice(shave, width - shave)
    s, t, u, v = studio(a)[cut], studio(b)[cut], plain(a)[cut], plain(b)[cut]
    u, v = np.pad(u, 5, "edge"), np.pad(v, 5, "edge")
    print(width, height, shave, gray, repr(psnr(s, t)), repr(ssim(s, t)), repr(ssim(u, v)))
