#!/bin/sh
# Feeds damaged files to every loader, built with the address sanitizer, for $SECONDS_TO_RUN seconds.
set -e
BUILD="${BUILD:-build}"
unset CC CXX                                       # SwiftPM needs its own clang
scratch="$BUILD/asan"
work="$BUILD/fuzz"
mkdir -p "$work"
swift build --sanitize=address --scratch-path "$scratch" --product srq-lua
bin="$(swift build --sanitize=address --scratch-path "$scratch" --show-bin-path)"

# The library's objects with a C main of our own.
grep -v -e '/CLuaSRQ\.build/' -e '/srq_lua\.build/' "$bin/srq-lua.product/Objects.LinkFileList" > "$work/objects.txt"
clang -std=c99 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=address -Iinclude -c Tests/abi/fuzz.c -o "$work/fuzz.o"
swiftc -sanitize=address -o "$work/fuzz" "$work/fuzz.o" @"$work/objects.txt" -lpng -lz -ldnnl -lgomp

rm -rf "$work/samples"
ASAN_OPTIONS=detect_leaks=0 SRQ_LUA_PATH=lua "$bin/srq-lua" Tests/abi/samples.lua "$work/samples"
ASAN_OPTIONS=detect_leaks=0 SRQ_LUA_PATH=lua "$bin/srq-lua" -e '
    local srq = require "srq"
    local network = srq.load(arg[1] .. "/network.safetensors")
    local images = srq.images(arg[1] .. "/low", {count = 4, patch = 16})
    network:calibrate(images, {progress = false}):quantize():save(arg[1] .. "/model.srq")' /dev/null "$work/samples"
seeds="$work/samples/network.safetensors $work/samples/model.srq $work/samples/low/picture1.png"
for file in examples/models/*.pth Tests/*/Resources/*.pth Tests/*/Golden/*.pth Tests/Golden/*.pth; do
    [ -f "$file" ] && [ "$(stat -c %s "$file")" -lt 200000 ] && seeds="$seeds $file"
done
echo "seeds: $seeds"
# shellcheck disable=SC2086
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 "$work/fuzz" "${SECONDS_TO_RUN:-60}" "$work/case" $seeds
