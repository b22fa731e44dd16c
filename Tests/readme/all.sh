#!/bin/sh
# Runs the README's examples with a python3 that has NumPy, which the first on the PATH need not have.
BUILD="${BUILD:-build}"
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import numpy' 2> /dev/null; then
        exec "$candidate" Tests/readme/run.py "$BUILD" "$BUILD/readme"
    fi
done
echo "no python3 with numpy was found" >&2
exit 1
