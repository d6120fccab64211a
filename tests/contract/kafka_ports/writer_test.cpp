// Writing to topics other than the ledger's, on a real broker: what is reported durable is there once, with
// its key and headers; everything else is told apart, bounded, and passes.
#include "connectors/log/topic_writer.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <dlfcn.h>

#include <atomic>
#include <future>

namespace {
std::atomic<rd_kafka_t*> newest_producer{nullptr};
}

// A test makes a producer fatal; its handle is had by standing before rd_kafka_new.
extern "C" rd_kafka_t* rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t* conf, char* text,
                                    std::size_t size) {
    static const auto real = reinterpret_cast<decltype(&rd_kafka_new)>(::dlsym(RTLD_NEXT, "rd_kafka_new"));
    rd_kafka_t* made = real(type, conf, text, size);
    if (type == RD_KAFKA_PRODUCER)
        newest_producer = made;
    return made;
}

namespace tongban::kafka {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

const std::string cluster = "faults";
const boost::system::error_code no_error;

class Writer : public testing::Test {
protected:
    Writer() : settings_(ledger_settings(cluster)), admin_(cluster), topic_(settings_.topic) {
        create_when_possible(cluster, topic_, 1);
    }
    ~Writer() override {
        if (paused_)
            broker(cluster, "resume");
    }
    static boost::system::error_code write(log::topic_writer& writer, const std::string& topic,
                                           const std::string& value) {
        auto done = std::make_shared<std::promise<boost::system::error_code>>();
        auto report = done->get_future();
        writer.append(topic, "key", value, {}, [done](auto code) { done->set_value(code); });
        return report.wait_for(1min) == std::future_status::ready ? report.get() : log::errc::outcome_unknown;
    }
    std::vector<std::string> values(const std::string& topic) {
        std::vector<std::string> found;
        for (const plain_record& r : read_committed(settings_, topic))
            found.push_back(r.value);
        return found;
    }
    void pause() {
        broker(cluster, "pause");
        paused_ = true;
    }
    void resume() {
        broker(cluster, "resume");
        paused_ = false;
    }

    log::kafka_settings settings_;
    administrator admin_;
    const std::string topic_;
    bool paused_ = false;
};

} // namespace

TEST_F(Writer, RecordIsThereWithItsKeyAndHeaders) {
    const auto writer = log::open_kafka_writer(settings_);
    const std::array<log::message_header, 2> headers{{{"reason", "E_FIELD"}, {"digest", ""}}};
    std::promise<boost::system::error_code> done;
    writer->append(topic_, "case", std::string("a\0b", 3), headers, [&](auto code) { done.set_value(code); });
    EXPECT_EQ(done.get_future().get(), no_error);
    const auto found = read_committed(settings_, topic_);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].key, "case");
    EXPECT_EQ(found[0].value, std::string("a\0b", 3));
    EXPECT_THAT(found[0].headers, ElementsAre(std::pair<std::string, std::string>{"reason", "E_FIELD"},
                                              std::pair<std::string, std::string>{"digest", ""}));
    EXPECT_TRUE(writer->health().ready) << writer->health().reason;
    EXPECT_EQ(writer->statistics().appended, 1u);
}

TEST_F(Writer, OneKeysRecordsKeepTheirOrderAndSeveralTopicsAreServed) {
    admin_.create_topic(topic_ + "-other", 3, {});
    const auto writer = log::open_kafka_writer(settings_);
    std::atomic<int> stored{0};
    std::vector<std::string> sent;
    for (int i = 0; i < 500; ++i) {
        sent.push_back(std::to_string(i));
        writer->append(topic_, "key", sent.back(), {}, [&](auto code) { stored += code ? 0 : 1; });
        writer->append(topic_ + "-other", std::to_string(i), "x", {},
                       [&](auto code) { stored += code ? 0 : 1; });
    }
    EXPECT_TRUE(eventually([&] { return stored == 1000; }));
    EXPECT_EQ(values(topic_), sent);
    EXPECT_EQ(writer->statistics().backlog_bytes, 0u);
}

