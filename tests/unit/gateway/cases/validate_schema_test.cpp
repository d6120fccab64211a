// No field of the schema escapes the rules: every text, code and number of every event is broken in turn, by
// reflection, so that a field added later without a rule fails here.
#include "tests/unit/gateway/cases/sample_event.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace tongban::cases::sample {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using e = v1::CaseEvent;

// A field that holds a value, and the way to it from the event.
struct leaf {
    std::vector<const FieldDescriptor*> way;
    std::string path;
};

void collect(const Descriptor* type, const leaf& prefix, std::vector<leaf>& leaves) {
    for (int i = 0; i < type->field_count(); ++i) {
        const auto* field = type->field(i);
        auto next = prefix;
        next.way.push_back(field);
        next.path += (next.path.empty() ? "" : ".") + field->name() + (field->is_repeated() ? "[0]" : "");
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            leaves.push_back(std::move(next));
        } else if (!prefix.way.empty() || field->containing_oneof() == nullptr) {
            collect(field->message_type(), next, leaves);
        }
    }
}

// All leaves an event with this body can have.
std::vector<leaf> leaves_of(e::BodyCase body) {
    std::vector<leaf> leaves;
    collect(e::descriptor(), {}, leaves);
    const auto* field = e::descriptor()->FindFieldByNumber(body);
    collect(field->message_type(), {{field}, field->name()}, leaves);
    return leaves;
}

using breaker = std::function<void(Message&, const FieldDescriptor*)>;

// A valid-enough event of that body in which only this leaf is set, to something wrong.
e broken_at(const leaf& at, e::BodyCase body, const breaker& breaks) {
    auto event = body == e::kCaseSubmitted ? submission() : e();
    if (body != e::kCaseSubmitted) {
        event.mutable_case_()->set_source_case_no("1");
        (void)event.GetReflection()->MutableMessage(&event, e::descriptor()->FindFieldByNumber(body));
    }
    Message* inside = &event;
    for (std::size_t i = 0; i + 1 < at.way.size(); ++i) {
        const auto* field = at.way[i];
        const auto* access = inside->GetReflection();
        if (!field->is_repeated()) {
            inside = access->MutableMessage(inside, field);
        } else if (access->FieldSize(*inside, field) > 0) {
            inside = access->MutableRepeatedMessage(inside, field, 0);
        } else {
            inside = access->AddMessage(inside, field);
        }
    }
    breaks(*inside, at.way.back());
    return event;
}

void set_text(Message& m, const FieldDescriptor* field, const std::string& text) {
    if (field->is_repeated()) {
        m.GetReflection()->AddString(&m, field, text);
    } else {
        m.GetReflection()->SetString(&m, field, text);
    }
}

bool refused(const e& event, const std::string& path, const std::string& rule = "") {
    for (const auto& v : violations_of(event)) {
        if (v.field() == path && !v.warning() && (rule.empty() || v.rule() == rule)) {
            return true;
        }
    }
    return false;
}

// Of every event that a sender may say; ROUTED and REJECTED_BY_GATEWAY are checked with them.
std::vector<e::BodyCase> said_by_senders() {
    std::vector<e::BodyCase> bodies;
    for (int number = e::kCaseCollected; number <= last_event_body; ++number) {
        const auto body = static_cast<e::BodyCase>(number);
        const bool legal = std::ranges::any_of(life_cycle(), [&](const transition& row) { return row.event == body; });
        if (number <= e::kSupplementAccepted || (legal && side_of(body) != side::gateway)) {
            bodies.push_back(body);
        }
    }
    return bodies;
}

template <typename Wanted>
std::size_t each_leaf(const Wanted& wanted, const breaker& breaks, const std::string& rule) {
    std::size_t tried = 0;
    for (const auto body : said_by_senders()) {
        for (const auto& at : leaves_of(body)) {
            if (!wanted(at.way.back())) {
                continue;
            }
            ++tried;
            EXPECT_TRUE(refused(broken_at(at, body, breaks), at.path, rule)) << name(body) << ": " << at.path;
        }
    }
    return tried;
}

bool is_text(const FieldDescriptor* field) {
    return field->type() == FieldDescriptor::TYPE_STRING;
}

TEST(ValidateSchema, NoTextMayHoldANul) {
    EXPECT_GT(each_leaf(
                  is_text,
                  [](Message& m, const FieldDescriptor* f) { set_text(m, f, std::string("甲\0乙", 7)); },
                  "control_character"),
              1000u);
}

TEST(ValidateSchema, NoTextMayHoldALostCharacter) {
    EXPECT_GT(each_leaf(
                  is_text, [](Message& m, const FieldDescriptor* f) { set_text(m, f, "甲\xEF\xBF\xBD"); },
                  "encoding"),
              1000u);
}

TEST(ValidateSchema, NoTextMayBeBrokenUtf8) {
    EXPECT_GT(
        each_leaf(
            is_text, [](Message& m, const FieldDescriptor* f) { set_text(m, f, "a\xE4\xB8"); }, "encoding"),
        1000u);
}

