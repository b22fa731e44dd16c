"""Times PyTorch on what experiments/bench.lua times, and writes a line `name <tab> seconds` for each.

Arguments: torch_oracle.py, model, threads, file to write.
"""
import importlib.util
import sys
import time

import torch

oracle_path, model_path, threads, output_path = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
spec = importlib.util.spec_from_file_location("oracle", oracle_path)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)
torch.set_num_threads(threads)
torch.manual_seed(1)


def median_seconds(body, repeats):
    """The first run warms up, unless it is the only one."""
    times = []
    for _ in range(repeats + 1 if repeats > 1 else 1):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    times = sorted(times[1:] or times)
    return times[len(times) // 2]


network = oracle.load_network(model_path, None)
small = (torch.rand(1, 3, 128, 128) * 255).contiguous(memory_format=torch.channels_last)
data = (torch.rand(16, 3, 96, 96) * 255).contiguous(memory_format=torch.channels_last)
rows = [("peer", f"PyTorch {torch.__version__}")]
with torch.no_grad():
    rows.append(("upscale", median_seconds(lambda: network(small), 9)))
layers = oracle.quantize_layers(network, 4, 4, "plq", "full")
sensitivity = []
rows.append(("calibrate", median_seconds(lambda: sensitivity.append(oracle.calibrate(network, layers, data)), 1)))
for layer in layers:
    layer.uw.requires_grad_(True)
rows.append(("step", median_seconds(lambda: oracle.loss_of(network, layers, data[:2], sensitivity[0], 5, "saft").backward(), 3)))
with open(output_path, "w", encoding="utf-8") as file:
    for name, value in rows:
        file.write(f"{name}\t{value}\n")
