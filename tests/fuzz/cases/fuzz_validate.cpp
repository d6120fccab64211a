// Any bytes as an event: validation never crashes, its answer is bounded, and every finding has a place, a
// rule and two sentences.
#include "gateway/cases/validate.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace std::chrono_literals;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    google::protobuf::SetLogHandler(nullptr);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban;
    v1::CaseEvent event;
    if (!event.ParseFromArray(data, static_cast<int>(size))) {
        return 0;
    }
    constexpr std::chrono::year_month_day today = 2026y / 11 / 22;
    const auto found =
        cases::validate(event, today, [](std::string_view field) { return std::string(field); });
    if (found.size() > 200) {
        std::abort();
    }
    for (const auto& v : found) {
        if (v.field().empty() || v.rule().empty() || v.message_zh().empty() || v.message_en().empty() ||
            v.source_path() != v.field()) {
            std::abort();
        }
    }
    return 0;
}
