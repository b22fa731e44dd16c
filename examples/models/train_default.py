#!/usr/bin/env python3
"""Trains the bundled default network: a compact EDSR x4 (32 channels, 9 residual blocks, 0.25 M parameters).

    pip install torch numpy pillow
    python3 examples/models/train_default.py --data FOLDER --out examples/models/edsr_compact_x4.pth

Low resolution patches come from high resolution ones by bicubic downscaling. The network starts as nearest neighbour
upscaling (three channels carry the picture through the global skip), so no step is spent on learning the identity.
Adam, L1 loss, cosine learning rate, exponential moving average of the weights; the state is saved every 500 steps and a
killed run goes on where it was. `HQ480` is trained on, `Kodak24` is the validation set; no benchmark set is read.
"""
import argparse, glob, math, os, random, time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as functional
from PIL import Image

SCALE = 4


class MeanShift(nn.Module):
    """Adds `sign` times the mean colour of DIV2K, as a 1x1 convolution that is never trained."""

    def __init__(self, sign):
        super().__init__()
        self.register_buffer("weight", torch.eye(3).view(3, 3, 1, 1))
        self.register_buffer("bias", sign * 255 * torch.tensor([0.4488, 0.4371, 0.4040]))

    def forward(self, x):
        return x + self.bias.view(1, 3, 1, 1)


def convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels), nn.ReLU(), convolution(channels, channels))

    def forward(self, x):
        return x + self.body(x)


class EDSR(nn.Module):
    """Tensor names as in EDSR-PyTorch; RGB 0..255 in and out."""

    def __init__(self, channels, blocks):
        super().__init__()
        self.sub_mean, self.add_mean = MeanShift(-1), MeanShift(+1)
        self.head = nn.Sequential(convolution(3, channels))
        self.body = nn.Sequential(*[ResidualBlock(channels) for _ in range(blocks)], convolution(channels, channels))
        upsampler = []
        for _ in range(int(math.log2(SCALE))):
            upsampler += [convolution(channels, 4 * channels), nn.PixelShuffle(2)]
        self.tail = nn.Sequential(nn.Sequential(*upsampler), convolution(channels, 3))
        self.start_as_nearest_neighbour()

    def start_as_nearest_neighbour(self):
        with torch.no_grad():
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    m.bias.zero_()
            for block in list(self.body)[:-1]:
                block.body[2].weight.mul_(0.2)
            self.body[-1].weight.mul_(0.2)
            for m in (self.head[0], self.tail[0][0], self.tail[0][2], self.tail[1]):
                repeat = 4 if m in list(self.tail[0]) else 1
                m.weight[: 3 * repeat] *= 0.2
                for c in range(3):
                    for r in range(repeat):
                        m.weight[c * repeat + r, c, 1, 1] += 1

    def forward(self, x):
        features = self.head(self.sub_mean(x))
        return self.add_mean(self.tail(self.body(features) + features))


def read(path):
    return np.array(Image.open(path).convert("RGB"))


def downscale(image):
    return np.array(Image.fromarray(image).resize((image.shape[1] // SCALE, image.shape[0] // SCALE), Image.BICUBIC))


def tensor(image):
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float()


def batch(pairs, size, count, draw):
    low, high = [], []
    for _ in range(count):
        hr, lr = pairs[draw.randrange(len(pairs))]
        y, x = draw.randint(0, lr.shape[0] - size), draw.randint(0, lr.shape[1] - size)
        l = lr[y : y + size, x : x + size]
        h = hr[SCALE * y : SCALE * (y + size), SCALE * x : SCALE * (x + size)]
        turns, flip = draw.randrange(4), draw.random() < 0.5
        l, h = np.rot90(l, turns), np.rot90(h, turns)
        if flip:
            l, h = l[:, ::-1], h[:, ::-1]
        low.append(tensor(l))
        high.append(tensor(h))
    return tuple(torch.stack(patches).contiguous(memory_format=torch.channels_last) for patches in (low, high))


def luma_psnr(a, b):
    weights = np.array([65.481, 128.553, 24.966]) / 255
    difference = ((a.astype(np.float64) - b.astype(np.float64)) @ weights)[SCALE:-SCALE, SCALE:-SCALE]
    return 10 * math.log10(255**2 / np.mean(difference**2))


@torch.no_grad()
def validate(network, pairs):
    scores = []
    for hr, lr in pairs:
        sr = network(tensor(lr)[None].contiguous(memory_format=torch.channels_last))[0]
        scores.append(luma_psnr(sr.clamp(0, 255).round().permute(1, 2, 0).numpy(), hr))
    return sum(scores) / len(scores)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True, help="folder that holds HQ480 and Kodak24")
    ap.add_argument("--out", required=True)
    ap.add_argument("--channels", type=int, default=32)
    ap.add_argument("--blocks", type=int, default=9)
    ap.add_argument("--steps", type=int, default=5200)
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--patch", type=int, default=32, help="side of a low resolution patch")
    ap.add_argument("--rate", type=float, default=1e-3)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)

    def pairs(folder):
        out = []
        for path in sorted(glob.glob(os.path.join(a.data, folder, "*.png"))):
            hr = read(path)
            hr = hr[: hr.shape[0] // SCALE * SCALE, : hr.shape[1] // SCALE * SCALE]
            out.append((hr, downscale(hr)))
        return out

    train, validation = pairs("HQ480"), pairs("Kodak24")
    network = EDSR(a.channels, a.blocks).to(memory_format=torch.channels_last)
    print(f"{sum(p.numel() for p in network.parameters())} parameters, {len(train)} training images", flush=True)
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    optimiser = torch.optim.Adam(network.parameters(), lr=a.rate)
    step, state = 0, a.out + ".state"
    if os.path.exists(state):
        saved = torch.load(state, weights_only=True)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        average, step = saved["average"], saved["step"]
        print(f"resumed at step {step}", flush=True)
    started, first, running = time.time(), step, 0.0
    while step < a.steps:
        draw = random.Random(a.seed * 1_000_003 + step)  # by step, so that a resumed run draws the same patches
        warm_up = min(1, (step + 1) / 100)
        rate = a.rate * warm_up * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / a.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        low, high = batch(train, a.patch, a.batch, draw)
        loss = functional.l1_loss(network(low), high)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 50.0)
        optimiser.step()
        step += 1
        decay = min(0.999, step / (step + 10))
        with torch.no_grad():
            for k, v in network.state_dict().items():
                average[k].lerp_(v, 1 - decay)
        running += loss.item()
        if step % 100 == 0:
            seconds = (time.time() - started) / (step - first)
            print(f"step {step}/{a.steps} loss {running / 100:.4f} rate {rate:.2e} {seconds:.3f} s/step", flush=True)
            running = 0.0
        if step % 500 == 0 or step == a.steps:
            now = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step}
            torch.save(now, state + ".new")
            os.replace(state + ".new", state)
            torch.save(average, a.out + ".new")
            os.replace(a.out + ".new", a.out)
            if step % 2000 == 0 or step == a.steps or step == 500:
                evaluated = EDSR(a.channels, a.blocks)
                evaluated.load_state_dict(average)
                print(f"step {step} Kodak24 {validate(evaluated, validation[:8]):.3f} dB (first 8 images)", flush=True)


if __name__ == "__main__":
    main()
