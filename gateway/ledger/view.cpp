// Reads of the view, each a get or a bounded scan.
#include "gateway/ledger/view.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/record.hpp"
#include "gateway/ledger/rows.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace tongban::ledger {

namespace {

template <typename T>
using result = boost::system::result<T>;

boost::system::error_code broken() {
    return store::make_error_code(store::errc::failed);
}

// The part of an inbox key that tells its row within the region: order_ms since_ms P N untaken.
constexpr std::size_t place_size = 27;

bool wanted(const v1::InboxEntry& entry, const inbox_query& query) {
    return (!query.status || entry.status() == *query.status) &&
           (!query.origin_region || entry.origin_region() == *query.origin_region) &&
           !(query.claimable_only && (entry.beside() || (entry.has_lease() && entry.lease().until_ms() > query.now_ms)));
}

void fill(v1::TimelineEntry& entry, const stored_event& event) {
    const auto& record = event.record;
    entry.set_event(std::string(cases::name(record.event().body_case())));
    *entry.mutable_occurred_at() = record.event().occurred_at();
    *entry.mutable_received_at() = record.received_at();
    *entry.mutable_recorded_at() =
        google::protobuf::util::TimeUtil::MillisecondsToTimestamp(event.recorded_at.time_since_epoch().count());
    entry.set_sender_partner(record.sender().partner());
    entry.set_automatic(record.sender().automatic());
    entry.set_sender_region(record.sender().region());
    entry.set_sender_role(record.sender().role());
    if (record.event().has_actor()) {
        *entry.mutable_actor() = record.event().actor();
    }
    entry.set_dialect(record.sender().dialect());
    entry.set_event_id(record.event_id());
    entry.set_status(event.status);
    entry.set_refused_code(event.refused_code);
    entry.set_certificate_serial(record.sender().certificate_serial());
    entry.set_content_digest(record.content_digest());
    entry.set_partition(event.at.partition);
    entry.set_offset(event.at.offset);
}

// Visits the rows that begin with `prefix`.
template <typename Visit>
boost::system::error_code scan(const store::view_store& store, const rows::key& prefix, const Visit& visit) {
    return store.scan(prefix, prefix.past(), visit);
}

bool read_event(stored_event& event, std::string_view key, std::string_view value, case_number number) {
    const auto row = rows::decode_event(value);
    if (!row || key.size() < 8 ||
        !event.record.ParseFromArray(row->record.data(), static_cast<int>(row->record.size()))) {
        return false;
    }
    event.at = {number.partition, rows::cursor(key.substr(key.size() - 8)).u64()};
    event.recorded_at = cases::record_time(std::chrono::milliseconds(row->head.recorded_ms));
    event.status = row->head.status;
    event.refused_code = row->head.refused_code;
    return true;
}

} // namespace

result<std::optional<v1::CaseState>> view::state_of(case_number number) const {
    std::string bytes;
    const auto found = rows_.get(rows::state(number), bytes);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::optional<v1::CaseState>();
    }
    std::optional<v1::CaseState> state(std::in_place);
    if (!state->ParseFromString(bytes)) {
        return broken();
    }
    return state;
}

result<std::optional<case_row>> view::find(std::string_view case_id) const {
    if (!cases::is_case_id(case_id)) {
        return std::optional<case_row>();
    }
    std::string bytes;
    const auto found = rows_.get(rows::number_of(case_id), bytes);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::optional<case_row>();
    }
    const auto number = rows::cursor(bytes).number();
    auto state = state_of(number);
    if (!state) {
        return state.error();
    }
    if (!*state) {
        return broken(); // the two rows are written together
    }
    return std::optional<case_row>(case_row{number, std::move(**state)});
}

result<std::vector<case_row>> view::find_by_number(std::string_view region, std::string_view number) const {
    std::vector<case_row> found;
    if (number.empty()) {
        return found;
    }
    const auto digest = cases::case_number_digest(number);
    std::vector<case_number> candidates;
    auto error = scan(rows_, rows::numbers_of(digest), [&](std::string_view, std::string_view value) {
        candidates.push_back(rows::cursor(value).number());
        return candidates.size() < same_number_max;
    });
    if (error) {
        return error;
    }
    const auto by_source = candidates.size();
    error = scan(rows_, rows::dest_numbers(region, digest), [&](std::string_view key, std::string_view) {
        rows::cursor at(key);
        at.text(1 + rows::region_size + rows::digest_size);
        candidates.push_back(at.number());
        return candidates.size() < by_source + same_number_max;
    });
    if (error) {
        return error;
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto candidate = candidates[i];
        const bool seen = std::any_of(found.begin(), found.end(), [&](const case_row& row) {
            return row.number.partition == candidate.partition && row.number.number == candidate.number;
        });
        if (seen) {
            continue;
        }
        auto state = state_of(candidate);
        if (!state) {
            return state.error();
        }
        if (!*state) {
            return broken();
        }
        if (i >= by_source || (*state)->origin_region() == region || (*state)->dest_region() == region) {
            found.push_back({candidate, std::move(**state)});
        }
    }
    return found;
}

result<std::vector<stored_event>> view::events(case_number number) const {
    std::vector<stored_event> all;
    bool readable = true;
    const auto error = scan(rows_, rows::events(number), [&](std::string_view key, std::string_view value) {
        readable = read_event(all.emplace_back(), key, value, number);
        return readable;
    });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    return all;
}

