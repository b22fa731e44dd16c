# The words that people and CI share: setup build demo test bench lint fuzz faults asan tsan install clean.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
# SwiftPM would compile C with $CC, but needs its own clang.
SWIFT = env -u CC -u CXX swift
CC ?= cc
BUILD ?= build
DEMO_ARGUMENTS ?=
BENCH ?= steps engines
BENCH_ARGUMENTS ?=
# 1: the results of this kind of machine go into docs; 0: into $(BUILD)/bench/record.
BENCH_RECORD ?= 0
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= -1
FUZZ_SANITIZE ?=
FUZZ_READERS ?=

VERSION := $(shell sed -n 's/^\#define SRQ_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' include/srq.h | paste -sd.)
SOVERSION := 0

LUA_CFLAGS = $(shell pkg-config --cflags lua5.4)
LUA_LIBS = $(shell pkg-config --libs lua5.4)
CFLAGS ?= -O2
STRICT = -std=c99 -Wall -Wextra -Wpedantic -Wshadow -Werror

LIBRARY = $(BUILD)/lib/libsrq.so.$(VERSION)
MODULE = $(BUILD)/lib/lua/5.4/srq/core.so
HOST = $(BUILD)/bin/srq-lua
BINDING_SOURCES = $(wildcard Sources/CLuaSRQ/*.c)
HOST_SOURCES = $(wildcard Sources/srq-lua/*.c)
C_HEADERS = include/srq.h $(wildcard Sources/CLuaSRQ/*.h Sources/CLuaSRQ/include/*.h Sources/srq-lua/*.h)
C_INCLUDES = -Iinclude -ISources/CLuaSRQ/include

.PHONY: setup build demo test bench lint fuzz faults asan tsan install clean objects

# ---- Setting up ------------------------------------------------------------------------------------------------------

setup:
	@sh tools/setup.sh

# ---- Building --------------------------------------------------------------------------------------------------------

# SwiftPM decides what is out of date and writes down the object files, so the rest is read afresh once it is done.
build: setup objects
	@$(MAKE) --no-print-directory $(LIBRARY) $(HOST) $(MODULE)

OBJECT_LIST = $(BUILD)/objects.txt
OBJECTS = $(shell cat $(OBJECT_LIST) 2>/dev/null)

objects:
	@mkdir -p $(BUILD)/bin $(BUILD)/lib/lua/5.4/srq
	$(SWIFT) build -c release --product srq-lua
	@grep -v -e '/CLuaSRQ\.build/' -e '/srq_lua\.build/' \
	    "$$($(SWIFT) build -c release --show-bin-path)/srq-lua.product/Objects.LinkFileList" > $(OBJECT_LIST)

# What the header declares, by name: the kernels' names begin with srq_ as well.
$(BUILD)/srq.map: include/srq.h tools/functions.sh
	@{ echo '{ global:'; sh tools/functions.sh | sed 's/$$/;/'; echo 'local: *; };'; } > $@

# Self-contained: Swift's runtime is inside, and nothing but the header's functions can be seen.
$(LIBRARY): $(OBJECTS) $(BUILD)/srq.map
	swiftc -emit-library -static-stdlib -o $@ @$(OBJECT_LIST) -lpng -lz -ldnnl -lgomp \
	    -Xlinker --version-script=$(BUILD)/srq.map -Xlinker -soname=libsrq.so.$(SOVERSION) \
	    -Xlinker --gc-sections -Xlinker --no-undefined -Xlinker --strip-all
	ln -sf libsrq.so.$(VERSION) $(BUILD)/lib/libsrq.so.$(SOVERSION)
	ln -sf libsrq.so.$(SOVERSION) $(BUILD)/lib/libsrq.so

$(HOST): $(HOST_SOURCES) $(BINDING_SOURCES) $(C_HEADERS) $(LIBRARY)
	$(CC) $(CFLAGS) $(STRICT) $(C_INCLUDES) $(LUA_CFLAGS) -o $@ $(HOST_SOURCES) $(BINDING_SOURCES) \
	    -L$(BUILD)/lib -lsrq $(LUA_LIBS) -Wl,-rpath,'$$ORIGIN/../lib'

# For a stock lua5.4, which brings Lua's own functions.
$(MODULE): $(BINDING_SOURCES) $(C_HEADERS) tools/core.map $(LIBRARY)
	$(CC) $(CFLAGS) $(STRICT) -fPIC -shared $(C_INCLUDES) $(LUA_CFLAGS) -o $@ $(BINDING_SOURCES) \
	    -L$(BUILD)/lib -lsrq -Wl,-rpath,'$$ORIGIN/../../..' -Wl,--version-script=tools/core.map

# ---- Using -----------------------------------------------------------------------------------------------------------

demo: build
	$(HOST) experiments/quickstart.lua --out $(BUILD)/demo $(DEMO_ARGUMENTS)

install: build
	@PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)' BUILD='$(BUILD)' VERSION='$(VERSION)' SOVERSION='$(SOVERSION)' sh tools/install.sh

# ---- Checking --------------------------------------------------------------------------------------------------------

test: build
	@BUILD='$(BUILD)' CC='$(CC)' sh Tests/all.sh

bench: build
	@BUILD='$(BUILD)' BENCH_ARGUMENTS='$(BENCH_ARGUMENTS)' BENCH_RECORD='$(BENCH_RECORD)' sh tools/bench.sh $(BENCH)

lint:
	@sh tools/lint.sh

asan:
	@BUILD='$(BUILD)' sh tools/asan.sh

fuzz: build
	@BUILD='$(BUILD)' FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_RUNS='$(FUZZ_RUNS)' FUZZ_SANITIZE='$(FUZZ_SANITIZE)' \
	    sh tools/fuzz.sh $(FUZZ_READERS)

faults: build
	@BUILD='$(BUILD)' python3 Tests/faults/faults.py

tsan:
	@BUILD='$(BUILD)' sh tools/tsan.sh

clean:
	rm -rf $(BUILD) .build
