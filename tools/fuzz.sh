#!/bin/sh
# Feeds damaged files to every loader, built with the address sanitizer, for $SECONDS_TO_RUN seconds.
set -e
. tools/sanitized.sh
build_sanitized
link_sanitized fuzz
work="$BUILD/fuzz"
rm -rf "$work"
mkdir -p "$work"
"$host" Tests/abi/samples.lua "$work/samples"
cat > "$work/quantize.lua" << 'EOF'
local srq = require "srq"
local network, images = srq.load(arg[1] .. "/network.safetensors"), srq.images(arg[1] .. "/low", {count = 4, patch = 16})
network:calibrate(images, {progress = false}):quantize():save(arg[1] .. "/model.srq")
EOF
"$host" "$work/quantize.lua" "$work/samples"

seeds="$work/samples/network.safetensors $work/samples/model.srq $work/samples/low/picture1.png"
for file in Tests/*/[Gg]olden/*.pth Tests/*/[Gg]olden/*.safetensors Tests/*/[Gg]olden/*.srq Tests/*/[Gg]olden/*.png; do
    [ -f "$file" ] && [ "$(stat -c %s "$file")" -lt 200000 ] && seeds="$seeds $file"
done
# shellcheck disable=SC2086
set -- $seeds
echo "$# files to damage"
"$sanitized/fuzz" "${SECONDS_TO_RUN:-60}" "$work/case" "$@"
