// Property: whatever the shared schema can say is written in every city's format and read back equal, but for
// what `dialect check` lists as unsayable. Events are made up field by field from the descriptors, many
// seeds.
#include "connectors/dialects/event_diff.hpp"
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <regex>

namespace tongban::dialects::testing {
namespace {

namespace pb = google::protobuf;

class event_maker {
public:
    explicit event_maker(unsigned seed) : random_(seed) {}

    v1::CaseEvent make(const pb::FieldDescriptor& body) {
        v1::CaseEvent event;
        fill(event, &body);
        event.clear_occurred_text();
        event.clear_fencing_token();
        event.mutable_dossier()->clear_extra();
        if (event.has_case_closed()) { // any other outcome is another event in a city's closing message
            constexpr v1::Outcome of_decisions[] = {v1::OUTCOME_APPROVED_WITH_CERT, v1::OUTCOME_COMPLETED, v1::OUTCOME_DENIED};
            event.mutable_case_closed()->set_outcome(of_decisions[pick(3)]);
        }
        return event;
    }

private:
    unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

    void fill(pb::Message& m, const pb::FieldDescriptor* body) {
        const auto& r = *m.GetReflection();
        for (int i = 0; i < m.GetDescriptor()->field_count(); ++i) {
            const auto& f = *m.GetDescriptor()->field(i);
            if (f.real_containing_oneof() != nullptr && &f != body) {
                continue;
            }
            if (f.name() == "code_raw" || f.name() == "code_text_conflict") {
                continue; // the source's own
            }
            if (&f != body && pick(6) == 0 && f.name() != "case" && f.name() != "occurred_at" &&
                f.name() != "source_case_no") {
                continue; // sometimes absent
            }
            value(m, r, f);
        }
        if (m.GetDescriptor() == v1::Certificate::descriptor()) {
            auto& c = static_cast<v1::Certificate&>(m);
            c.set_long_term(pick(2) == 0);
            c.set_valid_to(c.long_term() ? "" : "2030-12-31");
        } else if (m.GetDescriptor() == v1::Limit::descriptor()) {
            auto& l = static_cast<v1::Limit&>(m); // a limit without its unit is none
            l.set_value(static_cast<int>(pick(60)));
            l.set_unit(static_cast<v1::LimitUnit>(1 + pick(4)));
        }
    }

    void value(pb::Message& m, const pb::Reflection& r, const pb::FieldDescriptor& f) {
        if (f.is_repeated()) {
            const bool one = f.name() == "files"; // a format may have one place for a material's file
            for (unsigned i = 0; i < (one ? 1 : 1 + pick(3)); ++i) {
                if (f.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) {
                    r.AddString(&m, &f, text(f, i));
                } else if (f.cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32) {
                    r.AddUInt32(&m, &f, 1 + pick(30));
                } else {
                    auto& made = *r.AddMessage(&m, &f);
                    fill(made, nullptr);
                    name_entry(made, i);
                }
            }
            return;
        }
        switch (f.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_STRING:
            r.SetString(&m, &f, text(f, 0));
            break;
        case pb::FieldDescriptor::CPPTYPE_BOOL:
            r.SetBool(&m, &f, pick(2) == 0);
            break;
        case pb::FieldDescriptor::CPPTYPE_INT32:
            r.SetInt32(&m, &f, static_cast<int>(pick(9) + 1));
            break;
        case pb::FieldDescriptor::CPPTYPE_INT64:
            r.SetInt64(&m, &f, static_cast<std::int64_t>(pick(100'000'000)));
            break;
        case pb::FieldDescriptor::CPPTYPE_UINT32:
            r.SetUInt32(&m, &f, pick(9) + 1);
            break;
        case pb::FieldDescriptor::CPPTYPE_UINT64:
            r.SetUInt64(&m, &f, pick(9) + 1);
            break;
        case pb::FieldDescriptor::CPPTYPE_ENUM:
            r.SetEnumValue(&m, &f,
                           f.enum_type()
                               ->value(1 + static_cast<int>(
                                               pick(static_cast<unsigned>(f.enum_type()->value_count() - 1))))
                               ->number());
            break;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE:
            if (f.message_type() == pb::Timestamp::descriptor()) {
                static_cast<pb::Timestamp&>(*r.MutableMessage(&m, &f))
                    .set_seconds(1729000000 + pick(10'000'000));
            } else {
                fill(*r.MutableMessage(&m, &f), nullptr);
            }
            break;
        default:
            break;
        }
    }

    // A list entry needs something that tells it from an empty one, and form fields their own names.
    void name_entry(pb::Message& m, unsigned i) {
        if (const auto* name = m.GetDescriptor()->FindFieldByName("name")) {
            m.GetReflection()->SetString(
                &m, name,
                (m.GetDescriptor() == v1::FormField::descriptor() ? "自定字段" : "名称") + std::to_string(i));
        }
    }

