/* The lists of options against the structs of options: all.sh writes the fields as the header has them. */
#include <math.h>
#include <stdint.h>

#include "expect.h"

static const struct {
    const char *type, *name;
    size_t offset, size;
} fields[] = {
#define FIELD(type, name) {#type, #name, offsetof(type, name), sizeof(((type *)0)->name)},
#include "fields.h"
};

#define FIELDS (sizeof fields / sizeof *fields)

/* Returns the struct of a call's options, filled with the defaults. */
static const char *fill(const char *owner, void *options, size_t *size)
{
#define FILL(name, type)                                  \
    if (strcmp(owner, name) == 0) {                       \
        *size = sizeof(type);                             \
        type##_init((type *)options, (uint32_t)*size);    \
        return #type;                                     \
    }
    FILL("load", srq_load_options)
    FILL("images", srq_images_options)
    FILL("calibrate", srq_calibration_options)
    FILL("finetune", srq_finetune_options)
    FILL("quantize", srq_quantize_options)
    FILL("ptq", srq_ptq_options)
    FILL("session", srq_session_options)
    FILL("evaluate", srq_evaluation_options)
    FILL("histograms", srq_histogram_options)
    return NULL;
}

static int is_an_option(const char *field)
{
    return strcmp(field, "struct_size") != 0 && strcmp(field, "user") != 0 && strncmp(field, "reserved", 8) != 0;
}

static size_t size_of(srq_option_type type)
{
    switch (type) {
    case SRQ_OPTION_UINT32:
    case SRQ_OPTION_FLAG:
    case SRQ_OPTION_FLOAT: return 4;
    case SRQ_OPTION_UINT64: return 8;
    case SRQ_OPTION_TEXT:
    case SRQ_OPTION_LIST:
    case SRQ_OPTION_FUNCTION: return sizeof(void *);
    default: return 0;
    }
}

static int one_of(const char *text, const char *names)
{
    const size_t length = strlen(text);
    for (const char *name = names; *name; name += strcspn(name, ","), name += strspn(name, ", "))
        if (strcspn(name, ",") == length && strncmp(name, text, length) == 0)
            return 1;
    return 0;
}

/* The value in the struct is the default that the list tells. */
static int is_default(const srq_option_info *option, const void *field)
{
    const char *text;
    float number;
    uint64_t wide;
    uint32_t whole;

    switch (option->type) {
    case SRQ_OPTION_TEXT:
    case SRQ_OPTION_LIST:
        memcpy(&text, field, sizeof text);
        return option->has_default ? text && strcmp(text, option->default_text) == 0 : !text;
    case SRQ_OPTION_FLOAT:
        memcpy(&number, field, sizeof number);
        return option->has_default ? number == (float)option->default_number : isnan(number) || number == 0;
    case SRQ_OPTION_UINT64:
        memcpy(&wide, field, sizeof wide);
        return option->has_default ? (double)wide == option->default_number : wide == UINT64_MAX;
    case SRQ_OPTION_UINT32:
    case SRQ_OPTION_FLAG:
        memcpy(&whole, field, sizeof whole);
        return option->has_default ? (double)whole == option->default_number : whole == UINT32_MAX;
    case SRQ_OPTION_FUNCTION:
        memcpy(&text, field, sizeof text);
        return !option->has_default && !text;
    default: return 0;
    }
}

static void check_option(const srq_option_info *option, const char *owner, const char *type, const unsigned char *options)
{
    size_t found = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].type, type) != 0 || strcmp(fields[i].name, option->field) != 0)
            continue;
        found++;
        EXPECT(is_an_option(option->field));
        EXPECT(option->offset == fields[i].offset && size_of(option->type) == fields[i].size);
    }
    EXPECT(found == 1);
    if (!is_default(option, options + option->offset)) {
        fprintf(stderr, "%s.%s: the struct has another default\n", owner, option->field);
        failures++;
    }
    const size_t length = strlen(option->meaning);
    EXPECT(length > 10 && option->meaning[length - 1] == '.' && *option->default_text);
    const int is_number =
        option->type == SRQ_OPTION_UINT32 || option->type == SRQ_OPTION_UINT64 || option->type == SRQ_OPTION_FLOAT;
    EXPECT(is_number ? option->minimum < option->maximum : isnan(option->minimum) && isnan(option->maximum) && !*option->bounds);
    if (is_number && option->has_default) {
        EXPECT(option->default_number >= option->minimum + (option->minimum_excluded ? 1e-9 : 0));
        EXPECT(option->default_number <= option->maximum - (option->maximum_excluded ? 1e-9 : 0));
    }
    if (option->type == SRQ_OPTION_TEXT && *option->choices && option->has_default)
        EXPECT(one_of(option->default_text, option->choices));
    EXPECT(option->type != SRQ_OPTION_LIST || *option->choices);
}

int main(void)
{
    size_t options = 0, expected = 0, owners = 0;
    const char *owner;

    for (; (owner = srq_option_owner(owners)); owners++) {
        union {
            uint64_t aligned[64];
            unsigned char bytes[512];
        } defaults;
        size_t size = 0;
        const char *type = fill(owner, &defaults, &size);
        EXPECT(type != NULL);
        if (!type)
            continue;
        EXPECT(srq_option_count(owner) > 0);
        for (size_t i = 0; i < srq_option_count(owner); i++, options++) {
            srq_option_info option = {.struct_size = sizeof option};
            EXPECT_OK(srq_option_get(owner, i, &option));
            check_option(&option, owner, type, defaults.bytes);
        }
    }
    EXPECT(srq_option_owner(owners + 1) == NULL && srq_option_owner(SIZE_MAX) == NULL);
    for (size_t i = 0; i < FIELDS; i++)
        expected += (size_t)is_an_option(fields[i].name);
    /* As many options as fields, each of which was found: no field is left out. */
    EXPECT(owners == 9 && options == expected);
    return finish("options");
}