result<std::optional<stored_event>> view::event_of(case_number number, std::string_view event_id) const {
    std::optional<stored_event> found(std::in_place);
    bool readable = true;
    bool here = false;
    const auto error = scan(rows_, rows::events(number), [&](std::string_view key, std::string_view value) {
        readable = read_event(*found, key, value, number);
        here = readable && found->refused_code.empty() && found->record.event_id() == event_id;
        return readable && !here;
    });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    if (!here) {
        found.reset();
    }
    return found;
}

result<std::optional<stored_event>> view::event_at(case_number number, std::uint64_t offset) const {
    const auto key = rows::event(number, offset);
    std::string bytes;
    const auto found = rows_.get(key, bytes);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::optional<stored_event>();
    }
    std::optional<stored_event> event(std::in_place);
    if (!read_event(*event, key, bytes, number)) {
        return broken();
    }
    return event;
}

std::vector<v1::TimelineEntry> view::lines_of(const std::vector<stored_event>& events) {
    std::vector<v1::TimelineEntry> entries;
    entries.reserve(events.size());
    for (const auto& event : events) {
        fill(entries.emplace_back(), event);
    }
    return entries;
}

result<std::optional<view::submission>> view::submission_of(case_number number) const {
    std::optional<submission> standing;
    bool readable = true;
    stored_event event;
    const auto error = scan(rows_, rows::events(number), [&](std::string_view key, std::string_view value) {
        readable = read_event(event, key, value, number);
        if (readable && event.refused_code.empty() && event.record.event().has_case_submitted()) {
            standing = submission{open_event(event.record), event.record.raw_content_type()};
        }
        return readable;
    });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    return standing;
}

result<std::uint32_t> view::refused_count(case_number number) const {
    std::string bytes;
    const auto found = rows_.get(rows::refused(number), bytes);
    if (!found) {
        return found.error();
    }
    return *found ? rows::cursor(bytes).u32() : 0;
}

result<inbox_page> view::inbox(const inbox_query& query) const {
    const auto prefix = rows::inbox(query.region);
    std::string from(prefix.view());
    const bool from_front = query.after.empty();
    if (!from_front) {
        // A cursor is that part in hexadecimal digits.
        const auto place = from_hex(query.after);
        if (!place || place->size() != place_size) {
            return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
        }
        from += *place;
        from.push_back('\0'); // the first key after it
    } else if (watch_ != nullptr) {
        from = watch_->begin(query.region);
    }
    const auto limit = std::clamp<std::size_t>(query.limit, 1, inbox_limit_max);
    inbox_page page;
    std::string first;
    std::string last;
    std::size_t visited = 0;
    bool more = false;
    bool readable = true;
    const auto error = rows_.scan(from, prefix.past(), [&](std::string_view key, std::string_view value) {
        if (page.entries.size() == limit || visited == inbox_visited_max) {
            more = true;
            return false;
        }
        ++visited;
        if (first.empty()) {
            first = key;
        }
        last = key;
        auto& entry = page.entries.emplace_back();
        readable = entry.ParseFromArray(value.data(), static_cast<int>(value.size()));
        if (!wanted(entry, query)) {
            page.entries.pop_back();
        }
        return readable;
    });
    if (from_front && watch_ != nullptr) {
        watch_->end(query.region, error ? std::string_view() : std::string_view(first));
    }
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    if (more) {
        page.next = to_hex(std::string_view(last).substr(prefix.view().size()));
    }
    return page;
}

result<std::optional<std::int64_t>> view::inbox_first_ms(std::string_view region) const {
    const auto prefix = rows::inbox(region);
    const auto from = watch_ != nullptr ? watch_->begin(region) : std::string(prefix.view());
    std::optional<std::int64_t> oldest;
    std::string first;
    const auto error = rows_.scan(from, prefix.past(), [&](std::string_view key, std::string_view) {
        first = key;
        oldest = static_cast<std::int64_t>(rows::cursor(key.substr(prefix.view().size())).u64());
        return false;
    });
    if (watch_ != nullptr) {
        watch_->end(region, first);
    }
    if (error) {
        return error;
    }
    return oldest;
}

result<v1::ViewTotals> view::totals() const {
    v1::ViewTotals totals;
    bool readable = true;
    auto error = scan(rows_, rows::key('o'), [&](std::string_view key, std::string_view value) {
        rows::cursor at(key.substr(1));
        auto& open = *totals.add_open();
        std::string_view region = at.text(rows::region_size);
        open.set_dest_region(std::string(region.substr(0, region.find('\0'))));
        open.set_status(static_cast<v1::CaseStatus>(at.u8()));
        open.set_count(static_cast<std::int64_t>(rows::cursor(value).u64()));
        return true;
    });
    if (error) {
        return error;
    }
    error = scan(rows_, rows::key('p'), [&](std::string_view, std::string_view value) {
        const auto row = rows::decode_position(value);
        readable = row.has_value();
        totals.add_next_number(row ? row->next_number : 0);
        return readable;
    });
    if (error) {
        return error;
    }
    std::string bytes;
    const auto found = rows_.get(rows::totals(), bytes);
    if (!found) {
        return found.error();
    }
    if (*found) {
        const auto row = rows::decode_totals(bytes);
        readable = readable && row;
        totals.set_accepted(row ? row->accepted : 0);
        totals.set_closed(row ? row->closed : 0);
    }
    if (!readable) {
        return broken();
    }
    return totals;
}

result<std::vector<std::uint64_t>> view::positions() const {
    std::vector<std::uint64_t> next;
    bool readable = true;
    const auto error = scan(rows_, rows::key('p'), [&](std::string_view, std::string_view value) {
        const auto row = rows::decode_position(value);
        readable = row.has_value();
        next.push_back(row ? row->next_offset : 0);
        return readable;
    });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    return next;
}

} // namespace tongban::ledger
