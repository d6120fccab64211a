// The records are folded up to where the view stands, compared with it, and folded on; then the accounts are added up.
#include "gateway/ledger/reconciliation.hpp"

#include "gateway/ledger/dump_line.hpp"
#include "gateway/ledger/log_walk.hpp"
#include "gateway/ledger/view.hpp"
#include "gateway/ledger/view_accounts.hpp"

#include <cstdlib>
#include <numeric>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

constexpr std::uint64_t records_per_flush = 200'000;

struct words {
    discrepancy what;
    std::string_view name;
    std::string_view zh;
    std::string_view en;
};
constexpr words all_words[] = {
    {discrepancy::dump_not_whole, "dump_not_whole", "转储不完整，无法对账：缺少首行，或只含部分记录、非从头开始",
     "no whole dump, so it proves nothing: its first line is missing, or it holds some records only, or not from the "
     "beginning"},
    {discrepancy::record_missing, "record_missing", "账本记录缺失", "a record of the ledger is missing"},
    {discrepancy::record_unreadable, "record_unreadable", "记录无法读取", "a record cannot be read"},
    {discrepancy::case_untold, "case_untold", "有该办件的送达记录，却没有该办件",
     "records tell of its deliveries, yet not of the case"},
    {discrepancy::case_unaccounted, "case_unaccounted", "已受理的办件既未办结也不在办",
     "accepted, yet neither closed nor open"},
    {discrepancy::deliveries_unaccounted, "deliveries_unaccounted", "应送达的事件去向不明",
     "due to the region, yet in no state"},
    {discrepancy::case_missing, "case_missing", "视图中没有该办件", "the view does not have the case"},
    {discrepancy::case_unknown, "case_unknown", "视图中的办件在账本中不存在", "the ledger does not have the case"},
    {discrepancy::case_differs, "case_differs", "视图中的办件状态与账本不符", "the view's state is not the ledger's"},
    {discrepancy::delivery_missing, "delivery_missing", "视图中缺少该送达", "the view does not have the delivery"},
    {discrepancy::delivery_differs, "delivery_differs", "视图中的送达与账本不符",
     "the view's delivery is not the ledger's"},
    {discrepancy::queue_missing, "queue_missing", "待送达，但不在队列也不在死信中",
     "it waits, yet stands in no queue and is no dead letter"},
    {discrepancy::queue_unknown, "queue_unknown", "队列或死信中的一行没有对应办件",
     "no case explains a row of a queue or of the dead letters"},
    {discrepancy::totals_differ, "totals_differ", "视图的合计与办件不符",
     "the view's totals are not what its cases add up to"},
};

const words& words_of(discrepancy what) noexcept {
    return all_words[static_cast<std::size_t>(what)];
}

void add_up(reconciliation& report, const std::string& case_id, const case_account& account) {
    const auto& state = account.state;
    const bool filed = state.revision() > 0;
    const bool ended = cases::is_closed(state.status());
    report.accepted += account.accepted;
    report.closed += filed && ended;
    report.open += filed && !ended;
    report.collected_only += !filed && !ended;
    if (account.accepted != (filed ? 1U : 0U)) {
        report.add({discrepancy::case_unaccounted, case_id, {}, {}});
    }
    for (const auto& [region, target] : account.targets()) {
        report.targets[region].add(target);
        if (target.gap() != 0) {
            report.add({discrepancy::deliveries_unaccounted, case_id, region, std::to_string(target.gap())});
        }
    }
}

error_code add_up_all(reconciliation& report, case_accounts& accounts, const reconciliation_filter& filter) {
    if (const auto error = accounts.settle()) {
        return error;
    }
    return accounts.each([&](const std::string& case_id, const case_account& account) {
        if (filter.takes(account)) {
            add_up(report, case_id, account);
        }
        return error_code();
    });
}

std::string place_of(const log::position& at) {
    return std::to_string(at.partition) + "/" + std::to_string(at.offset);
}

// Offsets of a ledger have no holes: no compaction, no transaction, no time limit. [from, until) of a partition.
void tell_missing(reconciliation& report, std::uint32_t partition, std::uint64_t from, std::uint64_t until) {
    if (from < until) {
        const auto first = place_of({partition, from});
        report.add({discrepancy::record_missing, {}, {},
                    until - from == 1 ? first : first + " … " + place_of({partition, until - 1})},
                   until - from);
    }
}

