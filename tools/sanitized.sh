# Read by asan.sh and tsan.sh: builds everything with a sanitizer, in release, apart from the normal build. `sanitizer` is "address"
# (the default) or "thread".
BUILD="${BUILD:-build}"
unset CC CXX                                        # SwiftPM needs its own clang
sanitizer="${sanitizer:-address}"
sanitized="$BUILD/sanitized-$sanitizer"
mkdir -p "$sanitized"
swift_options="-c release --sanitize=$sanitizer --scratch-path $sanitized"

# Swift's runtime and Lua keep some memory until the end of the process; a refusal of too much memory is tested.
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export TSAN_OPTIONS="halt_on_error=0:second_deadlock_stack=1:${TSAN_OPTIONS:-}"
export SRQ_LUA_PATH=lua

# shellcheck disable=SC2086
build_sanitized() {
    swift build $swift_options --product srq-lua || return 1
    folder="$(swift build $swift_options --show-bin-path)"
    mkdir -p "$sanitized/host/bin"
    ln -sf "$folder/srq-lua" "$sanitized/host/bin/srq-lua"
    host="$sanitized/host/bin/srq-lua"
    grep -v -e '/CLuaSRQ\.build/' -e '/srq_lua\.build/' "$folder/srq-lua.product/Objects.LinkFileList" > "$sanitized/objects.txt"
}

# link_sanitized FOLDER/NAME: the library's objects with the main program Tests/FOLDER/NAME.c, as $sanitized/NAME
link_sanitized() {
    name="$(basename "$1")"
    clang -std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize="$sanitizer" -Iinclude -c "Tests/$1.c" -o "$sanitized/$name.o" \
        && swiftc -use-ld=lld -sanitize="$sanitizer" -o "$sanitized/$name" "$sanitized/$name.o" @"$sanitized/objects.txt" \
            -lpng -lz -ldnnl -lgomp
}
