/**
 * srq for C++17: the handles of srq.h as move-only classes, errors as exceptions. Header only.
 *
 *   srq::Model network("edsr_x4.pth");
 *   srq::Quantization q = network.calibrate(srq::Images("photos/" "*.png"));
 *   srq::Model model = q.quantize();
 *   srq::Session(model).upscale("in.png", "out.png");
 *
 * Threads: share a Model, give each thread a Session. A moved-from object may only be assigned to or destroyed.
 */
#ifndef SRQ_HPP
#define SRQ_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "srq.h"

namespace srq {

/** What a call of the library failed with; what() says where and which value. */
class Error : public std::runtime_error {
public:
    Error(srq_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /** One of the SRQ_ERROR_ codes. */
    srq_status status() const noexcept { return status_; }

private:
    srq_status status_;
};

/** Called with how far a long call is; false cancels it. An exception cancels it too and leaves the call. */
using Progress = std::function<bool(const srq_progress &)>;

namespace detail {

inline void check(srq_status status)
{
    if (status != SRQ_OK)
        throw Error(status, srq_last_error());
}

/** Frees a handle with the function of its type. */
template <auto free_handle>
struct Free {
    template <typename Handle>
    void operator()(Handle *handle) const noexcept { free_handle(handle); }
};

template <typename Handle, auto free_handle>
using Unique = std::unique_ptr<Handle, Free<free_handle>>;

/** Takes a Progress through the C callback; exceptions wait until the library has returned. */
class Watch {
public:
    explicit Watch(const Progress &progress) : progress_(progress) {}

    template <typename Options>
    void install(Options &options)
    {
        if (!progress_)
            return;
        options.progress = report;
        options.user = this;
    }

    void finish(srq_status status) const
    {
        if (thrown_)
            std::rethrow_exception(thrown_);
        check(status);
    }

private:
    static std::int32_t report(void *user, const srq_progress *progress) noexcept
    {
        Watch *self = static_cast<Watch *>(user);
        try {
            return self->progress_(*progress) ? 0 : 1;
        } catch (...) {
            self->thrown_ = std::current_exception();
            return 1;
        }
    }

    const Progress &progress_;
    std::exception_ptr thrown_;
};

/** A struct that tells the library its size. */
template <typename Struct>
Struct sized()
{
    Struct value{};
    value.struct_size = sizeof value;
    return value;
}

/** Options with their defaults. */
template <typename Options>
Options defaults(void (*init)(Options *, std::uint32_t))
{
    Options options;
    init(&options, sizeof options);
    return options;
}

} // namespace detail

/** Options with their defaults, to be changed field by field. */
inline srq_load_options load_options() { return detail::defaults(srq_load_options_init); }
inline srq_session_options session_options() { return detail::defaults(srq_session_options_init); }
inline srq_images_options images_options() { return detail::defaults(srq_images_options_init); }
inline srq_calibration_options calibration_options() { return detail::defaults(srq_calibration_options_init); }
inline srq_finetune_options finetune_options() { return detail::defaults(srq_finetune_options_init); }
inline srq_quantize_options quantize_options() { return detail::defaults(srq_quantize_options_init); }
inline srq_evaluation_options evaluation_options() { return detail::defaults(srq_evaluation_options_init); }

/** The options of a call such as "calibrate"; strings in them are constants. */
inline std::vector<srq_option_info> options(const std::string &owner)
{
    std::vector<srq_option_info> list;
    do {
        list.push_back(detail::sized<srq_option_info>());
        detail::check(srq_option_get(owner.c_str(), list.size() - 1, &list.back()));
    } while (list.size() < srq_option_count(owner.c_str()));
    return list;
}

/** A view of pixels that somebody else owns. */
inline srq_image_view view(void *data, std::uint32_t width, std::uint32_t height, srq_pixel_format format = SRQ_PIXEL_RGB,
                           srq_pixel_type type = SRQ_PIXEL_UINT8, std::size_t stride = 0)
{
    return {sizeof(srq_image_view), width, height, format, type, 0, stride, data};
}

/** An image that the library allocated. */
class Image {
public:
    explicit Image(const std::string &path)
    {
        srq_image *image = nullptr;
        detail::check(srq_image_read(&image, path.c_str()));
        handle_.reset(image);
    }

