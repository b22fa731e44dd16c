/**
 * srq for C++17: the handles of srq.h as move-only classes, errors as exceptions. Header only.
 *
 *   srq::Model network("edsr_x4.pth");
 *   srq::Quantization q = network.calibrate(srq::Images("photos/" "*.png"));
 *   srq::Model model = q.quantize();
 *   srq::Session(model).upscale("in.png", "out.png");
 *
 * A constructor or method that fails throws srq::Error; units, ranges and errors are those of srq.h, whose functions are called.
 * Threads: share a Model, give each thread a Session. A Session or Quantization that is at work refuses other calls with
 * SRQ_ERROR_BUSY, also from its own progress function. A moved-from object may only be assigned to or destroyed.
 */
#ifndef SRQ_HPP
#define SRQ_HPP

#include <cmath>
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

/** An error of the library: status() says of which sort, what() says what, where and which value. */
class Error : public std::runtime_error {
public:
    Error(srq_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /** One of the SRQ_ERROR_ codes. */
    srq_status status() const noexcept { return status_; }

private:
    srq_status status_;
};

/** A function that is called with how far a long call is; false cancels it. An exception cancels it too and leaves the call. */
using Progress = std::function<bool(const srq_progress &)>;

/** A function that is told what is odd about something that can be used all the same. An exception leaves the call. */
using Warning = std::function<void(const std::string &)>;

namespace detail {

/** Throws the thread's last error unless `status` is success. */
inline void check(srq_status status)
{
    if (status != SRQ_OK)
        throw Error(status, srq_last_error());
}

/** Returns a text for C. One with a NUL inside is an Error: the library would see its beginning alone, which is another name. */
inline const char *text(const std::string &text)
{
    if (text.find('\0') != std::string::npos)
        throw Error(SRQ_ERROR_ARGUMENT, text.substr(0, text.find('\0')) + "…: a NUL inside the text");
    return text.c_str();
}

/** A deleter that frees a handle with the function of its type. */
template <auto free_handle>
struct Free {
    template <typename Handle>
    void operator()(Handle *handle) const noexcept { free_handle(handle); }
};

template <typename Handle, auto free_handle>
using Unique = std::unique_ptr<Handle, Free<free_handle>>;

/** A Progress behind the C callback; its exceptions wait until the library has returned. */
class Watch {
public:
    explicit Watch(Progress progress) : progress_(std::move(progress)) {}
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;

    template <typename Options>
    void install(Options &options)
    {
        if (!progress_)
            return;
        options.progress = report;
        options.user = this;
    }

    /** Throws what the function has thrown, else the library's error, if there is one. The watch can serve another call then. */
    void finish(srq_status status)
    {
        if (thrown_)
            std::rethrow_exception(std::exchange(thrown_, nullptr));
        check(status);
    }

    /** The library's callback; `user` is a Watch. Nothing is thrown through the library. */
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

private:
    Progress progress_;
    std::exception_ptr thrown_;
};

/** A Warning behind the C callback; its first exception waits until the library has returned, and it is told nothing more. */
class Warner {
public:
    explicit Warner(Warning warning) : warning_(std::move(warning)) {}
    Warner(const Warner &) = delete;
    Warner &operator=(const Warner &) = delete;

    /** Throws what the function has thrown, if it has. */
    void rethrow()
    {
        if (thrown_)
            std::rethrow_exception(std::exchange(thrown_, nullptr));
    }

    /** Throws what the function has thrown, else the library's error, if there is one. */
    void finish(srq_status status)
    {
        rethrow();
        check(status);
    }

