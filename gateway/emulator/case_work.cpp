// Follows the life cycle's own table, so what is legal is written in one place.
#include "gateway/emulator/case_work.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

#include <algorithm>

namespace tongban::emulator {

namespace {

constexpr std::size_t replies_max = 8;

// Where an event leads. Of a case whose state is not known, the event itself tells it; one that does not fit the state
// known was overtaken by what the gateway told, or by a clerk: then nothing is known any more.
v1::CaseStatus moved(v1::CaseStatus status, v1::CaseEvent::BodyCase event) {
    if (status == v1::CASE_STATUS_UNSPECIFIED) {
        const auto leads = std::ranges::find_if(cases::life_cycle(), [&](const cases::transition& row) {
            return row.event == event && row.to != v1::CASE_STATUS_UNSPECIFIED;
        });
        return leads == cases::life_cycle().end() ? status : leads->to;
    }
    const auto* row = cases::find_transition(status, event);
    return row == nullptr ? v1::CASE_STATUS_UNSPECIFIED : row->to == v1::CASE_STATUS_UNSPECIFIED ? status : row->to;
}

} // namespace

bool fits(const std::vector<std::string>& patterns, std::string_view text) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](std::string_view pattern) {
               return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1)) : text == pattern;
           });
}

bool known_case::is_over() const {
    return cases::is_final(status);
}

void case_work::choose_rule(known_case& about) const {
    about.rule.reset();
    about.step = 0;
    if (!about.is_destination()) {
        return;
    }
    for (std::size_t i = 0; i < script_.cases.size(); ++i) {
        const auto& rule = script_.cases[i];
        if (fits(rule.items, about.item) && fits(rule.origins, about.ref.origin_region()) &&
            fits(rule.numbers, about.ref.source_case_no()) &&
            drawn(seed_, {"rule", about.ref.case_id(), std::to_string(i)}) < rule.share) {
            about.rule = i;
            return;
        }
    }
}

void case_work::hear(known_case& about, const v1::CaseEvent& event, std::uint32_t ordinal) const {
    about.heard = std::max(about.heard, ordinal);
    const auto body = event.body_case();
    if (body == v1::CaseEvent::kCaseSubmitted) {
        about.item = event.case_submitted().item().impl_code();
        // A revision answers a supplement, or begins a new run.
        if (about.status == v1::CASE_STATUS_SUPPLEMENTING) {
            about.status = v1::CASE_STATUS_DEST_RECEIVED;
        } else if (about.status == v1::CASE_STATUS_UNSPECIFIED || cases::find_transition(about.status, body) != nullptr) {
            about.status = v1::CASE_STATUS_QUEUED;
            about.rounds = 0;
            about.token = 0;
            choose_rule(about);
        } else {
            about.status = v1::CASE_STATUS_UNSPECIFIED; // it was found in the inbox, and is further already
        }
    } else {
        about.status = moved(about.status, body);
    }
    for (std::size_t i = 0; i < script_.replies.size(); ++i) {
        const auto& reply = script_.replies[i];
        const auto number = std::to_string(ordinal);
        if (reply.heard == body && about.replies.size() < replies_max &&
            drawn(seed_, {"reply", about.ref.case_id(), number, reply.step.word}) < reply.share) {
            about.replies.push_back(i);
        }
    }
}

void case_work::learn(known_case& about, v1::CaseStatus status, std::uint32_t rounds) const {
    about.status = status;
    about.rounds = rounds;
    const auto before = about.step;
    if (!about.rule) {
        choose_rule(about);
    }
    if (!about.rule) {
        return;
    }
    const auto& steps = script_.cases[*about.rule].steps;
    // Supplements that were asked for already are not asked for again.
    std::size_t at = 0;
    for (std::uint32_t asked = 0; at < steps.size() && asked < rounds; ++at) {
        asked += steps[at].event == v1::CaseEvent::kSupplementRequired ? 1 : 0;
    }
    about.step = std::max(before, std::ranges::any_of(steps, [](const auto& s) {
        return s.event == v1::CaseEvent::kSupplementRequired;
    }) ? at : 0);
}

// True when the last of claim and release before a step is a claim.
bool case_work::holds_claim(const case_rule& rule, std::size_t before) const {
    for (std::size_t i = std::min(before, rule.steps.size()); i > 0; --i) {
        const auto event = rule.steps[i - 1].event;
        if (event == v1::CaseEvent::kClaimed || event == v1::CaseEvent::kReleased) {
            return event == v1::CaseEvent::kClaimed;
        }
    }
    return false;
}

std::optional<act> case_work::next(const known_case& about) const {
    if (about.status == v1::CASE_STATUS_UNSPECIFIED) {
        return std::nullopt;
    }
    const auto wait = [&](const script_step& step, const std::string& which) {
        return step.after.chosen(drawn(seed_, {"after", about.ref.case_id(), which, std::to_string(about.rounds)}));
    };
    for (const auto i : about.replies) {
        const auto& step = script_.replies[i].step;
        if (cases::find_transition(about.status, step.event) != nullptr) {
            return act{&step, true, wait(step, "reply" + std::to_string(i))};
        }
    }
    if (!about.rule || about.is_over()) {
        return std::nullopt;
    }
    const auto& rule = script_.cases[*about.rule];
    for (auto i = about.step; i < rule.steps.size(); ++i) {
        const auto& step = rule.steps[i];
        const auto* row = cases::find_transition(about.status, step.event);
        // 接件 behind 受理 is only for what the other side accepted by mandate: else it was said before.
        if (row == nullptr || row->must_hold == cases::guard::not_received) {
            if (!cases::is_destination_turn(about.status)) {
                return std::nullopt; // the other side's word is awaited
            }
            continue; // somebody did it already
        }
        const bool claims = step.event == v1::CaseEvent::kClaimed || step.event == v1::CaseEvent::kReleased;
        if (!claims && about.token == 0 && holds_claim(rule, i)) {
            const auto claim = std::ranges::find(rule.steps, v1::CaseEvent::kClaimed, &script_step::event);
            return act{&*claim, false, std::chrono::milliseconds(0)}; // the lease was lost
        }
        return act{&step, false, wait(step, std::to_string(i))};
    }
    return std::nullopt;
}

void case_work::did(known_case& about, const act& what, bool took_effect, std::uint64_t token) const {
    if (what.is_reply) {
        const auto done = std::ranges::find_if(about.replies,
                                               [&](std::size_t i) { return &script_.replies[i].step == what.step; });
        if (done != about.replies.end()) {
            about.replies.erase(done);
        }
    } else if (about.rule) {
        const auto& steps = script_.cases[*about.rule].steps;
        const auto place = static_cast<std::size_t>(what.step - steps.data());
        about.step = std::max(about.step, place + 1); // a claim made again does not lead back
    }
    if (!took_effect) {
        return;
    }
    if (what.step->event == v1::CaseEvent::kSupplementRequired) {
        ++about.rounds;
    }
    if (what.step->event == v1::CaseEvent::kClaimed) {
        about.token = token;
    } else if (what.step->event == v1::CaseEvent::kReleased) {
        about.token = 0;
    } else {
        about.status = moved(about.status, what.step->event);
        if (about.status == v1::CASE_STATUS_SUPPLEMENTING) {
            about.token = 0; // a lease falls when the turn passes
        }
    }
}

} // namespace tongban::emulator
