# Read by asan.sh and fuzz.sh: builds everything with the address sanitizer, in release, apart from the normal build.
BUILD="${BUILD:-build}"
unset CC CXX                                        # SwiftPM needs its own clang
sanitized="$BUILD/sanitized"
mkdir -p "$sanitized"
swift_options="-c release --sanitize=address --scratch-path $sanitized"

# Swift's runtime and Lua keep some memory until the end of the process; a refusal of too much memory is tested.
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
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

# link_sanitized NAME: the library's objects with the main program Tests/abi/NAME.c
link_sanitized() {
    clang -std=c99 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=address -Iinclude -c "Tests/abi/$1.c" -o "$sanitized/$1.o" \
        && swiftc -use-ld=lld -sanitize=address -o "$sanitized/$1" "$sanitized/$1.o" @"$sanitized/objects.txt" -lpng -lz -ldnnl -lgomp
}