    Image(std::uint32_t width, std::uint32_t height, srq_pixel_format format = SRQ_PIXEL_RGB,
          srq_pixel_type type = SRQ_PIXEL_UINT8)
    {
        srq_image *image = nullptr;
        detail::check(srq_image_create(&image, width, height, format, type));
        handle_.reset(image);
    }

    /** The pixels, writable, valid as long as the image. */
    srq_image_view pixels() const
    {
        auto view = detail::sized<srq_image_view>();
        detail::check(srq_image_pixels(get(), &view));
        return view;
    }

    Image resized(std::uint32_t width, std::uint32_t height) const
    {
        srq_image *image = nullptr;
        detail::check(srq_image_resize(&image, get(), width, height));
        return Image(image);
    }

    void write(const std::string &path) const { detail::check(srq_image_write(get(), path.c_str())); }

    srq_image_score compare(const Image &reference, std::uint32_t shave = 0) const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_image_compare(get(), reference.get(), shave, &score));
        return score;
    }

    const srq_image *get() const noexcept { return handle_.get(); }

private:
    explicit Image(srq_image *image) : handle_(image) {}

    detail::Unique<srq_image, srq_image_free> handle_;
};

/** Patches for calibration and finetuning. May be used by many threads. */
class Images {
public:
    explicit Images(const std::string &pattern, const srq_images_options &options = images_options())
    {
        srq_images *images = nullptr;
        detail::check(srq_images_open(&images, pattern.c_str(), &options));
        handle_.reset(images);
    }

    explicit Images(const std::vector<srq_image_view> &views, const srq_images_options &options = images_options())
    {
        srq_images *images = nullptr;
        detail::check(srq_images_from_views(&images, views.data(), views.size(), &options));
        handle_.reset(images);
    }

    std::size_t count() const noexcept { return srq_images_count(get()); }

    const srq_images *get() const noexcept { return handle_.get(); }

private:
    detail::Unique<srq_images, srq_images_free> handle_;
};

/** Scores of a model on a folder of images. */
class Evaluation {
public:
    explicit Evaluation(srq_evaluation *handle) : handle_(handle) {}

    std::size_t count() const noexcept { return srq_evaluation_count(handle_.get()); }

    srq_image_score mean() const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_evaluation_mean(handle_.get(), &score));
        return score;
    }

    srq_image_score image(std::size_t index) const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_evaluation_image(handle_.get(), index, &score));
        return score;
    }

private:
    detail::Unique<srq_evaluation, srq_evaluation_free> handle_;
};

class Quantization;

/** A network with its weights. Never changes, so many threads may use one. */
class Model {
public:
    explicit Model(const std::string &path, const srq_load_options &options = load_options())
    {
        srq_model *model = nullptr;
        detail::check(srq_model_load(&model, path.c_str(), &options));
        handle_.reset(model);
    }

    Model(const void *data, std::size_t size, const srq_load_options &options = load_options())
    {
        srq_model *model = nullptr;
        detail::check(srq_model_load_memory(&model, data, size, &options));
        handle_.reset(model);
    }

    /** Takes over a handle. */
    explicit Model(srq_model *handle) noexcept : handle_(handle) {}

    void save(const std::string &path) const { detail::check(srq_model_save(get(), path.c_str())); }
    void export_weights(const std::string &path) const { detail::check(srq_model_export(get(), path.c_str())); }

    /** A quantized model with its levels on integer grids, for models that were frozen without. */
    Model snap() const
    {
        srq_model *model = nullptr;
        detail::check(srq_model_snap(&model, get()));
        return Model(model);
    }

    /** Strings in it live as long as the model. */
    srq_model_info info() const
    {
        auto info = detail::sized<srq_model_info>();
        detail::check(srq_model_describe(get(), &info));
        return info;
    }

    srq_layer_info layer(std::size_t index) const
    {
        auto layer = detail::sized<srq_layer_info>();
        detail::check(srq_model_layer(get(), index, &layer));
        return layer;
    }

