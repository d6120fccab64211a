// Every replica tidies: what one has removed the others do not find, and what one cannot see as whole it leaves alone.
#include "gateway/materials/housekeeping.hpp"

#include "gateway/materials/collection.hpp"
#include "monitoring/log.hpp"

namespace tongban::materials {

housekeeping::housekeeping(std::shared_ptr<room> in, monitoring::registry& metrics)
    : room_(std::move(in)),
      expired_(metrics.make_counter("tongban_materials_expired_total", "Unfinished uploads removed because of their age.")),
      collected_(metrics.make_counter("tongban_materials_collected_total", "Files removed that no case referenced.")),
      collected_bytes_(metrics.make_counter("tongban_materials_collected_bytes_total", "Their bytes.")),
      unreferenced_(metrics.make_gauge("tongban_materials_unreferenced", "Files that no case references, at the last look.")),
      thread_([this] { run(); }) {}

housekeeping::~housekeeping() {
    stop();
}

void housekeeping::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void housekeeping::run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, room_->parts.settings.tidy_every, [this] { return stopping_.load(); })) {
        lock.unlock();
        sweep();
        collect();
        lock.lock();
    }
}

void housekeeping::sweep() const {
    const auto removed =
        room_->arrivals.sweep(std::chrono::system_clock::now() - room_->parts.settings.unfinished_age_max);
    expired_.add(static_cast<double>(removed));
}

void housekeeping::collect() const {
    // A view that does not have all of the ledger would call everything unreferenced.
    const auto health = room_->parts.ledger.health();
    if (!health.ready || health.lag_records > 0) {
        return;
    }
    const auto& settings = room_->parts.settings;
    const auto goes_on = [this](const stored_file&) {
        return !stopping_ && room_->parts.ledger.health().ready;
    };
    const auto done = ::tongban::materials::collect(*room_->store, ledger::material_view(room_->parts.ledger.rows()),
                                         settings.unreferenced_age_max, true, goes_on);
    if (!done) {
        room_->metrics.store_errors.with({"collect", kind_of(done.error())}).add();
        monitoring::log(monitoring::severity::warning, "materials_not_collected", {{"reason", done.error().message()}});
        return;
    }
    unreferenced_.set(static_cast<double>(done->unreferenced - done->removed));
    if (done->lost > 0) {
        room_->metrics.store_errors.with({"collect", "missing"}).add(static_cast<double>(done->lost));
    }
    collected_.add(static_cast<double>(done->removed));
    collected_bytes_.add(static_cast<double>(done->removed_bytes));
    if (done->removed > 0) {
        monitoring::log(monitoring::severity::info, "materials_collected",
                        {{"files", static_cast<std::int64_t>(done->removed)},
                         {"bytes", static_cast<std::int64_t>(done->removed_bytes)}});
    }
}

} // namespace tongban::materials
