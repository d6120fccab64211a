// The body of an acknowledgement: each entry has an id or says what is wrong with it, in both languages, within the bounds.
#include "gateway/cases/deliveries.hpp"
#include "gateway/delivery/ack_request.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban;
    constexpr std::size_t most = 5;
    const auto acks = delivery::parse_acks({reinterpret_cast<const char*>(data), size}, most);
    if (!acks) {
        return 0;
    }
    if (acks->empty() || acks->size() > most) {
        std::abort();
    }
    for (const auto& ack : *acks) {
        const bool good = ack.wrong_en.empty();
        if (good != ack.wrong_zh.empty() || (good && cases::to_text(ack.id) != ack.id_text) ||
            (good && !ack.taken && ack.reason_code.empty()) || ack.retry_after.count() < 0) {
            std::abort();
        }
    }
    (void)delivery::ack_answers(*acks).body();
    return 0;
}
