#include "tests/history/verdict.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tongban::history {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, defect_kinds> names{"lost", "done_twice", "out_of_order", "unexplained",
                                                          "fault_outcome"};

std::string seconds(std::int64_t ms) {
    const auto tenths = (ms + 50) / 100;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

std::string shown(const recovery& each) {
    auto line = "fault " + each.fault + (each.target.empty() ? "" : " of " + each.target) + ": ";
    line += each.took_ms ? "recovered in " + seconds(*each.took_ms) : "never recovered";
    if (each.bound_ms) {
        line += ", at most " + seconds(*each.bound_ms) + " stated";
    }
    return line + (each.expected.empty() ? "" : " (" + each.expected + ')') + '\n';
}

} // namespace

std::string_view name(defect what) noexcept {
    return names[static_cast<std::size_t>(what)];
}

void verdict::add(defect what, std::string case_id, std::string delivery, std::string detail) {
    if (counts[static_cast<std::size_t>(what)]++ < findings_max) {
        findings.push_back({what, std::move(case_id), std::move(delivery), std::move(detail)});
    }
}

std::string as_text(const verdict& said) {
    std::string text = "ledger: " + std::to_string(said.records) + " records, " + std::to_string(said.cases) +
                       " cases, " + std::to_string(said.events) + " events; accepted " + std::to_string(said.accepted) +
                       " = closed " + std::to_string(said.closed) + " + open " + std::to_string(said.open) + '\n';
    for (const auto& [region, is] : said.regions) {
        text += "to " + region + ": due " + std::to_string(is.due) + " = acknowledged " +
                std::to_string(is.acknowledged) + " + pending " + std::to_string(is.pending) + " + dead-lettered " +
                std::to_string(is.dead_lettered) + " + discarded " + std::to_string(is.discarded) + '\n';
    }
    text += "answers:";
    for (const auto& [which, lines] : said.answers) {
        text += ' ' + which + ' ' + std::to_string(lines) + ';';
    }
    text += '\n';
    std::size_t as_stated = 0;
    for (const auto& each : said.recoveries) {
        as_stated += each.is_as_stated ? 1 : 0;
        text += shown(each);
    }
    for (const auto& each : said.findings) {
        text += std::string(name(each.what)) + ": " + (each.case_id.empty() ? "" : each.case_id + ' ') +
                (each.delivery.empty() ? "" : each.delivery + ' ') + each.detail + '\n';
    }
    text += "lost " + std::to_string(said.count(defect::lost)) + ", done twice " +
            std::to_string(said.count(defect::done_twice)) + ", out of order " +
            std::to_string(said.count(defect::out_of_order)) + ", unexplained " +
            std::to_string(said.count(defect::unexplained)) + ", faults with their stated outcome " +
            std::to_string(as_stated) + " of " + std::to_string(said.recoveries.size()) + '\n';
    return text;
}

std::string as_json(const verdict& said) {
    json::object out;
    out["clean"] = said.is_clean();
    out["ended"] = said.is_ended;
    for (std::size_t i = 0; i < defect_kinds; ++i) {
        out[names[i]] = said.counts[i];
    }
    out["records"] = said.records;
    out["cases"] = said.cases;
    out["events"] = said.events;
    out["accepted"] = said.accepted;
    out["closed"] = said.closed;
    out["open"] = said.open;
    json::object regions;
    for (const auto& [region, is] : said.regions) {
        regions[region] = {{"due", is.due},
                           {"acknowledged", is.acknowledged},
                           {"pending", is.pending},
                           {"dead_lettered", is.dead_lettered},
                           {"discarded", is.discarded}};
    }
    out["regions"] = std::move(regions);
    json::object answers;
    for (const auto& [which, lines] : said.answers) {
        answers[which] = lines;
    }
    out["answers"] = std::move(answers);
    json::array faults;
    for (const auto& each : said.recoveries) {
        json::object fault{{"fault", each.fault}, {"target", each.target}, {"as_stated", each.is_as_stated}};
        fault["expected"] = each.expected;
        fault["took_ms"] = each.took_ms ? json::value(*each.took_ms) : json::value(nullptr);
        fault["bound_ms"] = each.bound_ms ? json::value(*each.bound_ms) : json::value(nullptr);
        faults.push_back(std::move(fault));
    }
    out["faults"] = std::move(faults);
    json::array findings;
    for (const auto& each : said.findings) {
        findings.push_back({{"what", name(each.what)},
                            {"case_id", each.case_id},
                            {"delivery", each.delivery},
                            {"detail", each.detail}});
    }
    out["findings"] = std::move(findings);
    return json::serialize(out);
}

} // namespace tongban::history
