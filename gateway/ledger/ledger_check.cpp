// First the fold up to where the view stands and the comparison, then the rest of the log and the accounts.
#include "gateway/ledger/ledger_check.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/projection.hpp"
#include "gateway/ledger/row_comparison.hpp"

#include <cstdlib>
#include <numeric>
#include <stdexcept>

namespace tongban::ledger {

namespace {

using namespace std::chrono_literals;
using offsets = std::vector<std::uint64_t>;

constexpr std::size_t batch_records = 1000;
constexpr std::size_t batches_per_flush = 200;
constexpr std::size_t examples_max = 10;
constexpr auto end_wait = 10s;
// A log that has more gives it within this; after it a gap at the end of a partition is taken for its end.
constexpr auto read_wait = 2s;

class check {
public:
    explicit check(const ledger_check_parts& parts) : parts_(parts), fold_(parts.scratch, {}) {}

    boost::system::result<ledger_check_report> run() {
        const auto end = parts_.log.end(end_wait);
        if (!end) {
            return end.error();
        }
        end_ = *end;
        fold_.open(parts_.log.identity(), parts_.log.partition_count());
        if (parts_.view != nullptr) {
            if (const auto error = compare()) {
                return error;
            }
        }
        if (const auto error = fold_until(end_)) {
            return error;
        }
        if (const auto error = count_cases()) {
            return error;
        }
        return std::move(report_);
    }

private:
    boost::system::error_code compare() {
        const auto position = view(*parts_.view).positions();
        if (!position) {
            report_.view_problem = position.error().message();
            return {};
        }
        std::string identity;
        const auto found = parts_.view->get(rows::identity(), identity);
        if (!found || !*found) {
            report_.view_problem = "the view is empty";
            return {};
        }
        if (position->size() != end_.size()) {
            report_.view_problem = "the view has " + std::to_string(position->size()) +
                                   " partitions, the ledger " + std::to_string(end_.size());
            return {};
        }
        for (std::size_t p = 0; p < end_.size(); ++p) {
            if ((*position)[p] > end_[p]) {
                report_.view_problem = "the view is ahead of the ledger in partition " + std::to_string(p);
                return {};
            }
            report_.view_records_behind += end_[p] - (*position)[p];
        }
        if (const auto error = fold_until(*position)) {
            return error;
        }
        const auto compared = compare_rows(parts_.scratch, *parts_.view, examples_max);
        if (!compared) {
            return compared.error();
        }
        report_.view_compared = true;
        report_.view_rows = compared->rows;
        report_.view_rows_wrong = compared->wrong;
        report_.view_wrong = compared->first_wrong;
        return {};
    }

    bool reached(const offsets& until) const {
        for (std::size_t p = 0; p < until.size(); ++p) {
            if (fold_.next_offsets()[p] < until[p]) {
                return false;
            }
        }
        return true;
    }

    // Folds the records before `until`; those after it are read past.
    boost::system::error_code fold_until(const offsets& until) {
        auto reader = parts_.log.read(fold_.next_offsets());
        if (!reader) {
            return reader.error();
        }
        for (std::size_t batch = 1; !reached(until); ++batch) {
            const auto records = (*reader)->next(read_wait, batch_records);
            if (!records) {
                return records.error();
            }
            if (records->empty()) {
                break;
            }
            for (const auto& record : *records) {
                if (record.at.offset >= until[record.at.partition]) {
                    continue;
                }
                if (const auto error = fold_one(record)) {
                    return error;
                }
            }
            if (const auto error = fold_.commit()) {
                return error;
            }
            if (batch % batches_per_flush == 0) {
                if (const auto error = parts_.scratch.flush()) {
                    return error;
                }
            }
            if (parts_.progress) {
                parts_.progress(report_.records, std::accumulate(end_.begin(), end_.end(), std::uint64_t{0}));
            }
        }
        return {};
    }

    boost::system::error_code fold_one(const log::record& record) {
        const auto outcome = fold_.fold(record);
        if (!outcome) {
            return outcome.error();
        }
        ++report_.records;
        if (!outcome->readable) {
            ++report_.unreadable;
            return {};
        }
        ++report_.verdicts[std::string(cases::name(outcome->verdict))];
        if (outcome->verdict != cases::verdict::applied) {
            return {};
        }
        const auto& state = outcome->state;
        if (outcome->record.event().has_case_submitted() && state.revision() == 1) {
            ++report_.accepted;
        }
        if (state.event_count() == 1 &&
            (state.source_case_no().empty() ||
             cases::case_id(state.origin_region(), state.source_case_no()) != state.case_id())) {
            ++report_.misnamed;
        }
        return {};
    }

    boost::system::error_code count_cases() {
        std::int64_t submitted = 0;
        bool readable = true;
        const auto error = parts_.scratch.scan(
            rows::key('c'), rows::key('c').past(), [&](std::string_view, std::string_view value) {
                v1::CaseState state;
                readable = state.ParseFromArray(value.data(), static_cast<int>(value.size()));
                const bool ended = cases::is_closed(state.status());
                submitted += state.revision() > 0;
                report_.closed += state.revision() > 0 && ended;
                report_.open += state.revision() > 0 && !ended;
                report_.collected_only += state.revision() == 0 && !ended;
                return readable;
            });
        if (error || !readable) {
            return error ? error : make_error_code(store::errc::failed);
        }
        const auto totals = view(parts_.scratch).totals();
        if (!totals) {
            return totals.error();
        }
        std::int64_t open = 0;
        for (const auto& each : totals->open()) {
            open += each.count();
        }
        report_.totals_agree = totals->accepted() == submitted && totals->closed() == report_.closed &&
                               open == report_.open + report_.collected_only;
        report_.unexplained =
            static_cast<std::uint64_t>(std::abs(report_.accepted - report_.closed - report_.open)) +
            report_.unreadable;
        return {};
    }

    const ledger_check_parts& parts_;
    projection fold_;
    offsets end_;
    ledger_check_report report_;
};

} // namespace

boost::system::result<ledger_check_report> check_ledger(const ledger_check_parts& parts) {
    return check(parts).run();
}

} // namespace tongban::ledger
