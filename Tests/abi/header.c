/* The header compiles alone, as strict C99. */
#include "srq.h"

int main(void)
{
    return SRQ_VERSION_NUMBER != SRQ_VERSION_MAJOR * 1000000 + SRQ_VERSION_MINOR * 1000 + SRQ_VERSION_PATCH;
}
