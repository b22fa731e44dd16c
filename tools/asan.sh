#!/bin/sh
# Runs everything once more with the address sanitizer: unit tests, the C interface, the Lua tests.
. tools/sanitized.sh
status=0
build_sanitized || exit 1
rm -rf "$sanitized/samples"
"$host" Tests/abi/samples.lua "$sanitized/samples" || status=1
for program in arguments struct_size interface; do
    link_sanitized "abi/$program" && "$sanitized/$program" "$sanitized/samples" || status=1
done
BUILD="$sanitized/host" "$host" Tests/lua/all.lua options model images quantization progress evaluation upscale image system json \
    || status=1
# shellcheck disable=SC2086
swift test $swift_options --disable-testable-imports || status=1
exit $status