TEST_F(Writer, MissingTopicIsUnavailableAndNamedAndHoldsBackNoOther) {
    const auto writer = log::open_kafka_writer(settings_);
    const std::string missing = topic_ + "-missing";
    EXPECT_EQ(write(*writer, missing, "x"), log::errc::unavailable);
    EXPECT_THAT(writer->health().reason, HasSubstr(missing));
    EXPECT_FALSE(writer->health().ready);
    EXPECT_EQ(write(*writer, topic_, "y"), no_error);
    admin_.create_topic(missing, 1, {});
    EXPECT_TRUE(eventually([&] { return write(*writer, missing, "x") == no_error; }));
    EXPECT_TRUE(writer->health().ready) << writer->health().reason;
}

TEST_F(Writer, TooLargeIsRefusedByUsAndByTheTopic) {
    admin_.create_topic(topic_ + "-small", 1, {{"max.message.bytes", "1000"}});
    const auto writer = log::open_kafka_writer(settings_);
    EXPECT_EQ(write(*writer, topic_, std::string(200'000, 'x')), log::errc::too_large);
    EXPECT_EQ(write(*writer, topic_ + "-small", std::string(50'000, 'x')), log::errc::too_large);
    EXPECT_EQ(writer->statistics().refused_too_large, 2u);
    EXPECT_TRUE(writer->health().ready) << "one large record is no fault of the log";
}

TEST_F(Writer, BacklogIsBoundedWhileTheBrokerHangsAndIsStoredOnceAfterwards) {
    settings_.backlog_records_max = 100;
    const auto writer = log::open_kafka_writer(settings_);
    ASSERT_EQ(write(*writer, topic_, "before"), no_error);
    pause();
    std::atomic<int> full{0}, stored{0};
    for (int i = 0; i < 300; ++i)
        writer->append(topic_, "key", std::to_string(i), {}, [&](auto code) {
            full += code == log::errc::backlog_full ? 1 : 0;
            stored += code ? 0 : 1;
        });
    EXPECT_EQ(full, 200);
    EXPECT_EQ(writer->statistics().backlog_records, 100u);
    EXPECT_TRUE(eventually([&] { return !writer->health().ready; }));
    resume();
    EXPECT_TRUE(eventually([&] { return stored == 100; }));
    EXPECT_TRUE(eventually([&] { return writer->health().ready; })) << writer->health().reason;
    EXPECT_THAT(values(topic_), SizeIs(101));
}

TEST_F(Writer, ClosingWhileTheBrokerHangsReportsEverythingInTime) {
    const auto writer = log::open_kafka_writer(settings_);
    ASSERT_EQ(write(*writer, topic_, "before"), no_error);
    pause();
    std::atomic<int> reported{0}, failed{0};
    for (int i = 0; i < 50; ++i)
        writer->append(topic_, "key", "x", {}, [&](auto code) {
            ++reported;
            failed += code ? 1 : 0;
        });
    const auto began = std::chrono::steady_clock::now();
    writer->close(300ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 12s);
    EXPECT_EQ(reported, 50);
    EXPECT_EQ(failed, 50);
    EXPECT_EQ(write(*writer, topic_, "late"), log::errc::closed);
}

TEST_F(Writer, ProducerThatWentFatalIsReplacedAndNothingReportedIsLost) {
    const auto writer = log::open_kafka_writer(settings_);
    std::vector<std::string> stored;
    int number = 0;
    const auto store = [&] {
        const std::string value = std::to_string(++number);
        if (write(*writer, topic_, value) != no_error)
            return false;
        stored.push_back(value);
        return true;
    };
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(eventually(store));
        rd_kafka_test_fatal_error(newest_producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made");
        const auto wanted = static_cast<std::uint64_t>(round) + 2;
        ASSERT_TRUE(eventually([&] {
            store();
            return writer->statistics().producers_made == wanted;
        }));
    }
    ASSERT_TRUE(eventually(store));
    EXPECT_TRUE(eventually([&] { return writer->health().ready; })) << writer->health().reason;
    const auto found = values(topic_);
    for (const std::string& value : stored)
        EXPECT_THAT(found, testing::Contains(value).Times(1));
}

} // namespace tongban::kafka
