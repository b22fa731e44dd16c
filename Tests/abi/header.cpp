// The header and the C++ layer, as strict C++17; twice, for their guards.
#include "srq.h"
#include "srq.hpp"
#include "srq.h"
#include "srq.hpp"

#include <type_traits>

static_assert(!std::is_copy_constructible_v<srq::Model> && std::is_nothrow_move_constructible_v<srq::Model>);
static_assert(!std::is_copy_constructible_v<srq::Session> && std::is_nothrow_move_assignable_v<srq::Session>);
static_assert(std::is_base_of_v<std::runtime_error, srq::Error>);

/* Options go with the call that they are for. */
[[maybe_unused]] static srq::Model in_float(const srq::Quantization &quantization)
{
    srq_quantize_options options = srq::quantize_options();
    options.snapping = 0;
    return quantization.quantize(options);
}

[[maybe_unused]] static srq::Session by_winograd(const srq::Model &model)
{
    srq_session_options options = srq::session_options();
    options.arithmetic = "winograd";
    return srq::Session(model, options);
}

int main() { return 0; }
