// Look-ups in a request.
#include "gateway/http/message.hpp"

namespace tongban::http {

std::optional<std::string_view> request::query_value(std::string_view name) const noexcept {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace tongban::http
