/**
 * srq: quantized super-resolution.
 *
 * The way of a network, end to end: load a checkpoint, calibrate, finetune, quantize, save, upscale, evaluate.
 * This file is the whole published interface; anything else may change at any time. docs/conventions.md has the rules at length,
 * docs/options.md the bounds and defaults of every option, docs/method.md and docs/baselines.md the formulas (Eq. 3 to 6 and
 * Algorithm 1 are the numbers of the method's paper).
 *
 *   srq_model *network, *model;  srq_images *images;  srq_quantization *q;
 *   srq_model_load(&network, "edsr_x4.pth", NULL);
 *   srq_images_open(&images, "photos/" "*.png", NULL);
 *   srq_model_calibrate(&q, network, images, NULL);
 *   srq_quantization_finetune(q, images, NULL);
 *   srq_model_quantize(&model, q, NULL);
 *   srq_model_save(model, "edsr_w4a4.srq");
 *
 * Rules that hold everywhere
 *   Errors     Functions that can fail return srq_status: 0 is success, everything else an error (treat unknown codes as
 *              errors). The out-parameter comes first and is set to NULL on failure; nothing else changes on failure, except
 *              that files which a long call had finished stay. srq_last_error says what, where and which value. The library
 *              never prints, exits or throws, and bad input never aborts it. A NULL handle or required pointer, a freed handle
 *              that is recognised as such, a value out of its range and an unknown name are SRQ_ERROR_ARGUMENT. A function
 *              that only counts returns 0 for NULL.
 *   Ownership  Whatever comes out through a pointer-to-pointer belongs to the caller, who frees it with the type's _free
 *              function (which accepts NULL). Everything returned as const is borrowed from its handle and lives as long.
 *              Handles keep alive what they need: free them in any order.
 *   Threads    A srq_model, srq_images, srq_histograms or srq_evaluation never changes and may be used by many threads at
 *              once. A srq_session or a srq_quantization serves one call at a time, and may move between threads: while a call is
 *              at work on it, every other call on it, even one that only reads, is SRQ_ERROR_BUSY and changes nothing, whether it
 *              comes from another thread or from the call's own callback. One that is freed meanwhile lives until that call ends.
 *              A call on a handle and the freeing of it must not run at the same time in two threads. Calls on a srq_image only
 *              read it; who writes its pixels must be the only one to use it. Error messages are per thread. `threads` in options
 *              never changes a byte of a result.
 *   Fork       In a child process all handles can be used and freed if no thread was inside a call when the process forked; a
 *              session starts threads of its own there when it is first used. A handle that a call was at work on stays busy in
 *              the child. A child that is forked within a callback must not return from it: it calls exec or _exit.
 *   Options    A struct of options starts with struct_size. Fill it with srq_..._options_init(&options, sizeof options), then
 *              change fields; NULL in its place means the defaults. Fields are only ever appended, and the library neither
 *              reads nor writes beyond the size it is told, so a program that was built with an older header keeps working. In
 *              a struct of a newer header, what this library does not know must be 0, else the call is an error. `reserved`
 *              fields are 0.
 *   Results    A struct that a call fills (srq_model_info, srq_image_score, ...) starts with struct_size too, which the caller
 *              sets to sizeof the struct before the call.
 *   Text       Strings are UTF-8 and NUL-terminated; other bytes are an error. Paths are bytes as the system has them; one that is
 *              not UTF-8 works, and is shown in messages and names with "\xe9" for such a byte. NULL in options means the default.
 *   Files      A file is written beside its place, synced and renamed: a reader sees the old file or the new one in full. An
 *              existing file keeps its permissions and, where the process may give files away, its owner; a symbolic link stays
 *              one and what it names is written, be it new. What a killed process left is removed by the next writer of that
 *              name. A failed write is SRQ_ERROR_IO, also where the system's signal (SIGXFSZ, SIGPIPE) would end the process.
 *   Memory     What grows with an input (files, images, weights, feature maps) is asked for before it is used, and is
 *              SRQ_ERROR_MEMORY where it is not there. Small blocks are Swift's own, below about 100 KB each: where even those
 *              cannot be had, Swift's runtime ends the process. Reading a file takes at most 32 times its size and 128 MB;
 *              an image takes its pixels, at most 1032 times the file's size and 2^28 of them.
 *   Units      Pixels are interleaved, rows go from top to bottom, strides are in bytes. Bits are 2...8, and 32 stands for
 *              float. Ranges and breakpoints are on the scale of the layer's input, NaN where there is none. PSNR is in dB,
 *              time in seconds. Layers count from 0 in execution order.
 */
#ifndef SRQ_H
#define SRQ_H

#include <stddef.h>
#include <stdint.h>

#define SRQ_VERSION_MAJOR 0
#define SRQ_VERSION_MINOR 1
#define SRQ_VERSION_PATCH 0
#define SRQ_VERSION_NUMBER 1000

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version and errors ------------------------------------------------------------------------------------------- */

/** The result of a call: 0 or one of the SRQ_ERROR_ codes, which are never renumbered. New codes may appear. */
typedef int32_t srq_status;

#define SRQ_OK ((srq_status)0)
#define SRQ_ERROR_ARGUMENT ((srq_status)-10)    /* NULL, out of range, unknown name, pattern without a match */
#define SRQ_ERROR_IO ((srq_status)-20)          /* a file cannot be opened, read or written; the disk is full */
#define SRQ_ERROR_FORMAT ((srq_status)-30)      /* a file is damaged, lies about itself or is not what it should be */
#define SRQ_ERROR_UNSUPPORTED ((srq_status)-40) /* well-formed, but not something this library knows */
#define SRQ_ERROR_MEMORY ((srq_status)-50)      /* the memory that the work needs is not there */
#define SRQ_ERROR_BUSY ((srq_status)-55)        /* another call is at work on the handle */
#define SRQ_ERROR_CANCELLED ((srq_status)-60)   /* a progress callback returned non-zero */
#define SRQ_ERROR_INTERNAL ((srq_status)-90)    /* the library has a bug: please report the message */

/** Returns the library's version: major · 1,000,000 + minor · 1,000 + patch. SRQ_VERSION_NUMBER is the header's. */
uint32_t srq_version_number(void);

/** Returns 16 hexadecimal digits that differ from build to build, for programs that keep results and must not take those of another
 *  build for their own: a digest of the library's file, which is read at the first call. "" if it cannot be read. Never NULL; the
 *  text lives as long as the process. */