    std::string text(const pb::FieldDescriptor& f, unsigned i) {
        const auto& n = f.name();
        if (n.ends_with("region"))
            return std::vector<std::string>{
                "370800", "370200", "140400", "120103", "320300", "370883"}[pick(6)];
        if (n == "id_type")
            return std::vector<std::string>{"111", "414", "USCC", "799"}[pick(4)];
        if (n == "id_no")
            return "37089919850615001X";
        if (n == "phone")
            return std::vector<std::string>{"14000000101", "02200000401"}[pick(2)];
        if (n == "birth_date" || n == "valid_from" || n == "valid_to")
            return "2024-03-05";
        if (n == "sm3" || n == "sha256")
            return std::string(64, static_cast<char>('a' + pick(6)));
        if (n == "content")
            return std::string("\xFF\xD8\0\x01 %PDF", 9);
        if (n == "media_type")
            return std::vector<std::string>{"image/jpeg", "text/plain"}[pick(2)];
        if (n == "nation")
            return "01";
        if (f.is_repeated())
            return "项目" + std::to_string(i);
        const std::vector<std::string> odd{"值",         "a<b>&\"c\"", "王䶮 㐂",    "1,2;3|4",
                                           "{\"x\": 1}", "]]>",        "行一\n行二", "无名氏"};
        return n + '-' + odd[pick(static_cast<unsigned>(odd.size()))];
    }

    std::mt19937 random_;
};

std::string without_positions(const std::string& field) {
    return std::regex_replace(field, std::regex("\\[[0-9]+\\]"), "");
}

bool covered(const std::vector<unsayable>& list, const std::string& event, const std::string& lost) {
    const auto field = without_positions(lost);
    return std::any_of(list.begin(), list.end(), [&](const unsayable& u) {
        return u.event == event &&
               (u.field == field || field.starts_with(u.field + ".") || u.field.starts_with(field + "."));
    });
}

class RoundTrip : public ::testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, EveryEventIsReadBackEqualButForWhatIsListed) {
    const auto& d = *city(GetParam());
    const auto unsaid = cannot_say(d);
    const auto& oneof = *v1::CaseEvent::descriptor()->FindOneofByName("body");
    int written = 0;
    for (int b = 0; b < oneof.field_count(); ++b) {
        std::string name = oneof.field(b)->name();
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        for (unsigned seed = 0; seed < 12; ++seed) {
            const auto event = event_maker(seed * 100 + static_cast<unsigned>(b)).make(*oneof.field(b));
            const v1::CaseEvent* out = &event;
            const auto writing = d.write({&out, 1});
            if (!writing) {
                EXPECT_TRUE(std::any_of(unsaid.begin(), unsaid.end(), [&](const auto& u) {
                    return u.event == name && u.field.empty();
                })) << name;
                continue;
            }
            ++written;
            for (const auto& lost : writing->lost) {
                EXPECT_TRUE(covered(unsaid, name, lost.field()))
                    << name << " seed " << seed << ": " << lost.field() << ": " << lost.message_en() << '\n'
                    << (GetParam() == "changzhi" ? "" : writing->body);
            }
        }
    }
    EXPECT_GT(written, 0);
}

INSTANTIATE_TEST_SUITE_P(Cities, RoundTrip,
                         ::testing::Values("jining", "qingdao", "changzhi", "hexi", "xuzhou"),
                         [](const auto& name) { return name.param; });

// A sample goes through every other city's format and comes back: only what that format cannot say is
// missing.
TEST(RoundTripOfSamples, EverySampleThroughEveryCity) {
    for (const auto& name : sample_names()) {
        for (const auto& event : events_of(*city(city_of(name)), sample(name), content_type_of(name))) {
            for (const auto& other : city_names()) {
                const v1::CaseEvent* out = &event;
                const auto writing = city(other)->write({&out, 1});
                if (!writing) {
                    EXPECT_EQ(other, "xuzhou-batch"); // the only one that says less than every event
                    continue;
                }
                const auto again = events_of(*city(other), writing->body, writing->content_type);
                ASSERT_EQ(again.size(), 1U);
                EXPECT_EQ(again[0].case_().source_case_no(), event.case_().source_case_no());
                EXPECT_EQ(again[0].dossier().applicant().id_no(), event.dossier().applicant().id_no());
                EXPECT_EQ(event_diff(event, again[0], false).size(), writing->lost.size());
            }
        }
    }
}

TEST(RoundTripOfSamples, SeveralEventsInOneMessage) {
    const auto events = events_of(*city("qingdao"), sample("QINGDAO-03-status-callback.json"));
    std::vector<const v1::CaseEvent*> pointers;
    for (const auto& e : events) {
        pointers.push_back(&e);
    }
    const auto writing = city("qingdao")->write(pointers);
    ASSERT_TRUE(writing);
    EXPECT_TRUE(writing->lost.empty()) << writing->lost[0].DebugString() << writing->body;
    EXPECT_EQ(events_of(*city("qingdao"), writing->body).size(), 3U);
    EXPECT_FALSE(city("jining")->write(pointers)); // says one event at a time
}

} // namespace
} // namespace tongban::dialects::testing
