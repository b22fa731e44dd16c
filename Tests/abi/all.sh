#!/bin/sh
# The C interface, on the library that people link.
BUILD="${BUILD:-build}" CC="${CC:-cc}" CXX="${CXX:-c++}"
library="$BUILD/lib/libsrq.so"
work="$BUILD/abi"
status=0
rm -rf "$work"
mkdir -p "$work"

step() {
    name=$1
    shift
    "$@" || { echo "FAILED: $name"; status=1; }
}

symbols_are_the_header() {
    sh tools/functions.sh > "$work/header.txt"
    nm -D --defined-only --extern-only "$library" | awk '{print $3}' | sort -u > "$work/symbols.txt"
    [ "$(wc -l < "$work/header.txt")" -ge 44 ] || { echo "the header was not understood"; return 1; }
    diff "$work/header.txt" "$work/symbols.txt" || { echo "< only in the header, > only in the library"; return 1; }
    echo "symbols      $(wc -l < "$work/symbols.txt") functions, as in the header"
}

library_is_self_contained() {
    readelf -d "$library" > "$work/dynamic.txt"
    grep -q 'SONAME.*\[libsrq.so.0\]' "$work/dynamic.txt" || { echo "no SONAME libsrq.so.0"; return 1; }
    if grep -E 'NEEDED.*(swift|Foundation|dispatch|BlocksRuntime|icu)|RUNPATH|RPATH' "$work/dynamic.txt"; then
        echo "needs Swift's runtime or a path"
        return 1
    fi
    if ldd "$library" | grep 'not found'; then return 1; fi
    echo "library      $(stat -Lc %s "$library") bytes, needs: $(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' "$work/dynamic.txt" | tr '\n' ' ')"
}

every_function_gets_nonsense() {
    sh tools/functions.sh | while read -r name; do
        grep -q "$name(" Tests/abi/arguments.c || { echo "arguments.c does not call $name"; exit 1; }
    done
}

run_program() {
    name=$1
    shift
    $CC -std=c99 -D_DEFAULT_SOURCE -O1 -g -Wall -Wextra -Wpedantic -Werror -Iinclude -I"$work" "Tests/abi/$name.c" -o "$work/$name" \
        -L"$BUILD/lib" -lsrq -lm -lpthread -ldl -Wl,-rpath,"$(cd "$BUILD/lib" && pwd)" && "$work/$name" "$@"
}

run_callbacks() {
    $CXX -std=c++17 -O1 -g -Wall -Wextra -Wpedantic -Werror -Iinclude Tests/abi/callbacks.cpp -o "$work/callbacks" -L"$BUILD/lib" \
        -lsrq -Wl,-rpath,"$(cd "$BUILD/lib" && pwd)" && "$work/callbacks" "$work/samples"
}

# Numbers in text have points under every locale, which hosts set.
same_under_every_locale() {
    mkdir -p "$work/locales"
    if ! localedef -i de_DE -f UTF-8 "$work/locales/de_DE.UTF-8" > /dev/null 2>&1; then
        echo "locale       not tested: localedef cannot make de_DE.UTF-8 here"
        return
    fi
    cp "$work/samples/texts" "$work/samples/texts.srq" "$work/locales"
    LOCPATH="$work/locales" SRQ_TEST_LOCALE=de_DE.UTF-8 "$work/interface" "$work/samples" || return 1
    cmp "$work/samples/texts" "$work/locales/texts" && cmp "$work/samples/texts.srq" "$work/locales/texts.srq" || return 1
    echo "locale       the same texts and models with decimal commas"
}

# A library that differs in one byte, where it changes nothing, is another build; a copy is the same one.
builds_are_told_apart() {
    cp "$library" "$work/same.so"
    { cat "$library"; printf x; } > "$work/other.so"
    here=$("$work/loading" "$library") && same=$("$work/loading" "$work/same.so") && other=$("$work/loading" "$work/other.so") \
        && [ "$here" = "$same" ] && [ "$here" != "$other" ]
}

step "symbols" symbols_are_the_header
step "self-contained" library_is_self_contained
step "coverage" every_function_gets_nonsense
step "C99" $CC -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wstrict-prototypes -Wundef -Werror -Iinclude Tests/abi/header.c -o "$work/header_c"
step "C99, run" "$work/header_c"
step "C++17" $CXX -std=c++17 -Wall -Wextra -Wpedantic -Wconversion -Wundef -Werror -Iinclude Tests/abi/header.cpp \
    -fsyntax-only
step "samples" "$BUILD/bin/srq-lua" Tests/abi/samples.lua "$work/samples"
step "arguments" run_program arguments "$work/samples"
step "struct_size" run_program struct_size "$work/samples"
sh tools/fields.sh > "$work/fields.h"
step "options" run_program options
step "interface" run_program interface "$work/samples"
step "busy" run_program busy "$work/samples"
step "callbacks" run_callbacks
step "locale" same_under_every_locale
step "loading" run_program loading "$library"
step "builds" builds_are_told_apart
step "paths" run_program paths "$work/samples"
step "paths, C++" $CXX -std=c++17 -O1 -Wall -Wextra -Wpedantic -Werror -Iinclude Tests/abi/paths.cpp -o "$work/paths_cpp" -L"$BUILD/lib" \
    -lsrq -Wl,-rpath,"$(cd "$BUILD/lib" && pwd)"
step "paths, C++, run" "$work/paths_cpp" "$work/samples"
mkdir "$work/hostile"
step "hostile files" python3 Tests/abi/hostile.py "$work/hostile"
step "memory" run_program memory "$work/hostile"
step "limits" run_program limits "$work/samples"
step "cffi" python3 Tests/abi/interface.py include/srq.h "$library"
exit $status
