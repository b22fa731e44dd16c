#include "shared.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cpng_raise(png_structp png, png_const_charp text) {
    cpng_trouble *trouble = png_get_error_ptr(png);
    if (trouble) snprintf(trouble->message, CPNG_MESSAGE_SIZE, "%s", text);
    png_longjmp(png, 1);
}

png_voidp cpng_allocate(png_structp png, png_alloc_size_t size) {
    void *memory = malloc(size);
    cpng_trouble *trouble = png_get_mem_ptr(png);
    if (!memory && trouble) trouble->out_of_memory = 1;
    return memory;
}

void cpng_deallocate(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

int cpng_failure(const cpng_trouble *trouble, char message[CPNG_MESSAGE_SIZE]) {
    if (trouble && !trouble->out_of_memory) {
        memcpy(message, trouble->message, CPNG_MESSAGE_SIZE);
        return CPNG_DAMAGED;
    }
    snprintf(message, CPNG_MESSAGE_SIZE, "not enough memory");
    return CPNG_MEMORY;
}

int cpng_is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}
