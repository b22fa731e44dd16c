#!/bin/sh
# The Lua tests in srq-lua, then again as a plain module of a stock lua5.4.
export BUILD="${BUILD:-build}"
status=0
unset LUA_INIT LUA_INIT_5_4 SRQ_LUA_PATH

echo "in srq-lua:"
"$BUILD/bin/srq-lua" Tests/lua/all.lua "$@" || status=1

echo "in lua5.4:"
LUA_PATH="lua/?.lua;lua/?/init.lua" LUA_CPATH="$BUILD/lib/lua/5.4/?.so" lua5.4 Tests/lua/all.lua "${@:-options}" model images \
    quantization progress evaluation upscale image paths system errors memory locale report/report report/plot experiment/rows \
    experiment/sensitivity || status=1
exit $status
