#!/bin/sh
# Lists the fields of every struct of options in include/srq.h, one a line: FIELD(struct, field)
awk '
    { line = $0 }
    comment { if (!sub(/.*\*\//, "", line)) next; comment = 0 }
    { sub(/\/\*.*\*\//, "", line); if (sub(/\/\*.*/, "", line)) comment = 1 }
    line ~ /^typedef struct srq_[a-z]*_options \{/ { split(line, words, " "); inside = words[3]; next }
    line ~ /^\}/ { inside = "" }
    inside && line ~ /;/ { sub(/;.*/, "", line); sub(/^.*[ *]/, "", line); print "FIELD(" inside ", " line ")" }' include/srq.h
