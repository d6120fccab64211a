// Lists are short: whoever wants all reads the case.
#include "gateway/cases/verdict_detail.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/figure_rates.hpp"
#include "gateway/cases/judgement.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/next_steps.hpp"
#include "gateway/cases/working_days.hpp"

#include <chrono>
#include <cstdio>

namespace tongban::cases {

namespace {

constexpr int shown_max = 10;

std::string date_of(std::int64_t ms) {
    const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(day_of(ms)))};
    char text[16];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                  static_cast<unsigned>(day.day()));
    return text;
}

template <typename All, typename Wanted, typename Words>
std::string list(const All& all, const Wanted& wanted, const Words& words) {
    std::string text;
    int shown = 0;
    for (const auto& one : all) {
        if (wanted(one) && shown++ < shown_max) {
            text += (text.empty() ? "" : ", ") + words(one);
        }
    }
    return shown > shown_max ? text + " …" : text;
}

verdict_detail of_urge(const v1::CaseState& state) {
    const auto& urge = state.urge();
    const auto number = urge.urge_no().empty() ? std::string() : " " + urge.urge_no();
    const std::string debtor(owed_by(state, v1::CLOCK_KIND_URGE));
    const auto due = date_of(urge.due_ms());
    return {"待答复督办" + number + "，由 " + urge.by_region() + " 发起，" + debtor + " 应于 " + due + " 前答复",
            "open is the urge" + number + " of " + urge.by_region() + "; " + debtor + " owes its answer by " + due};
}

verdict_detail of_owed(const v1::CaseState& state) {
    const auto codes = list(state.owed_materials(), [](const v1::OwedItem&) { return true; },
                            [](const v1::OwedItem& one) { return one.code().empty() ? one.name() : one.code(); });
    return codes.empty() ? verdict_detail{"目前没有容缺材料", "nothing is owed now"}
                         : verdict_detail{"目前容缺：" + codes, "owed now: " + codes};
}

// What was asked of this case, or by it where that is what stands in the way.
verdict_detail of_archives(verdict reached, const v1::CaseState& state) {
    const auto words = [](const v1::ArchiveRequest& one) {
        const auto name = [](const auto& each) { return each.name().empty() ? each.code() : each.name(); };
        const auto names = list(one.materials(), [](const auto&) { return true; }, name);
        return one.request_no() + " (" + one.other().region() + ": " + names + ")";
    };
    const auto open = [&](bool incoming) {
        return list(state.archive_requests(),
                    [incoming](const v1::ArchiveRequest& one) { return is_open(one) && one.incoming() == incoming; }, words);
    };
    const auto asked = reached == verdict::archive_open ? std::string() : open(true);
    const auto own = reached == verdict::archive_limit ? std::string() : open(false); // they may be taken back
    verdict_detail detail;
    if (!asked.empty()) {
        detail = {"待答复的调取：" + asked, "open: " + asked};
    }
    if (!own.empty()) {
        const bool first = asked.empty();
        detail.zh += (first ? "" : "；") + std::string("本办件发出、待对方答复的调取：") + own;
        detail.en += (first ? "" : "; ") + std::string("open, of its own: ") + own;
    }
    return detail.zh.empty() ? verdict_detail{"目前没有待答复的调取", "none is open now"} : detail;
}

verdict_detail of_papers(const v1::CaseState& state) {
    const auto waybills = list(state.papers().shipped(), [](const v1::Shipment& one) { return !one.received(); },
                               [](const v1::Shipment& one) { return one.waybill(); });
    return {"在途运单：" + waybills, "under way: " + waybills};
}

// Who may say the event about this case. A region is unknown where the case is: then the side alone is named.
verdict_detail who_may_say(v1::CaseEvent::BodyCase body, const v1::CaseState& state) {
    const auto region = [](std::string_view code) { return code.empty() ? std::string() : " " + std::string(code); };
    const auto a = region(state.origin_region());
    const auto b = region(state.dest_region());
    const auto acting = region(turn(state));
    if (body == v1::CaseEvent::kSessionJoined) {
        return {"加入者所在一方（收件地" + a + "或办理地" + b + "）",
                "the side of whoever joins (the origin" + a + " or the destination" + b + ")"};
    }
    switch (speaker_of(body)) {
    case speaker::origin:
        return {"收件地" + a, "the origin" + a};
    case speaker::destination:
    case speaker::destination_or_gateway:
        return {"办理地" + b, "the destination" + b};
    case speaker::destination_or_mandate:
        return {"办理地" + b + "（协议授权异地受理的，也可由收件地" + a + "）",
                "the destination" + b + ", or by the origin" + a + " where the agreement gives it the mandate"};
    case speaker::gateway:
        return {"网关自身", "the gateway alone"};
    case speaker::turn_window:
        return {"应办理一方" + acting + "的窗口", "a window of the side" + acting + " whose turn it is"};
    case speaker::either:
        break;
    }
    return {"收件地" + a + "或办理地" + b, "the origin" + a + " or the destination" + b};
}

