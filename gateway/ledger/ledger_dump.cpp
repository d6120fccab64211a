// Reads with the log's own reader; formats with Protobuf's JSON mapping.
#include "gateway/ledger/ledger_dump.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/ledger/dump_line.hpp"
#include "gateway/ledger/record.hpp"
#include "schemas/canonical_json.hpp"
#include "tongban/v1/ledger.pb.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace tongban::ledger {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_records = 1000;
constexpr auto end_wait = 10s;
constexpr auto read_wait = 2s;

std::string time_text(cases::record_time at) {
    return google::protobuf::util::TimeUtil::ToString(
        google::protobuf::util::TimeUtil::MillisecondsToTimestamp(at.time_since_epoch().count()));
}

bool all_passed(const std::vector<std::uint64_t>& next, const std::vector<std::uint64_t>& end) {
    for (std::size_t p = 0; p < end.size(); ++p) {
        if (next[p] < end[p]) {
            return false;
        }
    }
    return true;
}

// A record about deliveries may name further cases beside the one of its key.
bool concerns(const log::record& record, const std::string& case_id) {
    if (record.key == case_id) {
        return true;
    }
    v1::LedgerRecord parsed;
    if (!parsed.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        return false;
    }
    const auto& facts = parsed.deliveries().facts();
    return std::any_of(facts.begin(), facts.end(),
                       [&](const v1::DeliveryFact& fact) { return fact.delivery().case_id() == case_id; });
}

dump_head head_of(const log::event_log& log, const ledger_dump_options& options, const std::vector<std::uint64_t>& from,
                  const std::vector<std::uint64_t>& end) {
    dump_head head;
    head.ledger = log.identity();
    head.selected = !options.case_id.empty() || options.limit != ledger_dump_options().limit;
    for (std::uint32_t p = 0; p < end.size(); ++p) {
        if (!options.partition || *options.partition == p) {
            head.partitions[p] = {from[p], end[p]};
        }
    }
    return head;
}

} // namespace

std::string record_as_json(const log::record& record, bool with_dossier) {
    // A key that is no case id may be anything: shown in hexadecimal digits.
    const auto key = cases::is_case_id(record.key) ? std::string(record.key) : to_hex(record.key);
    std::string line = "{\"partition\":" + std::to_string(record.at.partition) +
                       ",\"offset\":" + std::to_string(record.at.offset) + ",\"recorded_at\":\"" +
                       time_text(record.recorded_at) + "\",\"key\":\"" + key + "\"";
    v1::LedgerRecord parsed;
    if (!parsed.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        return line + ",\"unreadable\":true,\"bytes\":" + std::to_string(record.value.size()) + "}";
    }
    if (with_dossier) {
        *parsed.mutable_event() = open_event(parsed);
    }
    parsed.clear_dossier();
    const std::string event(parsed.has_deliveries()      ? "DELIVERIES"
                            : parsed.has_material_fact() ? "MATERIAL"
                                                         : cases::name(parsed.event().body_case()));
    line += ",\"event\":\"" + event + "\",\"event_id\":\"" +
            to_hex(parsed.event_id()) + "\",\"content_digest\":\"" + to_hex(parsed.content_digest()) + "\"";
    line += ",\"record\":";
    v1::append_json(parsed, line);
    return line + '}';
}

boost::system::result<std::uint64_t> dump_ledger(log::event_log& log, const ledger_dump_options& options,
                                                 const std::function<bool(const std::string&)>& line) {
    auto end = log.end(end_wait);
    if (!end) {
        return end.error();
    }
    std::vector<std::uint64_t> next(end->size(), options.from_offset);
    for (std::uint32_t p = 0; p < end->size(); ++p) {
        if (options.partition && *options.partition != p) {
            (*end)[p] = 0;
        }
        next[p] = std::min(next[p], (*end)[p]);
    }
    const auto reader = log.read(next);
    if (!reader) {
        return reader.error();
    }
    if (!line(to_line(head_of(log, options, next, *end)))) {
        return 0;
    }
    std::uint64_t lines = 0;
    while (!all_passed(next, *end) && lines < options.limit) {
        const auto records = (*reader)->next(read_wait, batch_records);
        if (!records) {
            return records.error();
        }
        if (records->empty()) {
            break;
        }
        for (const auto& record : *records) {
            const auto at = record.at;
            if (at.offset >= (*end)[at.partition]) {
                continue;
            }
            next[at.partition] = at.offset + 1;
            if (!options.case_id.empty() && !concerns(record, options.case_id)) {
                continue;
            }
            if (lines == options.limit || !line(record_as_json(record, options.with_dossier))) {
                return lines;
            }
            ++lines;
        }
    }
    return lines;
}

} // namespace tongban::ledger
