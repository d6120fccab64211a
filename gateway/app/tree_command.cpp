// tongban case tree: a bundle 一件事 and its children, as a table.
#include "gateway/app/tree_command.hpp"

#include "gateway/app/json_text.hpp"
#include "gateway/app/owed_text.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/cases/evolve.hpp"
#include "tongban/v1/codes.pb.h"

#include <map>

namespace tongban::app {

namespace {

using boost::json::value;

// "CLOSED 已办结".
std::string state_of(const value& entry) {
    if (text_at(entry, "number_taken") == "true") {
        return "编号被占用 number taken";
    }
    const auto name = text_at(entry, "state");
    return name.empty() ? "" : name + ' ' + text_at(entry, "state_zh");
}

std::string stage_of(const value& child) {
    static const std::map<std::string, const char*> terms{{"PLANNED", "待申报"},
                                                          {"UNDER_WAY", "办理中"},
                                                          {"TO_FILE_AGAIN", "待重报"},
                                                          {"SUCCEEDED", "成功"},
                                                          {"FAILED", "未成功"},
                                                          {"CANCELLED", "不再申报"}};
    const auto name = text_at(child, "stage");
    const auto term = terms.find(name);
    return name + (term == terms.end() ? "" : std::string(" ") + term->second);
}

// "COMPLETED 办结（无证）", of "OUTCOME_COMPLETED"; nothing while there is none.
std::string outcome_of(const value& entry) {
    constexpr std::string_view prefix = "OUTCOME_";
    const auto name = text_at(entry, "outcome");
    return name.starts_with(prefix) && name != "OUTCOME_UNSPECIFIED"
               ? name.substr(prefix.size()) + ' ' + text_at(entry, "outcome_zh")
               : "";
}

std::string after_of(const value& child) {
    std::string text;
    for (const auto& number : child.at("after").as_array()) {
        text += (text.empty() ? "" : ", ") + std::to_string(number.to_number<std::uint32_t>());
    }
    return text;
}

// What the step owes, and what is owed beside it.
std::string all_owed_text(const value& entry) {
    auto text = owed_text(entry);
    const auto beside = also_owed_text(entry);
    return text + (text.empty() || beside.empty() ? "" : "; ") + beside;
}

// "档案材料 archives 1-1: 1 → 2 (370200) 参保缴费凭证: 待答复 open".
void print_archives(const value& child, std::ostream& out) {
    const auto* all = child.as_object().if_contains("archive_requests");
    for (const auto& one : all != nullptr ? all->as_array() : boost::json::array()) {
        std::string names;
        for (const auto& name : one.at("materials").as_array()) {
            names += (names.empty() ? "" : "、") + std::string(name.as_string());
        }
        constexpr std::string_view prefix = "ARCHIVE_RESULT_";
        const auto result = text_at(one, "open") == "true" ? "open" : text_at(one, "result").substr(prefix.size());
        out << "档案材料 archives " << text_at(one, "request_no") << ": " << text_at(child, "number") << " → " << text_at(one, "child")
            << " (" << text_at(one, "dest_region") << ") " << names << ": " << text_at(one, "result_zh") << ' ' << result
            << (text_at(one, "overdue") == "true" ? ", 逾期 late" : "") << '\n';
    }
}

} // namespace

void print_tree(const value& body, std::ostream& out) {
    out << text_at(body, "name") << ' ' << text_at(body, "bundle_code") << "\n网关流水号 case_id: "
              << text_at(body, "case_id") << "\n办件编号 source_case_no: " << text_at(body, "source_case_no")
              << "\n状态 state: " << state_of(body) << '\n';
    if (const auto outcome = outcome_of(body); !outcome.empty()) {
        out << "结果 outcome: " << outcome << '\n';
    }
    text_table table({"序号 no.", "事项 item", "办理地 dest", "网关流水号 case_id", "进展 stage", "状态 state", "结果 outcome",
                      "应办期限 owed", "必办 required", "先办 after"});
    for (const auto& child : body.at("children").as_array()) {
        table.add({text_at(child, "number"), text_at(child, "item_name"), text_at(child, "dest_region"),
                   text_at(child, "filed") == "true" ? text_at(child, "case_id") : "", stage_of(child), state_of(child),
                   outcome_of(child), all_owed_text(child), text_at(child, "required") == "true" ? "是 yes" : "否 no",
                   after_of(child)});
    }
    if (table.empty()) {
        out << "没有子办件 / no children\n";
    } else {
        out << '\n';
        table.print(out);
        for (const auto& child : body.at("children").as_array()) {
            print_archives(child, out);
        }
    }
}

} // namespace tongban::app