    /** The library's callback; `user` is a Warner. Nothing is thrown through the library. */
    static void report(void *user, const char *message) noexcept
    {
        Warner *self = static_cast<Warner *>(user);
        if (self->thrown_ || !self->warning_)
            return;
        try {
            self->warning_(message);
        } catch (...) {
            self->thrown_ = std::current_exception();
        }
    }

private:
    Warning warning_;
    std::exception_ptr thrown_;
};

/** Returns a struct of zeros that tells the library its size. */
template <typename Struct>
Struct sized()
{
    Struct value{};
    value.struct_size = sizeof value;
    return value;
}

/** Returns options with their defaults. */
template <typename Options>
Options defaults(void (*init)(Options *, std::uint32_t))
{
    Options options;
    init(&options, sizeof options);
    return options;
}

} // namespace detail

/** These return options with their defaults, to be changed field by field. */
inline srq_load_options load_options() { return detail::defaults(srq_load_options_init); }
inline srq_session_options session_options() { return detail::defaults(srq_session_options_init); }
inline srq_images_options images_options() { return detail::defaults(srq_images_options_init); }
inline srq_calibration_options calibration_options() { return detail::defaults(srq_calibration_options_init); }
inline srq_finetune_options finetune_options() { return detail::defaults(srq_finetune_options_init); }
inline srq_quantize_options quantize_options() { return detail::defaults(srq_quantize_options_init); }
inline srq_ptq_options ptq_options() { return detail::defaults(srq_ptq_options_init); }
inline srq_evaluation_options evaluation_options() { return detail::defaults(srq_evaluation_options_init); }

/** Returns the list of options of a call such as "calibrate"; strings in it live as long as the process. */
inline std::vector<srq_option_info> options(const std::string &owner)
{
    std::vector<srq_option_info> list;
    do {
        list.push_back(detail::sized<srq_option_info>());
        detail::check(srq_option_get(detail::text(owner), list.size() - 1, &list.back()));
    } while (list.size() < srq_option_count(detail::text(owner)));
    return list;
}

/** Returns a view of pixels that somebody else owns; `stride` is in bytes, 0 for rows without gaps. */
inline srq_image_view view(void *data, std::uint32_t width, std::uint32_t height, srq_pixel_format format = SRQ_PIXEL_RGB,
                           srq_pixel_type type = SRQ_PIXEL_UINT8, std::size_t stride = 0)
{
    return {sizeof(srq_image_view), width, height, format, type, 0, stride, data};
}

/** An image that the library allocated. Whoever writes its pixels must be the only one to use it. */
class Image {
public:
    /** Reads a PNG file. */
    explicit Image(const std::string &path)
    {
        srq_image *image = nullptr;
        detail::check(srq_image_read(&image, detail::text(path)));
        handle_.reset(image);
    }

    /** Makes a black image, transparent if the format has alpha. */
    Image(std::uint32_t width, std::uint32_t height, srq_pixel_format format = SRQ_PIXEL_RGB,
          srq_pixel_type type = SRQ_PIXEL_UINT8)
    {
        srq_image *image = nullptr;
        detail::check(srq_image_create(&image, width, height, format, type));
        handle_.reset(image);
    }

    /** Tells what was wrong with the files, without any change to a pixel. */
    void warnings(const Warning &warning) const
    {
        detail::Warner warner(warning);
        warner.finish(srq_image_warnings(get(), detail::Warner::report, &warner));
    }

    /** The pixels, writable, valid as long as the image. */
    srq_image_view pixels() const
    {
        auto view = detail::sized<srq_image_view>();
        detail::check(srq_image_pixels(get(), &view));
        return view;
    }

    /** Returns a copy in another size, resized bicubically as MATLAB's imresize does it. */
    Image resized(std::uint32_t width, std::uint32_t height) const
    {
        srq_image *image = nullptr;
        detail::check(srq_image_resize(&image, get(), width, height));
        return Image(image);
    }

    /** Writes a PNG file; float becomes 16 bits. */
    void write(const std::string &path) const { detail::check(srq_image_write(get(), detail::text(path))); }

