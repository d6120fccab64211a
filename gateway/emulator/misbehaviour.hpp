// What a platform may do wrong, how often, and which it does to whom: pure.
#pragma once

#include "gateway/emulator/choice.hpp"
#include "security/sentence.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::emulator {

enum class trouble {
    // About the answer to a delivery; at most one of these at a time.
    slow,         // the right answer, late
    error_500,    // HTTP 500; pulled: a refusal
    error_inside, // HTTP 200, and the platform's own code says no
    refuse,       // the platform's own code says never
    garbage,      // HTTP 200 with bytes that mean nothing; pulled: an acknowledgement that is none
    reset,        // does the work, and breaks the connection in the middle of its answer
    lost,         // does the work, and never answers
    // About the city's own messages.
    duplicate, // sends them twice
    skew,      // its clock is an hour off
};
inline constexpr std::size_t trouble_count = 9;
inline constexpr std::size_t answer_trouble_count = 7;

// "slow", "500", "error_inside", …
std::string_view name(trouble t) noexcept;
std::optional<trouble> trouble_named(std::string_view name) noexcept;
// "slow, 500, error_inside, …", for messages.
std::string trouble_names();

struct misbehaviour {
    std::array<double, trouble_count> share{};                            // 0 to 1 each
    pause slow_for{std::chrono::milliseconds(3000), std::chrono::milliseconds(3000)};

    double& of(trouble t) { return share[static_cast<std::size_t>(t)]; }
    double of(trouble t) const { return share[static_cast<std::size_t>(t)]; }
    // The shares of troubles about one answer together; over 1 some would never come.
    double of_answers() const;
};

// "10%" or "0.1"; none when it is no share from 0 to 1.
std::optional<double> share_of(std::string_view text) noexcept;

// "slow=10%,500=0.05" over `into`. What is wrong with it, a sentence each; empty when all was taken.
std::vector<security::sentence> take_troubles(std::string_view list, misbehaviour& into);
// What is wrong with a text that share_of does not take, and with shares that are over 1 together.
security::sentence not_a_share();
security::sentence more_than_all();

// What goes wrong with the answer to this attempt of a delivery.
std::optional<trouble> answer_trouble(const misbehaviour& how, std::uint64_t seed, std::string_view delivery,
                                      std::uint32_t attempt);
// Whether an own message goes out twice, and how wrong the city's clock is when it tells of a case.
bool sends_twice(const misbehaviour& how, std::uint64_t seed, std::string_view case_id, std::string_view event);
std::chrono::milliseconds clock_error(const misbehaviour& how, std::uint64_t seed, std::string_view case_id);

} // namespace tongban::emulator