const char *srq_build_id(void);

/** Returns the name of a status, such as "SRQ_ERROR_IO"; "unknown status" for a code that it does not know. Never NULL; the text
 *  lives as long as the process. */
const char *srq_status_name(srq_status status);

/** Returns what went wrong in this thread's last failed call; "" before any. Never NULL; the text belongs to the library and is
 *  valid until this thread's next srq call. Texts may change from version to version. */
const char *srq_last_error(void);

/* ---- Progress ----------------------------------------------------------------------------------------------------- */

/** How far a long call is. The struct and its strings live as long as the callback runs. */
typedef struct srq_progress {
    uint32_t struct_size;   /* set by the library */
    uint32_t epoch;         /* 1-based while finetuning, else 0 */
    uint64_t done;          /* steps finished, of `total`, over the whole call */
    uint64_t total;
    const char *stage;      /* "calibrate" (histograms too), "finetune", "evaluate" or "upscale" */
    const char *detail;     /* the epoch's parameter group, the image's name; "" if none */
    double loss;            /* of the step just done while finetuning, else NaN */
    double seconds;         /* since the call began */
} srq_progress;

/** A function of the caller's that is told how far a call is: after each image (calibration, histograms, evaluation), each step
 *  (finetuning) or each piece of an image (upscaling). It runs on the thread that made the call, never concurrently, and gets the
 *  `user` that came with it. It returns 0 to go on and anything else to cancel the call, which then fails with
 *  SRQ_ERROR_CANCELLED. It must return: an exception or a longjmp out of it has no defined behaviour (srq.hpp carries exceptions
 *  across). Calls on the handle that is at work are SRQ_ERROR_BUSY within it; all other handles can be used. */
typedef int32_t (*srq_progress_function)(void *user, const srq_progress *progress);

/* ---- Warnings ----------------------------------------------------------------------------------------------------- */

/** A function of the caller's that is told what is odd about something that can be used all the same. It runs on the thread that
 *  made the call, before that returns, once for each warning, and gets the `user` that came with it. `message` is one sentence and
 *  lives as long as the function runs. What is said of srq_progress_function about returning and about calls holds here too. */
typedef void (*srq_warning_function)(void *user, const char *message);

/* ---- Options ------------------------------------------------------------------------------------------------------ */

/** The type of an option's field in its struct of options. */
typedef int32_t srq_option_type;

#define SRQ_OPTION_UINT32 ((srq_option_type)1)
#define SRQ_OPTION_UINT64 ((srq_option_type)2)
#define SRQ_OPTION_FLAG ((srq_option_type)3)     /* int32_t, 0 or 1 */
#define SRQ_OPTION_FLOAT ((srq_option_type)4)
#define SRQ_OPTION_TEXT ((srq_option_type)5)     /* const char *; one of `choices` where there are any */
#define SRQ_OPTION_LIST ((srq_option_type)6)     /* const char *; some of `choices`, separated by commas */
#define SRQ_OPTION_FUNCTION ((srq_option_type)7) /* srq_progress_function */

/** One option of a call. All strings are constants, live as long as the process and are never NULL. */
typedef struct srq_option_info {
    uint32_t struct_size;
    srq_option_type type;
    const char *name;           /* the key in Lua; "lr.range" is the key "range" of the table "lr" */
    const char *field;          /* the field of the struct of options, and the keyword in Python */
    uint32_t offset;            /* where the field stands in the struct, in bytes */
    int32_t has_default;        /* 1: default_number or default_text is set unless the caller changes it; 0: nothing is */
    const char *default_text;   /* the default as text; where nothing is set, what happens then */
    double default_number;      /* the default of a number or a flag; else NaN */
    double minimum;             /* of a number, -infinity where there is none; NaN for all else */
    double maximum;             /* of a number, infinity where there is none; NaN for all else */
    int32_t minimum_excluded;   /* 1: the minimum itself is not allowed */
    int32_t maximum_excluded;   /* 1: the maximum itself is not allowed */
    const char *bounds;         /* both bounds as text, such as "2...8" or "(0, 100]"; "" where there are none */
    const char *choices;        /* the names that are known, separated by ", "; "" where any text will do, and for other types */
    const char *meaning;        /* one sentence */
} srq_option_info;

/** Returns the name of call `index` of those that have options: "load", "images", "calibrate", ...; NULL behind the last. */
const char *srq_option_owner(size_t index);

/** Returns how many options the call `owner` has; 0 for NULL and for a name that no such call has. */
size_t srq_option_count(const char *owner);

/** Fills `info`, whose struct_size the caller has set, for option `index` of the call `owner`. An unknown call and an index behind
 *  the last option are SRQ_ERROR_ARGUMENT. */
srq_status srq_option_get(const char *owner, size_t index, srq_option_info *info);

/* ---- Images ------------------------------------------------------------------------------------------------------- */

/** The layout of one pixel; channels are interleaved. */
typedef int32_t srq_pixel_format;

#define SRQ_PIXEL_GRAY ((srq_pixel_format)1)
#define SRQ_PIXEL_GRAY_ALPHA ((srq_pixel_format)2)
#define SRQ_PIXEL_RGB ((srq_pixel_format)3)
#define SRQ_PIXEL_RGBA ((srq_pixel_format)4)
#define SRQ_PIXEL_BGR ((srq_pixel_format)5)
#define SRQ_PIXEL_BGRA ((srq_pixel_format)6)

/** The type of one channel. 8 and 16 bits use the full range (white is 255 or 65535, host byte order), float is 0…1. */
typedef int32_t srq_pixel_type;

#define SRQ_PIXEL_UINT8 ((srq_pixel_type)1)
#define SRQ_PIXEL_UINT16 ((srq_pixel_type)2)
#define SRQ_PIXEL_FLOAT32 ((srq_pixel_type)3)

/** Pixels that belong to the caller, who sets struct_size to sizeof(srq_image_view). Calls read or write them while they last and
 *  keep no pointer to them. */
typedef struct srq_image_view {
    uint32_t struct_size;
    uint32_t width;          /* at least 1 */
    uint32_t height;         /* at least 1 */
    srq_pixel_format format;
    srq_pixel_type type;
    uint32_t reserved;       /* 0 */
    size_t stride;           /* bytes from one row to the next, at least a row's own; 0 means rows without gaps */
    void *data;              /* the top left pixel, at any alignment; not NULL */
} srq_image_view;

