// The code lists of schemas/codes: each names its sources, and each canonical value is one of the schema's,
// all of them.
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/priority_groups.hpp"
#include "gateway/cases/return_reasons.hpp"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace tongban::cases {
namespace {

const google::protobuf::EnumDescriptor* enum_named(const std::string& name) {
    (void)v1::CaseEvent::descriptor(); // registers the schema
    return google::protobuf::DescriptorPool::generated_pool()->FindEnumTypeByName(name);
}

std::vector<std::filesystem::path> lists() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(TONGBAN_SOURCE_DIR "/schemas/codes")) {
        if (entry.path().extension() == ".yaml") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::map<std::string, YAML::Node> loaded() {
    std::map<std::string, YAML::Node> by_name;
    for (const auto& file : lists()) {
        const auto root = YAML::LoadFile(file);
        EXPECT_EQ(root["list"].as<std::string>(), file.stem()) << file;
        by_name[file.stem()] = root;
    }
    return by_name;
}

// The code of a value in a source; empty when it has none or several.
std::string code_of(const YAML::Node& list, const std::string& value, const std::string& source) {
    for (const auto& entry : list["values"]) {
        if (entry["value"].as<std::string>() == value && entry["codes"][source]) {
            return entry["codes"][source].size() == 1 ? entry["codes"][source][0].as<std::string>() : "";
        }
    }
    return "";
}

TEST(CodeLists, ArePresent) {
    const auto all = loaded();
    for (const char* name : {"outcome", "item_type", "authority_level", "service_scope", "business_mode",
                             "applicant_type", "channel", "case_type", "special_kind", "grade", "gender",
                             "id_type", "limit_unit", "platform_status", "priority_group", "return_reason",
                             "status_push"}) {
        EXPECT_TRUE(all.contains(name)) << name;
    }
}

TEST(CodeLists, HoldOnlyKnownKeys) {
    const std::set<std::string> top = {"list", "title", "canonical", "partial", "sources", "values"};
    const std::set<std::string> source = {"name", "status", "note"};
    const std::set<std::string> entry = {"value", "term", "success", "codes", "check", "note"};
    for (const auto& [name, list] : loaded()) {
        for (const auto& item : list) {
            EXPECT_TRUE(top.contains(item.first.as<std::string>())) << name << ": " << item.first;
        }
        for (const auto& item : list["sources"]) {
            EXPECT_FALSE(item.second["name"].as<std::string>().empty()) << name;
            const auto status = item.second["status"].as<std::string>();
            EXPECT_TRUE(status == "confirmed" || status == "unconfirmed") << name;
            for (const auto& member : item.second) {
                EXPECT_TRUE(source.contains(member.first.as<std::string>())) << name << ": " << member.first;
            }
        }
        for (const auto& item : list["values"]) {
            EXPECT_FALSE(item["term"].as<std::string>().empty()) << name;
            for (const auto& member : item) {
                EXPECT_TRUE(entry.contains(member.first.as<std::string>())) << name << ": " << member.first;
            }
            for (const auto& codes : item["codes"]) {
                EXPECT_TRUE(list["sources"][codes.first.as<std::string>()]) << name << ": " << codes.first;
                EXPECT_TRUE(codes.second.IsSequence() && codes.second.size() > 0)
                    << name << ": " << codes.first;
            }
        }
    }
}

TEST(CodeLists, CanonicalValuesAreTheSchemas) {
    for (const auto& [name, list] : loaded()) {
        const auto canonical = list["canonical"].as<std::string>();
        const auto* values = enum_named(canonical);
        std::set<std::string> seen;
        for (const auto& item : list["values"]) {
            const auto value = item["value"].as<std::string>();
            seen.insert(value);
            if (canonical == "dossier.applicant.id_type") {
                const bool three_digits =
                    value.size() == 3 && value.find_first_not_of("0123456789") == std::string::npos;
                EXPECT_TRUE(three_digits || value == "USCC") << value;
            } else if (canonical == "tongban.v1.CaseEvent") {
                EXPECT_NE(body_named(value), v1::CaseEvent::BODY_NOT_SET) << value;
            } else {
                ASSERT_NE(values, nullptr) << name << ": " << canonical;
                EXPECT_NE(values->FindValueByName(value), nullptr) << name << ": " << value;
            }
        }
        if (values != nullptr && !list["partial"]) {
            for (int i = 1; i < values->value_count(); ++i) { // 0 is "not given"
                EXPECT_TRUE(seen.contains(values->value(i)->name()))
                    << name << " lacks " << values->value(i)->name();
            }
        }
    }
}

// Where a code has several values, all but one say in a note what decides for them.
TEST(CodeLists, CodesMeanOneValueUnlessANoteSaysWhatDecides) {
    const std::set<std::pair<std::string, std::string>> coarse = {{"outcome", "province"},
                                                                  {"outcome", "product"}};
    for (const auto& [name, list] : loaded()) {
        std::map<std::string, std::set<std::string>> owners;
        for (const auto& item : list["values"]) {
            for (const auto& codes : item["codes"]) {
                const auto source = codes.first.as<std::string>();
                if (item["note"] || coarse.contains({name, source})) {
                    continue;
                }
                for (const auto& code : codes.second) {
                    owners[source + ' ' + code.as<std::string>()].insert(item["value"].as<std::string>());
                }
            }
        }
        for (const auto& [code, values] : owners) {
            EXPECT_EQ(values.size(), 1u) << name << ": " << code;
        }
    }
}

TEST(CodeLists, NumbersOfTheSchemaFollowTheStandardsAsItsCommentsSay) {
    const auto all = loaded();
    const auto* items = enum_named("tongban.v1.ItemType");
    for (int i = 1; i < items->value_count(); ++i) {
        const auto code = code_of(all.at("item_type"), items->value(i)->name(), "gbt39046");
        EXPECT_EQ(std::stoi(code), items->value(i)->number() - 1) << items->value(i)->name();
    }
    for (const auto& [list, type, source] : {std::tuple{"authority_level", "AuthorityLevel", "gbt39046"},
                                             {"case_type", "CaseType", "gbt39046"},
                                             {"special_kind", "SpecialKind", "gbt39046"},
                                             {"grade", "Grade", "gbt39046"},
                                             {"return_reason", "ReturnReason", "ours"},
                                             {"priority_group", "PriorityGroup", "ours"},
                                             {"channel", "Channel", "ours"}}) {
        const auto* values = enum_named(std::string("tongban.v1.") + type);
        for (int i = 1; i < values->value_count(); ++i) {
            const auto code = code_of(all.at(list), values->value(i)->name(), source);
            EXPECT_EQ(code, std::to_string(values->value(i)->number())) << values->value(i)->name();
        }
    }
}

TEST(CodeLists, PriorityGroupsAreCalledAsTheListCallsThem) {
    const auto all = loaded();
    const auto* values = enum_named("tongban.v1.PriorityGroup");
    for (const auto& item : all.at("priority_group")["values"]) {
        const auto group = static_cast<v1::PriorityGroup>(values->FindValueByName(item["value"].as<std::string>())->number());
        EXPECT_EQ(term(group), item["term"].as<std::string>());
        EXPECT_EQ("PRIORITY_GROUP_" + std::string(name(group)), item["value"].as<std::string>());
    }
    EXPECT_EQ(term(v1::PRIORITY_GROUP_UNSPECIFIED), "");
}

// 退件 without a class is counted by its words: the list's, the schema's names, and nothing else.
TEST(CodeLists, ReturnsAreClassedByTheListsWords) {
    const auto all = loaded();
    const auto* values = enum_named("tongban.v1.ReturnReason");
    v1::Returned returned;
    for (const auto& item : all.at("return_reason")["values"]) {
        const auto reason = static_cast<v1::ReturnReason>(values->FindValueByName(item["value"].as<std::string>())->number());
        EXPECT_EQ(term(reason), item["term"].as<std::string>());
        EXPECT_EQ("RETURN_REASON_" + std::string(name(reason)), item["value"].as<std::string>());
        EXPECT_EQ(item["codes"]["words"][0].as<std::string>(), item["term"].as<std::string>());
        for (const auto& word : item["codes"]["words"]) {
            returned.set_reason_class(word.as<std::string>());
            EXPECT_EQ(reason_of(returned), reason) << returned.reason_class();
        }
        returned.set_reason_class(std::string(name(reason)));
        EXPECT_EQ(reason_of(returned), reason) << returned.reason_class();
    }
    for (const char* own : {"", "1", "03", "材料", "材料不清。", "materials_missing"}) {
        returned.set_reason_class(own);
        EXPECT_EQ(reason_of(returned), v1::RETURN_REASON_OTHER) << own;
    }
    returned.set_reason_class("材料不清");
    returned.set_reason(v1::RETURN_REASON_DUPLICATE_FILING);
    EXPECT_EQ(reason_of(returned), v1::RETURN_REASON_DUPLICATE_FILING) << "what is said outright stands";
    returned.set_reason(static_cast<v1::ReturnReason>(8));
    EXPECT_EQ(reason_of(returned), v1::RETURN_REASON_MATERIALS_UNREADABLE) << "a class of a later schema is none here";
    EXPECT_TRUE(term(v1::RETURN_REASON_UNSPECIFIED).empty() && name(static_cast<v1::ReturnReason>(8)).empty());
}

TEST(CodeLists, GradesRunAgainstEachOther) {
    const auto all = loaded();
    for (const auto& item : all.at("grade")["values"]) {
        EXPECT_EQ(item["codes"]["gbt39046"][0].as<int>() + item["codes"]["evaluation"][0].as<int>(), 6);
    }
}

TEST(CodeLists, OnlyTwoOutcomesAreSuccesses) {
    const auto all = loaded();
    std::set<std::string> successes;
    for (const auto& item : all.at("outcome")["values"]) {
        if (item["success"].as<bool>()) {
            successes.insert(item["value"].as<std::string>());
        }
    }
    EXPECT_EQ(successes, (std::set<std::string>{"OUTCOME_APPROVED_WITH_CERT", "OUTCOME_COMPLETED"}));
}

} // namespace
} // namespace tongban::cases
