// The progress functions of srq.hpp: what they throw, what they refuse and where they live. Argument: the folder that samples.lua
// wrote.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "srq.hpp"

static int failures, checks;

#define EXPECT(condition) \
    ((void)(checks++, (condition) || (failures++, std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition))))

// An exception that is no std::exception, with something to lose.
struct Mine {
    std::string text;
};

// Expects that the call throws what its progress function has thrown.
template <typename Call>
static void expect_mine(const Call &call, const std::string &text)
{
    std::string thrown;
    try {
        call();
    } catch (const Mine &mine) {
        thrown = mine.text;
    }
    EXPECT(thrown == text);
}

template <typename Call>
static void expect_status(const Call &call, srq_status status)
{
    srq_status found = SRQ_OK;
    try {
        call();
    } catch (const srq::Error &error) {
        found = error.status();
    }
    EXPECT(found == status);
}

static void sessions(const srq::Model &model, std::uint32_t threads, const std::string &folder)
{
    std::vector<std::uint8_t> low(40 * 40 * 3), high(80 * 80 * 3), expected(high.size());
    for (std::size_t i = 0; i < low.size(); i++)
        low[i] = static_cast<std::uint8_t>(i * 37 % 251);
    const srq_image_view input = srq::view(low.data(), 40, 40), output = srq::view(high.data(), 80, 80);
    srq_session_options options = srq::session_options();
    options.threads = threads;
    srq::Session session(model, options);
    session.upscale(input, output);
    expected = high;

    // What a function throws ends the image, leaves the call, and nothing is written; the session goes on afterwards.
    high.assign(high.size(), 0);
    int calls = 0;
    session.set_progress([&](const srq_progress &) -> bool { throw Mine{"call " + std::to_string(++calls)}; });
    expect_mine([&] { session.upscale(input, output); }, "call 1");
    EXPECT(high[0] == 0);
    expect_mine([&] { session.upscale(folder + "/low/picture1.png", folder + "/never.png"); }, "call 2");
    std::FILE *never = std::fopen((folder + "/never.png").c_str(), "rb");
    EXPECT(never == nullptr);

    // A function that has state of its own lives as long as it is set, also when the session moves.
    auto alive = std::make_shared<int>(0);
    session.set_progress([alive](const srq_progress &progress) { return ++*alive, progress.done <= progress.total; });
    srq::Session moved = std::move(session);
    moved.upscale(input, output);
    EXPECT(high == expected && *alive > 0 && alive.use_count() == 2);

    // A session at work refuses, also to change the function that is running.
    srq_status found = SRQ_OK;
    moved.set_progress([&](const srq_progress &) {
        try {
            moved.set_progress(nullptr);
        } catch (const srq::Error &error) {
            found = error.status();
        }
        return false;
    });
    EXPECT(alive.use_count() == 1);
    expect_status([&] { moved.upscale(input, output); }, SRQ_ERROR_CANCELLED);
    EXPECT(found == SRQ_ERROR_BUSY);
    moved.set_progress([&](const srq_progress &) { return moved.upscale(input, output), true; });
    expect_status([&] { moved.upscale(input, output); }, SRQ_ERROR_BUSY);
    moved.set_progress(nullptr);
    moved.upscale(input, output);
    EXPECT(high == expected);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    const std::string folder = argv[1];
    const srq::Model network(folder + "/network.safetensors");
    srq_images_options options = srq::images_options();
    options.count = 4, options.patch = 16;
    const srq::Images images(folder + "/low", options);
    const srq::Progress mine = [](const srq_progress &progress) -> bool { throw Mine{progress.stage}; };

    expect_mine([&] { network.calibrate(images, srq::calibration_options(), mine); }, "calibrate");
    expect_mine([&] { network.evaluate(folder + "/set", srq::evaluation_options(), mine); }, "evaluate");
    std::string warned;
    network.warnings([&](const std::string &message) { warned += message; });
    EXPECT(warned.find("network.safetensors: ") != std::string::npos);
    expect_mine([&] { network.warnings([](const std::string &) { throw Mine{"warning"}; }); }, "warning");
    network.warnings(nullptr);
    const std::string endless = folder + "/broken/endless.png";     // interface.c has made it
    srq::Session session(network);
    session.set_warning([](const std::string &) { throw Mine{"file"}; });
    expect_mine([&] { session.upscale(endless, folder + "/large.png"); }, "file");
    session.set_warning([&](const std::string &message) { warned = message; });
    session.upscale(endless, folder + "/large.png");
    EXPECT(warned.find("endless.png: ") != std::string::npos);
    warned.clear();
    srq::Image(endless).warnings([&](const std::string &message) { warned = message; });
    EXPECT(warned.find("endless.png: ") != std::string::npos);
    srq::Quantization quantization = network.calibrate(images);
    expect_mine([&] { quantization.finetune(images, srq::finetune_options(), mine); }, "finetune");
    expect_status([&] { quantization.finetune(images, srq::finetune_options(), [](const srq_progress &) { return false; }); },
                  SRQ_ERROR_CANCELLED);
    expect_status(
        [&] {
            quantization.finetune(images, srq::finetune_options(),
                                  [&](const srq_progress &) { return quantization.layer(0), true; });
        },
        SRQ_ERROR_BUSY);
    srq_quantize_options simulated = srq::quantize_options();
    simulated.snapping = 0;
    for (std::uint32_t threads = 1; threads <= 3; threads++) {
        sessions(network, threads, folder);
        sessions(quantization.quantize(), threads, folder);
        sessions(quantization.quantize(simulated), threads, folder);
    }
    std::printf("%-12s %d checks, %d failed\n", "callbacks", checks, failures);
    return failures != 0;
}
