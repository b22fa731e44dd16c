#include "shared.h"
#include <stdio.h>

void cpng_raise(png_structp png, png_const_charp text) {
    char *message = png_get_error_ptr(png);
    if (message) snprintf(message, CPNG_MESSAGE_SIZE, "%s", text);
    png_longjmp(png, 1);
}

void cpng_ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

int cpng_is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}
