// The figures of a catalogue that bulletins name: how far promises undercut the law, how many items are decided at
// once, need no visit, can be done online. Over the versions in force on a day.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include <optional>
#include <string_view>

namespace tongban::cases {

// A sum or a count over another; no rate of nothing.
struct ratio {
    std::int64_t part{};
    std::int64_t whole{};
    std::optional<double> value() const noexcept;
};

struct catalogue_figures {
    std::int64_t items{};       // in force
    ratio compress_ratio;       // 承诺时限压缩比: Σ(statutory − promise) / Σ statutory, limits in working days
    std::int64_t compared{};    // items that went into it
    std::int64_t other_units{}; // items with both limits, in other units or in two: left out of it
    ratio immediate_share;      // 即办件占比
    ratio zero_visit;           // 零跑动占比
    ratio online_rate;          // 可网办率: filed online or more
    ratio full_online_rate;     // 全程网办率
    std::int64_t visits{};      // Σ 到现场次数
};

// `region` 0: all.
catalogue_figures figures_of(const catalogue& known, std::int32_t day, std::uint32_t region = 0);

} // namespace tongban::cases
