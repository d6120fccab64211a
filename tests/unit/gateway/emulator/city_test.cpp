// The city against a gateway that answers what a test says: messages that are sent again are the same bytes, what was heard
// twice is done once, and the book of cases has a bound.
#include "gateway/emulator/city.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/http/json_answer.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace tongban::emulator {
namespace {

using namespace std::chrono_literals;

// Answers from a list, then as it was told; remembers what it was asked.
class fake_gateway {
public:
    using answering = std::function<boost::system::result<line_answer, std::string>(const line_request&)>;

    explicit fake_gateway(answering then) : then_(std::move(then)) {}

    open_lines opener() {
        return [this] {
            gateway_lines lines;
            lines.platform = std::make_unique<line>(*this);
            return lines;
        };
    }
    std::vector<line_request> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    std::string inbox; // a page; set before anybody asks

    // Waits until so many events were reported.
    bool reported(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return events_ >= count; });
    }

private:
    class line final : public gateway_line {
    public:
        explicit line(fake_gateway& to) : to_(to) {}
        boost::system::result<line_answer, std::string> ask(const line_request& request) override {
            const std::lock_guard lock(to_.mutex_);
            if (request.target.starts_with("/v1/inbox") && !to_.inbox.empty()) {
                return line_answer{200, "application/json", to_.inbox, {}};
            }
            if (request.method == "GET") {
                const bool is_case = request.target.starts_with("/v1/cases/");
                return line_answer{is_case ? 200 : 404, "application/json",
                                   R"({"case":{"status":"CASE_STATUS_QUEUED","origin_region":"370800","dest_region":"140400"}})",
                                   {}};
            }
            to_.asked_.push_back(request);
            ++to_.events_;
            to_.changed_.notify_all();
            return to_.then_(request);
        }

    private:
        fake_gateway& to_;
    };

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<line_request> asked_;
    std::size_t events_ = 0;
    answering then_;
};

line_answer accepted() {
    return {202, "application/json", R"({"outcome":"RECEIPT_OUTCOME_ACCEPTED"})", {}};
}

city_settings settings_of(const char* script) {
    city_settings settings;
    settings.partner = "changzhi-platform";
    settings.regions = {"140400"};
    settings.how = *read_script(script, "s.yaml").value;
    settings.retry_first = 1ms;
    settings.retry_most = 5ms;
    return settings;
}

std::string filing(const std::string& number) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no(number);
    event.mutable_case_()->set_dest_region("140400");
    event.mutable_case_submitted()->mutable_item()->set_impl_code("1");
    return v1::to_json(event);
}

class City : public testing::Test {
protected:
    taking take(city& of, const std::string& number, unsigned ordinal = 1) {
        const auto body = filing(number);
        incoming what{cases::case_id("370800", number) + '-' + std::to_string(ordinal) + "-140400", 1,
                      "application/vnd.tongban.v1+json", body, "pull"};
        std::optional<heard_message> heard;
        return of.take(what, heard);
    }
    tongue speech{nullptr, nullptr};
    journal lines{"", "test"};
    std::function<void(const std::string&)> note = [](const std::string&) {};
};

TEST_F(City, SendsTheSameBytesUntilItIsAnswered) {
    int calls = 0;
    fake_gateway gateway([&](const line_request&) -> boost::system::result<line_answer, std::string> {
        ++calls;
        if (calls == 1) {
            return std::string("no answer");
        }
        if (calls == 2) {
            return line_answer{503, "application/problem+json", "{}", std::chrono::seconds(0)};
        }
        if (calls == 3) {
            return line_answer{500, "text/html", "<html>", {}};
        }
        return accepted();
    });
    class city one(settings_of("cases: [{steps: [receive]}]"), speech, lines, gateway.opener(), note);
    one.start();
    EXPECT_EQ(take(one, "A1"), taking::taken);
    ASSERT_TRUE(gateway.reported(4));
    one.stop();
    const auto asked = gateway.asked();
    ASSERT_EQ(asked.size(), 4U);
    for (const auto& each : asked) {
        EXPECT_EQ(each.body, asked.front().body);
        EXPECT_EQ(each.target, asked.front().target);
    }
    EXPECT_EQ(one.counts().events[static_cast<std::size_t>(told::accepted)], 1U);
    EXPECT_EQ(one.counts().events[static_cast<std::size_t>(told::unknown)], 2U);
}

TEST_F(City, WhatIsHeardTwiceIsDoneOnce) {
    fake_gateway gateway([](const line_request&) { return accepted(); });
    class city one(settings_of("cases: [{steps: [receive]}]"), speech, lines, gateway.opener(), note);
    EXPECT_EQ(take(one, "A1"), taking::taken);
    EXPECT_EQ(take(one, "A1"), taking::again);
    one.start();
    ASSERT_TRUE(gateway.reported(1));
    EXPECT_EQ(take(one, "A1"), taking::again);
    one.stop();
    EXPECT_EQ(gateway.asked().size(), 1U);
    EXPECT_EQ(one.counts().repeated, 2U);
}

