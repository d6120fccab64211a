// Tables and lines of what the gateway answers to a window.
#include "gateway/app/case_text.hpp"

#include "gateway/app/json_text.hpp"
#include "gateway/app/owed_text.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/figure_rates.hpp"
#include "gateway/cases/priority_groups.hpp"
#include "gateway/inbox/event_words.hpp"

#include <algorithm>
#include <iostream>

namespace tongban::app {

using boost::json::value;

namespace {

// "changzhi-window · W01 017", "changzhi-platform 无人工干预 automatic", "网关 gateway".
std::string speaker_text(const value& entry) {
    auto by = text_at(entry, "sender_partner");
    if (by.empty()) {
        by = "网关 gateway";
    }
    if (const auto staff = text_at(entry, "operator_id"); !staff.empty()) {
        by += " 工号 staff " + staff;
    }
    return text_at(entry, "automatic") == "true" ? by + " 无人工干预 automatic" : by;
}

std::string said_text(const value& entry) {
    const auto zh = text_at(entry, "said_zh");
    const auto en = text_at(entry, "said_en");
    auto said = zh == en ? zh : zh + " / " + en;
    if (const auto code = text_at(entry, "refused_code"); !code.empty()) {
        said += (said.empty() ? "" : " ") + std::string("未生效 refused: ") + code + " " + text_at(entry, "refused_zh");
    }
    return said;
}

// Under which rules the case ran then; empty when under none.
std::string rules_text(const value& entry) {
    std::string rules;
    for (const auto& [label, member] : {std::pair{"事项版本 item version ", "item_version"},
                                        {"协议 agreement ", "agreement"},
                                        {"管理办法版本 rules version ", "rules_version"}}) {
        if (const auto text = text_at(entry, member); !text.empty()) {
            rules += (rules.empty() ? "" : "，") + std::string(label) + text;
        }
    }
    return rules;
}

// "2 COMPLETED 办结（无证）" for "OUTCOME_COMPLETED": its number in codes.proto, its name, its term; empty when none was said.
template <typename Code>
std::string coded(const value& body, std::string_view path, bool (*parse)(google::protobuf::ConstStringParam, Code*),
                  std::string_view prefix) {
    Code code{};
    const auto name = text_at(body, path);
    if (!parse(name, &code) || code == Code{}) {
        return {};
    }
    return std::to_string(code) + ' ' + name.substr(prefix.size()) + ' ' + inbox::words_of(code).zh;
}

// How the case ended and what the applicant said of it.
void print_end(const value& body) {
    const std::pair<const char*, std::string> lines[] = {
        {"决定 decision: ", coded(body, "case.decision", v1::Decision_Parse, "DECISION_")},
        {"办结结果 outcome: ", coded(body, "case.outcome", v1::Outcome_Parse, "OUTCOME_")},
        {"好差评 grade: ", coded(body, "case.grade", v1::Grade_Parse, "GRADE_")}};
    for (const auto& [label, text] : lines) {
        if (!text.empty()) {
            std::cout << label << text << '\n';
        }
    }
}

// Of an inbox entry.
std::string priority_of(const value& entry) {
    return text_at(entry, "priority") == "true" ? " 优先 priority" : "";
}

// For whom priority is asked, as the case was filed: "老年人 ELDERLY".
std::string priority_group_of(const value& body) {
    v1::PriorityGroup group{};
    const bool named = v1::PriorityGroup_Parse(text_at(body, "submission.dossier.priority_group"), &group);
    return named ? std::string(cases::term(group)) + ' ' + std::string(cases::name(group)) : std::string();
}

// 一数一源一标准: of each value whose source was said, where it is from.
void print_sources(const value& body) {
    boost::system::error_code none;
    const auto* sources = body.find_pointer("/submission/dossier/field_sources", none);
    if (sources == nullptr || !sources->is_array() || sources->as_array().empty()) {
        return;
    }
    text_table table({"数据项 field", "数源 source", "数据标准 standard", "取数时间 taken at"});
    for (const auto& one : sources->as_array()) {
        const auto taken = text_at(one, "taken_at");
        table.add({text_at(one, "field"), text_at(one, "source"), text_at(one, "standard"), taken.empty() ? "" : local_time(taken)});
    }
    std::cout << "数据来源 sources of fields:\n";
    table.print(std::cout);
}

// Why a case stands in the inbox of a side whose turn it is not, where what it owes beside the step does not say it.
std::string why_here(const value& entry) {
    const bool part = text_at(entry, "status") == v1::CaseStatus_Name(v1::CASE_STATUS_JOINT_HANDLING);
    return text_at(entry, "beside") != "true"    ? ""
           : part                                ? " 有子办件待重报 a part is to be filed again"
           : also_owed_text(entry).empty()       ? " 另有应办 owed beside"
                                                 : "";
}

} // namespace

std::string state_of(const value& body, std::string_view path) {
    auto text = text_at(body, path);
    v1::CaseStatus status{};
    if (v1::CaseStatus_Parse(text, &status)) {
        text = std::string(cases::name(status)) + " " + std::string(cases::term(status));
    }
    return text;
}

std::string event_of(const value& body) {
    const auto name = text_at(body, "event");
    return name + " " + std::string(cases::term(cases::body_named(name)));
}

void print_inbox(const value& body) {
    const auto& entries = body.at("entries").as_array();
    // A wide column, and rarely anything in it.
    const bool beside = std::ranges::any_of(entries, [](const value& entry) { return !also_owed_text(entry).empty(); });
    std::vector<std::string> header{"网关流水号 case_id", "状态 state", "收件地 origin", "办件编号 source_case_no",
                                    "事项 item", "期限 due", "持有窗口 holder"};
    if (beside) {
        header.emplace_back("另应办 also owed");
    }
    text_table table(std::move(header));
    for (const auto& entry : entries) {
        std::vector<std::string> row{text_at(entry, "case_id"), state_of(entry, "status"), text_at(entry, "origin_region"),
                                     text_at(entry, "source_case_no"), text_at(entry, "item_name"),
                                     due_text(entry) + (text_at(entry, "urged") == "true" ? " 督办 urged" : "") + priority_of(entry) + why_here(entry),
                                     text_at(entry, "lease.window_id")};
        if (beside) {
            row.push_back(also_owed_text(entry));
        }
        table.add(std::move(row));
    }
    if (table.empty()) {
        std::cout << "没有待办件 / nothing waits\n";
    } else {
        table.print(std::cout);
    }
    if (const auto next = text_at(body, "next"); !next.empty()) {
        std::cout << "下一页 / more: --cursor " << next << '\n';
    }
}

void print_timeline(const value& body) {
    text_table table({"入账 recorded", "发生 occurred", "事件 event", "之后状态 state after", "来源 by", "内容 said",
                      "应办期限 owed"});
    std::string rules;
    for (const auto& entry : body.at("entries").as_array()) {
        table.add({local_time(text_at(entry, "recorded_at")), local_time(text_at(entry, "occurred_at")), event_of(entry),
                   state_of(entry, "status"), speaker_text(entry), said_text(entry), owed_text(entry)});
        if (auto now = rules_text(entry); !now.empty()) {
            rules = std::move(now);
        }
    }
    std::cout << "时间均为北京时间 / all times are Beijing time (UTC+8)\n";
    table.print(std::cout);
    if (const auto more = text_at(body, "refused_not_kept"); !more.empty()) {
        std::cout << "另有 " << more << " 条未生效事件未列出 / " << more << " further events were refused and are not listed\n";
    }
    if (!rules.empty()) {
        std::cout << rules << '\n';
    }
    text_table deliveries({"送达 delivery of", "至 to", "状态 status", "次数 attempts", "送达时间 settled_at"});
    for (const auto& each : body.at("deliveries").as_array()) {
        deliveries.add({text_at(each, "event_zh") + " " + text_at(each, "event"), text_at(each, "region"),
                        text_at(each, "status_zh") + " " + text_at(each, "status"),
                        std::to_string(each.at("attempts").to_number<std::uint32_t>()),
                        local_time(text_at(each, "settled_at"))});
    }
    if (!deliveries.empty()) {
        std::cout << '\n';
        deliveries.print(std::cout);
    }
}

void print_case(const value& body) {
    constexpr std::pair<const char*, const char*> lines[] = {
        {"网关流水号 case_id", "case.case_id"},
        {"收件地编号 source_case_no", "case.source_case_no"},
        {"办理地编号 dest_case_no", "case.dest_case_no"},
        {"收件地 origin_region", "case.origin_region"},
        {"办理地 dest_region", "case.dest_region"},
        {"轮到 turn_region", "turn_region"},
        {"事项 item_name", "case.item_name"},
        {"事项版本 item_version", "case.terms.item_version"},
        {"协议 agreement", "case.terms.agreement"},
        {"管理办法版本 rules_version", "case.terms.rules_version"},
        {"持有窗口 holder", "case.lease.window_id"},
        {"申请人 applicant", "submission.dossier.applicant.name"}};
    std::cout << "状态 state: " << state_of(body, "case.status") << '\n';
    print_end(body);
    for (const auto& [label, path] : lines) {
        if (const auto text = text_at(body, path); !text.empty()) {
            std::cout << label << ": " << text << '\n';
        }
    }
    if (const auto group = priority_group_of(body); !group.empty()) {
        std::cout << "优先办理 priority: " << group << '\n';
    }
    if (v1::BusinessMode mode{}; v1::BusinessMode_Parse(text_at(body, "case.business_mode"), &mode)) {
        std::cout << "通办方式 business_mode: " << cases::name(mode) << ' ' << cases::term(mode) << '\n';
    }
    if (const auto owed = owed_text(body); !owed.empty()) {
        std::cout << "应办 owed: " << owed << '\n';
    }
    if (const auto* owed = body.at("case").as_object().if_contains("owed_materials")) {
        for (const auto& material : owed->as_array()) {
            std::cout << "容缺待补 owed material: " << text_at(material, "code") << ' ' << text_at(material, "name") << '\n';
        }
    }
    if (const auto* beside = body.as_object().if_contains("also_owed")) {
        for (const auto& owed : beside->as_array()) {
            std::cout << "另应办 also owed: " << owed_text(boost::json::object{{"owed", owed}}) << '\n';
        }
    }
    print_sources(body);
}

} // namespace tongban::app
