// The end is fixed before the first record is read: what is appended meanwhile is not part of the walk.
#include "gateway/ledger/log_walk.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_records = 1000;
constexpr auto end_wait = 10s;

bool is_done(const log_walk& way) {
    for (std::size_t p = 0; p < way.until.size(); ++p) {
        if (way.next[p] < way.until[p]) {
            return false;
        }
    }
    return true;
}

} // namespace

boost::system::error_code walk(log_walk& way,
                               const std::function<boost::system::error_code(const log::record&)>& visit,
                               const std::function<boost::system::error_code()>& batch_end) {
    if (is_done(way)) {
        return {};
    }
    const auto reader = way.log.read(way.next);
    if (!reader) {
        return reader.error();
    }
    while (!is_done(way)) {
        const auto records = (*reader)->next(way.patience, batch_records);
        if (!records) {
            return records.error();
        }
        if (records->empty()) {
            if (way.gap_is_error) {
                return make_error_code(log::errc::unavailable);
            }
            way.next = way.until;
            break;
        }
        for (const auto& record : *records) {
            if (record.at.offset >= way.until[record.at.partition]) {
                continue;
            }
            way.next[record.at.partition] = record.at.offset + 1;
            if (const auto error = visit(record)) {
                return error;
            }
        }
        if (const auto error = batch_end ? batch_end() : boost::system::error_code()) {
            return error;
        }
    }
    return {};
}

boost::system::result<std::vector<std::uint64_t>> end_of(log::event_log& log) {
    return log.end(end_wait);
}

} // namespace tongban::ledger
