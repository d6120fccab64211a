#include "gateway/intake/archive_admission.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/plain_text.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/intake/violation_at.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

// Of the bundle's other children those that can be asked: a planned one has no case yet, and one that ended without a result
// has no case to ask in.
std::vector<v1::SiblingCase> siblings_of(const v1::CaseState& child, const ledger::view& view) {
    std::vector<v1::SiblingCase> all;
    const auto parent = child.has_parent() ? view.find(child.parent().case_id()) : std::optional<ledger::case_row>();
    if (!parent || !*parent) {
        return all;
    }
    for (const auto& one : (*parent)->state.bundle().children()) {
        const auto& plan = one.plan();
        const auto row = view.find(plan.case_id());
        const bool other = plan.number() != child.parent().child() && row && *row &&
                           (*row)->state.parent().case_id() == child.parent().case_id();
        if (other && (cases::ended & cases::bit((*row)->state.status())) == 0) {
            auto& found = all.emplace_back();
            found.set_case_id(plan.case_id());
            found.set_child(plan.number());
            found.set_region((*row)->state.dest_region());
        }
    }
    return all;
}

bool is_meant(const v1::ArchiveRequested& asked, const v1::SiblingCase& one) {
    return (asked.child() == 0 || asked.child() == one.child()) && (asked.region().empty() || asked.region() == one.region());
}

std::optional<v1::SiblingCase> find_sibling(const v1::ArchiveRequested& asked, const v1::CaseState& standing,
                                            const ledger::view& view) {
    auto all = siblings_of(standing, view);
    std::erase_if(all, [&](const v1::SiblingCase& one) { return !is_meant(asked, one); });
    return all.size() == 1 ? std::optional(std::move(all.front())) : std::nullopt;
}

bool is_listed(const v1::ArchiveMaterial& wanted, const std::string& said, const v1::Dossier& dossier) {
    const auto is = [](const std::string& one, const std::string& other) { return !one.empty() && cases::means_same(one, other); };
    return std::any_of(dossier.materials().begin(), dossier.materials().end(), [&](const v1::Material& one) {
        return is(one.code(), wanted.code()) || is(one.name(), wanted.name()) || is(one.code(), said) || is(one.name(), said);
    });
}

} // namespace

void drop_words_of_gateway(v1::CaseEvent& event) {
    if (event.has_archive_requested()) {
        event.mutable_archive_requested()->clear_request_no();
    } else if (event.has_archive_replied()) {
        event.mutable_archive_replied()->clear_child();
        event.mutable_archive_replied()->clear_region();
    }
}

void judge_given(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    const auto* request = event.has_archive_replied() ? cases::archive_meant(standing, event.archive_replied()) : nullptr;
    if (request == nullptr || !request->incoming()) {
        return; // of its own, which it takes back, it gives nothing
    }
    const auto& codes = event.archive_replied().codes();
    for (int i = 0; i < codes.size(); ++i) {
        const auto* wanted = cases::archive_named(*request, codes[i]);
        if (wanted != nullptr && !is_listed(*wanted, codes[i], event.dossier())) { // what was not asked for is refused as such
            *receipt.add_violations() =
                violation_at(translated, "archive_replied.codes[" + std::to_string(i) + ']', "consistent",
                             "材料编码：不在随附材料（dossier.materials）中；纸质件也请列出。",
                             "material code: is none of dossier.materials; list paper there too.");
        }
    }
}

asio::awaitable<std::optional<v1::SiblingCase>> sibling_asked(const v1::CaseEvent& event, const v1::CaseState& standing,
                                                              ledger::ledger& ledger,
                                                              std::chrono::steady_clock::time_point deadline) {
    if (!event.has_archive_requested() || !standing.has_parent()) {
        co_return std::nullopt;
    }
    auto found = find_sibling(event.archive_requested(), standing, ledger.read());
    if (!found) {
        // It may have been filed a moment ago.
        const auto late = co_await ledger.catch_up(deadline);
        found = late ? std::nullopt : find_sibling(event.archive_requested(), standing, ledger.read());
    }
    co_return found;
}

std::optional<http::problem> no_sibling(const v1::CaseEvent& event, const v1::CaseState& standing, const ledger::view& view) {
    if (!event.has_archive_requested() || (cases::may_ask_archives & cases::bit(standing.status())) == 0) {
        return std::nullopt;
    }
    auto problem = http::problem_of(cases::verdict::no_sibling, standing);
    std::string those;
    for (const auto& one : siblings_of(standing, view)) {
        those += (those.empty() ? "" : ", ") + std::to_string(one.child()) + " (" + one.region() + ')';
    }
    if (!standing.has_parent()) {
        problem.detail_zh = "本办件不属于任何一件事、联办。";
        problem.detail_en = "The case is no part of a bundle.";
    } else if (those.empty()) {
        problem.detail_zh = "其他子办件尚未申报，或已终止。";
        problem.detail_en = "The other parts are not filed yet, or have ended.";
    } else {
        problem.detail_zh = "现可调取的子办件（办理地）：" + those + "；同一办理地有多件的，请写明子办件序号 child。";
        problem.detail_en = "Those that can be asked now: " + those + "; name the child where a region has several.";
    }
    return problem;
}

void keep_sibling(const std::optional<v1::SiblingCase>& sibling, v1::LedgerRecord& record) {
    if (sibling) {
        *record.mutable_sibling() = *sibling;
        record.mutable_event()->mutable_archive_requested()->set_child(sibling->child());
        record.mutable_event()->mutable_archive_requested()->set_region(sibling->region());
    }
}

} // namespace tongban::intake
