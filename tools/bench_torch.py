"""Times PyTorch on what experiments/bench.lua times, and prints a line `name <tab> seconds` for each: the best of several runs.

Arguments: torch_oracle.py, model, threads.
"""
import importlib.util
import sys
import time

import torch

oracle_path, model_path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
spec = importlib.util.spec_from_file_location("oracle", oracle_path)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)
torch.set_num_threads(threads)
torch.manual_seed(1)


def best_seconds(body, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return min(times)


network = oracle.load_network(model_path, None)
small = (torch.rand(1, 3, 128, 128) * 255).contiguous(memory_format=torch.channels_last)
data = (torch.rand(16, 3, 96, 96) * 255).contiguous(memory_format=torch.channels_last)
rows = [("peer", f"PyTorch {torch.__version__}")]
with torch.no_grad():
    rows.append(("upscale", best_seconds(lambda: network(small), 8)))
layers = oracle.quantize_layers(network, 4, 4, "plq", "full")
sensitivity = []
rows.append(("calibrate", best_seconds(lambda: sensitivity.append(oracle.calibrate(network, layers, data)), 1)))
for layer in layers:
    layer.uw.requires_grad_(True)
rows.append(("step", best_seconds(lambda: oracle.loss_of(network, layers, data[:2], sensitivity[0], 5, "saft").backward(), 3)))
for name, value in rows:
    print(f"{name}\t{value}")