TEST_F(City, ABundleInItsInboxIsNoCaseToWorkOn) {
    fake_gateway gateway([](const line_request&) { return accepted(); });
    const auto entry = [](const std::string& id, const char* status) {
        return R"({"case_id":")" + id + R"(","status":"CASE_STATUS_)" + status +
               R"(","origin_region":"140400","dest_region":"140400","source_case_no":"1"})";
    };
    gateway.inbox = R"({"entries":[)" + entry("TB140400-BUNDLE", "JOINT_HANDLING") + ',' + entry("TB140400-CASE", "QUEUED") +
                    R"(],"next":""})";
    class city one(settings_of("cases: [{steps: [receive]}]"), speech, lines, gateway.opener(), note);
    one.start();
    ASSERT_TRUE(gateway.reported(1));
    EXPECT_EQ(one.standing().cases, 1U);
    one.stop();
    for (const auto& each : gateway.asked()) {
        EXPECT_THAT(each.body, testing::HasSubstr("TB140400-CASE"));
    }
}

TEST_F(City, ItsBookIsBoundedAndForgetsWhatIsOver) {
    fake_gateway gateway([](const line_request&) { return accepted(); });
    auto settings = settings_of("cases: [{numbers: [\"OPEN*\"], steps: [{receive: {after: 1h}}]}, {steps: [return]}]");
    settings.cases_max = 3;
    class city one(settings, speech, lines, gateway.opener(), note);
    EXPECT_EQ(take(one, "OPEN1"), taking::taken);
    EXPECT_EQ(take(one, "OPEN2"), taking::taken);
    EXPECT_EQ(take(one, "B1"), taking::taken);
    EXPECT_EQ(take(one, "B2"), taking::full) << "three are open";
    one.start();
    ASSERT_TRUE(gateway.reported(1));
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (one.standing().open > 2 && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
    }
    EXPECT_EQ(take(one, "B2"), taking::taken) << "B1 is over";
    one.stop();
    EXPECT_EQ(one.standing().cases, 3U);
}

TEST_F(City, WhatTheGatewayNeverWantsIsGivenUpInTheOpen) {
    std::string noted;
    fake_gateway gateway([](const line_request&) {
        return line_answer{422, "application/problem+json",
                           R"({"title":"Rules broken","violations":[{"field":"body.x","message_en":"must not"}]})", {}};
    });
    class city one(settings_of("cases: [{steps: [receive]}]"), speech, lines, gateway.opener(),
                   [&](const std::string& text) { noted += text; });
    one.start();
    EXPECT_EQ(take(one, "A1"), taking::taken);
    ASSERT_TRUE(gateway.reported(3)) << "it looks where the case stands, and tries again";
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (one.counts().given_up == 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
    }
    one.stop();
    EXPECT_EQ(one.counts().given_up, 1U);
    EXPECT_EQ(one.counts().events[static_cast<std::size_t>(told::refused)], 3U);
    EXPECT_THAT(noted, testing::HasSubstr("receive (DEST_RECEIVED): HTTP 422"));
    EXPECT_THAT(noted, testing::HasSubstr("body.x: must not"));
}

TEST_F(City, UnreadableDeliveriesAreSaid) {
    fake_gateway gateway([](const line_request&) { return accepted(); });
    std::string noted;
    class city one(settings_of("cases: []"), speech, lines, gateway.opener(), [&](const std::string& text) { noted += text; });
    std::optional<heard_message> heard;
    incoming what{cases::case_id("370800", "A1") + "-1-140400", 1, "application/json", "<xml/>", "push"};
    EXPECT_EQ(one.take(what, heard), taking::unreadable);
    EXPECT_THAT(noted, testing::HasSubstr("no event in canonical JSON"));
    what.delivery = "nonsense";
    EXPECT_EQ(one.take(what, heard), taking::unreadable);
}

TEST(Journal, LinesAreWholeAndCarryWhoAndWhen) {
    const auto file = std::filesystem::temp_directory_path() / ("journal-" + std::to_string(::getpid()) + ".jsonl");
    std::filesystem::remove(file);
    {
        journal first(file, "emulator-140400");
        first.write({{"kind", "event"}, {"case_id", "TB1"}});
        journal again(file, "emulator-140400"); // a city started again goes on behind
        again.write({{"kind", "delivered"}});
        EXPECT_EQ(again.lost(), 0U);
    }
    std::ifstream in(file);
    std::string line;
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_THAT(line, testing::AllOf(testing::HasSubstr("\"by\":\"emulator-140400\""), testing::HasSubstr("\"at_ms\":")));
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_FALSE(std::getline(in, line));
    std::filesystem::remove(file);
    EXPECT_THROW(journal("/nowhere/at/all.jsonl", ""), std::runtime_error);
}

} // namespace
} // namespace tongban::emulator