/** An image in memory that the library allocated: made by srq_image_read, srq_image_create or srq_image_resize, freed by
 *  srq_image_free. Calls only read it; a thread that writes its pixels must be the only one to use it. */
typedef struct srq_image srq_image;

/** Reads a PNG file: gray, RGB or palette (which becomes RGB), with or without alpha, up to 16 bits (fewer than 8 become 8). What
 *  is wrong in it but changes no pixel is no error: bytes after the end or no end, surplus data, broken checksums of texts.
 *  SRQ_ERROR_IO, SRQ_ERROR_FORMAT for a damaged file, SRQ_ERROR_MEMORY. */
srq_status srq_image_read(srq_image **out, const char *path);

/** Tells `warning` what was wrong with the file that the image was read from, without any change to a pixel. What is made of the
 *  image has no warnings. */
srq_status srq_image_warnings(const srq_image *image, srq_warning_function warning, void *user);

/** Makes a black image, transparent if `format` has alpha, with sides of at least 1. SRQ_ERROR_MEMORY if there is no room. */
srq_status srq_image_create(srq_image **out, uint32_t width, uint32_t height, srq_pixel_format format, srq_pixel_type type);

/** Makes a copy of an image in another size, at least 1 x 1, resized bicubically as MATLAB's imresize does it (Keys' kernel with
 *  a = -0.5, antialiased when shrinking). Alpha is resized like a colour. */
srq_status srq_image_resize(srq_image **out, const srq_image *image, uint32_t width, uint32_t height);

/** Fills `view`, whose struct_size the caller has set, with the image's own pixels, which may be written to and are valid until
 *  srq_image_free. */
srq_status srq_image_pixels(const srq_image *image, srq_image_view *view);

/** Writes a PNG file through a temporary file and a rename, so that no reader sees half an image. Float becomes 16 bits, BGR
 *  becomes RGB. SRQ_ERROR_ARGUMENT for a name that ends like another format ("a.jpg"); one without an ending is fine. */
srq_status srq_image_write(const srq_image *image, const char *path);

/** Frees an image and its pixels; NULL is allowed. */
void srq_image_free(srq_image *image);

/** How alike two images of one size are on the luma channel (docs/protocols.md). A gray image counts as luma. */
typedef struct srq_image_score {
    uint32_t struct_size;
    uint32_t reserved;        /* 0 */
    const char *name;         /* the file's name without ".png", the folder's for a mean, "" from srq_image_compare */
    double psnr;              /* dB; +infinity for equal images */
    double ssim;              /* MATLAB's reading: 11x11 Gaussian, valid windows only, luma with the 16 offset */
    double ssim_replicate;    /* AdaBM's reading: same size, replicated borders, luma without the offset */
    double bits;              /* the mean activation bits of the layers below 8 bits, which may depend on the image ("adabm"); the
                                 mean of an evaluation is AdaBM's FAB. 32 for a float model, NaN from srq_image_compare */
} srq_image_score;

/** Fills `score`, whose struct_size the caller has set, for two images of one size, with `shave` pixels left out at every side.
 *  SSIM is NaN if its window of 11 x 11 pixels does not fit. Sizes that differ, or that `shave` leaves nothing of, are
 *  SRQ_ERROR_ARGUMENT. */
srq_status srq_image_compare(const srq_image *image, const srq_image *reference, uint32_t shave, srq_image_score *score);

/** An image that was left out of an evaluation or of the images to calibrate with. */
typedef struct srq_skipped_image {
    uint32_t struct_size;
    uint32_t reserved;        /* 0 */
    const char *name;         /* the file's name without ".png", for srq_images its path; borrowed from the handle */
    const char *reason;       /* why, with the file that is to blame; borrowed from the handle */
} srq_skipped_image;

/* ---- Models ------------------------------------------------------------------------------------------------------- */

/** A network with its weights, in float or quantized: made by srq_model_load, srq_model_load_memory, srq_model_quantize or
 *  srq_model_snap, freed by srq_model_free. It never changes; any number of threads may use it at once. */
typedef struct srq_model srq_model;

/** What a checkpoint cannot say about its network. A saved model says all of it: with one, only defaults are allowed. */
typedef struct srq_load_options {
    uint32_t struct_size;
    int32_t tanh_output;    /* 1: SRResNet whose output is (tanh(y) + 1) · 127.5; default 0 */
    float res_scale;        /* EDSR: factor of the residual branch; default NaN: 0.1 for 256 channels × 32 blocks, else 1 */
    float range;            /* white as the network sees it, 1 or 255; default 0: what the tensor names imply */
} srq_load_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_load_options_init(srq_load_options *options, uint32_t struct_size);

/** Loads a PyTorch state dict (.pth, .pt), a .safetensors file or a saved .srq model, told apart by content; the network is
 *  recognised from its tensor names. Nothing in the file is ever executed. SRQ_ERROR_IO, SRQ_ERROR_FORMAT for a damaged file,
 *  SRQ_ERROR_UNSUPPORTED for tensors of no known network and for a model file of a newer library. */
srq_status srq_model_load(srq_model **out, const char *path, const srq_load_options *options);

/** Tells `warning` what makes a model unlikely to be what its load options say: it enlarges a small smooth picture, shrinks that
 *  again and compares, which takes a fraction of a second. Nothing is told of a model that looks sound, nor of a quantized one,
 *  whose file says all about it. */
srq_status srq_model_warnings(const srq_model *model, srq_warning_function warning, void *user);

/** Loads a model from the `size` bytes of a file in memory, as srq_model_load does. The memory is not needed after the call. */
srq_status srq_model_load_memory(srq_model **out, const void *data, size_t size, const srq_load_options *options);

/** Writes a .srq file (docs/model-file.md): graph, weights (those of 4 bits two to a byte), the whole recipe and a checksum, by
 *  which srq_model_load refuses a file that was damaged. The same model always gives the same bytes. A path that leads, through
 *  whatever links, to a file that the model was made from (its checkpoint, images of calibration and finetuning) is
 *  SRQ_ERROR_ARGUMENT. */
srq_status srq_model_save(const srq_model *model, const char *path);

