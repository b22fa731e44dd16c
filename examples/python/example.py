"""Quantizes a network with a few images, saves it and upscales a NumPy array:
    example.py MODEL CALIBRATION_FOLDER INPUT.png OUTPUT.png SAVED.srq [--tanh]
--tanh is for an SRResNet whose output is a tanh, which its file cannot say.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np

import srq


def main(model_path, folder, input_path, output_path, saved_path, tanh=None):
    network = srq.Model(model_path, tanh_output=tanh == "--tanh")
    images = srq.Images(folder, count=8, patch=16)
    seen = []
    q = network.calibrate(images, weights=4, activations=4, progress=lambda p: seen.append(p["done"]))
    q.finetune(images, epochs=1)
    model = q.quantize()
    model.save(saved_path)
    print(f"srq {srq.version()}: {model.architecture} x{model.scale}, {len(model.layers())} layers, {len(seen)} calibration steps")

    small = srq.read(input_path)
    large = model.upscale(small)
    srq.write(output_path, large)
    again = srq.Model(saved_path).upscale(small)
    assert np.array_equal(large, again), "the saved model gives another image"
    assert large.shape[:2] == tuple(model.scale * side for side in small.shape[:2])
    print(f"{small.shape} -> {large.shape}, PSNR to the float network {srq.compare(large, network.upscale(small))['psnr']:.2f} dB")


if __name__ == "__main__":
    if len(sys.argv) != 6 and sys.argv[6:] != ["--tanh"]:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except srq.Error as error:
        sys.exit(f"{error.name}: {error}")