    /** Width and height of the output. */
    std::pair<std::uint32_t, std::uint32_t> output_size(std::uint32_t width, std::uint32_t height) const
    {
        std::pair<std::uint32_t, std::uint32_t> size;
        detail::check(srq_model_output_size(get(), width, height, &size.first, &size.second));
        return size;
    }

    Quantization calibrate(const Images &images, srq_calibration_options options = calibration_options(),
                           const Progress &progress = {}) const;

    Evaluation evaluate(const std::string &folder, srq_evaluation_options options = evaluation_options(),
                        const Progress &progress = {}) const
    {
        srq_evaluation *evaluation = nullptr;
        detail::Watch watch(progress);
        watch.install(options);
        const srq_status status = srq_model_evaluate(&evaluation, get(), folder.c_str(), &options);
        Evaluation result(evaluation);
        watch.finish(status);
        return result;
    }

    const srq_model *get() const noexcept { return handle_.get(); }

private:
    detail::Unique<srq_model, srq_model_free> handle_;
};

/** One thread's scratch memory for running a model, which it keeps alive. */
class Session {
public:
    explicit Session(const Model &model, const srq_session_options &options = session_options())
    {
        srq_session *session = nullptr;
        detail::check(srq_session_create(&session, model.get(), &options));
        handle_.reset(session);
    }

    /** See srq_session_set_progress. */
    void set_progress(srq_progress_function progress, void *user = nullptr)
    {
        detail::check(srq_session_set_progress(handle_.get(), progress, user));
    }

    void upscale(const srq_image_view &input, const srq_image_view &output)
    {
        detail::check(srq_session_upscale(handle_.get(), &input, &output));
    }

    void upscale(const std::string &input_path, const std::string &output_path)
    {
        detail::check(srq_session_upscale_file(handle_.get(), input_path.c_str(), output_path.c_str()));
    }

private:
    detail::Unique<srq_session, srq_session_free> handle_;
};

/** A network with quantizers on its layers that can still be changed. One thread at a time. */
class Quantization {
public:
    /** Takes over a handle. */
    explicit Quantization(srq_quantization *handle) noexcept : handle_(handle) {}

    /** 0 leaves that side as it is. */
    void set_bits(const std::string &pattern, std::uint32_t weights, std::uint32_t activations)
    {
        detail::check(srq_quantization_set_bits(handle_.get(), pattern.c_str(), weights, activations));
    }

    std::size_t layer_count() const noexcept { return srq_quantization_layer_count(handle_.get()); }

    /** Strings in it live as long as the quantization. */
    srq_layer_info layer(std::size_t index) const
    {
        auto layer = detail::sized<srq_layer_info>();
        detail::check(srq_quantization_layer(handle_.get(), index, &layer));
        return layer;
    }

    void finetune(const Images &images, srq_finetune_options options = finetune_options(), const Progress &progress = {})
    {
        detail::Watch watch(progress);
        watch.install(options);
        watch.finish(srq_quantization_finetune(handle_.get(), images.get(), &options));
    }

    /** The old way to choose `snapping`, which decides for `quantize` without options alone. */
    void set_snapping(bool on) { detail::check(srq_quantization_set_snapping(handle_.get(), on)); }

    /** A frozen model, as srq_model_quantize makes it. */
    Model quantize() const { return frozen(nullptr); }
    Model quantize(const srq_quantize_options &options) const { return frozen(&options); }

private:
    Model frozen(const srq_quantize_options *options) const
    {
        srq_model *model = nullptr;
        detail::check(srq_model_quantize(&model, handle_.get(), options));
        return Model(model);
    }

    detail::Unique<srq_quantization, srq_quantization_free> handle_;
};

inline Quantization Model::calibrate(const Images &images, srq_calibration_options options, const Progress &progress) const
{
    srq_quantization *quantization = nullptr;
    detail::Watch watch(progress);
    watch.install(options);
    const srq_status status = srq_model_calibrate(&quantization, get(), images.get(), &options);
    Quantization result(quantization);
    watch.finish(status);
    return result;
}

} // namespace srq

#endif