/** Writes the float weights under their checkpoint names as a .safetensors file, whose metadata keeps the load options (res_scale,
 *  tanh, range): srq_model_load reads them where its own options leave them at their defaults. SRQ_ERROR_UNSUPPORTED for a
 *  quantized model, which has no float weights any more; SRQ_ERROR_ARGUMENT for a path as in srq_model_save. */
srq_status srq_model_export(const srq_model *model, const char *path);

/** What a model is. */
typedef struct srq_model_info {
    uint32_t struct_size;
    uint32_t scale;            /* how many times the output is wider and higher than the input */
    const char *architecture;  /* "EDSR", "SRResNet", "RDN", ...; borrowed from the model */
    const char *recipe;        /* JSON: how it was calibrated and finetuned; "" for a float model; borrowed */
    size_t layers;             /* how many convolutions there are */
    uint64_t parameters;       /* how many weights, biases, numbers of normalisation and slopes there are */
    int32_t quantized;         /* 1 or 0 */
    int32_t snapped;           /* 1: activations lie on integer grids and layers compute in whole numbers where they can */
} srq_model_info;

/** Fills `info`, whose struct_size the caller has set. */
srq_status srq_model_describe(const srq_model *model, srq_model_info *info);

/** One convolution and how it is quantized. Bits are 32 and the ranges NaN on a side that stays float. */
typedef struct srq_layer_info {
    uint32_t struct_size;
    uint32_t inputs;           /* channels of the layer's input */
    uint32_t outputs;          /* channels of its output */
    uint32_t kernel;           /* side of the square kernel */
    uint32_t weight_bits;      /* 2...8, or 32 */
    uint32_t activation_bits;  /* 2...8, or 32; where they depend on the image, those between the image thresholds */
    const char *name;          /* the checkpoint's key without ".weight"; borrowed from the handle */
    const char *role;          /* "edge", "body" or "bodyEnd" */
    const char *quantizer;     /* the quantizer of the activations; "" where they stay in float; borrowed from the handle */
    double lower;              /* lower end of the clipping range of the layer's input */
    double upper;              /* upper end of it */
    double breakpoint;         /* NaN where the quantizer has none */
    double weight_bound;       /* u_w: weights are clipped to ±u_w (the largest, if per channel or asymmetric) */
    double deviation;          /* mean standard deviation of the layer's output while calibrating, Eq. 4 before the softmax; NaN
                                  where the layer was not calibrated */
    uint64_t parameters;       /* weights and biases */
    uint32_t resolution;       /* how many times the layer's output is wider and higher than the network's input */
    uint32_t weight_parameters; /* numbers of the weight ranges: 1 or 2, for all weights or each output channel; 0 where float */
    double measure;            /* AdaBM's m, whose rounding activation_bits includes; images above or below the thresholds take a
                                  bit more or less. NaN where the bits do not depend on the image */
    const char *in_float;      /* why a quantized layer of a snapped model computes in float all the same; "" for all others;
                                  borrowed from the handle */
    const char *arithmetic;    /* how a snapped model computes the layer on this machine: "winograd" or "wide" (16-bit integers,
                                  the former with a quarter of the multiplications), "gaussian" (bytes, with a third of them),
                                  "narrow" or "narrow 24" (bytes; sums of so many steps fit 16 bits), "float"; "" where the model
                                  is not snapped; borrowed from the handle */
    const char *arithmetic_reason; /* why no faster way is exact for the layer, one clause for each; "" where there is none, or
                                      where the model is not snapped; borrowed from the handle */
    uint64_t input_scales;     /* how many channels of the layer's input have a scale: all, or 0 where there are none. Ranges and
                                  breakpoint are those of the divided input, weight_bound that of the multiplied weights */
    double smallest_input_scale; /* the smallest of these scales, the largest being 1; NaN where there are none */
} srq_layer_info;

/** Fills `info`, whose struct_size the caller has set, for layer `index`, counted in execution order from 0. */
srq_status srq_model_layer(const srq_model *model, size_t index, srq_layer_info *info);

/** Tells the size of the output for an input of `width` × `height` pixels. SRQ_ERROR_ARGUMENT for a side of 0 and for a result that
 *  does not fit uint32_t; nothing is written then. */
srq_status srq_model_output_size(const srq_model *model, uint32_t width, uint32_t height, uint32_t *output_width,
                                 uint32_t *output_height);

/** Frees a model; NULL is allowed. Sessions and quantizations that need it keep it alive. */
void srq_model_free(srq_model *model);

/* ---- Upscaling ---------------------------------------------------------------------------------------------------- */

/** One thread's scratch memory, and the threads that help it, for running a model, which it keeps alive. One call at a time;
 *  freed by srq_session_free. A program that upscales many images keeps its session, which saves allocations. */
typedef struct srq_session srq_session;

typedef struct srq_session_options {
    uint32_t struct_size;
    uint32_t threads;       /* that work on one image; default 0: one per processor. Never changes a byte of the output */
    const char *precision;  /* of layers that are not quantized: "f32" (default, also NULL), or "bf16", faster and less exact;
                               SRQ_ERROR_UNSUPPORTED where the processor has no instructions for it (AVX512_BF16) */
    const char *alpha;      /* how alpha channels are enlarged: "bicubic" (default, also NULL), as srq_image_resize does it, or
                               "network": by the network, as gray, where alpha changes, and by bicubic where it is constant */
    const char *arithmetic; /* how all layers in whole numbers are computed: "" (default, also NULL) is the fastest way that is
                               exact for each layer, as srq_layer_info.arithmetic says; "gaussian", "winograd", "narrow" or "wide"
                               ask for one, never change a byte of the output, and are an error that names the layer where
                               that is not exact for it, or SRQ_ERROR_ARGUMENT for a model without such layers */
} srq_session_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_session_options_init(srq_session_options *options, uint32_t struct_size);

/** Makes a session for a model. */
srq_status srq_session_create(srq_session **out, const srq_model *model, const srq_session_options *options);

/** Sets the function that is told, from now on, how far an image is, with `done` in thousandths of the image; non-zero cancels that
 *  image, and nothing is written. NULL ends it. `user` must stay valid as long as the function is set. */
srq_status srq_session_set_progress(srq_session *session, srq_progress_function progress, void *user);

/** Sets the function that is told, from now on, what is wrong with the files that srq_session_upscale_file reads, without any
 *  change to a pixel. NULL ends it. `user` must stay valid as long as the function is set. */
srq_status srq_session_set_warning(srq_session *session, srq_warning_function warning, void *user);

