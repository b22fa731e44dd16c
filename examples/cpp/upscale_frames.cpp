// Upscales frames in memory from many threads with one quantized model:
//   upscale_frames MODEL CALIBRATION_FOLDER INPUT.png OUTPUT.png [THREADS] [--tanh]
//   --tanh is for an SRResNet whose output is a tanh, which its file cannot say.
// Every thread takes the next frame; the frames are the same picture, so all results must be the same bytes.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <srq.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

srq::Model quantize(const srq::Model &network, const std::string &folder)
{
    auto pick = srq::images_options();
    pick.count = 8;
    pick.patch = 16;
    srq::Quantization quantization = network.calibrate(srq::Images(folder, pick), srq::calibration_options(),
        [](const srq_progress &progress) {
            std::fprintf(stderr, "%s %llu/%llu\n", progress.stage, static_cast<unsigned long long>(progress.done),
                         static_cast<unsigned long long>(progress.total));
            return true;
        });
    return quantization.quantize();
}

/// Upscales `count` frames from `threads` threads, each with a session of its own.
std::vector<srq::Image> upscale_frames(const srq::Model &model, const srq::Image &frame, std::size_t count, unsigned threads)
{
    const srq_image_view input = frame.pixels();
    const auto [width, height] = model.output_size(input.width, input.height);
    std::vector<srq::Image> results;
    for (std::size_t i = 0; i < count; i++)
        results.emplace_back(width, height, input.format, input.type);

    std::atomic<std::size_t> next{0};
    std::vector<std::exception_ptr> errors(threads);
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < threads; worker++)
        workers.emplace_back([&, worker] {
            try {
                auto options = srq::session_options();
                options.threads = 1;                         // the frames already keep every processor busy
                srq::Session session(model, options);
                for (std::size_t i; (i = next++) < count;)
                    session.upscale(input, results[i].pixels());
            } catch (...) {
                errors[worker] = std::current_exception();
            }
        });
    for (auto &worker : workers)
        worker.join();
    for (const auto &error : errors)
        if (error)
            std::rethrow_exception(error);
    return results;
}

} // namespace

int main(int argc, char **argv)
try {
    srq_load_options load = srq::load_options();
    load.tanh_output = argc > 5 && std::string(argv[argc - 1]) == "--tanh";
    argc -= load.tanh_output;
    if (argc < 5) {
        std::fprintf(stderr, "usage: %s model calibration-folder input.png output.png [threads] [--tanh]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const unsigned threads = argc > 5 ? static_cast<unsigned>(std::atoi(argv[5])) : 8;
    const srq::Model network(argv[1], load);
    network.warnings([](const std::string &message) { std::fprintf(stderr, "warning: %s\n", message.c_str()); });
    const srq::Model model = quantize(network, argv[2]);
    const srq::Image frame(argv[3]);
    const std::vector<srq::Image> results = upscale_frames(model, frame, 4 * threads, threads);

    for (const auto &result : results)
        if (result.compare(results[0]).psnr < 1000) {        // infinite for equal images
            std::fprintf(stderr, "two threads gave different images\n");
            return EXIT_FAILURE;
        }
    results[0].write(argv[4]);
    std::printf("%zu frames from %u threads, all equal\n", results.size(), threads);
    return EXIT_SUCCESS;
} catch (const srq::Error &error) {
    std::fprintf(stderr, "%s: %s\n", srq_status_name(error.status()), error.what());
    return EXIT_FAILURE;
}
