// A running digest over the keys and values of records in their order: each link covers the one before it, so two logs
// of equal digests hold the same.
#pragma once

#include "gateway/ledger/record.hpp"
#include "gateway/ledger/rows.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tongban::ledger {

class order_digest {
public:
    void add(std::string_view key, std::string_view value) {
        // Length first, so that ("ab","c") and ("a","bc") differ.
        rows::append_u32(link_, static_cast<std::uint32_t>(key.size()));
        link_ += key;
        link_ += value;
        link_ = sha256(link_);
        ++records_;
    }
    std::uint64_t records() const noexcept { return records_; }
    // 32 bytes; empty before the first record.
    const std::string& value() const noexcept { return link_; }

private:
    std::string link_;
    std::uint64_t records_ = 0;
};

} // namespace tongban::ledger