/** Upscales `input` into `output`, both owned by the caller. `output` must have the size that srq_model_output_size tells, and
 *  as many channels as `input` (RGB and BGR order, and the types, may differ). Gray goes through the network as RGB; alpha is
 *  enlarged as the option `alpha` says. Results are clamped to the range of the type and rounded to nearest, ties to even. Floats
 *  that are not finite are SRQ_ERROR_ARGUMENT. An image for which the memory is not there is SRQ_ERROR_MEMORY before any work, with
 *  the size that would fit in the message. `output` is written only on success. */
srq_status srq_session_upscale(srq_session *session, const srq_image_view *input, const srq_image_view *output);

/** Upscales a PNG file into a PNG file of the same kind: gray, alpha and 16 bits are kept, palettes become RGB. The output file
 *  appears only on success. One that cannot be written, or whose name srq_image_write would refuse, is refused before the work. So
 *  is one that would replace, through whatever links, the input or a file that the model was made from: SRQ_ERROR_ARGUMENT. */
srq_status srq_session_upscale_file(srq_session *session, const char *input_path, const char *output_path);

/** Frees a session and ends its threads; NULL is allowed. Freed in its own progress callback, a session lives until the image is
 *  done. */
void srq_session_free(srq_session *session);

/* ---- Images for calibration and finetuning ------------------------------------------------------------------------ */

/** Square patches of low resolution RGB images, all in memory. They never change, and any number of threads may use them at once;
 *  freed by srq_images_free. */
typedef struct srq_images srq_images;

typedef struct srq_images_options {
    uint32_t struct_size;
    uint32_t count;         /* patches; default 100. Files are used in turn, sorted by name, until there are enough */
    uint32_t patch;         /* side in pixels; default 96. Smaller images are left out */
    uint32_t reserved;      /* 0 */
    uint64_t seed;          /* seed of the positions; default 1. The draw is that of Python's random.Random(seed).randint */
    int32_t keep_going;     /* 1: files that cannot be read are left out, as if they were not there; default 0: an error */
    uint32_t reserved_end;  /* 0 */
} srq_images_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_images_options_init(srq_images_options *options, uint32_t struct_size);

/** Reads patches from the PNG files of a folder or of a pattern with * and ? in its last part. If no image is large enough for a
 *  patch, or there is none at all, that is SRQ_ERROR_ARGUMENT. */
srq_status srq_images_open(srq_images **out, const char *pattern, const srq_images_options *options);

/** Makes patches of `count` images in memory, in the order of the array, as srq_images_open does. Pixels are copied; each view's
 *  struct_size is that of the first one. */
srq_status srq_images_from_views(srq_images **out, const srq_image_view *views, size_t count, const srq_images_options *options);

/** Tells `warning` what was wrong with the files that patches were taken from, without any change to a pixel. */
srq_status srq_images_warnings(const srq_images *images, srq_warning_function warning, void *user);

/** Returns how many patches there are; 0 for NULL. */
size_t srq_images_count(const srq_images *images);

/** Returns how many files were left out, always 0 without keep_going; 0 for NULL. */
size_t srq_images_skipped_count(const srq_images *images);

/** Fills `skipped`, whose struct_size the caller has set, with file `index` of those that were left out. */
srq_status srq_images_skipped(const srq_images *images, size_t index, srq_skipped_image *skipped);

/** Frees the patches; NULL is allowed. */
void srq_images_free(srq_images *images);

/* ---- Calibration and finetuning ----------------------------------------------------------------------------------- */

/** A network with quantizers on its layers that can still be changed: made by srq_model_calibrate, freed by
 *  srq_quantization_free. It keeps its model alive. One call at a time. */
typedef struct srq_quantization srq_quantization;

/** The bits, quantizers and constants of calibration (docs/method.md, "Calibration"; docs/baselines.md). */
typedef struct srq_calibration_options {
    uint32_t struct_size;
    uint32_t weights;            /* bits 2...8; default 4 */
    uint32_t activations;        /* bits 2...8, piecewise linear from 3; default 4 */
    uint32_t batch;              /* images between two updates of the moving averages; default 16 */
    const char *quantizer;       /* quantizer of the activations: "minmax", "percentile", "mse", "ptq4sr", "plq" (default),
                                    "plq-offset", "plq-one-sided"; "adabm": min-max whose bits depend on the image and the layer;
                                    "uniform": levels that are whole multiples of a step, both ends by least squared error;
                                    "codebook": levels of least squared error in any spacing, both with weights of least squared
                                    error per channel unless weight_range says otherwise */
    const char *protocol;        /* "full" (default): edges at 8 bits; "body": edges and body end stay float */
    const char *breakpoint;      /* "percentile" (default) or "search" for the least squared error */
    float momentum;              /* weight of the old value in the moving averages, 0 to below 1; default 0.9 */
    float percentile;            /* percentile of |x| that starts the breakpoint, above 0, at most 100; default 99 */
    int32_t per_channel;         /* 1: one weight range per output channel; default 0 */
    uint32_t threads;            /* default 0: one per processor */
    srq_progress_function progress;
    void *user;
    const char *weight_range;    /* how the range of the weights is found: "max", "percentile" (of |w|), "percentile-signed" (of w),
                                    "mse" (least squared error, searched from max |w|), "mse-signed" (from max w), "minmax"
                                    (asymmetric), "minmax-clipped" (by 0.01 %); default NULL: "percentile" and "mse" for those
                                    quantizers, "minmax" per channel for "ptq4sr", "max" for the others. The -signed ones are what
                                    AdaBM's code does */
    float range_percentile;      /* P of quantizer and weight range "percentile", 50...100, which clip to P(100 - this) and P(this);
                                    default 99 */
    float clipped_share;         /* share, 0 to below 1, of a batch's values that "ptq4sr" may clip; default 1e-4 */
    float clipped_share_8bit;    /* share that it may clip in layers of 8 bits; default 1e-5 */
    uint32_t reserved;           /* 0 */
    const char *input_scales;    /* what each channel of a layer's input is divided by before it is quantized, its weights being
                                    multiplied by the same: "none" (default, also NULL), "max" (its largest |x| over the images,
                                    which one more pass finds), "power" (a power of that) */
    const char *equalisation;    /* what is made equal, channel by channel, between the two convolutions of a residual block before
                                    anything is quantized: "none" (default, also NULL), "weights" (the largest on both sides),
                                    "activations" (the largest |x| over the images). The float network stays the same function */
    float scale_power;           /* exponent of input scales "power", 0...1; default 0.5 */
    int32_t bias_correction;     /* 1: biases take back what rounding adds to the mean of each layer's results; default 0 */
} srq_calibration_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_calibration_options_init(srq_calibration_options *options, uint32_t struct_size);

