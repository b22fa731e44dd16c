// What only C++ can do to a path: a NUL inside. Argument: a folder for files.
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "srq.hpp"

static int checks, failures;

static void expect_argument(const std::function<void()> &call, const char *name)
{
    checks++;
    try {
        call();
        std::fprintf(stderr, "%s took a path with a NUL inside\n", name);
    } catch (const srq::Error &error) {
        if (error.status() == SRQ_ERROR_ARGUMENT && std::string(error.what()).find("NUL") != std::string::npos)
            return;
        std::fprintf(stderr, "%s: %s\n", name, error.what());
    }
    failures++;
}

int main(int argc, char **argv)
{
    const std::string folder = argc > 1 ? argv[1] : ".";
    const std::string tiny = "Tests/Golden/tiny_edsr.pth", behind = std::string(1, '\0') + ".txt";
    srq::Model model(tiny);
    srq::Image image(4, 4, SRQ_PIXEL_RGB);
    image.write(folder + "/cpp.png");
    expect_argument([&] { srq::Model cut(tiny + behind); }, "Model");
    expect_argument([&] { srq::Image cut(folder + "/cpp.png" + behind); }, "Image");
    expect_argument([&] { srq::Images cut(folder + behind); }, "Images");
    expect_argument([&] { image.write(folder + "/cut.png" + behind); }, "Image::write");
    expect_argument([&] { model.save(folder + "/cut.srq" + behind); }, "Model::save");
    expect_argument([&] { model.export_weights(folder + "/cut.safetensors" + behind); }, "Model::export_weights");
    expect_argument([&] { model.evaluate(folder + behind); }, "Model::evaluate");
    for (const char *name : {"/cut.png", "/cut.srq", "/cut.safetensors"}) {
        checks++;
        failures += std::ifstream(folder + name).good();
    }
    std::printf("paths, C++   %d checks, %d failed\n", checks, failures);
    return failures != 0;
}
