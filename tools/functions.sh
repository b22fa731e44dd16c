#!/bin/sh
# Lists the functions that include/srq.h declares, one a line, sorted.
sed -e 's|/\*.*\*/||' -e '/^\/\*/,/\*\//d' -e '/^ \*/d' include/srq.h | grep -o '\bsrq_[a-z_]*(' | tr -d '(' | sort -u
