/* Expectations: they print what failed and go on, and main returns `failures != 0`. */
#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>
#include <string.h>

#include "srq.h"

static int failures, checks;

#define EXPECT(condition) \
    ((void)(checks++, (condition) || (failures++, fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition))))

/* Expects that the call fails with `status`, and says why. */
#define EXPECT_STATUS(call, status) expect_status((call), (status), #call, __LINE__)

static void expect_status(srq_status found, srq_status expected, const char *call, int line)
{
    checks++;
    if (found != expected) {
        failures++;
        fprintf(stderr, "line %d: %s gave %s (%s), expected %s\n", line, call, srq_status_name(found), srq_last_error(),
                srq_status_name(expected));
    } else if (found != SRQ_OK && *srq_last_error() == '\0') {
        failures++;
        fprintf(stderr, "line %d: %s failed without a message\n", line, call);
    }
}

#define EXPECT_OK(call) EXPECT_STATUS(call, SRQ_OK)
#define EXPECT_ARGUMENT(call) EXPECT_STATUS(call, SRQ_ERROR_ARGUMENT)

/* Expects that the call fails in some way, and says why. */
#define EXPECT_FAILURE(call) expect_failure((call), #call, __LINE__)

static void expect_failure(srq_status found, const char *call, int line)
{
    checks++;
    if (found == SRQ_OK || *srq_last_error() == '\0' || found == SRQ_ERROR_INTERNAL) {
        failures++;
        fprintf(stderr, "line %d: %s gave %s (%s), expected a failure with a message\n", line, call, srq_status_name(found),
                srq_last_error());
    }
}

static int finish(const char *name)
{
    (void)expect_status, (void)expect_failure;
    printf("%-12s %d checks, %d failed\n", name, checks, failures);
    return failures != 0;
}

#endif
