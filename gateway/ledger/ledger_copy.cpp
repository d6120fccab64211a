// The target's contents follow from the source alone (copies_of, in a fixed order), so a copy that was interrupted
// anywhere is recognised by count and digest of what it holds, and goes on behind it.
#include "gateway/ledger/ledger_copy.hpp"

#include "connectors/log/partition_of.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/log_walk.hpp"
#include "gateway/ledger/order_digest.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;
using namespace std::chrono_literals;

// A record that is there comes within this; else the log is taken for unreachable.
constexpr auto patience = 30s;
constexpr std::size_t bytes_under_way_max = 8u << 20;

// Appends in order with a bounded number under way. After the first error nothing more is appended.
class ordered_appends {
public:
    ordered_appends(log::event_log& log, std::size_t under_way_max) : log_(log), most_(under_way_max) {}
    ~ordered_appends() { (void)finish(); }

    error_code append(copied_record&& record) {
        const auto bytes = record.key.size() + record.value.size();
        {
            std::unique_lock lock(mutex_);
            fewer_.wait(lock, [&] { return error_ || (under_way_ < most_ && bytes_ < bytes_under_way_max); });
            if (error_) {
                return error_;
            }
            ++under_way_;
            bytes_ += bytes;
        }
        log_.append(record.key, std::move(record.value), [this, bytes](error_code error) {
            const std::scoped_lock lock(mutex_);
            --under_way_;
            bytes_ -= bytes;
            appended_ += !error;
            if (error && !error_) {
                error_ = error;
            }
            fewer_.notify_all();
        });
        return {};
    }
    // When all have their answer.
    error_code finish() {
        std::unique_lock lock(mutex_);
        fewer_.wait(lock, [&] { return under_way_ == 0; });
        return error_;
    }
    std::uint64_t appended() const {
        const std::scoped_lock lock(mutex_);
        return appended_;
    }

private:
    log::event_log& log_;
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::condition_variable fewer_;
    std::size_t under_way_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t appended_ = 0;
    error_code error_;
};

using limits = std::vector<std::uint64_t>;

class copy_run {
public:
    explicit copy_run(const copy_parts& parts)
        : parts_(parts), from_count_(parts.from.partition_count()), to_count_(parts.to.partition_count()) {}

    copy_report run() {
        if (compare() && copy() && verify()) {
            report_.outcome = grew_ ? copy_outcome::source_grew : copy_outcome::done;
            report_.needs_empty_target = grew_ && from_count_ != to_count_ && from_count_ > 1;
        }
        return std::move(report_);
    }

private:
    bool fail(copy_outcome outcome, std::optional<std::uint32_t> partition = {}) {
        report_.outcome = outcome;
        report_.partition = partition;
        return false;
    }
    bool fail(const error_code& error, bool of_target) {
        report_.error = error;
        report_.error_is_of_target = of_target;
        return fail(copy_outcome::failed);
    }

    // What the target must hold, record by record: `visit` gets partition and record. The source's partitions come one
    // after the other unless each stays one: then the target's order follows from each alone.
    template <class Visit>
    bool walk_source(copy_phase phase, const Visit& visit) {
        const bool one_for_one = from_count_ == to_count_;
        std::uint64_t seen = 0;
        std::vector<copied_record> copies;
        report_.facts_left_out = 0;
        const auto of_about = std::accumulate(from_end_.begin(), from_end_.end(), std::uint64_t{0});
        for (std::uint32_t leg = 0; leg < (one_for_one ? 1 : from_count_); ++leg) {
            log_walk way{parts_.from, from_end_, from_end_, patience, true};
            for (std::uint32_t p = 0; p < from_count_; ++p) {
                way.next[p] = one_for_one || p == leg ? 0 : from_end_[p];
            }
            bool going = true;
            const auto error = walk(
                way,
                [&](const log::record& record) -> error_code {
                    ++seen;
                    if (log::partition_of(record.key, from_count_) != record.at.partition) {
                        going = fail(copy_outcome::source_misplaced, record.at.partition);
                        return make_error_code(log::errc::failed);
                    }
                    report_.facts_left_out += copies_of(record, from_count_, to_count_, copies);
                    for (auto& copy : copies) {
                        const auto to = log::partition_of(copy.key, to_count_);
                        if (const auto stopped = visit(to, std::move(copy))) {
                            going = fail(stopped, true);
                            return stopped;
                        }
                    }
                    return {};
                },
                [&] { return tell(phase, seen, of_about); });
            if (!going) {
                return false;
            }
            if (error) {
                return fail(error, false);
            }
        }
        report_.source_records = seen;
        return true;
    }

    error_code tell(copy_phase phase, std::uint64_t records, std::uint64_t of_about) {
        if (parts_.progress) {
            parts_.progress(phase, records, of_about);
        }
        return {};
    }

    // Of what the target must hold, the first `most[p]` of each partition; `total` counts all.
    bool digest_source(copy_phase phase, const limits& most, std::vector<copied_partition>& out, limits& total) {
        std::vector<order_digest> digests(to_count_);
        total.assign(to_count_, 0);
        const bool walked = walk_source(phase, [&](std::uint32_t p, copied_record&& copy) -> error_code {
            if (total[p]++ < most[p]) {
                digests[p].add(copy.key, copy.value);
            }
            return {};
        });
        finish(digests, out);
        return walked;
    }

