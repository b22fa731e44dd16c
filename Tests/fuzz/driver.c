/* One fuzzed reader for libFuzzer. Compiled once for each: -DREADER=n (FuzzedReader in readers/FuzzedReaders.swift) and
   -DSHAPE=n, what the mutator knows about the bytes. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define SHAPE_BYTES 0        /* nothing */
#define SHAPE_CHUNKS 1       /* PNG: chunks with checksums */
#define SHAPE_HEADER 2       /* safetensors: the length of a header in JSON, the header, data */

int32_t srq_fuzz_read(int32_t reader, const uint8_t *bytes, ptrdiff_t count);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (srq_fuzz_read(READER, bytes, (ptrdiff_t)size) < 0)
        __builtin_trap();
    return 0;
}

#if SHAPE == SHAPE_CHUNKS

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Puts every chunk's checksum right, so that mutations get past it. */
static void repair(uint8_t *bytes, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        size_t length = big_endian(bytes + at);
        if (length > size - at - 12)
            return;
        uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)(length + 4));
        for (int i = 0; i < 4; i++)
            bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

#elif SHAPE == SHAPE_HEADER

/* Mutates the header alone and writes its new length before it. */
static size_t mutate_header(uint8_t *bytes, size_t size, size_t capacity)
{
    uint64_t length;
    if (size < 8)
        return LLVMFuzzerMutate(bytes, size, capacity);
    memcpy(&length, bytes, 8);
    if (length > size - 8)
        return LLVMFuzzerMutate(bytes, size, capacity);
    static uint8_t header[1 << 20];
    size_t data = size - 8 - (size_t)length, room = capacity - 8 - data;
    if (length > sizeof header)
        return LLVMFuzzerMutate(bytes, size, capacity);
    memcpy(header, bytes + 8, (size_t)length);
    size_t changed = LLVMFuzzerMutate(header, (size_t)length, room < sizeof header ? room : sizeof header);
    memmove(bytes + 8 + changed, bytes + 8 + length, data);
    memcpy(bytes + 8, header, changed);
    uint64_t written = changed;
    memcpy(bytes, &written, 8);
    return 8 + changed + data;
}

#endif

#if SHAPE != SHAPE_BYTES

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
#if SHAPE == SHAPE_CHUNKS
    size = LLVMFuzzerMutate(bytes, size, capacity);
    if (seed % 8 != 0)                  /* one in eight keeps its broken checksums */
        repair(bytes, size);
    return size;
#else
    return seed % 4 == 0 ? LLVMFuzzerMutate(bytes, size, capacity) : mutate_header(bytes, size, capacity);
#endif
}

#endif
