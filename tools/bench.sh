#!/bin/sh
# Measures srq and, in the same run, others on the same work, if the folder beside the checkout that is named below has their models
# and there is a Python that has these libraries. Without them the bundled model is measured alone.
#   tools/bench.sh steps      the steps of quantizing, and PyTorch ($TORCH_PYTHON): about five minutes
#   tools/bench.sh engines    upscaling, and other engines ($PEERS_PYTHON): about an hour; $BENCH_ARGUMENTS for less
# Without an argument both.
# What was measured is kept beside the results of other kinds of machines, in $BUILD/bench/record, or in docs with BENCH_RECORD=1:
# the run replaces the results of its own kind alone.
set -e
BUILD="${BUILD:-build}"
model="${MODEL:-../shared/models/edsr_x4.pth}"
[ -f "$model" ] || model=examples/models/edsr_compact_x4.pth
calibration=../shared/data/calibration/DIV2K_LR_x4
[ -d "$calibration" ] || calibration=examples/images/calibration
set=../shared/data/benchmark/Set5
[ -d "$set" ] || set=examples/images/demo
oracle=../shared/reference/torch_oracle.py

record="$BUILD/bench/record"
[ "${BENCH_RECORD:-0}" = 0 ] || record=docs

# Whether this Python can load the network.
has_torch() {
    [ -f "$oracle" ] && "$1" -c 'import torch, PIL' 2> /dev/null
}

steps() {
    threads="$(nproc)"
    python="${TORCH_PYTHON:-python3}"
    peer=""
    if has_torch "$python"; then
        peer="'$python' tools/bench_torch.py '$oracle' '$model' $threads"
    else
        echo "PyTorch is not measured: set TORCH_PYTHON to a Python with torch and pillow, beside a checkout of ../shared"
    fi
    "$BUILD/bin/srq-lua" experiments/bench.lua --model "$model" --threads "$threads" --peer "$peer" --record "$record"
}

engines() {
    python="${PEERS_PYTHON:-${TORCH_PYTHON:-python3}}"
    peer=""
    if has_torch "$python"; then
        peer="'$python' tools/bench_peers.py --oracle '$oracle' --model '$model' --calibration '$calibration' --work '$BUILD/bench/peers'"
    else
        echo "Other engines are not measured: set PEERS_PYTHON to a Python with torch, pillow and any of openvino with nncf," \
            "onnxruntime, ncnn, and onnx, beside a checkout of ../shared"
    fi
    peaks=""
    mkdir -p "$BUILD/bench"
    # Every Swift toolchain comes with a clang.
    if clang -O2 -march=native tools/peak.c -o "$BUILD/bench/peak"; then peaks="$("$BUILD/bench/peak")"; fi
    # BENCH_ARGUMENTS is a list of words.
    # shellcheck disable=SC2086
    "$BUILD/bin/srq-lua" experiments/bench_engines.lua --model "$model" --calibration "$calibration" --out "$BUILD/bench" \
        --set "$set" --record "$record" --peaks "$peaks" --peer "$peer" $BENCH_ARGUMENTS
}

for part in ${*:-steps engines}; do
    case $part in
        steps | engines) $part ;;
        *) echo "tools/bench.sh: '$part' is neither steps nor engines" >&2; exit 2 ;;
    esac
done
