#include "tests/history/case_story.hpp"

#include <stdexcept>

namespace tongban::history {

namespace {

constexpr std::size_t id_bytes = 16;

// From 1; 0: not among them.
std::size_t place_of(std::string_view id, std::string_view ids) noexcept {
    if (id.size() != id_bytes) {
        return 0;
    }
    for (std::size_t at = 0; at + id_bytes <= ids.size(); at += id_bytes) {
        if (ids.substr(at, id_bytes) == id) {
            return at / id_bytes + 1;
        }
    }
    return 0;
}

} // namespace

std::uint16_t numbered_texts::number_of(std::string_view text) {
    const auto [at, is_new] = numbers_.try_emplace(std::string(text), static_cast<std::uint16_t>(texts_.size()));
    if (is_new) {
        if (texts_.size() == 0xffff) {
            throw std::length_error("more than 65535 different clients, windows or regions");
        }
        texts_.emplace_back(text);
    }
    return at->second;
}

std::uint16_t case_story::ordinal_of(std::string_view event_id) const noexcept {
    return static_cast<std::uint16_t>(place_of(event_id, event_ids));
}

bool case_story::has_without_effect(std::string_view event_id) const noexcept {
    return place_of(event_id, other_ids) != 0;
}

delivery_story* case_story::delivery(std::uint32_t ordinal, std::uint16_t region) noexcept {
    for (auto& each : deliveries) {
        if (each.ordinal == ordinal && each.region == region) {
            return &each;
        }
    }
    return nullptr;
}

} // namespace tongban::history
