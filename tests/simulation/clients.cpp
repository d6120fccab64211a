#include "tests/simulation/clients.hpp"

#include "gateway/ledger/record.hpp"
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/partners.hpp"

#include <boost/asio/co_spawn.hpp>

#include <array>

namespace tongban::simulation {

namespace asio = boost::asio;
namespace story = ledger::story;
using history::answer_kind;
using history::answer_outcome;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds patience{8000};
constexpr const char* operator_number = "9001";

answer_outcome outcome_of(const std::optional<reply>& got) {
    if (!got) {
        return answer_outcome::unknown;
    }
    if (got->is_unreachable) {
        return answer_outcome::unavailable;
    }
    const auto& appended = *got->appended;
    if (!appended) {
        return appended.error() == make_error_code(log::errc::outcome_unknown) ? answer_outcome::unknown
                                                                                : answer_outcome::unavailable;
    }
    switch (appended->verdict) {
    case cases::verdict::applied:
        return answer_outcome::accepted;
    case cases::verdict::duplicate:
        return answer_outcome::duplicate;
    default:
        return answer_outcome::conflict;
    }
}

bool is_clear(answer_outcome outcome) {
    return outcome != answer_outcome::unknown && outcome != answer_outcome::unavailable;
}

asio::awaitable<void> replay_once(world* in, std::string delivery) {
    request_to request;
    request.route = "POST /deadletters/{id}/replay";
    request.parameters = {delivery};
    request.body = std::string(R"({"operator_id":")") + operator_number + R"(","reason":"it works again"})";
    (void)co_await in->call(in->any_replica(), std::move(request), patience);
}

// A filing with a promise of an hour: short enough for a run to see it pass.
v1::LedgerRecord filing(const story::case_name& of) {
    auto record = story::submitted(of);
    auto& promise = *record.mutable_routed()->mutable_terms()->mutable_promise();
    promise.set_value(1);
    promise.set_unit(v1::LIMIT_UNIT_HOUR);
    return record;
}

} // namespace

void start_client(world& in, asio::awaitable<void> what) {
    in.client_began();
    asio::co_spawn(in.executor(), std::move(what), [&in](const std::exception_ptr& by) { in.client_ended(by); });
}

void start_clients(world& in, int cases, milliseconds over) {
    for (int i = 0; i < cases; ++i) {
        const auto of = std::make_shared<case_progress>();
        const auto from = in.luck().below(regions.size());
        const auto to = (from + 1 + in.luck().below(regions.size() - 1)) % regions.size();
        of->name = {regions[from], regions[to], "S-" + std::to_string(i)};
        start_client(in, file_case(&in, of, in.luck().ms(0, over.count())));
    }
    for (int i = 0; i < pullers; ++i) {
        start_client(in, pull(&in, i));
    }
}

void replay(world& in, const std::string& delivery) {
    start_client(in, replay_once(&in, delivery));
}

asio::awaitable<std::optional<ledger::projected>> say(world* in, std::string by, v1::LedgerRecord record,
                                                      answer_kind kind) {
    for (;;) {
        auto one = in->begin_answer(kind, by);
        one.event = std::string(cases::name(record.event().body_case()));
        one.event_id = record.event_id();
        one.case_id = record.event().case_().case_id();
        if (kind == answer_kind::submitted) {
            one.origin = record.event().case_().origin_region();
            one.source_number = record.event().case_().source_case_no();
            one.content = ledger::to_hex(record.content_digest());
        }
        request_to request;
        request.record = record;
        std::optional<reply> got;
        if (in->planted() == mistake::answer_without_append && in->luck().one_in(5)) {
            got.emplace();
            got->appended = ledger::projected{};
            (*got->appended)->verdict = cases::verdict::applied;
        } else {
            got = co_await in->call(in->any_replica(), std::move(request), patience);
        }
        one.at_ms = history_now_ms();
        one.outcome = outcome_of(got);
        if (in->planted() == mistake::duplicate_as_accepted && one.outcome == answer_outcome::duplicate) {
            one.outcome = answer_outcome::accepted;
        }
        const auto outcome = one.outcome;
        in->tell(std::move(one));
        if (is_clear(outcome)) {
            co_return std::move(**got->appended);
        }
        if (!in->is_mended() && in->luck().percent(2)) {
            co_return std::nullopt; // its user went home
        }
        co_await in->sleep(in->luck().ms(50, 2500));
    }
}

asio::awaitable<void> file_case(world* in, std::shared_ptr<case_progress> of, milliseconds start) {
    co_await in->sleep(start);
    const auto by = "filer-" + of->name.source_no;
    if (in->luck().one_in(4)) {
        // The same filing by somebody else at the same moment: a platform's two senders, a button pressed twice.
        (void)co_await say(in, by + "-again", filing(of->name), answer_kind::submitted);
    }
    const auto filed = co_await say(in, by, filing(of->name), answer_kind::submitted);
    if (!filed) {
        co_return;
    }
    if (in->luck().one_in(5)) {
        (void)co_await say(in, by, filing(of->name), answer_kind::submitted);
    }
    if (in->luck().one_in(5)) {
        start_client(*in, ask_to_withdraw(in, of));
    }
    if (in->luck().one_in(2)) {
        start_client(*in, work_by_platform(in, of));
        co_return;
    }
    for (int window = 1; window <= windows_per_region; ++window) {
        start_client(*in, work_at_window(in, of, window));
    }
}

asio::awaitable<void> ask_to_withdraw(world* in, std::shared_ptr<case_progress> of) {
    co_await in->sleep(in->luck().ms(0, 10'000));
    v1::CaseEvent event;
    event.mutable_withdraw_requested();
    (void)co_await say(in, "filer-" + of->name.source_no + "-later",
                       story::by_platform(of->name, std::move(event), of->name.origin), answer_kind::event);
}

asio::awaitable<void> work_by_platform(world* in, std::shared_ptr<case_progress> of) {
    const auto by = "platform-" + of->name.dest + '-' + of->name.source_no;
    std::vector<v1::LedgerRecord> events{story::received(of->name), story::accepted(of->name, "B-" + of->name.source_no)};
    for (auto steps = in->luck().below(3); steps > 0; --steps) {
        v1::CaseEvent step;
        step.mutable_step()->set_kind(v1::STEP_KIND_HANDLE);
        step.set_source_sequence(steps);
        events.push_back(story::by_platform(of->name, std::move(step), of->name.dest));
    }
    // Some are left lying, so that their clocks run out.
    if (of->name.source_no.back() % 4 != 0) {
        events.push_back(story::decided(of->name));
        events.push_back(story::closed(of->name));
    }
    for (auto& event : events) {
        co_await in->sleep(in->luck().ms(0, 3000));
        if (!co_await say(in, by, std::move(event), answer_kind::event)) {
            co_return;
        }
    }
}

} // namespace tongban::simulation
