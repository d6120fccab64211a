// Each read is a get or a bounded scan.
#include "gateway/ledger/delivery_view.hpp"

#include "gateway/ledger/delivery_watch.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

template <typename T>
using result = boost::system::result<T>;

boost::system::error_code broken() {
    return store::make_error_code(store::errc::failed);
}

boost::system::error_code no_cursor() {
    return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
}

} // namespace

result<std::vector<due_delivery>>
delivery_view::due(std::string_view region, std::uint32_t partition, std::int64_t now_ms, std::size_t limit,
                   const std::function<bool(const due_delivery&)>& skip, std::int64_t& next_visible_ms) const {
    const auto prefix = rows::delivery_queue(region, partition);
    const auto past_now = std::string(rows::queued_delivery(region, partition, now_ms + 1, 0).view());
    const auto from = watch_ != nullptr ? watch_->begin(region, partition) : std::string(prefix.view());
    std::vector<due_delivery> found;
    std::string first;
    std::size_t visited = 0;
    bool readable = true;
    bool all_seen = true;
    const auto visit = [&](std::string_view key, std::string_view value) {
        if (first.empty()) {
            first = key;
        }
        rows::cursor at(key.substr(prefix.view().size()));
        const auto row = rows::decode_queued(value);
        due_delivery each;
        each.visible_at_ms = static_cast<std::int64_t>(at.u64());
        each.number = {partition, at.u64()};
        readable = row && at.ok();
        if (!readable) {
            return false;
        }
        each.ordinal = row->ordinal;
        each.offset = row->offset;
        if (!skip(each)) {
            found.push_back(each);
        }
        all_seen = found.size() < limit && ++visited < due_visited_max;
        return all_seen;
    };
    const auto error = from < past_now ? rows_.scan(from, past_now, visit) : boost::system::error_code();
    if (watch_ != nullptr) {
        watch_->end(region, partition, error ? std::string_view() : std::string_view(first.empty() ? past_now : first));
    }
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    if (all_seen) {
        if (const auto failed = next_visible(region, partition, now_ms, next_visible_ms)) {
            return failed;
        }
    }
    return found;
}

boost::system::error_code delivery_view::next_visible(std::string_view region, std::uint32_t partition,
                                                      std::int64_t now_ms, std::int64_t& next_visible_ms) const {
    const auto prefix = rows::delivery_queue(region, partition);
    const std::string past_now(rows::queued_delivery(region, partition, now_ms + 1, 0).view());
    std::string first;
    const auto take_first = [&](std::string_view key, std::string_view) {
        first = key;
        return false;
    };
    const auto tell_first = [&] {
        next_visible_ms = static_cast<std::int64_t>(rows::cursor(std::string_view(first).substr(prefix.view().size())).u64());
    };
    if (watch_ == nullptr) {
        const auto error = rows_.scan(past_now, prefix.past(), take_first);
        if (!first.empty()) {
            tell_first();
        }
        return error;
    }
    const auto later = watch_->begin_later(region, partition, past_now);
    auto error = rows_.scan(later.front, prefix.past(), take_first);
    watch_->end_later(region, partition, error ? "" : first.empty() ? std::string_view(prefix.past()) : std::string_view(first));
    if (!error && past_now < later.known_from) {
        error = rows_.scan(past_now, later.known_from, take_first);
    }
    if (!error && !first.empty()) {
        tell_first();
    }
    return error;
}

result<std::vector<v1::EventDelivery>> delivery_view::of_case(const case_row& row) const {
    std::vector<v1::EventDelivery> all;
    bool readable = true;
    const auto prefix = rows::settled_deliveries(row.number);
    const auto error = rows_.scan(prefix, prefix.past(), [&](std::string_view, std::string_view value) {
        readable = all.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size()));
        return readable;
    });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    for (const auto& outbox : row.state.outbox()) {
        for (const auto& pending : outbox.pending()) {
            all.push_back(cases::unsettled(row.state, outbox, pending));
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const v1::EventDelivery& a, const v1::EventDelivery& b) {
        return a.id().ordinal() < b.id().ordinal();
    });
    return all;
}

