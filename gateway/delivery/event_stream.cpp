// Only partitions of which something was heard are read. An event that several of the regions must learn is told once,
// for the first of them: it has one place in the ledger's order.
#include "gateway/delivery/event_stream.hpp"

#include "gateway/delivery/rendering.hpp"
#include "gateway/http/json_answer.hpp"
#include "monitoring/log.hpp"

#include <algorithm>

namespace tongban::delivery {

namespace json = boost::json;

event_stream::event_stream(ledger::ledger& ledger, stream_order order, position_text positions,
                           stream_places::place place)
    : ledger_(ledger), order_(std::move(order)), positions_(std::move(positions)), place_(std::move(place)),
      at_(order_.from), open_(at_.size(), true) {}

void event_stream::begin(std::function<void()> wake) {
    following_ = ledger_.follow_events(order_.regions, std::move(wake));
}

http::body_source::state event_stream::next(std::string& out) {
    if (!greeted_) {
        greeted_ = true;
        greet(out);
    }
    // Before the view is read: what comes in between is told of.
    const auto ends = following_.ends();
    for (std::size_t i = 0; i < open_.size() && i < ends.size(); ++i) {
        open_[i] = open_[i] || ends[i] > at_[i];
    }
    if (const auto error = page(out)) {
        monitoring::log(monitoring::severity::error, "event_stream_broken", {{"reason", error.message()}});
        out += ": the view cannot be read now; come again\n\n";
        return state::ended;
    }
    return any_open() ? state::more : state::waiting;
}

bool event_stream::any_open() const {
    return std::find(open_.begin(), open_.end(), true) != open_.end();
}

// The id comes first, so that who is cut off before the first event can go on from here.
void event_stream::greet(std::string& out) {
    out += ": tongban events\nretry: 2000\nid: ";
    out += positions_.write(at_);
    out += "\n\n";
}

void event_stream::beat(std::string& out) {
    out += ": still here\n\n";
}

void event_stream::last_words(std::string& out) {
    out += ": the gateway ends this stream; go on from the last id\n\n";
}

boost::system::error_code event_stream::page(std::string& out) {
    const auto begun = out.size();
    const auto partitions = static_cast<std::uint32_t>(open_.size());
    std::size_t left = page_events_max;
    // Another partition is first each time, so that none starves behind a full page.
    const auto first = turn_++;
    for (std::uint32_t i = 0; i < partitions && left > 0; ++i) {
        const auto partition = (first + i) % partitions;
        if (!open_[partition]) {
            continue;
        }
        const auto events = events_from(partition, left);
        if (!events) {
            return events.error();
        }
        open_[partition] = events->size() == left;
        for (const auto& each : *events) {
            if (out.size() - begun >= page_bytes_max) {
                open_[partition] = true;
                return {};
            }
            at_[partition] = each.event.at.offset + 1;
            if (const auto error = tell(each, out)) {
                return error;
            }
            --left;
        }
    }
    return {};
}

boost::system::result<std::vector<event_stream::told_event>> event_stream::events_from(std::uint32_t partition,
                                                                                       std::size_t limit) const {
    std::vector<told_event> all;
    for (std::size_t i = 0; i < order_.regions.size(); ++i) {
        const auto found = ledger_.deliveries().events_of(order_.regions[i], partition, at_[partition], limit);
        if (!found) {
            return found.error();
        }
        for (const auto& each : *found) {
            all.push_back({each, i});
        }
    }
    if (order_.regions.size() > 1) {
        const auto offset = [](const told_event& each) { return each.event.at.offset; };
        std::ranges::stable_sort(all, {}, offset);
        const auto repeated = std::ranges::unique(all, {}, offset);
        all.erase(repeated.begin(), repeated.end());
        all.resize(std::min(all.size(), limit));
    }
    return all;
}

boost::system::error_code event_stream::tell(const told_event& each, std::string& out) {
    auto stored = ledger_.read().event_at(each.event.number, each.event.at.offset);
    const auto of = ledger_.read().case_of(each.event.number);
    if (!stored || !of) {
        return !stored ? stored.error() : of.error();
    }
    if (!*stored || !*of) {
        return store::make_error_code(store::errc::failed);
    }
    const auto event = whole_event(std::move((*stored)->record), **of, ledger_);
    const auto& region = order_.regions[each.region];
    v1::DeliveryId id;
    id.set_case_id((*of)->case_id());
    id.set_ordinal(each.event.ordinal);
    id.set_region(region);
    json::object about;
    about["id"] = cases::to_text(id);
    about["case_id"] = id.case_id();
    about["region"] = region;
    about["event"] = std::string(cases::name(event.body_case()));
    about["event_zh"] = std::string(cases::term(event.body_case()));
    about["recorded_at"] = http::utc_text((*stored)->recorded_at.time_since_epoch().count());
    out += "id: ";
    out += positions_.write(at_);
    out += "\nevent: ";
    out += cases::name(event.body_case());
    out += "\ndata: ";
    out += with_message(std::move(about), event, order_.dialect.get());
    out += "\n\n";
    order_.sent[each.region].add();
    return {};
}

} // namespace tongban::delivery
