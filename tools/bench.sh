#!/bin/sh
# Times the main job; beside it PyTorch on the same work in turns, where a Python with torch ($TORCH_PYTHON) and ../shared are
# there: then about five minutes.
set -e
BUILD="${BUILD:-build}"
model="${MODEL:-../shared/models/edsr_x4.pth}"
[ -f "$model" ] || model=examples/models/edsr_compact_x4.pth
threads="$(nproc)"

python="${TORCH_PYTHON:-python3}"
oracle=../shared/reference/torch_oracle.py
peer=""
if [ -f "$oracle" ] && "$python" -c 'import torch, PIL' 2> /dev/null; then
    peer="'$python' tools/bench_torch.py '$oracle' '$model' $threads"
else
    echo "PyTorch is not measured: set TORCH_PYTHON to a Python with torch and pillow, beside a checkout of ../shared"
fi
"$BUILD/bin/srq-lua" experiments/bench.lua --model "$model" --threads "$threads" --peer "$peer"
