#include "gateway/calendar/calendar_source.hpp"

namespace tongban::calendars {

std::shared_ptr<const calendar> calendar_source::get() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

void calendar_source::set(std::shared_ptr<const calendar> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
    slice_.reset();
}

std::shared_ptr<const v1::WorkingDays> calendar_source::slice(std::int64_t now_ms) const {
    const auto today = cases::day_of(now_ms);
    const std::lock_guard lock(mutex_);
    if (!slice_ || slice_day_ != today) {
        slice_ = std::make_shared<const v1::WorkingDays>(
            current_->slice(today - slice_days_before, today + slice_days_after));
        slice_day_ = today;
    }
    return slice_;
}

void calendar_source::attach(v1::LedgerRecord& record, std::int64_t now_ms) const {
    if (!record.has_working_days()) {
        *record.mutable_working_days() = *slice(now_ms);
    }
}

} // namespace tongban::calendars
