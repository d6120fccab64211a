// The calendar that this gateway knows now, and the one place where records get their slice of it. Replaced whole by a
// reload; what was appended keeps the slice it has.
#pragma once

#include "gateway/calendar/calendar.hpp"
#include "tongban/v1/ledger.pb.h"

#include <cstdint>
#include <memory>
#include <mutex>

namespace tongban::calendars {

// How far a slice reaches before and after the day it is made on, as far as a notice covers it.
inline constexpr day_number slice_days_before = 800;
inline constexpr day_number slice_days_after = 800;

// Thread-safe.
class calendar_source {
public:
    explicit calendar_source(std::shared_ptr<const calendar> first) : current_(std::move(first)) {}

    std::shared_ptr<const calendar> get() const;
    void set(std::shared_ptr<const calendar> next);

    // The slice for records of the day of `now_ms`.
    std::shared_ptr<const v1::WorkingDays> slice(std::int64_t now_ms) const;
    // Gives the record its slice where it has none.
    void attach(v1::LedgerRecord& record, std::int64_t now_ms) const;

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const calendar> current_;
    mutable std::shared_ptr<const v1::WorkingDays> slice_; // of slice_day_
    mutable day_number slice_day_ = 0;
};

} // namespace tongban::calendars