result<std::optional<v1::EventDelivery>> delivery_view::find(const v1::DeliveryId& id) const {
    const auto row = cases_.find(id.case_id());
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return std::optional<v1::EventDelivery>();
    }
    if (const auto* outbox = cases::outbox_of((*row)->state, id.region())) {
        for (const auto& pending : outbox->pending()) {
            if (pending.ordinal() == id.ordinal()) {
                return std::optional(cases::unsettled((*row)->state, *outbox, pending));
            }
        }
    }
    std::string bytes;
    const auto found = rows_.get(rows::settled_delivery((*row)->number, id.ordinal(), id.region()), bytes);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::optional<v1::EventDelivery>();
    }
    std::optional<v1::EventDelivery> settled(std::in_place);
    if (!settled->ParseFromString(bytes)) {
        return broken();
    }
    return settled;
}

result<delivery_view::page> delivery_view::dead_letters(std::string_view region, std::string_view after,
                                                        std::size_t limit) const {
    return heads(region.empty() ? rows::key('x') : rows::dead_letters(region), after, limit);
}

result<delivery_view::page> delivery_view::waiting(std::string_view region, std::string_view after,
                                                   std::size_t limit) const {
    return heads(rows::delivery_queues(region), after, limit);
}

result<delivery_view::page> delivery_view::heads(const rows::key& prefix, std::string_view after,
                                                 std::size_t limit) const {
    const bool dead = prefix.view().front() == 'x';
    std::string from(prefix.view());
    if (!after.empty()) {
        // A cursor is a key in hexadecimal digits.
        const auto key = after.size() > 128 ? std::nullopt : from_hex(after);
        if (!key || !key->starts_with(prefix.view())) {
            return no_cursor();
        }
        from = *key + '\0'; // the first key after it
    }
    struct place {
        std::string region;
        case_number number;
    };
    std::vector<place> places;
    std::string last;
    bool more = false;
    const auto error = rows_.scan(from, prefix.past(), [&](std::string_view key, std::string_view) {
        if (places.size() == limit) {
            more = true;
            return false;
        }
        last = key;
        rows::cursor at(key.substr(1));
        auto of = rows::region_text(at.text(rows::region_size));
        case_number number;
        number.partition = at.u16();
        if (!dead) {
            at.u64(); // visible_ms
        }
        number.number = at.u64();
        places.push_back({std::move(of), number});
        return true;
    });
    if (error) {
        return error;
    }
    page found;
    for (const auto& each : places) {
        const auto state = cases_.case_of(each.number);
        if (!state) {
            return state.error();
        }
        // Since the scan it may have been replayed, or settled.
        const auto* outbox = *state ? cases::outbox_of(**state, each.region) : nullptr;
        if (outbox != nullptr && outbox->dead() == dead) {
            found.deliveries.push_back(cases::unsettled(**state, *outbox, outbox->pending(0)));
        }
    }
    if (more) {
        found.next = to_hex(last);
    }
    return found;
}

result<std::vector<delivery_view::region_totals>> delivery_view::totals() const {
    std::vector<region_totals> all;
    bool readable = true;
    const rows::key prefix('t');
    const auto error = rows_.scan(prefix, prefix.past(), [&](std::string_view key, std::string_view value) {
        const auto row = rows::decode_delivery_totals(value);
        readable = row.has_value();
        if (readable) {
            all.push_back({rows::region_text(key.substr(1)), *row});
        }
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

std::optional<std::int64_t> delivery_view::oldest_ms(std::string_view region, bool dead) const {
    return watch_ == nullptr ? std::nullopt : watch_->oldest_ms(region, dead);
}

result<std::vector<region_event>> delivery_view::events_of(std::string_view region, std::uint32_t partition,
                                                           std::uint64_t from_offset, std::size_t limit) const {
    std::vector<region_event> found;
    bool readable = true;
    const auto prefix = rows::region_events(region, partition);
    const auto error = rows_.scan(rows::region_event(region, partition, from_offset), prefix.past(),
                                  [&](std::string_view key, std::string_view value) {
                                      if (found.size() == limit) {
                                          return false;
                                      }
                                      rows::cursor at(key.substr(prefix.view().size()));
                                      const auto row = rows::decode_region_event(value);
                                      readable = row && at.ok();
                                      if (readable) {
                                          found.push_back({{partition, at.u64()}, {partition, row->number}, row->ordinal});
                                      }
                                      return readable;
                                  });
    if (error) {
        return error;
    }
    if (!readable) {
        return broken();
    }
    return found;
}

} // namespace tongban::ledger
