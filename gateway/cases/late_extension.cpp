#include "gateway/cases/late_extension.hpp"

#include "gateway/cases/catalogue.hpp"
#include "gateway/cases/working_days.hpp"

namespace tongban::cases {

std::optional<bilingual> late_extension(const v1::CaseState& state, std::int64_t at_ms) {
    const auto& clocks = state.clocks();
    const bool promised = clocks.promise_due_ms() != 0;
    const auto due_ms = promised ? clocks.promise_due_ms() : clocks.statutory_due_ms();
    if (due_ms == 0 || at_ms <= due_ms) {
        return std::nullopt;
    }
    const auto day = day_text(day_of(due_ms));
    return bilingual{std::string(promised ? "承诺期限已于 " : "法定期限已于 ") + day + " 届满，此后才延长",
                     std::string(promised ? "the promise" : "the statutory limit") + " ended on " + day + ", before it was extended"};
}

} // namespace tongban::cases
