/* Until Sources/SRQ implements srq.h, these weak functions let the program link; a real function replaces its weak one. */
#include <srq.h>

#define WEAK __attribute__((weak))
WEAK uint32_t srq_version_number(void) { return SRQ_VERSION_NUMBER; }
WEAK const char *srq_status_name(srq_status status) { (void)status; return "not implemented"; }
WEAK const char *srq_last_error(void) { return "not implemented"; }
WEAK srq_status srq_image_read(srq_image **out, const char *path) { (void)out, (void)path; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_image_create(srq_image **out, uint32_t width, uint32_t height, srq_pixel_format format, srq_pixel_type type) { (void)out, (void)width, (void)height, (void)format, (void)type; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_image_resize(srq_image **out, const srq_image *image, uint32_t width, uint32_t height) { (void)out, (void)image, (void)width, (void)height; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_image_pixels(const srq_image *image, srq_image_view *view) { (void)image, (void)view; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_image_write(const srq_image *image, const char *path) { (void)image, (void)path; return SRQ_ERROR_INTERNAL; }
WEAK void srq_image_free(srq_image *image) { (void)image; }
WEAK srq_status srq_image_compare(const srq_image *image, const srq_image *reference, uint32_t shave, srq_image_score *score) { (void)image, (void)reference, (void)shave, (void)score; return SRQ_ERROR_INTERNAL; }
WEAK void srq_load_options_init(srq_load_options *options) { (void)options; }
WEAK srq_status srq_model_load(srq_model **out, const char *path, const srq_load_options *options) { (void)out, (void)path, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_load_memory(srq_model **out, const void *data, size_t size, const srq_load_options *options) { (void)out, (void)data, (void)size, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_save(const srq_model *model, const char *path) { (void)model, (void)path; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_export(const srq_model *model, const char *path) { (void)model, (void)path; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_describe(const srq_model *model, srq_model_info *info) { (void)model, (void)info; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_layer(const srq_model *model, size_t index, srq_layer_info *info) { (void)model, (void)index, (void)info; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_output_size(const srq_model *model, uint32_t width, uint32_t height, uint32_t *output_width, uint32_t *output_height) { (void)model, (void)width, (void)height, (void)output_width, (void)output_height; return SRQ_ERROR_INTERNAL; }
WEAK void srq_model_free(srq_model *model) { (void)model; }
WEAK void srq_session_options_init(srq_session_options *options) { (void)options; }
WEAK srq_status srq_session_create(srq_session **out, const srq_model *model, const srq_session_options *options) { (void)out, (void)model, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_session_upscale(srq_session *session, const srq_image_view *input, const srq_image_view *output) { (void)session, (void)input, (void)output; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_session_upscale_file(srq_session *session, const char *input_path, const char *output_path) { (void)session, (void)input_path, (void)output_path; return SRQ_ERROR_INTERNAL; }
WEAK void srq_session_free(srq_session *session) { (void)session; }
WEAK void srq_images_options_init(srq_images_options *options) { (void)options; }
WEAK srq_status srq_images_open(srq_images **out, const char *pattern, const srq_images_options *options) { (void)out, (void)pattern, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_images_from_views(srq_images **out, const srq_image_view *views, size_t count, const srq_images_options *options) { (void)out, (void)views, (void)count, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK size_t srq_images_count(const srq_images *images) { (void)images; return 0; }
WEAK void srq_images_free(srq_images *images) { (void)images; }
WEAK void srq_calibration_options_init(srq_calibration_options *options) { (void)options; }
WEAK srq_status srq_model_calibrate(srq_quantization **out, const srq_model *model, const srq_images *images, const srq_calibration_options *options) { (void)out, (void)model, (void)images, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_quantization_set_bits(srq_quantization *quantization, const char *pattern, uint32_t weights, uint32_t activations) { (void)quantization, (void)pattern, (void)weights, (void)activations; return SRQ_ERROR_INTERNAL; }
WEAK size_t srq_quantization_layer_count(const srq_quantization *quantization) { (void)quantization; return 0; }
WEAK srq_status srq_quantization_layer(const srq_quantization *quantization, size_t index, srq_layer_info *info) { (void)quantization, (void)index, (void)info; return SRQ_ERROR_INTERNAL; }
WEAK void srq_finetune_options_init(srq_finetune_options *options) { (void)options; }
WEAK srq_status srq_quantization_finetune(srq_quantization *quantization, const srq_images *images, const srq_finetune_options *options) { (void)quantization, (void)images, (void)options; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_model_quantize(srq_model **out, const srq_quantization *quantization) { (void)out, (void)quantization; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK void srq_quantization_free(srq_quantization *quantization) { (void)quantization; }
WEAK void srq_evaluation_options_init(srq_evaluation_options *options) { (void)options; }
WEAK srq_status srq_model_evaluate(srq_evaluation **out, const srq_model *model, const char *folder, const srq_evaluation_options *options) { (void)out, (void)model, (void)folder, (void)options; if (out) *out = NULL; return SRQ_ERROR_INTERNAL; }
WEAK size_t srq_evaluation_count(const srq_evaluation *evaluation) { (void)evaluation; return 0; }
WEAK srq_status srq_evaluation_image(const srq_evaluation *evaluation, size_t index, srq_image_score *score) { (void)evaluation, (void)index, (void)score; return SRQ_ERROR_INTERNAL; }
WEAK srq_status srq_evaluation_mean(const srq_evaluation *evaluation, srq_image_score *score) { (void)evaluation, (void)score; return SRQ_ERROR_INTERNAL; }
WEAK void srq_evaluation_free(srq_evaluation *evaluation) { (void)evaluation; }
