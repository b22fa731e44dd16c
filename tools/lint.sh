#!/bin/sh
# Checks style and syntax of everything that has a checker on a plain machine.
failed=0

check() {
    name=$1
    shift
    if "$@"; then echo "ok      $name"; else echo "FAILED  $name"; failed=1; fi
}

lua_syntax() {
    status=0
    for file in $(find lua Tests -name '*.lua'); do luac5.4 -p "$file" || status=1; done    # luac 5.4.4 crashes on many at once
    return $status
}

shell_syntax() {
    status=0
    for file in $(find tools Tests .ci -name '*.sh') .ci/run; do sh -n "$file" || status=1; done
    return $status
}

# One name has one meaning: a function of the C interface is declared once and described in the Python module once.
no_duplicates() {
    repeated=$(grep -o '\bsrq_[a-z_]*(' include/srq.h | sort | uniq -d | while read -r name; do
        grep -v -e '^ \*' -e '^#' include/srq.h | grep -c "[ *]$name" | grep -vx 1 | sed "s/^/$name /"
    done)
    [ -z "$repeated" ] || { echo "declared more than once: $repeated"; return 1; }
}

no_foreign_imports() {
    ! grep -rn --include='*.swift' '^import Foundation' Sources
}

# swift format looks at code alone; here comments count too.
no_long_lines() {
    ! LC_ALL=C.UTF-8 grep -rnE --include='*.[ch]' --include='*.hpp' --include='*.cpp' --include='*.lua' --include='*.py' \
        --include='*.swift' '^.{133,}' Package.swift Sources include lua examples Tests tools
}

# A comment such as "Of the layer's input" leaves readers to guess what is declared.
comments_have_subjects() {
    ! grep -rnE --include='*.swift' '^ */// *(- [A-Za-z ]+: *)?Of ' Sources Tests
}

check "swift format" swift format lint --strict -r Sources Tests Package.swift
check "Lua syntax" lua_syntax
check "shell syntax" shell_syntax
check "C interface declared once" no_duplicates
check "no Foundation in Sources" no_foreign_imports
check "no line over 132 characters" no_long_lines
check "cited files exist" python3 tools/check_citations.py
check "imports are declared and used" python3 tools/check_imports.py
check "docs/architecture.md draws the targets of Package.swift" python3 tools/target_graph.py --check
check "no comment begins with Of" comments_have_subjects
exit $failed
