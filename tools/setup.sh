#!/bin/sh
# Installs the Debian packages that are missing and checks that Swift is there.
set -e

# The last three (130 MB) are for testing the kernels of processors that this one is not.
PACKAGES="make g++ cmake pkg-config libdnnl-dev libpng-dev zlib1g-dev liblua5.4-dev lua5.4 python3 python3-numpy binutils \
libsimde-dev qemu-user libc6-dev-arm64-cross"

missing=""
if command -v dpkg-query > /dev/null; then
    for package in $PACKAGES; do
        dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q "install ok installed" || missing="$missing $package"
    done
fi

if [ -n "$missing" ]; then
    echo "Installing:$missing"
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        sudo="sudo"
        command -v sudo > /dev/null || { echo "Not root, and there is no sudo: install these packages first:$missing" >&2; exit 1; }
    fi
    export DEBIAN_FRONTEND=noninteractive
    # This is quick if the package lists are there and fresh; else they are fetched first.
    $sudo apt-get install -y -qq --no-install-recommends $missing > /dev/null 2>&1 || {
        $sudo apt-get update -qq
        $sudo apt-get install -y -qq --no-install-recommends $missing > /dev/null
    }
fi

version=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p' | head -1)
set -- ${version:-0 0}
if [ "$1" -lt 6 ] || { [ "$1" -eq 6 ] && [ "$2" -lt 3 ]; }; then
    found="there is none"
    [ "$1" -gt 0 ] && found="found $1.$2"
    echo "Swift 6.3 or newer is needed ($found): install a toolchain from swift.org and put it on the PATH." >&2
    exit 1
fi
