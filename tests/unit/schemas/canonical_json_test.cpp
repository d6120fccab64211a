// The canonical JSON beside Protobuf's own converter: the same value of every message of the schema, filled at random.
#include "schemas/canonical_json.hpp"

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/receipt.pb.h"
#include "tongban/v1/view.pb.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>

namespace tongban {
namespace {

namespace pb = google::protobuf;

std::string by_protobuf(const pb::Message& message) {
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    EXPECT_TRUE(pb::util::MessageToJsonString(message, &text, options).ok());
    return text;
}

class filler {
public:
    explicit filler(std::uint32_t seed) : random_(seed) {}

    // NOLINTNEXTLINE(misc-no-recursion): messages nest
    void fill(pb::Message& message, int depth) {
        if (auto* time = dynamic_cast<pb::Timestamp*>(&message)) {
            constexpr std::int64_t first = -62135596800;
            constexpr std::int64_t last = 253402300799;
            static constexpr int nanos[] = {0, 0, 1, 5'000, 120'000'000, 123'000'000, 123'456'000, 999'999'999};
            time->set_seconds(std::uniform_int_distribution<std::int64_t>(first, last)(random_));
            time->set_nanos(nanos[below(8)]);
            return;
        }
        if (auto* limit = dynamic_cast<v1::Limit*>(&message)) {
            limit->set_value(1 + static_cast<std::int32_t>(below(100))); // 0 is told too, unlike by Protobuf: below
            limit->set_unit(static_cast<v1::LimitUnit>(below(5)));
            return;
        }
        const auto& descriptor = *message.GetDescriptor();
        for (int i = 0; i < descriptor.field_count(); ++i) {
            const auto* field = descriptor.field(i);
            if (below(3) == 0 || (depth == 0 && field->message_type() != nullptr)) {
                continue;
            }
            const int times = field->is_repeated() ? static_cast<int>(below(4)) : 1;
            for (int n = 0; n < times; ++n) {
                set(message, field, depth);
            }
        }
    }

private:
    std::uint64_t below(std::uint64_t n) { return random_() % n; }

    std::string text() {
        static const std::string parts[] = {"a", "申", "\U00020000", "\"", "\\", "/", "\n", "\r", "\t", "\x01", "\x1f",
                                            "\x7f", "<", ">", "&", "'", "\u2028", "䶮", " ", ""};
        std::string made;
        for (auto n = below(12); n > 0; --n) {
            made += parts[below(std::size(parts))];
        }
        return made;
    }

    template <typename Number>
    Number number() {
        static constexpr Number ends[] = {0, 1, std::numeric_limits<Number>::max(), std::numeric_limits<Number>::min()};
        return below(2) == 0 ? ends[below(4)] : static_cast<Number>(random_());
    }

    // NOLINTNEXTLINE(misc-no-recursion)
    void set(pb::Message& message, const pb::FieldDescriptor* field, int depth) {
        const auto& reflection = *message.GetReflection();
        const bool many = field->is_repeated();
        const auto put = [&](auto one, auto add, auto value) {
            many ? (reflection.*add)(&message, field, value) : (reflection.*one)(&message, field, value);
        };
        using r = pb::Reflection;
        switch (field->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32: return put(&r::SetInt32, &r::AddInt32, number<std::int32_t>());
        case pb::FieldDescriptor::CPPTYPE_UINT32: return put(&r::SetUInt32, &r::AddUInt32, number<std::uint32_t>());
        case pb::FieldDescriptor::CPPTYPE_INT64: return put(&r::SetInt64, &r::AddInt64, number<std::int64_t>());
        case pb::FieldDescriptor::CPPTYPE_UINT64: return put(&r::SetUInt64, &r::AddUInt64, number<std::uint64_t>());
        case pb::FieldDescriptor::CPPTYPE_BOOL: return put(&r::SetBool, &r::AddBool, below(2) == 0);
        case pb::FieldDescriptor::CPPTYPE_ENUM:
            return put(&r::SetEnumValue, &r::AddEnumValue,
                       below(8) == 0 ? 4711 : field->enum_type()->value(static_cast<int>(below(static_cast<std::uint64_t>(
                                                  field->enum_type()->value_count()))))->number());
        case pb::FieldDescriptor::CPPTYPE_STRING: return put(&r::SetString, &r::AddString, text());
        case pb::FieldDescriptor::CPPTYPE_MESSAGE:
            return fill(many ? *reflection.AddMessage(&message, field) : *reflection.MutableMessage(&message, field),
                        depth - 1);
        default: FAIL() << field->full_name() << " has a type the canonical JSON does not know";
        }
    }

    std::mt19937_64 random_;
};

// The same bytes, too, but for characters that need no escape in JSON and get one from Protobuf.
void expect_same(const pb::Message& message) {
    const auto ours = v1::to_json(message);
    boost::system::error_code error;
    const auto value = boost::json::parse(ours, error);
    ASSERT_FALSE(error) << error.message() << '\n' << ours;
    EXPECT_EQ(value, boost::json::parse(by_protobuf(message))) << ours;
}

TEST(CanonicalJson, IsThatOfProtobufForEveryMessageOfTheSchema) {
    for (const auto* file : {v1::LedgerRecord::descriptor()->file(), v1::CaseEvent::descriptor()->file(),
                             v1::CaseState::descriptor()->file(), v1::Receipts::descriptor()->file(),
                             v1::Dossier::descriptor()->file(), v1::DeliveryReport::descriptor()->file()}) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto* prototype = pb::MessageFactory::generated_factory()->GetPrototype(file->message_type(i));
            for (std::uint32_t seed = 0; seed < 60; ++seed) {
                const std::unique_ptr<pb::Message> message(prototype->New());
                filler(seed).fill(*message, 4);
                SCOPED_TRACE(file->message_type(i)->full_name() + " seed " + std::to_string(seed));
                ASSERT_NO_FATAL_FAILURE(expect_same(*message));
            }
        }
    }
}

TEST(CanonicalJson, IsReadBackByProtobufAsTheSameMessage) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        v1::LedgerRecord record;
        filler(seed).fill(record, 5);
        v1::LedgerRecord read;
        ASSERT_TRUE(pb::util::JsonStringToMessage(v1::to_json(record), &read).ok()) << v1::to_json(record);
        EXPECT_EQ(read.SerializeAsString(), record.SerializeAsString());
    }
}

