#!/bin/sh
# Copies what `make build` made below $DESTDIR$PREFIX and writes the pkg-config and CMake files.
set -e

case "$PREFIX" in
/*) ;;
*) echo "PREFIX must be an absolute path, not '$PREFIX'" >&2; exit 1 ;;
esac

prefix="$DESTDIR$PREFIX"
libraries="$DESTDIR$LIBDIR"

fill() {
    sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$LIBDIR|g" -e "s|@VERSION@|$VERSION|g" -e "s|@SOVERSION@|$SOVERSION|g" "$1" > "$2"
    chmod 644 "$2"
}

mkdir -p "$prefix/bin" "$prefix/include" "$prefix/share/srq/lua" "$prefix/share/lua/5.4" "$libraries/pkgconfig" \
    "$libraries/cmake/srq" "$libraries/lua/5.4/srq"

install -m 644 include/srq.h include/srq.hpp "$prefix/include/"
install -m 755 "$BUILD/lib/libsrq.so.$VERSION" "$libraries/"
ln -sf "libsrq.so.$VERSION" "$libraries/libsrq.so.$SOVERSION"
ln -sf "libsrq.so.$SOVERSION" "$libraries/libsrq.so"
install -m 755 "$BUILD/bin/srq-lua" "$prefix/bin/"
install -m 755 "$BUILD/lib/lua/5.4/srq/core.so" "$libraries/lua/5.4/srq/"

# A module that has moved since an earlier installation would be found before the one that took its place.
rm -rf "$prefix/share/srq/lua/srq"
(cd lua && find . -name '*.lua') | while read -r file; do
    install -D -m 644 "lua/$file" "$prefix/share/srq/lua/$file"
done
# experiments/quickstart.lua works on these; they lie beside the lua folder as in the repository.
(cd examples && find models images -name '*.png' -o -name '*.pth' -o -name '*.md') | while read -r file; do
    install -D -m 644 "examples/$file" "$prefix/share/srq/examples/$file"
done
# A stock lua5.4 looks here.
ln -sfn ../../srq/lua/srq "$prefix/share/lua/5.4/srq"

install -D -m 644 LICENSE "$prefix/share/doc/srq/LICENSE"
install -D -m 644 NOTICE.md "$prefix/share/doc/srq/NOTICE.md"
install -D -m 644 examples/python/srq.py "$prefix/share/srq/python/srq.py"
fill srq.pc.in "$libraries/pkgconfig/srq.pc"
fill cmake/srqConfig.cmake.in "$libraries/cmake/srq/srqConfig.cmake"
fill cmake/srqConfigVersion.cmake.in "$libraries/cmake/srq/srqConfigVersion.cmake"
echo "Installed srq $VERSION to $prefix"
