// Rows of clocks; the rest of the view's rows stands in rows.hpp, the grammar of all in schemas/README.md.
//
//   "k" P at_ms(8) N          empty: what a timer says next of the case, and not before when
//   "v" P N                   empty: its due times are provisional
//   "b" R(destination) B      open cases in band B (1) of supervision, count (8); no row for none
#pragma once

#include "gateway/ledger/rows.hpp"

namespace tongban::ledger::rows {

key timers(std::uint32_t partition);
key timer(case_number number, std::int64_t at_ms);
key provisional_cases(std::uint32_t partition);
key provisional_case(case_number number);
key band_count(std::string_view dest_region, v1::SupervisionBand band);

struct band_count_key {
    std::string_view dest_region; // references the key
    v1::SupervisionBand band{};
};
band_count_key decode_band_count(std::string_view key) noexcept;

} // namespace tongban::ledger::rows
