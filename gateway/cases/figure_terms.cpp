// The figures' names: in metrics and JSON, for a clerk, and what each counts.
#include "gateway/cases/figures.hpp"

namespace tongban::cases {

namespace {

struct words {
    std::string_view name;
    std::string_view term;
    std::string_view meaning;
};

constexpr std::array<words, figures_known> figure_words{{
    {"submitted", "申报", "cases filed, or filed again after 退件"},
    {"received", "接件", "cases that the destination received"},
    {"accepted", "受理", "cases accepted, deemed acceptance among them"},
    {"deemed_accepted", "视为受理", "of them, because nobody told in time"},
    {"refused", "不予受理", "cases not accepted"},
    {"returned", "退件", "cases sent back"},
    {"returned_unreceived", "未接件退件", "of them, before the destination had received them"},
    {"lapsed", "补正超时", "cases that ended because no supplement came"},
    {"owed_lapsed", "容缺终止", "accepted cases that ended because what they owed 容缺 never came; in no rate of closed cases"},
    {"supplemented", "补正", "cases with a first demand for supplements"},
    {"withdrawn", "撤回", "cases withdrawn; in no rate of closed cases"},
    {"forwarded", "转办", "cases forwarded; in no rate of closed cases"},
    {"voided", "作废", "cases voided or deleted; in no rate of closed cases"},
    {"rejected_by_gateway", "网关退回", "cases the gateway rejected"},
    {"closed", "办结", "cases closed, without those withdrawn, forwarded or voided"},
    {"denied", "不予许可", "of them, decided against the applicant"},
    {"measured", "计时办结", "closed cases with a promise, or else a statutory limit"},
    {"early", "提前办结", "of them, before the last day"},
    {"on_time", "当日到期办结", "of them, on the last day"},
    {"late", "超期办结", "of them, after it"},
    {"commitment", "承诺件办结", "measured cases that are not immediate"},
    {"commitment_early", "承诺件提前办结", "of them, before the last day"},
    {"immediate", "即办件办结", "closed cases owed on the same working day"},
    {"used_days", "办理用时（工作日）", "working days that closed cases took, special procedures left out"},
    {"promise_days", "承诺工作日", "working days promised for closed cases, extensions included"},
    {"promise_used_days", "承诺件用时（工作日）", "working days that these cases took"},
    {"statutory_days", "法定工作日", "statutory working days of closed cases that also have a promise in working days"},
    {"statutory_promise_days", "对应承诺工作日", "working days promised for these cases, without extensions"},
    {"handling_seconds", "受理至办结（秒）", "seconds from acceptance to closing"},
    {"total_seconds", "收件至办结（秒）", "seconds from collection (else filing) to closing"},
    {"visits_known", "跑动已知办结", "closed cases that say how many visits they needed"},
    {"zero_visit", "零跑动办结", "of them, those without a visit"},
    {"visits", "跑动次数", "their visits"},
    {"full_online", "全程网办办结", "closed cases of mode FULL_ONLINE"},
    {"automatic", "秒批办结", "closed cases that no person decided"},
    {"transfer_seconds", "流转时长（秒）", "seconds from collection (else filing) to the destination's receipt"},
    {"delivered", "送达", "results handed over"},
    {"delivery_seconds", "办结至送达（秒）", "seconds from closing to that"},
    {"evaluated", "评价", "evaluations, every round"},
    {"satisfied", "好评", "of them, grades 1 to 3"},
    {"dissatisfied", "差评", "of them, grades 4 and 5"},
    {"rectified", "差评已整改", "rectifications done, of those made due, on whatever day"},
    {"urged", "督办", "urges"},
    {"urge_answered", "督办答复", "urges answered"},
    {"urge_overdue", "督办逾期", "urges whose answer was not there in time"},
    {"warned_yellow", "黄色预警", "warnings that a limit is near"},
    {"warned_red", "红色超期", "warnings that a limit has passed"},
    {"suspended", "特别程序", "special procedures begun"},
    {"extended", "延期", "extensions"},
    {"provisional", "暂定日历办结", "closed cases whose days rest on a year without a published calendar"},
    {"bundles", "一件事申报", "filings for several items at once; their children are counted as cases"},
    {"bundles_closed", "一件事办结", "of them, closed"},
    {"returned_materials_missing", "退件：材料不齐", "of the cases sent back: materials missing"},
    {"returned_materials_unreadable", "退件：材料不清", "materials that cannot be read"},
    {"returned_not_in_legal_form", "退件：不符合法定形式", "not in legal form"},
    {"returned_not_handled_here", "退件：不属本地办理", "not handled at the destination"},
    {"returned_application_wrong", "退件：申请信息有误", "application wrong"},
    {"returned_duplicate_filing", "退件：重复申报", "filed twice"},
    {"returned_damaged_in_transfer", "退件：传输缺损", "damaged in transfer"},
    {"returned_other", "退件：其他", "other reasons, and words that are in no list"},
    {"messages_to_dest", "应送办理地报文", "messages that destinations had to be told"},
    {"receipts_of_dest", "办理地回执", "of them, acknowledged, on whatever day"},
    {"messages_to_origin", "应送收件地报文", "messages that origins had to be told"},
    {"receipts_of_origin", "收件地回执", "of them, acknowledged, on whatever day"},
    {"to_rectify", "差评应整改", "rectifications 整改 made due: several bad grades before one is done owe one; that of a bundle owes none"},
}};
static_assert(!figure_words.back().name.empty(), "a figure has no words");

} // namespace

std::string_view name(figure f) noexcept {
    return figure_words[static_cast<std::size_t>(f)].name;
}

std::string_view term(figure f) noexcept {
    return figure_words[static_cast<std::size_t>(f)].term;
}

std::string_view meaning(figure f) noexcept {
    return figure_words[static_cast<std::size_t>(f)].meaning;
}

} // namespace tongban::cases