/** Runs the float network over the images and sets every clipping range and breakpoint: the calibration phase of Algorithm 1. A
 *  model that is quantized already is SRQ_ERROR_ARGUMENT. */
srq_status srq_model_calibrate(srq_quantization **out, const srq_model *model, const srq_images *images,
                               const srq_calibration_options *options);

/** Sets the bits of every calibrated layer whose name matches a pattern with * and ?: 2...8, 32 for float, 0 to leave that
 *  side as it is. The ranges stay, but a side that comes back from float has those of calibration again. A quantizer that
 *  cannot work at these bits is an error, as is a pattern without a match. */
srq_status srq_quantization_set_bits(srq_quantization *quantization, const char *pattern, uint32_t weights, uint32_t activations);

/** Returns how many layers there are, quantized or not; 0 for NULL. The number never changes, so it is told even while another call
 *  is at work on the quantization. */
size_t srq_quantization_layer_count(const srq_quantization *quantization);

/** Fills `info`, whose struct_size the caller has set, for layer `index` as it is now. Its strings are borrowed from
 *  `quantization`; in_float and arithmetic are "", since a quantization is no frozen model. */
srq_status srq_quantization_layer(const srq_quantization *quantization, size_t index, srq_layer_info *info);

/** Gives one layer activation levels of the caller's choice: each activation becomes the nearest of them, the lower one of two.
 *  `levels` ascend; there are at most 2^(the layer's activation bits). The quantizer is then called "levels" and nothing in it is
 *  learned. A layer that is not there, or not quantized, is an error. */
srq_status srq_quantization_set_levels(srq_quantization *quantization, const char *layer, const float *levels, size_t count);

/** Histograms of what enters the layers of the float network over a set of images. They never change, and any number of threads may
 *  read them; freed by srq_histograms_free. */
typedef struct srq_histograms srq_histograms;

typedef struct srq_histogram_options {
    uint32_t struct_size;
    uint32_t threads;            /* default 0: one per processor */
    const char *pattern;         /* pattern of layer names, with * and ?; default "*". One without a match is an error */
    srq_progress_function progress;
    void *user;
} srq_histogram_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_histogram_options_init(srq_histogram_options *options, uint32_t struct_size);

/** Runs the float network over the images twice, for the ranges and for the counts. Layers need not be quantized. */
srq_status srq_quantization_histograms(srq_histograms **out, const srq_quantization *quantization, const srq_images *images,
                                       const srq_histogram_options *options);

/** Returns how many layers there are; 0 for NULL. */
size_t srq_histograms_count(const srq_histograms *histograms);

/** What enters one layer: a histogram and moments of all numbers of its input, over all images. */
typedef struct srq_histogram_info {
    uint32_t struct_size;
    uint32_t bins;               /* 2048, equally wide, from lower to upper */
    const char *name;            /* the layer's name; borrowed from the histograms */
    const uint64_t *counts;      /* how many numbers are in each bin; borrowed from the histograms */
    uint64_t count;              /* how many numbers there are in all */
    double lower;                /* the smallest number */
    double upper;                /* the largest number */
    double mean;                 /* mean of all numbers */
    double deviation;            /* standard deviation of all numbers */
    double skewness;             /* third central moment / deviation^3; 0 where all numbers are equal */
    double signal_to_noise;      /* signal to noise ratio of the activation quantizer q in dB: 10 log10 of
                                    sum x^2 / sum (x - q(x))^2; NaN where activations stay in float */
} srq_histogram_info;

/** Fills `info`, whose struct_size the caller has set, for layer `index` of those that matched, in execution order. */
srq_status srq_histograms_layer(const srq_histograms *histograms, size_t index, srq_histogram_info *info);

/** Frees the histograms; NULL is allowed. */
void srq_histograms_free(srq_histograms *histograms);

/** The settings of finetuning (docs/method.md, "Finetuning"; docs/baselines.md). The defaults named here are those of "saft". */
typedef struct srq_finetune_options {
    uint32_t struct_size;
    uint32_t epochs;                 /* passes over the images; default 10 */
    uint32_t batch;                  /* images of one step; default 2 */
    uint32_t threads;                /* default 0: one per processor */
    const char *cycle;               /* groups of parameters that epochs train in turn, comma separated, of "weights" (the weights'
                                        ranges), "range", "breakpoint", "measures", "latent" (the weights themselves), "biases" and
                                        "rounding", or several at once with + between them; default "weights,range,breakpoint" */
    float lambda;                    /* weight of the reconstruction loss, Eq. 5; default 5 */
    float learning_rate_weights;     /* Adam's learning rate of the weights' ranges; default 0.001 */
    float learning_rate_range;       /* Adam's learning rate of the activations' ranges; default 0.001 */
    float learning_rate_breakpoint;  /* Adam's learning rate of the breakpoints; default 0.001 */
    float decay;                     /* factor of a group's learning rate after each of its epochs (but see `schedule`), above 0, at
                                        most 1; default 0.9 */
    int32_t reconstruction;          /* 1 (default): the reconstruction loss takes part; 0: it does not */
    int32_t sensitivity;             /* 1 (default): the sensitivity-aware loss, Eq. 6, takes part (SAFT); 0: VFT */
    float temperature;               /* temperature of the softmax in Eq. 4, above 0; default 1 */
    int32_t relative;                /* 1: learn factors of the parameters instead of the parameters; steps of weights and biases
                                        are then relative to the root mean square of the layer's; default 0 */
    uint64_t seed;                   /* seed of the order of images; default 1 */
    const char *state_path;          /* file where the state is saved after every epoch, and from which the run goes on, to the same
                                        bytes, if it is there; default NULL: none */
    srq_progress_function progress;
    void *user;
    const char *method;              /* name of the method, for the recipe: "saft", "vft", "ptq4sr"; "adabm" and "srq" also have
                                        losses of their own, and "adabm" a clipping step; default NULL: "saft" or "vft", by
                                        `sensitivity`. To have a method's settings, use srq_finetune_options_init_method */
    const char *schedule;            /* "decay" (default) or "cosine": learning rates fall along half a cosine over all steps of
                                        their group, to `decay` times what they were */
    float attention;                 /* weight of PTQ4SR's distance between attention maps; default 0: it takes no part */
    uint32_t reserved;               /* 0 */
    float learning_rate_measures;    /* "adabm": Adam's learning rate of the layers' m; default 0.01 */
    float learning_rate_image;       /* "adabm": Adam's learning rate of the image thresholds; default 0.1 */
    int32_t snapping;                /* 1: train with activation levels on the integer grids that srq_model_quantize puts them on,
                                        while the parameters move freely; not for "adabm"; default 0 */
    int32_t integers;                /* 1: `snapping`, computed in whole numbers: 3x3 convolutions exactly, their gradients
                                        rounded to about nine bits. Two to three times as fast; default 0 */
    const char *student;             /* what becomes of the network's own weights: "frozen" (default), "rounding" (each stays
                                        between the two levels next to it, which one is learned), or "free" (they move in float
                                        behind their quantizers); every epoch trains them, unless `cycle` says when */
    uint32_t patch;                  /* side in pixels of the patches that every step draws from its images; sides of images
                                        that are no longer are taken whole; default 0: whole images */
    float drop;                      /* share of activations, 0 to below 1, that every step leaves unquantized at random; not with
                                        `integers`; default 0 */
    float learning_rate_latent;      /* student "free": Adam's learning rate of the weights; default 0.0001 */
    float learning_rate_biases;      /* Adam's learning rate of the biases; default 0.001 */
    float learning_rate_rounding;    /* student "rounding": Adam's learning rate of AdaRound's V; default 0.01 */
    uint32_t reserved_end;           /* 0 */
} srq_finetune_options;

