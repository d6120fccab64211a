#include "gateway/ledger/clock_rows.hpp"

#include <algorithm>

namespace tongban::ledger::rows {

key timers(std::uint32_t partition) {
    return key('k').u16(partition);
}

key timer(case_number number, std::int64_t at_ms) {
    return timers(number.partition).u64(static_cast<std::uint64_t>(std::max<std::int64_t>(0, at_ms))).u64(number.number);
}

key provisional_cases(std::uint32_t partition) {
    return key('v').u16(partition);
}

key provisional_case(case_number number) {
    return key('v').number(number);
}

key band_count(std::string_view dest_region, v1::SupervisionBand band) {
    const char byte = static_cast<char>(band);
    return key('b').region(dest_region).text(std::string_view(&byte, 1));
}

band_count_key decode_band_count(std::string_view key) noexcept {
    cursor at(key.substr(std::min<std::size_t>(1, key.size())));
    const auto region = at.text(region_size);
    return {region.substr(0, region.find('\0')), static_cast<v1::SupervisionBand>(at.u8())};
}

} // namespace tongban::ledger::rows