    /** Returns PSNR and SSIM on luma, with `shave` pixels left out at every side. */
    srq_image_score compare(const Image &reference, std::uint32_t shave = 0) const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_image_compare(get(), reference.get(), shave, &score));
        return score;
    }

    /** The handle, for calls of srq.h; it stays the object's. */
    const srq_image *get() const noexcept { return handle_.get(); }

private:
    explicit Image(srq_image *image) : handle_(image) {}

    detail::Unique<srq_image, srq_image_free> handle_;
};

/** Patches for calibration and finetuning. Many threads may use one object. */
class Images {
public:
    /** Reads patches from the PNG files of a folder or of a pattern with * and ? in its last part. */
    explicit Images(const std::string &pattern, const srq_images_options &options = images_options())
    {
        srq_images *images = nullptr;
        detail::check(srq_images_open(&images, detail::text(pattern), &options));
        handle_.reset(images);
    }

    /** Makes patches of pixels in memory, which are copied. */
    explicit Images(const std::vector<srq_image_view> &views, const srq_images_options &options = images_options())
    {
        srq_images *images = nullptr;
        detail::check(srq_images_from_views(&images, views.data(), views.size(), &options));
        handle_.reset(images);
    }

    /** Tells what was wrong with the files, without any change to a pixel. */
    void warnings(const Warning &warning) const
    {
        detail::Warner warner(warning);
        warner.finish(srq_images_warnings(get(), detail::Warner::report, &warner));
    }

    /** Returns how many patches there are. */
    std::size_t count() const noexcept { return srq_images_count(get()); }

    /** Returns how many files were left out, always 0 without keep_going. */
    std::size_t skipped_count() const noexcept { return srq_images_skipped_count(get()); }

    /** Returns the path of a file that was left out, and why. */
    srq_skipped_image skipped(std::size_t index) const
    {
        auto skipped = detail::sized<srq_skipped_image>();
        detail::check(srq_images_skipped(get(), index, &skipped));
        return skipped;
    }

    /** The handle, for calls of srq.h; it stays the object's. */
    const srq_images *get() const noexcept { return handle_.get(); }

private:
    detail::Unique<srq_images, srq_images_free> handle_;
};

/** The scores of a model on a folder of images; strings in them live as long as the evaluation. */
class Evaluation {
public:
    /** Takes over a handle. */
    explicit Evaluation(srq_evaluation *handle) : handle_(handle) {}

    /** Tells what was wrong with the files, without any change to a pixel. */
    void warnings(const Warning &warning) const
    {
        detail::Warner warner(warning);
        warner.finish(srq_evaluation_warnings(handle_.get(), detail::Warner::report, &warner));
    }

    /** Returns how many images were scored. */
    std::size_t count() const noexcept { return srq_evaluation_count(handle_.get()); }

    /** Returns the means over all images that were scored. */
    srq_image_score mean() const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_evaluation_mean(handle_.get(), &score));
        return score;
    }

    /** Returns the score of one image. */
    srq_image_score image(std::size_t index) const
    {
        auto score = detail::sized<srq_image_score>();
        detail::check(srq_evaluation_image(handle_.get(), index, &score));
        return score;
    }

    /** Returns the names of the images that SSIM's window does not fit into, which its mean leaves out. */
    std::vector<std::string> without_ssim() const
    {
        std::vector<std::string> names;
        for (std::size_t index = 0; index < count(); index++) {
            const srq_image_score score = image(index);
            if (std::isnan(score.ssim)) names.emplace_back(score.name);
        }
        return names;
    }

    /** Returns how many images were left out of everything, always 0 without keep_going. */
    std::size_t skipped_count() const noexcept { return srq_evaluation_skipped_count(handle_.get()); }

    /** Returns the name of an image that was left out, and why. */
    srq_skipped_image skipped(std::size_t index) const
    {
        auto skipped = detail::sized<srq_skipped_image>();
        detail::check(srq_evaluation_skipped(handle_.get(), index, &skipped));
        return skipped;
    }

private:
    detail::Unique<srq_evaluation, srq_evaluation_free> handle_;
};