/** Fills the first `struct_size` bytes of `options` with the settings of "saft". */
void srq_finetune_options_init(srq_finetune_options *options, uint32_t struct_size);

/** Fills the first `struct_size` bytes of `options` with the settings of a published method (docs/baselines.md):
 *    "saft"    the method of this library
 *    "vft"     "saft" without the sensitivity-aware loss
 *    "ptq4sr"  activation ranges for 5 epochs, then weight ranges for 5, cosine learning rates from 0.005 and 0.000005 to 0.4 of
 *              that. Its attention term is off, as in the released code, which keeps it from the gradients; the paper's weight is 5
 *    "adabm"   for a network that was calibrated with it: after its bit-aware clipping "weights,range,measures" with learning
 *              rates 0.01, lambda 255; `sensitivity` then stands for its loss on residual blocks
 *    "srq"     all ranges, biases and the network's weights at once, student "free", patches of 48, 6 epochs, `relative`, a cosine;
 *              `sensitivity` then stands for its loss on residual blocks
 *  An unknown or NULL name is SRQ_ERROR_ARGUMENT, and nothing is written. */
srq_status srq_finetune_options_init_method(srq_finetune_options *options, uint32_t struct_size, const char *method);

/** Trains clipping ranges and breakpoints against the float network, and with `student` its own weights: the finetuning phase of
 *  Algorithm 1. On an error or a cancel the quantization is as before the call, and the state file holds the epochs that were
 *  finished. A state file of another run, in which anything differs that can change a byte, is SRQ_ERROR_FORMAT with the names of
 *  what differs; so is one that has gone through more epochs than are asked for. A path that cannot be written to is refused before
 *  the work. */
srq_status srq_quantization_finetune(srq_quantization *quantization, const srq_images *images, const srq_finetune_options *options);

/** What the last finetuning run of a quantization took. It is not part of saved models: the same run gives the same bytes, however
 *  often it was interrupted. */
typedef struct srq_finetuning_info {
    uint32_t struct_size;
    uint32_t runs;               /* finished runs of srq_quantization_finetune; 0: the other numbers are 0 as well */
    uint32_t epochs;             /* epochs of the last run */
    uint32_t resumed;            /* of them, those that earlier calls had done, whose state the last call went on from */
    double seconds;              /* time of all these calls, without what the interrupted ones spent after their last epoch */
} srq_finetuning_info;

/** Fills `info`, whose struct_size the caller has set. */
srq_status srq_quantization_finetuning(const srq_quantization *quantization, srq_finetuning_info *info);

/** How a quantization is frozen. */
typedef struct srq_quantize_options {
    uint32_t struct_size;
    int32_t snapping;                /* 1 (default): activation levels move to integer grids, so that the model computes in whole
                                        numbers; 0: they stay where the method has put them, as papers evaluate it */
} srq_quantize_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_quantize_options_init(srq_quantize_options *options, uint32_t struct_size);

/** Freezes the quantization, which itself does not change, into a model of its own. With `snapping`, layers for which there is no
 *  grid (their levels were set by hand), whose weights are in float, or whose sums could reach 2^24 stay as they are;
 *  srq_layer_info's in_float names the reason. Asymmetric weights move too, by a part of a step. Where bits depend on the image
 *  ("adabm"), the levels of each number of bits move by themselves. NULL for `options` means what
 *  srq_quantization_set_snapping has said, and the defaults where it was not called. */
srq_status srq_model_quantize(srq_model **out, const srq_quantization *quantization, const srq_quantize_options *options);

/** How a network is quantized in one call. */
typedef struct srq_ptq_options {
    uint32_t struct_size;
    uint32_t weights;                /* bits of the weights, 2...8; default 4 */
    uint32_t activations;            /* bits of the activations, 2...8; default 4 */
    uint32_t steps;                  /* steps of finetuning at least, in whole epochs; default 0: what the preset has */
    const char *preset;              /* "srq" (default): what loses least; the network's own weights move. "paper": the
                                        method's paper to the letter. docs/method.md, "Presets", says what they are made of */
    const char *protocol;            /* "full" (default) or "body", as in srq_calibration_options */
    uint64_t seed;                   /* seed of everything that is drawn at random; default 1 */
    int32_t snapping;                /* 1 (default) or 0, as in srq_quantize_options */
    uint32_t threads;                /* default 0: one per processor */
    const char *state_path;          /* file where finetuning is saved after every epoch, and from which it goes on, to the
                                        same bytes, if it is there; default NULL: none */
    srq_progress_function progress;  /* is called for the stage "calibrate", then for "finetune", each with its own total */
    void *user;
} srq_ptq_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_ptq_options_init(srq_ptq_options *options, uint32_t struct_size);

