// Every sample of the five cities yields exactly what EXPECTED.json says of it.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

namespace json = boost::json;

std::string time_text(const google::protobuf::Timestamp& when) {
    std::time_t local = when.seconds() + 8 * 3600;
    std::tm parts{};
    gmtime_r(&local, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string out = text;
    if (when.nanos() != 0) {
        std::snprintf(text, sizeof text, ".%03d", when.nanos() / 1'000'000);
        out += text;
    }
    return out + "+08:00";
}

std::string event_of(const v1::CaseEvent& e) {
    const auto* body =
        e.GetReflection()->GetOneofFieldDescriptor(e, e.GetDescriptor()->FindOneofByName("body"));
    std::string name = body == nullptr ? "" : body->name();
    for (auto& c : name) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

std::string without_prefix(const std::string& name, const std::string& prefix) {
    return name.substr(prefix.size());
}

json::array limit(const v1::Limit& l) {
    return {l.value(), without_prefix(v1::LimitUnit_Name(l.unit()), "LIMIT_UNIT_")};
}

std::string gender_code(v1::Gender g) { // GB/T 2261.1 numbers
    return g == v1::GENDER_MALE ? "1" : g == v1::GENDER_FEMALE ? "2" : "";
}

json::value person_value(const v1::CaseEvent& e, const std::string& key) {
    const auto& a = e.dossier().applicant();
    if (key == "type")
        return json::value(without_prefix(v1::ApplicantType_Name(a.type()), "APPLICANT_TYPE_"));
    if (key == "name")
        return json::value(a.name());
    if (key == "id_type")
        return json::value(a.id_type());
    if (key == "id_no")
        return json::value(a.id_no());
    if (key == "gender")
        return json::value(gender_code(a.gender()));
    if (key == "phone")
        return a.phone().empty() ? json::value(nullptr) : json::value(a.phone());
    return "unknown key";
}

json::value agent_value(const v1::CaseEvent& e, const std::string& key) {
    const auto& p = e.dossier().agent().person();
    return key == "name"    ? json::value(p.name())
           : key == "id_no" ? json::value(p.id_no())
           : key == "phone" ? json::value(p.phone())
                            : json::value("unknown key");
}

json::value missing_names(const v1::CaseEvent& e) {
    json::array names;
    for (const auto& item : e.supplement_required().missing()) {
        names.emplace_back(item.name());
    }
    return names;
}

// "applicant.id_no|公安人口库|GB 11643|2024-10-18T14:00:00+08:00" of each.
json::value source_lines(const v1::Dossier& dossier) {
    json::array lines;
    for (const auto& one : dossier.field_sources()) {
        lines.emplace_back(one.field() + '|' + one.source() + '|' + one.standard() + '|' +
                           (one.has_taken_at() ? time_text(one.taken_at()) : std::string()));
    }
    return lines;
}

// For whom, at which terminal, and from which registers.
json::value intake_value(const v1::CaseEvent& e, const std::string& key) {
    if (key == "priority_group")
        return json::value(without_prefix(v1::PriorityGroup_Name(e.dossier().priority_group()), "PRIORITY_GROUP_"));
    if (key == "terminal")
        return json::value(without_prefix(v1::Channel_Name(e.case_submitted().channel()), "CHANNEL_") + ' ' +
                           e.case_submitted().terminal_id());
    return key == "field_sources" ? source_lines(e.dossier()) : json::value("unknown key");
}

// The value that `key` of EXPECTED.json speaks of.
json::value actual(const std::vector<v1::CaseEvent>& events, const std::string& key,
                   const json::value& expected) {
    const auto& e = events.front();
    const auto& s = e.case_submitted();
    const auto& d = e.dossier();
    if (key == "event")
        return json::value(event_of(e));
    if (key == "source_case_no")
        return json::value(e.case_().source_case_no());
    if (key == "dest_case_no")
        return json::value(e.case_().dest_case_no());
    if (key == "item_impl_code")
        return json::value(s.item().impl_code());
    if (key == "mode")
        return json::value(without_prefix(v1::BusinessMode_Name(s.business_mode()), "BUSINESS_MODE_"));
    if (key == "case_type")
        return json::value(without_prefix(v1::CaseType_Name(s.case_type()), "CASE_TYPE_"));
    if (key == "origin")
        return json::value(e.case_().origin_region());
    if (key == "dest")
        return json::value(e.case_().dest_region());
    if (key == "occurred_at")
        return json::value(time_text(e.occurred_at()));
    if (key == "last_at")
        return json::value(time_text(events.back().occurred_at()));
    if (key == "date")
        return json::value(time_text(e.occurred_at()).substr(0, 10));
    if (key == "promise")
        return limit(s.promise());
    if (key == "statutory")
        return limit(s.statutory());
    if (key == "amount_fen")
        return d.has_amount_fen() ? json::value(d.amount_fen()) : json::value(nullptr);
    if (key == "fee_fen") {
        return s.has_fee_fen()                 ? json::value(s.fee_fen())
               : e.case_closed().has_fee_fen() ? json::value(e.case_closed().fee_fen())
                                               : json::value(nullptr);
    }
    if (key == "materials")
        return json::value(d.materials_size());
    if (key == "tolerance")
        return json::value(s.tolerance());
    if (key == "actor_org")
        return json::value(e.actor().uscc());
    if (key == "missing")
        return missing_names(e);
    if (key == "outcome")
        return json::value(without_prefix(v1::Outcome_Name(e.case_closed().outcome()), "OUTCOME_"));
    if (key == "licence")
        return json::value(d.certificates_size() == 1 ? d.certificates(0).licence_ref() : "");
    if (key == "waybill")
        return json::value(d.delivery().waybill());
    if (key == "special_kind")
        return json::value(std::to_string(events.at(1).special_started().kind()));
    if (key == "reason_contains")
        return d.reason().find(expected.as_string().c_str()) == std::string::npos ? json::value(d.reason())
                                                                                  : expected;
    if (key == "rows" || key == "rows_ok")
        return json::value(events.size());
    if (key == "events" || key == "ids") {
        json::array all;
        for (const auto& one : events) {
            all.emplace_back(key == "events" ? event_of(one) : one.dossier().applicant().id_no());
        }
        return all;
    }
    return intake_value(e, key);
}

class Expected : public ::testing::TestWithParam<std::string> {};

TEST_P(Expected, SampleYieldsWhatExpectedJsonSays) {
    const auto all = json::parse(expected_text());
    const auto& wanted = all.at(GetParam()).as_object();
    const auto events =
        events_of(*city(city_of(GetParam())), sample(GetParam()), content_type_of(GetParam()));
    ASSERT_FALSE(events.empty());
    for (const auto& [key, value] : wanted) {
        if (key == "applicant" || key == "agent") {
            for (const auto& [part, text] : value.as_object()) {
                EXPECT_EQ(key == "agent" ? agent_value(events[0], part) : person_value(events[0], part), text)
                    << key << '.' << part;
            }
        } else {
            const auto is = actual(events, key, value);
            EXPECT_EQ(json::serialize(is), json::serialize(value)) << key;
        }
    }
}

// Without a content type the framing is told from the bytes: what `tongban dialect try` relies on.
TEST_P(Expected, FramingIsToldFromTheBytes) {
    const auto& d = *city(city_of(GetParam()));
    const auto named = events_of(d, sample(GetParam()), content_type_of(GetParam()));
    const auto told = events_of(d, sample(GetParam()));
    ASSERT_EQ(named.size(), told.size());
    for (std::size_t i = 0; i < named.size(); ++i) {
        EXPECT_EQ(named[i].SerializeAsString(), told[i].SerializeAsString());
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, Expected, ::testing::ValuesIn(sample_names()), [](const auto& name) {
    std::string out = name.param.substr(0, name.param.find('.'));
    std::erase(out, '-');
    return out;
});

} // namespace
} // namespace tongban::dialects::testing