void tell_strangers(reconciliation& report, const case_accounts& accounts, const log::position& at) {
    for (const auto& case_id : accounts.strangers()) {
        report.add({discrepancy::case_untold, case_id, {}, place_of(at)});
    }
}

// The lines of a dump, folded one after the other.
class dump_run {
public:
    dump_run(std::istream& lines, const reconciliation_parts& parts)
        : lines_(lines), parts_(parts), accounts_(parts.scratch) {}

    boost::system::result<reconciliation> run() {
        std::string line;
        const auto head = std::getline(lines_, line) ? read_dump_head(line) : std::nullopt;
        if (!head || !head->whole()) {
            report_.add({discrepancy::dump_not_whole, {}, {}, "line 1"});
            return std::move(report_);
        }
        for (std::uint64_t number = 2; std::getline(lines_, line); ++number) {
            if (const auto error = fold(line, number, *head)) {
                return error;
            }
            if (number % records_per_flush == 0) {
                if (const auto error = parts_.scratch.flush()) {
                    return error;
                }
            }
            if (parts_.progress && number % 1000 == 0) {
                parts_.progress(number, 0);
            }
        }
        for (const auto& [partition, stretch] : head->partitions) {
            tell_missing(report_, partition, next_[partition], stretch.until);
        }
        if (const auto error = add_up_all(report_, accounts_, parts_.filter)) {
            return error;
        }
        report_.records = accounts_.records();
        return std::move(report_);
    }

private:
    error_code fold(const std::string& line, std::uint64_t number, const dump_head& head) {
        const auto told = read_dump_line(line);
        const auto of = told ? head.partitions.find(told->as_read.at.partition) : head.partitions.end();
        // A line twice or out of order, or of what the dump does not hold, would be counted as what it is not.
        bool readable = of != head.partitions.end() && told->as_read.at.offset >= next_[of->first] &&
                        told->as_read.at.offset < of->second.until;
        if (readable) {
            auto record = told->as_read;
            auto& next = next_[record.at.partition];
            tell_missing(report_, record.at.partition, next, record.at.offset);
            next = record.at.offset + 1;
            record.key = told->key;
            record.value = told->value;
            const auto folded = accounts_.fold(record);
            if (!folded) {
                return folded.error();
            }
            if (parts_.filter.all()) {
                tell_strangers(report_, accounts_, record.at);
            }
            readable = *folded;
        }
        if (!readable) {
            report_.add({discrepancy::record_unreadable, {}, {}, "line " + std::to_string(number)});
        }
        return {};
    }

    std::istream& lines_;
    const reconciliation_parts& parts_;
    case_accounts accounts_;
    std::map<std::uint32_t, std::uint64_t> next_; // by partition
    reconciliation report_;
};

class offline_run {
public:
    offline_run(log::event_log& log, const reconciliation_parts& parts)
        : parts_(parts), way_{log, std::vector<std::uint64_t>(log.partition_count(), 0), {}},
          accounts_(parts.scratch) {}

    boost::system::result<reconciliation> run() {
        const auto end = end_of(way_.log);
        if (!end) {
            return end.error();
        }
        end_ = *end;
        seen_.assign(end_.size(), 0);
        if (parts_.view != nullptr) {
            if (const auto error = compare()) {
                return error;
            }
            if (!report_.view_problem.empty()) {
                return std::move(report_); // sums beside it would read as if all were well
            }
        }
        way_.until = end_;
        if (const auto error = fold()) {
            return error;
        }
        if (const auto error = add_up_all(report_, accounts_, parts_.filter)) {
            return error;
        }
        for (std::uint32_t p = 0; p < end_.size(); ++p) {
            tell_missing(report_, p, seen_[p], end_[p]);
        }
        report_.records = accounts_.records();
        return std::move(report_);
    }

private:
    // Where the view stands; empty and the problem told when it cannot be compared.
    std::vector<std::uint64_t> position_of_view() {
        const auto position = view(*parts_.view).positions();
        if (!position) {
            report_.view_problem = "视图无法读取 / the view cannot be read: " + position.error().message();
        } else if (position->size() != end_.size()) {
            const auto has = std::to_string(position->size());
            const auto wanted = std::to_string(end_.size());
            report_.view_problem = "视图有 " + has + " 个分区，账本有 " + wanted + " 个，视图不属于此账本：请删除视图目录，启动时由账本重建"
                                   " / the view has " + has + " partitions, the ledger " + wanted +
                                   ", so it is another ledger's: delete the view directory; it is rebuilt from the ledger";
        } else {
            for (std::size_t p = 0; p < end_.size(); ++p) {
                if ((*position)[p] > end_[p]) {
                    const auto where = std::to_string(p);
                    report_.view_problem = "视图领先于账本（分区 " + where + "），账本曾被截断或换成较早的副本：请删除视图目录，启动时由账本重建"
                                           " / the view is ahead of the ledger (partition " + where +
                                           "), which was truncated or replaced: delete the view directory; it is rebuilt "
                                           "from the ledger";
                    return {};
                }
                report_.view_records_behind += end_[p] - (*position)[p];
            }
            return *position;
        }
        return {};
    }