verdict_detail of_speaker(v1::CaseEvent::BodyCase body, const v1::CaseState& state, const v1::Sender& sender) {
    const bool window = sender.role() == v1::ROLE_WINDOW;
    const auto may = who_may_say(body, state);
    return {std::string(term(body)) + "（" + std::string(name(body)) + "）由" + may.zh + "报送；贵方为 " + sender.region() + " 的" +
                (window ? "窗口" : "平台"),
            std::string(name(body)) + " is said by " + may.en + "; you are a " + (window ? "window" : "platform") + " of " +
                sender.region()};
}

verdict_detail names_of(const std::vector<v1::CaseEvent::BodyCase>& events) {
    verdict_detail all;
    for (const auto one : events) {
        const std::string event(name(one));
        all.zh += (all.zh.empty() ? "" : "、") + std::string(term(one)) + "（" + event + "）";
        all.en += (all.en.empty() ? "" : ", ") + event;
    }
    return all;
}

// Where the case stands, and all that the sender may say of it now.
verdict_detail of_state(v1::CaseEvent::BodyCase body, const v1::CaseState& state, const v1::Sender& sender) {
    const auto by = side_of(body);
    const bool is_both = state.origin_region() == state.dest_region();
    const bool by_origin = by == side::origin || (by == side::either && sender.region() != state.dest_region());
    const auto steps = next_steps_of(state, sender);
    const auto leading = names_of(steps.leading);
    const auto staying = names_of(steps.staying);
    const std::string status(name(state.status()));
    const std::string side_zh = is_both ? "贵方" : by_origin ? "收件地" : "办理地";
    const std::string side_en = is_both ? "you" : by_origin ? "the origin" : "the destination";
    verdict_detail told{"办件现为“" + std::string(term(state.status())) + "”（" + status + "），" + side_zh,
                        "the case is in " + status + ", where " + side_en};
    told.zh += leading.zh.empty() ? "此时没有可报的下一步" : "此时可报：" + leading.zh;
    told.en += leading.en.empty() ? (is_both ? " have no next step to say" : " has no next step to say") : " may say " + leading.en;
    if (!staying.zh.empty()) {
        told.zh += "；不改变状态而可报：" + staying.zh;
        told.en += "; without leaving it: " + staying.en;
    }
    return told;
}

} // namespace

verdict_detail detail_of(verdict reached, const v1::CaseState& state, v1::CaseEvent::BodyCase body, const v1::Sender& sender) {
    if (reached == verdict::illegal_transition && !is_new(state)) {
        return of_state(body, state, sender);
    }
    const bool of_sender = reached == verdict::wrong_side || reached == verdict::wrong_role;
    return of_sender ? of_speaker(body, state, sender) : detail_of(reached, state);
}

verdict_detail detail_of(verdict reached, const v1::CaseState& state) {
    switch (reached) {
    case verdict::urge_open:
    case verdict::own_urge:
    case verdict::other_urge:
        return of_urge(state);
    case verdict::not_owed:
    case verdict::materials_owed:
        return of_owed(state);
    case verdict::archive_open:
    case verdict::no_archive_request:
    case verdict::not_requested:
        return of_archives(reached, state);
    case verdict::session_open:
    case verdict::other_session:
        return {"进行中的会话：" + state.virtual_window().session_id(), "open is session " + state.virtual_window().session_id()};
    case verdict::other_round: {
        const auto next = std::to_string(state.evaluation_rounds() + 1);
        return {"应为第 " + next + " 次", "the next is round " + next};
    }
    case verdict::rounds_used_up: {
        const auto most = std::to_string(max_evaluation_rounds);
        return {"最多 " + most + " 次", "there are " + most + " at most"};
    }
    case verdict::wrong_mode: {
        const auto mode = state.business_mode();
        return {"本办件的通办方式为 " + std::string(term(mode)), "its mode is " + std::string(name(mode))};
    }
    case verdict::other_papers:
        return of_papers(state);
    case verdict::decision_conflict: {
        const auto decision = state.decision();
        if (decision == v1::DECISION_UNSPECIFIED) {
            return {"办结结果只能是出证办结、办结或不予许可；退件、作废、转办等请报各自的事件",
                    "a closing is APPROVED_WITH_CERT, COMPLETED or DENIED; RETURNED, CASE_VOIDED and CASE_FORWARDED are events of their own"};
        }
        return decision == v1::DECISION_DENIED
                   ? verdict_detail{"决定为不予许可：办结结果应为不予许可（DENIED）", "it was DENIED, and is closed as DENIED"}
                   : verdict_detail{"决定为准予：办结结果应为出证办结（APPROVED_WITH_CERT）或办结（COMPLETED）",
                                    "it was APPROVED, and is closed as APPROVED_WITH_CERT or COMPLETED"};
    }
    case verdict::content_conflict:
        if (state.status() == v1::CASE_STATUS_SUPPLEMENTING) {
            return {"补正须为同一事项 " + state.item_impl_code() + "、同一办理地 " + state.dest_region(),
                    "an answer to a 补正 is about the same item " + state.item_impl_code() + " at " + state.dest_region()};
        }
        return {};
    default:
        return {};
    }
}

} // namespace tongban::cases
