#!/bin/sh
# Builds the examples against an installed srq and runs them.
BUILD="${BUILD:-build}" CC="${CC:-cc}"
root=$(pwd)
case "$BUILD" in /*) build=$BUILD ;; *) build="$root/$BUILD" ;; esac
prefix="$build/prefix"
work="$build/hosts"
samples="$work/samples"
status=0
rm -rf "$prefix" "$work"
mkdir -p "$work"

step() {
    name=$1
    shift
    if "$@" > "$work/log" 2>&1; then
        printf '%-28s %s\n' "$name" "$(tail -1 "$work/log")"
    else
        cat "$work/log"
        echo "FAILED: $name"
        status=1
    fi
}

install_library() {
    make --no-print-directory BUILD="$BUILD" PREFIX="$prefix" install
}

# A python3 that comes first on the PATH need not have NumPy.
find_python() {
    for candidate in python3 /usr/bin/python3; do
        "$candidate" -c 'import numpy' 2> /dev/null && { echo "$candidate"; return; }
    done
    echo "no python3 with numpy was found" >&2
    return 1
}

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"

c_builds() {
    # shellcheck disable=SC2046
    $CC -std=c99 -Wall -Wextra -Wpedantic -Werror examples/c/upscale.c -o "$work/upscale" $(pkg-config --cflags --libs srq)
}

c_runs() {
    LD_LIBRARY_PATH="$prefix/lib" "$work/upscale" "$samples/network.safetensors" "$samples/low" "$samples/low/picture1.png" \
        "$work/c.png" "$work/c.srq"
}

cpp_builds() {
    cmake -S examples/cpp -B "$work/cpp" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror" \
        && cmake --build "$work/cpp"
}

cpp_runs() {
    "$work/cpp/upscale_frames" "$samples/network.safetensors" "$samples/low" "$samples/low/picture1.png" "$work/cpp.png" 8
}

cpp_fails_well() {
    "$work/cpp/upscale_frames" "$samples/none.pth" "$samples/low" "$samples/low/picture1.png" "$work/none.png" > "$work/out" 2>&1 && return 1
    grep "SRQ_ERROR_IO.*none.pth" "$work/out"
}

python_runs() {
    python=$(find_python) || return 1
    SRQ_LIBRARY="$prefix/lib/libsrq.so.0" "$python" examples/python/example.py "$samples/network.safetensors" "$samples/low" \
        "$samples/low/picture1.png" "$work/python.png" "$work/python.srq"
}

python_interface() {
    python=$(find_python) || return 1
    SRQ_LIBRARY="$prefix/lib/libsrq.so.0" PYTHONPATH="$prefix/share/srq/python" "$python" Tests/hosts/interface.py "$samples"
}

python_interface_with_commas() {
    mkdir -p "$work/locales"
    if ! localedef -i de_DE -f UTF-8 "$work/locales/de_DE.UTF-8" > /dev/null 2>&1; then
        echo "not tested: localedef cannot make de_DE.UTF-8 here"
        return
    fi
    export LOCPATH="$work/locales" SRQ_TEST_LOCALE=de_DE.UTF-8
    python_interface
    result=$?
    unset LOCPATH SRQ_TEST_LOCALE
    return $result
}

hosts_agree() {
    cmp "$work/c.png" "$work/cpp.png" && echo "C and C++ made the same picture"
}

lua_runs() {
    (cd / && "$prefix/bin/srq-lua" -e 'local srq = require "srq"; print("srq-lua " .. srq.version)')
}

stock_lua_runs() {
    (cd / && LUA_PATH="$prefix/share/lua/5.4/?.lua;$prefix/share/lua/5.4/?/init.lua" LUA_CPATH="$prefix/lib/lua/5.4/?.so" \
        lua5.4 -e 'local srq = require "srq"; print("lua5.4 with srq " .. srq.version)')
}

# The version stands once, in srq.h; everything else says the same.
version_is_one() {
    version=$(sed -n 's/^#define SRQ_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' include/srq.h | paste -sd.)
    echo "$version" | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+$' || { echo "srq.h has no version"; return 1; }
    python=$(find_python) || return 1
    cat > "$work/version.c" << 'EOF'
#include <srq.h>
#include <stdio.h>
int main(void)
{
    const unsigned number = srq_version_number();
    printf("%u.%u.%u\n", number / 1000000, number / 1000 % 1000, number % 1000);
    return number != SRQ_VERSION_NUMBER;
}
EOF
    # shellcheck disable=SC2046
    $CC "$work/version.c" -o "$work/version" $(pkg-config --cflags --libs srq) || return 1
    mkdir -p "$work/cmake"
    cat > "$work/cmake/CMakeLists.txt" << 'EOF'
cmake_minimum_required(VERSION 3.16)
project(version NONE)
find_package(srq REQUIRED)
file(WRITE "${CMAKE_BINARY_DIR}/version.txt" "${srq_VERSION}")
EOF
    cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$prefix" || return 1
    status_of_versions=0
    says() {
        [ "$2" = "$version" ] || { echo "$1 says '$2', srq.h $version"; status_of_versions=1; }
    }
    says C "$(LD_LIBRARY_PATH="$prefix/lib" "$work/version")"
    says pkg-config "$(pkg-config --modversion srq)"
    says CMake "$(cat "$work/cmake/build/version.txt")"
    says srq-lua "$("$prefix/bin/srq-lua" -v | sed -n 's/^srq //p')"
    says Lua "$("$prefix/bin/srq-lua" -e 'print(require("srq").version)')"
    says Python "$(SRQ_LIBRARY="$prefix/lib/libsrq.so.0" PYTHONPATH="$prefix/share/srq/python" "$python" -c 'import srq; print(srq.version())')"
    # Swift writes its own into saved models, such as the one that the C example made.
    says Swift "$(grep -ao '"library":"[0-9.]*"' "$work/c.srq" | head -1 | cut -d'"' -f4)"
    says "the library's file" "$(readlink -f "$prefix/lib/libsrq.so" | sed 's/.*libsrq\.so\.//')"
    [ $status_of_versions = 0 ] && echo "$version everywhere"
}

step "install" install_library
step "samples" "$build/bin/srq-lua" Tests/abi/samples.lua "$samples"
step "C builds" c_builds
step "C runs" c_runs
step "version" version_is_one
step "C++ builds" cpp_builds
step "C++ runs, many threads" cpp_runs
step "C++ fails well" cpp_fails_well
step "C and C++ agree" hosts_agree
step "Python runs" python_runs
step "Python interface" python_interface
step "Python, decimal commas" python_interface_with_commas
step "srq-lua, installed" lua_runs
step "lua5.4, installed" stock_lua_runs
exit $status
