// Both kinds share their members, so one printing serves both.
#include "gateway/app/reconciliation_text.hpp"

#include "gateway/app/json_text.hpp"
#include "gateway/app/text_table.hpp"

#include <boost/json/array.hpp>

namespace tongban::app {

namespace {

namespace json = boost::json;

json::array targets_of(const std::map<std::string, ledger::target_account, std::less<>>& targets) {
    json::array all;
    for (const auto& [region, target] : targets) {
        all.push_back({{"region", region},
                       {"due", target.due},
                       {"acknowledged", target.acknowledged},
                       {"pending", target.pending},
                       {"dead_lettered", target.dead_lettered},
                       {"discarded", target.discarded},
                       {"unexplained", target.gap()}});
    }
    return all;
}

json::array findings_of(const std::vector<ledger::finding>& findings) {
    json::array all;
    for (const auto& each : findings) {
        all.push_back({{"what", name(each.what)},
                       {"message_zh", message_zh(each.what)},
                       {"message_en", message_en(each.what)},
                       {"case_id", each.case_id},
                       {"region", each.region},
                       {"place", each.place}});
    }
    return all;
}

std::string number_at(const json::object& told, std::string_view name) {
    const auto* value = told.if_contains(name);
    return value == nullptr ? "0" : text_at(*value, "");
}

} // namespace

json::object as_json(const ledger::reconciliation& report) {
    if (!report.view_problem.empty()) {
        return {{"ok", false}, {"view_problem", report.view_problem}};
    }
    return {{"ok", report.ok()},
            {"unexplained", report.unexplained()},
            {"records", report.records},
            {"accepted", report.accepted},
            {"closed", report.closed},
            {"open", report.open},
            {"collected_only", report.collected_only},
            {"targets", targets_of(report.targets)},
            {"view_compared", report.view_compared},
            {"view_records_behind", report.view_records_behind},
            {"view_problem", ""},
            {"wrong", report.wrong},
            {"findings", findings_of(report.findings)}};
}

json::object as_json(const ledger::standing_accounts& accounts) {
    const auto unexplained = std::max<std::uint64_t>(accounts.gap(), accounts.findings.size());
    return {{"ok", unexplained == 0},
            {"unexplained", unexplained},
            {"accepted", accounts.accepted},
            {"closed", accounts.closed},
            {"open", accounts.open},
            {"collected_only", accounts.collected_only},
            {"targets", targets_of(accounts.targets)},
            {"moving", accounts.moving},
            {"walked", accounts.walked},
            {"rows_walked", accounts.rows_walked},
            {"findings", findings_of(accounts.findings)},
            {"next", accounts.next}};
}

void print_reconciliation(const json::object& told, std::ostream& out) {
    if (const auto* problem = told.if_contains("view_problem"); problem != nullptr && !problem->as_string().empty()) {
        out << text_at(*problem, "") << '\n';
        return;
    }
    const auto unexplained = number_at(told, "unexplained");
    out << "办件 cases: 受理 accepted " << number_at(told, "accepted") << " = 办结 closed " << number_at(told, "closed")
        << " + 在办 open " << number_at(told, "open") << '\n';
    text_table targets({"送往 to", "应送达 due", "已送达 acknowledged", "待送达 pending", "死信 dead-lettered",
                        "已放弃 discarded", "差额 unexplained"});
    if (const auto* all = told.if_contains("targets")) {
        for (const auto& each : all->as_array()) {
            targets.add({text_at(each, "region"), text_at(each, "due"), text_at(each, "acknowledged"),
                         text_at(each, "pending"), text_at(each, "dead_lettered"), text_at(each, "discarded"),
                         text_at(each, "unexplained")});
        }
    }
    if (!targets.empty()) {
        targets.print(out);
    }
    text_table findings({"办件 case", "地区 region", "位置 place", "说明", "what"});
    if (const auto* all = told.if_contains("findings")) {
        for (const auto& each : all->as_array()) {
            findings.add({text_at(each, "case_id"), text_at(each, "region"), text_at(each, "place"),
                          text_at(each, "message_zh"), text_at(each, "message_en")});
        }
    }
    if (!findings.empty()) {
        out << '\n';
        findings.print(out);
    }
    if (const auto behind = number_at(told, "view_records_behind"); behind != "0") {
        out << "视图尚差 " << behind << " 条记录（非错误） / the view is " << behind << " records behind (no error)\n";
    }
    out << (unexplained == "0" ? "账实相符 / all explained: " : "账实不符 / NOT explained: ") << unexplained
        << " 项 unexplained\n";
}

} // namespace tongban::app
