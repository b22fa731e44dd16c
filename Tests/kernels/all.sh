#!/bin/sh
# The kernels of every instruction set against the scalar ones, also of sets that this machine does not have.
BUILD="${BUILD:-build}"
work="$BUILD/kernels"
status=0
rm -rf "$work"
mkdir -p "$work"

# Swift's own: the kernels are written in its vectors.
CLANG=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1/bin/clang|p')
FLAGS="-std=c11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -ISources/CKernels -ISources/CKernels/include -ITests/kernels"

# What a set's kernels_*.c defines.
emulated_kernels() {
    name=$1
    shift
    # shellcheck disable=SC2086
    $CLANG $FLAGS -DTABLE="emulated_$name" "$@" -c Tests/kernels/emulated.c -o "$work/emulated_$name.o"
}

on_this_machine() {
    emulated_kernels avx2 -DSET=SRQ_AVX2 -DLANES=8 && emulated_kernels avx_vnni -DSET=SRQ_AVX_VNNI -DLANES=8 -DVNNI \
        && emulated_kernels avx512 -DSET=SRQ_AVX512 -DLANES=16 \
        && emulated_kernels avx512_vnni -DSET=SRQ_AVX512_VNNI -DLANES=16 -DVNNI || return 1
    # shellcheck disable=SC2086
    $CLANG $FLAGS -DEMULATED Tests/kernels/main.c Tests/kernels/compare*.c Tests/kernels/memory.c Sources/CKernels/*.c \
        "$work"/emulated_*.o -lm -o "$work/kernels" && "$work/kernels"
}

# A fused multiply-add rounds once where the others round twice.
nothing_is_fused() {
    for set in scalar avx2 avx_vnni avx512 avx512_vnni; do
        # shellcheck disable=SC2086
        $CLANG $FLAGS --target=x86_64-linux-gnu -c "Sources/CKernels/kernels_$set.c" -o "$work/$set.o" || return 1
        objdump -d "$work/$set.o" > "$work/$set.txt"
        [ "$(grep -c 'mulps\|mulss' "$work/$set.txt")" -gt 0 ] || { echo "$set was not understood"; return 1; }
        if grep 'vfn\?m\(add\|sub\)' "$work/$set.txt"; then return 1; fi
    done
    grep -q 'vpdpbusd.*ymm' "$work/avx_vnni.txt" && grep -q 'vpdpwssd.*ymm' "$work/avx_vnni.txt" \
        && grep -q 'vpdpbusd.*zmm' "$work/avx512_vnni.txt" && grep -q 'vpdpwssd.*zmm' "$work/avx512_vnni.txt" \
        || { echo "VNNI is not used"; return 1; }
}

# Debian's C library for ARM, without gcc's: nothing here needs that.
ARM=/usr/aarch64-linux-gnu

on_arm() {
    # shellcheck disable=SC2086
    $CLANG --target=aarch64-linux-gnu $FLAGS -nostdlibinc -isystem $ARM/include -nostdlib -fuse-ld=lld -L$ARM/lib \
        $ARM/lib/crt1.o $ARM/lib/crti.o Tests/kernels/main.c Tests/kernels/compare*.c Tests/kernels/memory.c \
        Sources/CKernels/*.c -lc -lm $ARM/lib/crtn.o -Wl,--dynamic-linker=/lib/ld-linux-aarch64.so.1 -o "$work/kernels_arm" \
        && qemu-aarch64 -L $ARM -cpu max "$work/kernels_arm" neon-i8mm \
        && qemu-aarch64 -L $ARM -cpu neoverse-n1 "$work/kernels_arm" neon-dot only \
        && qemu-aarch64 -L $ARM -cpu cortex-a53 "$work/kernels_arm" neon only
}

step() {
    name=$1
    shift
    "$@" || { echo "FAILED: $name"; status=1; }
}

step "on this machine" on_this_machine
[ "$(uname -m)" != x86_64 ] || step "machine code" nothing_is_fused
if [ "$(uname -m)" = aarch64 ]; then
    :
elif command -v qemu-aarch64 > /dev/null && [ -e $ARM/lib/crt1.o ]; then
    step "on ARM" on_arm
else
    echo "skipped: kernels on ARM need qemu-aarch64 and $ARM (make setup installs qemu-user and libc6-dev-arm64-cross)"
fi
exit $status