TEST(CanonicalJson, EmptyMessageIsAnEmptyObject) {
    EXPECT_EQ(v1::to_json(v1::Receipt()), "{}");
}

TEST(CanonicalJson, ALimitOfZeroIsTheSameDayAndSaysSo) {
    v1::CaseSubmitted filed;
    filed.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    EXPECT_EQ(v1::to_json(filed), R"({"promise":{"value":0,"unit":"LIMIT_UNIT_WORKDAY"}})");
    filed.mutable_promise()->clear_unit();
    EXPECT_EQ(v1::to_json(filed), R"({"promise":{"value":0}})");
    v1::CaseSubmitted read;
    ASSERT_TRUE(pb::util::JsonStringToMessage(v1::to_json(filed), &read).ok());
    EXPECT_EQ(read.SerializeAsString(), filed.SerializeAsString());
}

TEST(CanonicalJson, TimeThatIsNoneIsNull) {
    v1::CaseEvent event;
    event.mutable_occurred_at()->set_seconds(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(v1::to_json(event), R"({"occurred_at":null})");
}

TEST(CanonicalJson, PlainTextIsKeptAsItIs) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("济宁<&'>\"\\\n\x01");
    EXPECT_EQ(v1::to_json(event), "{\"case\":{\"source_case_no\":\"济宁<&'>\\\"\\\\\\n\\u0001\"}}");
}

} // namespace
} // namespace tongban