class Quantization;

/** A network with its weights, in float or quantized. It never changes, so many threads may use one. */
class Model {
public:
    /** Loads a PyTorch state dict, a .safetensors file or a saved .srq model. */
    explicit Model(const std::string &path, const srq_load_options &options = load_options())
    {
        srq_model *model = nullptr;
        detail::check(srq_model_load(&model, detail::text(path), &options));
        handle_.reset(model);
    }

    /** Loads a model from the bytes of a file, which are not needed afterwards. */
    Model(const void *data, std::size_t size, const srq_load_options &options = load_options())
    {
        srq_model *model = nullptr;
        detail::check(srq_model_load_memory(&model, data, size, &options));
        handle_.reset(model);
    }

    /** Takes over a handle. */
    explicit Model(srq_model *handle) noexcept : handle_(handle) {}

    /** Writes a .srq file. */
    void save(const std::string &path) const { detail::check(srq_model_save(get(), detail::text(path))); }
    /** Writes the float weights as a .safetensors file. */
    void export_weights(const std::string &path) const { detail::check(srq_model_export(get(), detail::text(path))); }

    /** Tells what makes the model unlikely to be what its load options say; nothing for one that looks sound. */
    void warnings(const Warning &warning) const
    {
        detail::Warner warner(warning);
        warner.finish(srq_model_warnings(get(), detail::Warner::report, &warner));
    }

    /** Returns the quantized model with its levels on integer grids, for one that was frozen without. */
    Model snap() const
    {
        srq_model *model = nullptr;
        detail::check(srq_model_snap(&model, get()));
        return Model(model);
    }

    /** Returns what the model is; strings in it live as long as the model. */
    srq_model_info info() const
    {
        auto info = detail::sized<srq_model_info>();
        detail::check(srq_model_describe(get(), &info));
        return info;
    }

    /** Returns one layer, counted in execution order from 0; strings in it live as long as the model. */
    srq_layer_info layer(std::size_t index) const
    {
        auto layer = detail::sized<srq_layer_info>();
        detail::check(srq_model_layer(get(), index, &layer));
        return layer;
    }

    /** Returns width and height of the output for an input of this size. */
    std::pair<std::uint32_t, std::uint32_t> output_size(std::uint32_t width, std::uint32_t height) const
    {
        std::pair<std::uint32_t, std::uint32_t> size;
        detail::check(srq_model_output_size(get(), width, height, &size.first, &size.second));
        return size;
    }

    /** Runs the float network over the images and sets every clipping range and breakpoint. */
    Quantization calibrate(const Images &images, srq_calibration_options options = calibration_options(),
                           const Progress &progress = {}) const;

    /** Calibrates, finetunes and freezes in one call, as a preset has it. */
    Model ptq(const Images &images, srq_ptq_options options = ptq_options(), const Progress &progress = {}) const
    {
        srq_model *model = nullptr;
        detail::Watch watch(progress);
        watch.install(options);
        const srq_status status = srq_model_ptq(&model, get(), images.get(), &options);
        Model result(model);
        watch.finish(status);
        return result;
    }

    /** Upscales and scores every image of a folder. */
    Evaluation evaluate(const std::string &folder, srq_evaluation_options options = evaluation_options(),
                        const Progress &progress = {}) const
    {
        srq_evaluation *evaluation = nullptr;
        detail::Watch watch(progress);
        watch.install(options);
        const srq_status status = srq_model_evaluate(&evaluation, get(), detail::text(folder), &options);
        Evaluation result(evaluation);
        watch.finish(status);
        return result;
    }

    /** The handle, for calls of srq.h; it stays the object's. */
    const srq_model *get() const noexcept { return handle_.get(); }

private:
    detail::Unique<srq_model, srq_model_free> handle_;
};

