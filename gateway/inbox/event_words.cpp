// Values in words: Chinese from tables beside the codes' own comments (schemas/tongban/v1/codes.proto), English from the
// codes' names.
#include "gateway/inbox/event_words.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/deciding_body.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/return_reasons.hpp"
#include "gateway/cases/working_days.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>
#include <vector>

namespace tongban::inbox {

namespace {

using inbox::words_of; // beside those of this file

constexpr int listed_max = 10;

// "decision approved" is "approved": the name behind the enum's own, in small letters.
std::string in_words(std::string_view name, std::string_view prefix) {
    name.remove_prefix(std::min(prefix.size(), name.size()));
    std::string words(name);
    std::ranges::transform(words, words.begin(),
                           [](unsigned char c) { return c == '_' ? ' ' : static_cast<char>(std::tolower(c)); });
    return words;
}

// By the code's number, from 1.
template <std::size_t Count>
said coded(int code, const std::array<std::string_view, Count>& terms, std::string_view name, std::string_view prefix) {
    const auto at = static_cast<std::size_t>(code) - 1;
    return at < Count ? said{std::string(terms[at]), in_words(name, prefix)} : said{};
}

said words_of(v1::StepKind kind) {
    static constexpr std::array<std::string_view, 3> terms{"承办", "审核", "批准"};
    return coded(kind, terms, v1::StepKind_Name(kind), "STEP_KIND_");
}

said words_of(v1::StepResult result) {
    static constexpr std::array<std::string_view, 2> terms{"通过", "退回"};
    return coded(result, terms, v1::StepResult_Name(result), "STEP_RESULT_");
}

said words_of(v1::OwedConsequence consequence) {
    static constexpr std::array<std::string_view, 3> terms{"不予发证", "终止办理", "撤销决定"};
    return coded(consequence, terms, v1::OwedConsequence_Name(consequence), "OWED_CONSEQUENCE_");
}

said words_of(v1::SessionParty party) {
    static constexpr std::array<std::string_view, 3> terms{"申请人", "收件地窗口", "办理地窗口"};
    return coded(party, terms, v1::SessionParty_Name(party), "SESSION_PARTY_");
}

said words_of(v1::SessionResult result) {
    static constexpr std::array<std::string_view, 2> terms{"完成", "中断"};
    return coded(result, terms, v1::SessionResult_Name(result), "SESSION_RESULT_");
}

said words_of(v1::IdentityMethod method) {
    static constexpr std::array<std::string_view, 5> terms{"人工核验", "人证核验", "人脸识别", "电子证照", "视频核验"};
    return coded(method, terms, v1::IdentityMethod_Name(method), "IDENTITY_METHOD_");
}

// Empty when there is none.
said words_of(const v1::Limit& limit) {
    static constexpr std::array<std::string_view, 4> terms{"个工作日", "个自然日", "小时", "个月"};
    static constexpr std::array<std::string_view, 4> units{"working days", "calendar days", "hours", "months"};
    const auto at = limit.unit() == v1::LIMIT_UNIT_UNSPECIFIED ? 0 : static_cast<std::size_t>(limit.unit()) - 1;
    if (limit.value() <= 0 || at >= terms.size()) {
        return {};
    }
    const auto count = std::to_string(limit.value());
    return {count + std::string(terms[at]), count + " " + std::string(units[at])};
}

template <typename Entries, typename WordsOf>
said listed(const Entries& entries, const WordsOf& words_of_one) {
    const auto count = static_cast<int>(entries.size());
    said list;
    for (int i = 0; i < std::min(count, listed_max); ++i) {
        const said one = words_of_one(entries[i]);
        list.zh += (i == 0 ? "" : "、") + one.zh;
        list.en += (i == 0 ? "" : ", ") + one.en;
    }
    if (count > listed_max) {
        list.zh += " 等" + std::to_string(count) + "项";
        list.en += " and " + std::to_string(count - listed_max) + " more";
    }
    return list;
}

// Names, or codes where there is no name.
template <typename Entries>
said materials(const Entries& entries) {
    return listed(entries, [](const auto& each) {
        const std::string& name = each.name().empty() ? each.code() : each.name();
        return said{name, name};
    });
}

said codes(const google::protobuf::RepeatedPtrField<std::string>& entries) {
    return listed(entries, [](const std::string& each) { return said{each, each}; });
}

// 容缺材料 by name and code, where the case knows the name.
said owed_materials(const google::protobuf::RepeatedPtrField<std::string>& entries, const v1::CaseState& state) {
    return listed(entries, [&](const std::string& each) {
        const auto* owed = cases::owed_named(state, each);
        if (owed == nullptr || owed->name().empty() || owed->code().empty()) {
            return said{each, each};
        }
        return said{owed->name() + "（" + owed->code() + "）", owed->name() + " (" + owed->code() + ")"};
    });
}

said words_of(v1::CaseStatus status) {
    return {std::string(cases::term(status)), status == v1::CASE_STATUS_DEST_RECEIVED
                                                  ? std::string("received by the destination")
                                                  : in_words(cases::name(status), "")};
}

// "期限 5个工作日"; empty when `value` is.
said labelled(std::string_view zh, std::string_view en, const said& value) {
    return value.zh.empty() ? said{} : said{std::string(zh) + " " + value.zh, std::string(en) + " " + value.en};
}

said labelled(std::string_view zh, std::string_view en, const std::string& value) {
    return labelled(zh, en, said{value, value});
}

said number(std::string_view zh, std::string_view en, std::uint64_t value) {
    return labelled(zh, en, std::to_string(value));
}

// The class, and the source's own words where they are others. What was told without a class that is known stands alone.
said words_of(const v1::Returned& returned) {
    const auto& own = returned.reason_class();
    const auto reason = cases::reason_of(returned);
    if (reason == v1::RETURN_REASON_OTHER && returned.reason() != reason) {
        return {own, own};
    }
    said words{std::string(cases::term(reason)), in_words(cases::name(reason), "")};
    words.zh += own.empty() || own == words.zh ? "" : "（" + own + "）";
    words.en += own.empty() ? "" : " (" + own + ")";
    return words;
}

// Whether first, and at which terminal.
template <typename Taken>
said of_intake(const Taken& taken) {
    return joined({taken.priority() ? said{"申请优先办理", "asks for priority"} : said{}, labelled("终端", "terminal", taken.terminal_id())});
}

said of(const v1::CaseAccepted& accepted) {
    return joined({labelled("受理通知书", "notice", accepted.notice_no()),
                   labelled("容缺受理，待补", "accepted without", materials(accepted.owed()))});
}

// The law's day of acceptance is that of the receipt, or of the supplement: the event comes days later.
said of_deemed_acceptance(const v1::CaseState& after) {
    if (after.clocks().accepted_ms() == 0) {
        return {};
    }
    const auto day = calendars::to_text(cases::day_of(after.clocks().accepted_ms()));
    return {"自 " + day + " 起视为受理", "deemed accepted from " + day};
}

said of(const v1::Evaluated& evaluated, const v1::CaseState& after) {
    const auto round = evaluated.nth() > 0 ? static_cast<std::uint32_t>(evaluated.nth()) : after.evaluation_rounds();
    const auto which = std::to_string(round);
    return joined({words_of(evaluated.grade()), round > 1 ? said{"第" + which + "次评价", "round " + which} : said{}});
}

said number_was_taken() {
    return {"编号已被其他办件占用，未能申报", "another case has its number: not filed"};
}

said of(const v1::ChildProgressed& progressed, const v1::CaseState& after) {
    const auto& children = after.bundle().children();
    const auto child = std::ranges::find_if(
        children, [&](const v1::ChildState& each) { return each.plan().number() == progressed.child(); });
    const auto item = child == children.end() ? std::string() : child->plan().item().name();
    if (cases::lost_its_number(progressed.status(), progressed.events())) {
        return joined({number("子办件", "child", progressed.child()), {item, item}, number_was_taken()});
    }
    const bool again = progressed.status() == v1::CASE_STATUS_RETURNED || progressed.status() == v1::CASE_STATUS_LAPSED;
    const bool waited_for = again && after.status() == v1::CASE_STATUS_JOINT_HANDLING &&
                            cases::next_bundle_work(after).step != cases::bundle_step::close;
    return joined({number("子办件", "child", progressed.child()), {item, item},
                   words_of(progressed.status()),
                   words_of(progressed.decision()), words_of(progressed.outcome()),
                   progressed.withdraw_asked() ? said{"已请求撤回", "withdrawal asked for"} : said{},
                   waited_for ? said{"待收件地重新申报", "to be filed again by the origin"} : said{}});
}

said of(const v1::SupervisionWarning& warning) {
    return joined({{std::string(cases::term(warning.band())), in_words(cases::name(warning.band()), "")},
                   {std::string(cases::term(warning.clock())), in_words(cases::name(warning.clock()), "")},
                   labelled("责任地区", "owed by", warning.owed_by())});
}

said of(const v1::IdentityChecked& checked) {
    return joined({words_of(checked.method()), checked.passed() ? said{"核验通过", "passed"} : said{"核验未通过", "not passed"}});
}

said of(const v1::CaseClosed& closed, const v1::CaseState& after) {
    const auto odd = cases::foreign_decision(after, closed).value_or(cases::bilingual{});
    return joined({words_of(closed.outcome()), {odd.zh, odd.en}});
}

// "子办件 2 补贴申领 不予受理": which part did not succeed, and how it ended.
said of(const v1::ChildState& child) {
    const auto ended = cases::stage_of(child) == cases::child_stage::cancelled
                           ? said{"未再申报", "not filed any more"}
                       : cases::lost_its_number(child.status(), child.events())
                           ? number_was_taken()
                           : words_of(child.status());
    const auto result = child.outcome() == v1::OUTCOME_DENIED || child.decision() == v1::DECISION_DENIED
                            ? words_of(v1::OUTCOME_DENIED)
                            : ended;
    const auto which = std::to_string(child.plan().number()) + ' ' + child.plan().item().name() + ' ';
    return {"子办件 " + which + result.zh, "child " + which + result.en};
}

said of(const v1::BundleClosed& closed, const v1::CaseState& after) {
    std::vector<v1::ChildState> without;
    std::ranges::copy_if(after.bundle().children(), std::back_inserter(without), [](const v1::ChildState& child) {
        return cases::stage_of(child) != cases::child_stage::succeeded;
    });
    return joined({words_of(closed.outcome()), number("办成", "succeeded", closed.succeeded()),
                   number("未成", "failed", closed.failed()), listed(without, [](const v1::ChildState& child) { return of(child); })});
}

// "向子办件 2（370200）": the gateway says it where it is asked, and then gives it its number.
said of(const v1::ArchiveRequested& asked) {
    const auto other = (asked.child() == 0 ? std::string() : " " + std::to_string(asked.child())) +
                       (asked.region().empty() ? std::string() : " (" + asked.region() + ")");
    const auto whose = asked.request_no().empty() ? said{"向子办件" + other + " 调取", "asks child" + other}
                                                  : said{"子办件" + other + " 调取", "asked by child" + other};
    return joined({whose, materials(asked.materials()), labelled("答复期限", "reply within", words_of(asked.limit())),
                   labelled("联系函", "letter", asked.document_no()), labelled("调取编号", "request", asked.request_no())});
}

said of(const v1::ArchiveReplied& reply) {
    const auto by = reply.child() == 0 ? std::string() : std::to_string(reply.child()) + " (" + reply.region() + ")";
    // Only who asked says that without a child: the gateway names whose case it was.
    const bool taken_back = reply.archive_result() == v1::ARCHIVE_RESULT_CALLED_OFF && reply.child() == 0;
    return joined({labelled("子办件", "child", by), taken_back ? said{"收回调取", "takes its request back"} : said{},
                   words_of(reply.archive_result()), codes(reply.codes()),
                   labelled("复函", "letter", reply.document_no()), labelled("调取编号", "request", reply.request_no())});
}

} // namespace

said words_of(v1::ArchiveResult result) {
    static constexpr std::array<std::string_view, 5> terms{"提供", "部分提供", "不予提供", "不再需要", "未能转达"};
    return coded(result, terms, v1::ArchiveResult_Name(result), "ARCHIVE_RESULT_");
}

said words_of(v1::Decision decision) {
    static constexpr std::array<std::string_view, 2> terms{"准予", "不予"};
    return coded(decision, terms, v1::Decision_Name(decision), "DECISION_");
}

said words_of(v1::Grade grade) {
    static constexpr std::array<std::string_view, 5> terms{"非常满意", "满意", "基本满意", "不满意", "非常不满意"};
    return coded(grade, terms, v1::Grade_Name(grade), "GRADE_");
}

said words_of(v1::Outcome outcome) {
    static constexpr std::array<std::string_view, 11> terms{"出证办结", "办结（无证）", "不予许可", "退回办结",
                                                            "作废办结", "删除办结",     "转报办结", "补正不来办结",
                                                            "不予受理", "撤回",         "部分办结"};
    return coded(outcome, terms, v1::Outcome_Name(outcome), "OUTCOME_");
}

said joined(std::initializer_list<said> parts) {
    said whole;
    for (const auto& part : parts) {
        if (!part.zh.empty()) {
            whole.zh += (whole.zh.empty() ? "" : "，") + part.zh;
            whole.en += (whole.en.empty() ? "" : "; ") + part.en;
        }
    }
    return whole;
}

said implied_by(const v1::CaseEvent& event, v1::CaseStatus before, const v1::CaseState& after) {
    const bool closes = event.has_case_closed();
    const bool goes_on = event.has_step() || event.has_special_started() || event.has_deadline_extended();
    const bool taken_up = before == v1::CASE_STATUS_ACCEPTED && (closes || goes_on);
    const bool decided = closes && before != v1::CASE_STATUS_DECIDED;
    return joined({taken_up ? said{"视为已承办", "implies that it was taken up"} : said{},
                   decided ? labelled("视为已决定", "implies the decision", words_of(after.decision())) : said{}});
}

said words_of(const v1::CaseEvent& event, const v1::CaseState& after) {
    switch (event.body_case()) {
    case v1::CaseEvent::kCaseCollected: return of_intake(event.case_collected());
    case v1::CaseEvent::kCaseSubmitted: return of_intake(event.case_submitted());
    case v1::CaseEvent::kRejectedByGateway: return codes(event.rejected_by_gateway().reasons());
    case v1::CaseEvent::kDestReceived: return labelled("窗口", "window", event.dest_received().window_id());
    case v1::CaseEvent::kCaseAccepted: return of(event.case_accepted());
    case v1::CaseEvent::kDeemedAccepted: return of_deemed_acceptance(after);
    case v1::CaseEvent::kSupplementRequired:
        return joined({labelled("补正", "required", materials(event.supplement_required().missing())),
                       labelled("期限", "within", words_of(event.supplement_required().limit()))});
    case v1::CaseEvent::kAcceptanceRefused: return labelled("通知书", "notice", event.acceptance_refused().notice_no());
    case v1::CaseEvent::kReturned: return labelled("退件原因类别", "reason class", words_of(event.returned()));
    case v1::CaseEvent::kStep: return joined({words_of(event.step().kind()), words_of(event.step().result())});
    case v1::CaseEvent::kSpecialStarted: return labelled("期限", "within", words_of(event.special_started().limit()));
    case v1::CaseEvent::kDeadlineExtended:
        return joined({labelled("延长", "by", words_of(event.deadline_extended().extension())),
                       labelled("批准人工号", "approved by", event.deadline_extended().approver_id())});
    case v1::CaseEvent::kDecided:
        return joined({words_of(event.decided().decision()), labelled("文号", "document", event.decided().document_no())});
    case v1::CaseEvent::kCaseClosed: return of(event.case_closed(), after);
    case v1::CaseEvent::kCaseVoided: return words_of(event.case_voided().outcome());
    case v1::CaseEvent::kEvaluated: return of(event.evaluated(), after);
    case v1::CaseEvent::kCaseForwarded: return labelled("转至", "to", event.case_forwarded().to_region());
    case v1::CaseEvent::kClaimed: return labelled("窗口", "window", event.claimed().window_id());
    case v1::CaseEvent::kSupervisionWarning: return of(event.supervision_warning());
    case v1::CaseEvent::kCalendarRevised: return labelled("工作日历", "calendar", event.calendar_revised().version());
    case v1::CaseEvent::kShippedToDest:
        return number("件数", "parcels", std::max<std::uint32_t>(event.shipped_to_dest().parcels(), 1));
    case v1::CaseEvent::kPaperReceived:
        return event.paper_received().complete() ? said{"齐全", "complete"} : said{"不齐全", "not complete"};
    case v1::CaseEvent::kSessionOpened: return labelled("会话", "session", event.session_opened().session_id());
    case v1::CaseEvent::kSessionJoined: return words_of(event.session_joined().party());
    case v1::CaseEvent::kIdentityChecked: return of(event.identity_checked());
    case v1::CaseEvent::kSessionClosed: return words_of(event.session_closed().result());
    case v1::CaseEvent::kOwedSubmitted: return owed_materials(event.owed_submitted().codes(), after);
    case v1::CaseEvent::kOwedCleared: return owed_materials(event.owed_cleared().codes(), after);
    case v1::CaseEvent::kOwedRefused:
        return joined({owed_materials(event.owed_refused().codes(), after),
                       labelled("重新补齐期限", "again within", words_of(event.owed_refused().limit()))});
    case v1::CaseEvent::kOwedReminded: return owed_materials(event.owed_reminded().codes(), after);
    case v1::CaseEvent::kOwedLapsed:
        return joined({owed_materials(event.owed_lapsed().codes(), after), words_of(event.owed_lapsed().consequence())});
    case v1::CaseEvent::kRectified: return event.rectified().called_back() ? said{"已回访", "called back"} : said{};
    case v1::CaseEvent::kUrged:
        return joined({labelled("督办编号", "urge", event.urged().urge_no()),
                       labelled("答复期限", "answer within", words_of(event.urged().limit()))});
    case v1::CaseEvent::kUrgeAnswered: return labelled("督办编号", "urge", event.urge_answered().urge_no());
    case v1::CaseEvent::kBundleStarted:
        return joined({{event.bundle_started().name(), event.bundle_started().name()},
                       labelled("版本", "version", event.bundle_started().bundle_version())});
    case v1::CaseEvent::kChildProgressed: return of(event.child_progressed(), after);
    case v1::CaseEvent::kBundleClosed: return of(event.bundle_closed(), after);
    case v1::CaseEvent::kArchiveRequested: return of(event.archive_requested());
    case v1::CaseEvent::kArchiveReplied: return of(event.archive_replied());
    case v1::CaseEvent::kArchiveInformed: return labelled("调取编号", "request", event.archive_informed().request_no());
    case v1::CaseEvent::kLicencesFetched:
        return joined({codes(event.licences_fetched().licence_types()), number("取得", "found", event.licences_fetched().found())});
    default: return {};
    }
}

} // namespace tongban::inbox
