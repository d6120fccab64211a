// 一数一源一标准: which fields a source may name, and that it is named once.
#include "gateway/cases/field_sources.hpp"
#include "tests/unit/gateway/cases/sample_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::cases::sample {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::FieldSource& say(v1::Dossier& dossier, const std::string& field, const std::string& source = "公安人口库") {
    auto& one = *dossier.add_field_sources();
    one.set_field(field);
    one.set_source(source);
    return one;
}

v1::CaseEvent with_form() {
    auto event = submission();
    auto& field = *event.mutable_dossier()->add_form();
    field.set_name("险种.类别");
    field.set_value("养老");
    return event;
}

TEST(FieldSources, AFieldIsNamedByItsPathOrByTheFormsOwnName) {
    auto event = with_form();
    auto& dossier = *event.mutable_dossier();
    for (const char* field : {"applicant", "applicant.name", "applicant.id_no", "materials", "materials[0]", "materials[0].name", "materials.name",
                              "form.险种.类别", "form.险种.类别　"}) {
        EXPECT_TRUE(has_value(dossier, field)) << field;
    }
    for (const char* field : {"", ".", "applicant.", ".name", "applicant..name", "applicant.nobody", "applicant.name.first", "applicant[0]", "applicant[0].name",
                              "materials[", "materials[]", "materials[x]", "materials[-1]", "materials[0]x", "materials[00]", "materials[99999999999999999999]",
                              "materials[99]", "materials[99].name", "agent", "agent.person.name", "form", "form.", "form.险种", "no_such", "姓名"}) {
        EXPECT_EQ(has_value(dossier, field), std::string_view(field) == "form") << field;
    }
}

TEST(FieldSources, AWholeOneIsTakenWithoutAWord) {
    auto event = with_form();
    auto& one = say(*event.mutable_dossier(), "applicant.id_no");
    one.set_standard("GB 11643");
    one.mutable_taken_at()->set_seconds(1'729'242'262);
    say(*event.mutable_dossier(), "form.险种.类别", "社保省集中库");
    EXPECT_THAT(told(event), IsEmpty());
}

TEST(FieldSources, EachIsNamedOnceAndSaysItsSource) {
    auto event = submission();
    say(*event.mutable_dossier(), "applicant.id_no");
    say(*event.mutable_dossier(), "applicant.id_no", "另一库");
    say(*event.mutable_dossier(), "applicant.name", "");
    say(*event.mutable_dossier(), "");
    EXPECT_THAT(told(event), ElementsAre("dossier.field_sources[1].field unique", "dossier.field_sources[2].source required",
                                         "dossier.field_sources[3].field required"));
}

TEST(FieldSources, WhatTheMessageDoesNotHaveIsAWordNotARefusal) {
    auto event = submission();
    say(*event.mutable_dossier(), "agent.person.name");
    say(*event.mutable_dossier(), "applicant.nobody");
    EXPECT_THAT(told(event), ElementsAre("dossier.field_sources[0].field no_such_field (warning)",
                                         "dossier.field_sources[1].field no_such_field (warning)"));
}

TEST(FieldSources, TheyAreBounded) {
    auto event = with_form();
    auto& dossier = *event.mutable_dossier();
    for (int i = 0; i < max_field_sources; ++i) {
        auto& field = *dossier.add_form();
        field.set_name("字段" + std::to_string(i));
        field.set_value("1");
        say(dossier, "form." + field.name());
    }
    EXPECT_THAT(told(event), IsEmpty());
    say(dossier, "applicant.name");
    EXPECT_THAT(told(event), ElementsAre("dossier.field_sources length"));
    dossier.clear_field_sources();
    auto& one = say(dossier, "form." + std::string(96, 'x'), std::string(101, 'y'));
    one.set_standard(std::string(51, 'z'));
    one.mutable_taken_at()->set_seconds(1);
    EXPECT_THAT(told(event), ElementsAre("dossier.field_sources[0].field length", "dossier.field_sources[0].source length",
                                         "dossier.field_sources[0].standard length", "dossier.field_sources[0].taken_at date",
                                         "dossier.field_sources[0].field no_such_field (warning)"));
}

} // namespace
} // namespace tongban::cases::sample
