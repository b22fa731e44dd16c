#!/bin/sh
# Everything once more with the address sanitizer: unit tests, the C interface, the Lua tests.
BUILD="${BUILD:-build}"
unset CC CXX                                       # SwiftPM needs its own clang
scratch="$BUILD/asan"
status=0
mkdir -p "$scratch"

# Swift's runtime and Lua keep some memory until the end of the process.
export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}"

swift test --sanitize=address --scratch-path "$scratch" || status=1
swift build --sanitize=address --scratch-path "$scratch" --product srq-lua || exit 1
host="$(swift build --sanitize=address --scratch-path "$scratch" --show-bin-path)/srq-lua"

mkdir -p "$scratch/host/bin"
ln -sf "$host" "$scratch/host/bin/srq-lua"
SRQ_LUA_PATH=lua BUILD="$scratch/host" "$host" Tests/lua/all.lua options model images quantization progress evaluation upscale image \
    system json || status=1
exit $status
