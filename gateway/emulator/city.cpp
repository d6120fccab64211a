// Deliveries in, cases remembered, the next act planned. What is sent and what came of it: city_work.cpp.
#include "gateway/emulator/city.hpp"

#include "gateway/cases/deliveries.hpp"
#include "gateway/cases/evolve.hpp"

namespace tongban::emulator {

city::city(const city_settings& settings, const class tongue& speech, journal& lines, open_lines open,
           std::function<void(const std::string&)> note)
    : settings_(settings), speech_(speech), journal_(lines), note_(std::move(note)),
      rules_(settings_.how, settings_.seed), random_(settings_.seed), queue_(settings_.threads, std::move(open)) {}

city::~city() {
    stop();
}

void city::start() {
    queue_.start();
    for (const auto& region : settings_.regions) {
        queue_.after(std::chrono::milliseconds(0),
                     [this, region](gateway_lines& lines) { look_into_inbox(region, "", lines); });
    }
}

void city::stop() {
    queue_.stop();
}

void city::note_once(const std::string& text) {
    {
        const std::lock_guard lock(mutex_);
        if (noted_.size() >= notes_max || !noted_.insert(text).second) {
            return;
        }
    }
    note_(text);
}

std::optional<trouble> city::trouble_with(const incoming& what) {
    const auto found = answer_trouble(settings_.how.troubles, settings_.seed, what.delivery, what.attempt);
    if (found) {
        ++counts_.troubles[static_cast<std::size_t>(*found)];
    }
    return found;
}

taking city::take(const incoming& what, std::optional<heard_message>& heard) {
    const auto id = cases::delivery_id(what.delivery);
    auto read = speech_.read(what.content_type, what.body);
    if (!id || !read) {
        ++counts_.unreadable;
        const security::sentence unnamed("“Idempotency-Key”不是送达编号", "'Idempotency-Key' names no delivery");
        note_once(std::string(what.transport) + ": " + (id ? read.error() : unnamed).text());
        return taking::unreadable;
    }
    heard = std::move(*read);
    auto ref = heard->event.case_();
    ref.set_case_id(id->case_id());
    const std::lock_guard lock(mutex_);
    auto* one = remember(ref, id->region());
    if (one == nullptr) {
        return taking::full;
    }
    if (id->ordinal() <= one->about.heard) {
        ++counts_.repeated;
        return taking::again;
    }
    ++counts_.taken;
    rules_.hear(one->about, heard->event, id->ordinal());
    plan(id->case_id(), *one);
    return taking::taken;
}

// Precondition: locked. Null when the book is full of open cases.
city::remembered* city::remember(const v1::CaseRef& ref, const std::string& region) {
    if (const auto known = cases_.find(ref.case_id()); known != cases_.end()) {
        auto& old = known->second.about.ref;
        const auto id = old.case_id();
        old.MergeFrom(ref);
        old.set_case_id(id);
        return &known->second;
    }
    while (cases_.size() >= settings_.cases_max && !over_.empty()) {
        const auto gone = cases_.find(over_.front());
        over_.pop_front();
        if (gone != cases_.end() && gone->second.over && !gone->second.scheduled) {
            cases_.erase(gone);
        }
    }
    if (cases_.size() >= settings_.cases_max) {
        return nullptr;
    }
    auto& made = cases_[ref.case_id()];
    made.about.ref = ref;
    made.about.region = region;
    // A dialect may leave out what both sides know: the id begins with TB and the origin's region.
    if (made.about.ref.origin_region().empty()) {
        made.about.ref.set_origin_region(ref.case_id().substr(2, 6));
    }
    if (made.about.ref.dest_region().empty() && made.about.ref.origin_region() != region) {
        made.about.ref.set_dest_region(region);
    }
    return &made;
}

// Precondition: locked.
void city::plan(const std::string& case_id, remembered& one) {
    if (one.scheduled) {
        return; // what is next is decided when its time has come
    }
    const bool is_known = one.about.status != v1::CASE_STATUS_UNSPECIFIED;
    if (one.must_look || (!is_known && (one.about.is_destination() || !one.about.replies.empty()))) {
        one.must_look = true;
        schedule(case_id, one, std::chrono::milliseconds(0));
        return;
    }
    if (const auto next = rules_.next(one.about)) {
        one.over = false;
        schedule(case_id, one, next->after);
        return;
    }
    // Nothing to do: a case of another side, one that is over, one whose script ends here.
    if (!one.over && (one.about.is_over() || !one.about.is_destination() || cases::is_closed(one.about.status))) {
        one.over = true;
        over_.push_back(case_id);
    }
}

void city::schedule(const std::string& case_id, remembered& one, std::chrono::milliseconds wait) {
    one.scheduled = true;
    queue_.after(wait, [this, case_id](gateway_lines& lines) { work(case_id, lines); });
}

void city::delivered(const incoming& what, std::string_view outcome) {
    if (outcome == "refused") {
        ++counts_.refused;
    } else if (outcome == "unsaid") {
        ++counts_.unsaid;
    }
    const auto id = cases::delivery_id(what.delivery);
    if (!id) {
        return; // somebody else's request, not a delivery of the gateway's
    }
    boost::json::object line{{"kind", "delivered"},
                             {"transport", what.transport},
                             {"delivery", what.delivery},
                             {"case_id", id->case_id()},
                             {"region", id->region()},
                             {"attempt", what.attempt},
                             {"outcome", outcome}};
    journal_.write(std::move(line));
}

void city::acknowledged(const std::string& delivery, bool positive, std::string_view outcome) {
    counts_.acknowledged += outcome == "accepted" && positive ? 1 : 0;
    const auto id = cases::delivery_id(delivery);
    journal_.write({{"kind", "acknowledged"},
                    {"delivery", delivery},
                    {"case_id", id ? id->case_id() : std::string()},
                    {"region", id ? id->region() : std::string()},
                    {"positive", positive},
                    {"outcome", outcome}});
}

city::levels city::standing() const {
    const std::lock_guard lock(mutex_);
    levels now{cases_.size(), 0};
    for (const auto& [id, one] : cases_) {
        now.open += one.over ? 0 : 1;
    }
    return now;
}

} // namespace tongban::emulator
