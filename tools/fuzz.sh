#!/bin/sh
# Fuzzes every reader of files with libFuzzer, guided by coverage: tools/fuzz.sh [READER ...], all of them without an argument.
#   FUZZ_RUNS       how many inputs each reader gets (-1: no limit)
#   FUZZ_SECONDS    how long each reader is fuzzed at most
#   FUZZ_SANITIZE   "address" for the address sanitizer as well, a third as fast
# What was found is kept in $BUILD/fuzz/found, the inputs that reached something new in $BUILD/fuzz/corpus: a later run goes on
# from there. Prints a table; fails if anything was found.
set -e
BUILD="${BUILD:-build}"
runs="${FUZZ_RUNS:--1}"
seconds="${FUZZ_SECONDS:-60}"
sanitize="fuzzer${FUZZ_SANITIZE:+,$FUZZ_SANITIZE}"
work="$BUILD/fuzz"
scratch="$work/build-$sanitize"
unset CC CXX                                        # SwiftPM needs its own clang
mkdir -p "$work/found"

# Compiles the readers; nothing is linked, since libFuzzer brings a main program.
options="-c release --scratch-path $scratch -Xswiftc -sanitize=$sanitize -Xcc -fsanitize=fuzzer-no-link${FUZZ_SANITIZE:+,$FUZZ_SANITIZE}"
# shellcheck disable=SC2086
swift build $options --target FuzzedReaders
# shellcheck disable=SC2086
find "$(swift build $options --show-bin-path)" -name '*.o' ! -path '*Tests.build/*' > "$work/objects.txt"

if [ ! -d "$work/corpus" ]; then
    [ -x "$BUILD/bin/srq-lua" ] || { echo "tools/fuzz.sh: run make build first, the first inputs are made with it" >&2; exit 2; }
    "$BUILD/bin/srq-lua" Tests/fuzz/seeds.lua "$work/corpus"
fi

# The readers: name, number in FuzzedReaders.swift, what the mutator knows of the bytes, the longest input, dictionary.
readers='zip 0 BYTES 8192 zip
pickle 1 BYTES 4096 pickle
legacy 0 BYTES 4096 pickle
safetensors 0 HEADER 8192 safetensors
srq 0 HEADER 16384 safetensors
png 2 CHUNKS 4096 png
upscale 3 HEADER 16384 safetensors'

status=0
printf '%-12s %12s %10s %10s %9s  %s\n' reader executions per-second coverage features found > "$work/table.txt"
echo "$readers" | {
    while read -r name number shape longest dictionary; do
        case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
        clang -O2 -g -fsanitize="$sanitize" -DREADER="$number" -DSHAPE="SHAPE_$shape" -c Tests/fuzz/driver.c -o "$work/$name.o"
        swiftc -use-ld=lld -sanitize="$sanitize" -o "$work/$name" "$work/$name.o" @"$work/objects.txt" -lpng -lz -ldnnl -lgomp
        mkdir -p "$work/corpus/$name"
        echo "$name: at most $seconds s"
        "$work/$name" "$work/corpus/$name" -runs="$runs" -max_total_time="$seconds" -max_len="$longest" -timeout=10 \
            -rss_limit_mb=2048 -dict="Tests/fuzz/$dictionary.dict" -artifact_prefix="$work/found/$name-" -print_final_stats=1 \
            -verbosity=1 < /dev/null > "$work/$name.log" 2>&1 || { status=1; tail -25 "$work/$name.log"; }
        executions="$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")"
        speed="$(sed -n 's/^stat::average_exec_per_sec: *//p' "$work/$name.log")"
        last="$(grep -E '^#[0-9]+.*cov: ' "$work/$name.log" | tail -1)"
        found="$(find "$work/found" -name "$name-*" | wc -l)"
        printf '%-12s %12s %10s %10s %9s  %s\n' "$name" "${executions:-?}" "${speed:-?}" \
            "$(echo "$last" | sed -n 's/.*cov: \([0-9]*\).*/\1/p')" "$(echo "$last" | sed -n 's/.*ft: \([0-9]*\).*/\1/p')" "$found" \
            | tee -a "$work/table.txt"
    done
    [ "$status" = 0 ] || exit 1
}
cat "$work/table.txt"