    error_code compare() {
        way_.until = position_of_view();
        if (!report_.view_problem.empty()) {
            return {};
        }
        if (const auto error = fold()) {
            return error;
        }
        if (const auto error = accounts_.settle()) {
            return error;
        }
        report_.view_compared = true;
        return compare_accounts(accounts_, *parts_.view, parts_.filter, report_);
    }

    error_code fold() {
        std::uint64_t flushed = accounts_.records();
        return walk(
            way_,
            [&](const log::record& record) -> error_code {
                auto& seen = seen_[record.at.partition];
                tell_missing(report_, record.at.partition, seen, record.at.offset);
                seen = record.at.offset + 1;
                const auto readable = accounts_.fold(record);
                if (!readable) {
                    return readable.error();
                }
                if (parts_.filter.all()) {
                    tell_strangers(report_, accounts_, record.at);
                    if (!*readable) {
                        report_.add({discrepancy::record_unreadable, {}, {}, place_of(record.at)});
                    }
                }
                return {};
            },
            [&]() -> error_code {
                if (parts_.progress) {
                    parts_.progress(accounts_.records(),
                                    std::accumulate(end_.begin(), end_.end(), std::uint64_t{0}));
                }
                if (accounts_.records() - flushed < records_per_flush) {
                    return {};
                }
                flushed = accounts_.records();
                return parts_.scratch.flush();
            });
    }

    const reconciliation_parts& parts_;
    log_walk way_;
    case_accounts accounts_;
    std::vector<std::uint64_t> end_;
    std::vector<std::uint64_t> seen_; // by partition: behind the last record read
    reconciliation report_;
};

} // namespace

std::string_view name(discrepancy what) noexcept {
    return words_of(what).name;
}
std::string_view message_zh(discrepancy what) noexcept {
    return words_of(what).zh;
}
std::string_view message_en(discrepancy what) noexcept {
    return words_of(what).en;
}

bool reconciliation_filter::takes_time(std::int64_t first_ms) const {
    return (!from_ms || first_ms >= *from_ms) && (!until_ms || first_ms < *until_ms);
}

bool reconciliation_filter::takes_pair(std::string_view of_origin, std::string_view to_dest) const {
    return (origin.empty() || of_origin == origin) && (dest.empty() || to_dest == dest);
}

bool reconciliation_filter::takes(const case_account& account) const {
    return takes_time(account.first_ms) && takes_pair(account.state.origin_region(), account.state.dest_region());
}

std::uint64_t reconciliation::unexplained() const {
    // A gap of the sums is named by its cases already; a sum that has one without them is worse.
    auto gap = static_cast<std::uint64_t>(std::abs(accepted - closed - open));
    for (const auto& [region, target] : targets) {
        gap += static_cast<std::uint64_t>(std::abs(target.gap()));
    }
    return std::max(gap, wrong);
}

void reconciliation::add(finding found, std::uint64_t count) {
    wrong += count;
    if (findings.size() < findings_max) {
        findings.push_back(std::move(found));
    }
}

boost::system::result<reconciliation> reconcile(log::event_log& log, const reconciliation_parts& parts) {
    return offline_run(log, parts).run();
}

boost::system::result<reconciliation> reconcile_dump(std::istream& lines, const reconciliation_parts& parts) {
    return dump_run(lines, parts).run();
}

} // namespace tongban::ledger