    bool digest_target(copy_phase phase, std::vector<copied_partition>& out) {
        const auto end = end_of(parts_.to);
        if (!end) {
            return fail(end.error(), true);
        }
        std::vector<order_digest> digests(to_count_);
        std::uint64_t seen = 0;
        log_walk way{parts_.to, limits(to_count_, 0), *end, patience, true};
        const auto error = walk(
            way,
            [&](const log::record& record) -> error_code {
                ++seen;
                digests[record.at.partition].add(record.key, record.value);
                return {};
            },
            [&] { return tell(phase, seen, std::accumulate(end->begin(), end->end(), std::uint64_t{0})); });
        finish(digests, out);
        return error ? fail(error, true) : true;
    }

    static void finish(const std::vector<order_digest>& digests, std::vector<copied_partition>& out) {
        out.clear();
        for (const auto& digest : digests) {
            out.push_back({digest.records(), digest.value()});
        }
    }

    // The first partition in which they are not the same.
    static std::optional<std::uint32_t> difference(const std::vector<copied_partition>& a,
                                                   const std::vector<copied_partition>& b) {
        for (std::uint32_t p = 0; p < a.size(); ++p) {
            if (!(a[p] == b[p])) {
                return p;
            }
        }
        return std::nullopt;
    }

    // What the target has is the beginning of what it must hold.
    bool compare() {
        const auto end = end_of(parts_.from);
        if (!end) {
            return fail(end.error(), false);
        }
        from_end_ = *end;
        std::vector<copied_partition> has;
        if (!digest_target(copy_phase::comparing, has)) {
            return false;
        }
        found_.clear();
        for (const auto& partition : has) {
            found_.push_back(partition.records);
            report_.found += partition.records;
        }
        if (report_.found == 0) {
            return true;
        }
        std::vector<copied_partition> should;
        limits total;
        if (!digest_source(copy_phase::comparing, found_, should, total)) {
            return false;
        }
        const auto differs = difference(has, should);
        return differs ? fail(copy_outcome::target_differs, differs) : true;
    }

    bool copy() {
        ordered_appends appends(parts_.to, std::max<std::size_t>(parts_.under_way_max, 1));
        limits passed(to_count_, 0);
        const bool walked =
            walk_source(copy_phase::copying, [&](std::uint32_t p, copied_record&& copied) -> error_code {
                return passed[p]++ < found_[p] ? error_code() : appends.append(std::move(copied));
            });
        const auto error = appends.finish();
        report_.appended = appends.appended();
        if (walked && error) {
            return fail(error, true);
        }
        return walked;
    }

    bool verify() {
        const auto end = end_of(parts_.from);
        if (!end) {
            return fail(end.error(), false);
        }
        grew_ = *end != from_end_;
        std::vector<copied_partition> should;
        limits total;
        if (!digest_target(copy_phase::verifying, report_.partitions) ||
            !digest_source(copy_phase::verifying, limits(to_count_, std::numeric_limits<std::uint64_t>::max()), should,
                           total)) {
            return false;
        }
        const auto differs = difference(report_.partitions, should);
        return differs ? fail(copy_outcome::not_verified, differs) : true;
    }

    const copy_parts& parts_;
    const std::uint32_t from_count_;
    const std::uint32_t to_count_;
    std::vector<std::uint64_t> from_end_;
    limits found_; // records of each target partition before the copy
    bool grew_ = false;
    copy_report report_;
};

// Field 15 of LedgerRecord, behind the bytes as they are: they are never serialised anew.
void append_recorded_ms(std::string& value, std::int64_t ms) {
    value.push_back('\x78');
    auto left = static_cast<std::uint64_t>(ms);
    for (; left >= 0x80; left >>= 7) {
        value.push_back(static_cast<char>(left | 0x80));
    }
    value.push_back(static_cast<char>(left));
}

} // namespace

std::string_view name(copy_outcome outcome) noexcept {
    static constexpr std::string_view names[] = {"done",        "target_differs", "source_misplaced",
                                                 "source_grew", "not_verified",   "failed"};
    return names[static_cast<std::size_t>(outcome)];
}

std::uint64_t copies_of(const log::record& record, std::uint32_t from_partitions, std::uint32_t to_partitions,
                        std::vector<copied_record>& out) {
    out.clear();
    v1::LedgerRecord parsed;
    const bool readable = parsed.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()));
    const auto ms = record.recorded_at.time_since_epoch().count();
    const bool first_copy = readable && parsed.recorded_ms() == 0 && ms > 0;
    if (!readable || !parsed.has_deliveries() || from_partitions == to_partitions) {
        auto& copy = out.emplace_back(copied_record{std::string(record.key), std::string(record.value)});
        if (first_copy) {
            append_recorded_ms(copy.value, ms);
        }
        return 0;
    }
    auto facts = std::move(*parsed.mutable_deliveries()->mutable_facts());
    parsed.mutable_deliveries()->clear_facts();
    if (first_copy) {
        parsed.set_recorded_ms(ms);
    }
    std::vector<v1::LedgerRecord> pieces;
    std::map<std::uint32_t, std::size_t> piece_of; // by target partition
    std::uint64_t left_out = 0;
    for (auto& fact : facts) {
        const auto& case_id = fact.delivery().case_id();
        if (!cases::is_case_id(case_id) || log::partition_of(case_id, from_partitions) != record.at.partition) {
            ++left_out;
            continue;
        }
        const auto [at, fresh] = piece_of.emplace(log::partition_of(case_id, to_partitions), pieces.size());
        if (fresh) {
            pieces.push_back(parsed);
        }
        *pieces[at->second].mutable_deliveries()->add_facts() = std::move(fact);
    }
    for (const auto& piece : pieces) {
        out.push_back({piece.deliveries().facts(0).delivery().case_id(), piece.SerializeAsString()});
    }
    return left_out;
}

copy_report copy_ledger(const copy_parts& parts) {
    return copy_run(parts).run();
}

} // namespace tongban::ledger