/** Scratch memory for running a model, which it keeps alive. It serves one call at a time. */
class Session {
public:
    explicit Session(const Model &model, const srq_session_options &options = session_options())
    {
        srq_session *session = nullptr;
        detail::check(srq_session_create(&session, model.get(), &options));
        handle_.reset(session);
    }

    /** Sets the function that is told, from now on, how far an image is; an empty one (nullptr) ends it. It may not be changed from
     *  within itself. */
    void set_progress(Progress progress)
    {
        auto watch = progress ? std::make_unique<detail::Watch>(std::move(progress)) : nullptr;
        detail::check(srq_session_set_progress(handle_.get(), watch ? detail::Watch::report : nullptr, watch.get()));
        watch_ = std::move(watch);
    }

    /** Sets the function that is told, from now on, what is wrong with the files that are read, without any change to a pixel; an
     *  empty one (nullptr) ends it. */
    void set_warning(Warning warning)
    {
        auto warner = warning ? std::make_unique<detail::Warner>(std::move(warning)) : nullptr;
        detail::check(srq_session_set_warning(handle_.get(), warner ? detail::Warner::report : nullptr, warner.get()));
        warner_ = std::move(warner);
    }

    /** Upscales pixels into pixels, both of the caller. */
    void upscale(const srq_image_view &input, const srq_image_view &output)
    {
        finish(srq_session_upscale(handle_.get(), &input, &output));
    }

    /** Upscales a PNG file into a PNG file of the same kind. */
    void upscale(const std::string &input_path, const std::string &output_path)
    {
        finish(srq_session_upscale_file(handle_.get(), detail::text(input_path), detail::text(output_path)));
    }

private:
    void finish(srq_status status)
    {
        if (warner_)
            warner_->rethrow();
        if (watch_)
            watch_->finish(status);
        else
            detail::check(status);
    }

    std::unique_ptr<detail::Watch> watch_;   // Their addresses are the library's `user`, so they do not move with the session.
    std::unique_ptr<detail::Warner> warner_;
    detail::Unique<srq_session, srq_session_free> handle_;
};

/** A network with quantizers on its layers that can still be changed. It serves one call at a time. */
class Quantization {
public:
    /** Takes over a handle. */
    explicit Quantization(srq_quantization *handle) noexcept : handle_(handle) {}

    /** Sets the bits of all layers that match: 2...8, 32 for float, 0 to leave that side as it is. */
    void set_bits(const std::string &pattern, std::uint32_t weights, std::uint32_t activations)
    {
        detail::check(srq_quantization_set_bits(handle_.get(), detail::text(pattern), weights, activations));
    }

    /** Returns how many layers there are, quantized or not. */
    std::size_t layer_count() const noexcept { return srq_quantization_layer_count(handle_.get()); }

    /** Returns one layer as it is now; strings in it live as long as the quantization. */
    srq_layer_info layer(std::size_t index) const
    {
        auto layer = detail::sized<srq_layer_info>();
        detail::check(srq_quantization_layer(handle_.get(), index, &layer));
        return layer;
    }

    /** Trains clipping ranges and breakpoints against the float network. */
    void finetune(const Images &images, srq_finetune_options options = finetune_options(), const Progress &progress = {})
    {
        detail::Watch watch(progress);
        watch.install(options);
        watch.finish(srq_quantization_finetune(handle_.get(), images.get(), &options));
    }

    /** Returns what the last finetuning run took, over all calls that it was made in. */
    srq_finetuning_info finetuning() const
    {
        auto info = detail::sized<srq_finetuning_info>();
        detail::check(srq_quantization_finetuning(handle_.get(), &info));
        return info;
    }

    /** Chooses `snapping` for a `quantize` without options: the old way, which decides nothing else. */
    void set_snapping(bool on) { detail::check(srq_quantization_set_snapping(handle_.get(), on)); }

    /** Returns a frozen model, as srq_model_quantize makes it without options. */
    Model quantize() const { return frozen(nullptr); }
    /** Returns a frozen model, as srq_model_quantize makes it with these options. */
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
