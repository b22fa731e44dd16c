#!/bin/sh
# Runs every suite, also after one has failed, and sums up. Suites can be named: Tests/all.sh lua abi
cd "$(dirname "$0")/.." || exit 1
export BUILD="${BUILD:-build}" CC="${CC:-cc}"
summary=""
failed=0

suite() {
    name=$1
    shift
    case " $wanted " in *" $name "*) ;; *) return ;; esac
    echo "=== $name"
    start=$(date +%s)
    if "$@"; then result=ok; else result=FAILED; failed=1; fi
    summary="$summary  $name $result ($(($(date +%s) - start)) s)"
}

wanted=${*:-unit kernels abi faults lua hosts readme}
# SwiftPM would compile C with $CC, but needs its own clang.
suite unit env -u CC -u CXX swift test -c release --disable-testable-imports
suite kernels sh Tests/kernels/all.sh
suite abi sh Tests/abi/all.sh
suite faults python3 Tests/faults/faults.py --short
suite lua sh Tests/lua/all.sh
suite hosts sh Tests/hosts/all.sh
suite readme sh Tests/readme/all.sh
echo "=== summary:$summary"
exit $failed