TEST(ValidateSchema, EveryTextIsBounded) {
    EXPECT_GT(each_leaf(
                  is_text,
                  [](Message& m, const FieldDescriptor* f) { set_text(m, f, std::string(100'001, '1')); },
                  "length"),
              1000u);
}

TEST(ValidateSchema, EveryCodeIsOneOfTheSchema) {
    const auto is_code = [](const FieldDescriptor* f) { return f->type() == FieldDescriptor::TYPE_ENUM; };
    const auto set = [](Message& m, const FieldDescriptor* f) {
        m.GetReflection()->SetEnumValue(&m, f, 999);
    };
    EXPECT_GT(each_leaf(is_code, set, "code"), 100u);
}

TEST(ValidateSchema, EverySignedNumberIsBounded) {
    const auto is_signed = [](const FieldDescriptor* f) {
        // Nanoseconds and seconds are told as their timestamp; the test below has them.
        return (f->type() == FieldDescriptor::TYPE_INT32 || f->type() == FieldDescriptor::TYPE_INT64) &&
               f->containing_type()->full_name() != "google.protobuf.Timestamp";
    };
    for (const std::int64_t value : {std::int64_t{-1}, std::int64_t{0x7fffffff}}) {
        const auto set = [value](Message& m, const FieldDescriptor* f) {
            if (f->type() == FieldDescriptor::TYPE_INT32) {
                m.GetReflection()->SetInt32(&m, f, static_cast<std::int32_t>(value));
            } else {
                m.GetReflection()->SetInt64(&m, f, value < 0 ? value : std::int64_t{1} << 62);
            }
            if (f->containing_type()->full_name() == "tongban.v1.Limit") {
                m.GetReflection()->SetEnumValue(&m, m.GetDescriptor()->FindFieldByName("unit"),
                                                v1::LIMIT_UNIT_WORKDAY);
            }
        };
        EXPECT_GT(each_leaf(is_signed, set, "range"), 50u);
    }
}

TEST(ValidateSchema, EveryTimeIsPlausible) {
    std::size_t tried = 0;
    for (const auto body : said_by_senders()) {
        for (const auto& at : leaves_of(body)) {
            if (at.way.back()->full_name() != "google.protobuf.Timestamp.seconds") {
                continue;
            }
            ++tried;
            const auto event = broken_at(at, body, [](Message& m, const FieldDescriptor* f) {
                m.GetReflection()->SetInt64(&m, f, 32'503'680'000); // the year 3000
            });
            EXPECT_TRUE(refused(event, at.path.substr(0, at.path.rfind('.')), "date"))
                << name(body) << ": " << at.path;
        }
    }
    EXPECT_GT(tried, 100u);
}

TEST(ValidateSchema, EveryUnsignedNumberIsBounded) {
    const auto is_bounded = [](const FieldDescriptor* f) {
        // A lease is cut to its longest, and who is whose child is the gateway's word.
        return f->type() == FieldDescriptor::TYPE_UINT32 && f->containing_type()->full_name() != "tongban.v1.Claimed" &&
               f->containing_type()->full_name() != "tongban.v1.ParentCase" &&
               f->containing_type()->full_name() != "tongban.v1.CaseTerms";
    };
    const auto set = [](Message& m, const FieldDescriptor* f) { m.GetReflection()->SetUInt32(&m, f, 0xffff'ffff); };
    EXPECT_GE(each_leaf(is_bounded, set, "range"), 1u);
}

// The lists on the way to a field, and those that are fields themselves.
void collect_lists(const Descriptor* type, const leaf& prefix, std::vector<leaf>& lists) {
    for (int i = 0; i < type->field_count(); ++i) {
        const auto* field = type->field(i);
        auto next = prefix;
        next.way.push_back(field);
        next.path += (next.path.empty() ? "" : ".") + field->name();
        if (field->is_repeated()) {
            lists.push_back(next);
            next.path += "[0]";
        }
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && (!prefix.way.empty() || field->containing_oneof() == nullptr)) {
            collect_lists(field->message_type(), next, lists);
        }
    }
}

TEST(ValidateSchema, EveryListIsBounded) {
    std::size_t tried = 0;
    for (const auto body : said_by_senders()) {
        std::vector<leaf> lists;
        collect_lists(e::descriptor(), {}, lists);
        const auto* field = e::descriptor()->FindFieldByNumber(body);
        collect_lists(field->message_type(), {{field}, field->name()}, lists);
        for (const auto& at : lists) {
            ++tried;
            const auto event = broken_at(at, body, [](Message& m, const FieldDescriptor* f) {
                for (int i = 0; i <= 2000; ++i) {
                    if (f->type() == FieldDescriptor::TYPE_STRING) {
                        m.GetReflection()->AddString(&m, f, "x");
                    } else {
                        m.GetReflection()->AddMessage(&m, f);
                    }
                }
            });
            EXPECT_TRUE(refused(event, at.path, "length")) << name(body) << ": " << at.path;
        }
    }
    EXPECT_GT(tried, 100u);
}

TEST(ValidateSchema, ListsAreBounded) {
    auto event = submission();
    for (int i = 0; i < 501; ++i) {
        event.mutable_dossier()->add_materials()->set_name("居民身份证");
    }
    EXPECT_TRUE(refused(event, "dossier.materials", "length"));
    auto form = submission();
    for (int i = 0; i < 2001; ++i) {
        form.mutable_dossier()->add_form()->set_name("x");
    }
    EXPECT_TRUE(refused(form, "dossier.form", "length"));
}

} // namespace
} // namespace tongban::cases::sample