/** Calibrates, finetunes and freezes in one call: the post-training quantization of a float network as a preset has it, from
 *  unlabelled patches alone. NULL options are the preset "srq" at 4 bits. The result is the caller's, to be freed by
 *  srq_model_free; `model` stays as it is. A model that is quantized already, bits out of range and an unknown preset are
 *  SRQ_ERROR_ARGUMENT, a state file of another run is SRQ_ERROR_FORMAT. Any number of threads may quantize one model at once, each
 *  with its own state file. */
srq_status srq_model_ptq(srq_model **out, const srq_model *model, const srq_images *images, const srq_ptq_options *options);

/** The old way to choose `snapping`: it decides for calls of srq_model_quantize whose options are NULL, and for no others. */
srq_status srq_quantization_set_snapping(srq_quantization *quantization, int32_t on);

/** A quantized model with its activation levels moved to integer grids, as srq_model_quantize does by default: for models that
 *  were frozen without. SRQ_ERROR_UNSUPPORTED for a model in float. */
srq_status srq_model_snap(srq_model **out, const srq_model *model);

/** Frees a quantization; NULL is allowed. */
void srq_quantization_free(srq_quantization *quantization);

/* ---- Evaluation --------------------------------------------------------------------------------------------------- */

/** The scores of a model on a folder of images. They never change, and any number of threads may read them; freed by
 *  srq_evaluation_free. */
typedef struct srq_evaluation srq_evaluation;

/** How a model is scored (docs/protocols.md, "PSNR and SSIM" and "Patch test"). */
typedef struct srq_evaluation_options {
    uint32_t struct_size;
    uint32_t shave;              /* pixels cropped at each side; default UINT32_MAX: the scale */
    uint32_t threads;            /* default 0: one per processor */
    uint32_t reserved;           /* 0 */
    const char *output_folder;   /* folder that gets the upscaled images, made if it is not there; default NULL: none are written */
    srq_progress_function progress;
    void *user;
    uint32_t patch;              /* patch test: side of the low resolution patches; default 0: whole images */
    uint32_t patch_step;         /* pixels from one patch to the next, 1...patch; default 0: as far as the patch is long */
    int32_t keep_going;          /* 1: images that are missing, damaged or of the wrong size are skipped; default 0: an error */
    uint32_t reserved_end;       /* 0 */
    const char *precision;       /* as in srq_session_options */
    const char *alpha;           /* as in srq_session_options, for the images that are written */
} srq_evaluation_options;

/** Fills the first `struct_size` bytes of `options` with the defaults. */
void srq_evaluation_options_init(srq_evaluation_options *options, uint32_t struct_size);

/** Upscales and scores every image of `folder`: `HR/name.png` with `LR_xS/namexS.png`, or HR images alone, whose low
 *  resolution is then made by bicubic downscaling. In a patch test every patch is upscaled, clamped and rounded to 8 bits on its
 *  own, the last ones of each row and column reach to the border, and where patches overlap the mean is taken. If no image can be
 *  scored, that is an error even with keep_going. Images that were written before an error stay. Outputs that would
 *  replace an image of the folder, or a file that the model was made from, are SRQ_ERROR_ARGUMENT before the work. */
srq_status srq_model_evaluate(srq_evaluation **out, const srq_model *model, const char *folder,
                              const srq_evaluation_options *options);

/** Tells `warning` what was wrong with the files of the images that were scored, without any change to a pixel. */
srq_status srq_evaluation_warnings(const srq_evaluation *evaluation, srq_warning_function warning, void *user);

/** Returns how many images were scored, at least 1; 0 for NULL. */
size_t srq_evaluation_count(const srq_evaluation *evaluation);

/** Fills `score`, whose struct_size the caller has set, for image `index`, sorted by name; `name` is borrowed from `evaluation`. */
srq_status srq_evaluation_image(const srq_evaluation *evaluation, size_t index, srq_image_score *score);

/** Returns how many images were skipped, always 0 without keep_going; 0 for NULL. */
size_t srq_evaluation_skipped_count(const srq_evaluation *evaluation);

/** Fills `skipped`, whose struct_size the caller has set, with image `index` of those that were left out. */
srq_status srq_evaluation_skipped(const srq_evaluation *evaluation, size_t index, srq_skipped_image *skipped);

/** Fills `score`, whose struct_size the caller has set, with the means over all images that were scored; `name` is the folder's own
 *  name, borrowed from `evaluation`. An image that SSIM's window does not fit into has a NaN there and is left out of that mean
 *  alone; the mean is NaN only if it fits into none. */
srq_status srq_evaluation_mean(const srq_evaluation *evaluation, srq_image_score *score);

/** Frees an evaluation; NULL is allowed. */
void srq_evaluation_free(srq_evaluation *evaluation);

#ifdef __cplusplus
}
#else
/* In C the last argument of these may be left out: the size of the struct as this header declares it, and NULL for the options. */
#define SRQ_FILL(type, ...) SRQ_FILL_SIZED((type##_init), __VA_ARGS__, (uint32_t)sizeof(type), 0)
#define SRQ_FILL_SIZED(function, options, size, ...) function(options, size)
#define SRQ_WITH_OPTIONS(function, out, handle, options, ...) function(out, handle, options)
#define srq_load_options_init(...) SRQ_FILL(srq_load_options, __VA_ARGS__)
#define srq_session_options_init(...) SRQ_FILL(srq_session_options, __VA_ARGS__)
#define srq_images_options_init(...) SRQ_FILL(srq_images_options, __VA_ARGS__)
#define srq_calibration_options_init(...) SRQ_FILL(srq_calibration_options, __VA_ARGS__)
#define srq_histogram_options_init(...) SRQ_FILL(srq_histogram_options, __VA_ARGS__)
#define srq_finetune_options_init(...) SRQ_FILL(srq_finetune_options, __VA_ARGS__)
#define srq_quantize_options_init(...) SRQ_FILL(srq_quantize_options, __VA_ARGS__)
#define srq_ptq_options_init(...) SRQ_FILL(srq_ptq_options, __VA_ARGS__)
#define srq_evaluation_options_init(...) SRQ_FILL(srq_evaluation_options, __VA_ARGS__)
#define srq_model_quantize(...) SRQ_WITH_OPTIONS((srq_model_quantize), __VA_ARGS__, NULL, 0)
#endif

#endif
