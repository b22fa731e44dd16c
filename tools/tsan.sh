#!/bin/sh
# Runs many threads on one model with the thread sanitizer. TSAN_THREADS and TSAN_ROUNDS say how many and how often.
set -e
sanitizer=thread
. tools/sanitized.sh
build_sanitized
rm -rf "$sanitized/samples"
# The samples come from the normal build: they are not what is looked at.
"$BUILD/bin/srq-lua" Tests/abi/samples.lua "$sanitized/samples"
link_sanitized tsan/threads
"$sanitized/threads" "$sanitized/samples" "${TSAN_THREADS:-64}" "${TSAN_ROUNDS:-8}"
