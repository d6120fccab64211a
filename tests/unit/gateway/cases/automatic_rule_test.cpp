// 秒批 by a rule of the item: which filings it approves.
#include "gateway/cases/automatic_rule.hpp"

#include <gtest/gtest.h>

namespace tongban::cases {
namespace {

v1::AutomaticHandling rule(std::initializer_list<std::pair<const char*, std::vector<std::string>>> conditions) {
    v1::AutomaticHandling made;
    for (const auto& [field, values] : conditions) {
        auto& condition = *made.add_conditions();
        condition.set_field(field);
        condition.mutable_values()->Add(values.begin(), values.end());
    }
    return made;
}

v1::Dossier filed(std::initializer_list<std::pair<const char*, const char*>> form) {
    v1::Dossier made;
    for (const auto& [name, value] : form) {
        auto& field = *made.add_form();
        field.set_name(name);
        field.set_value(value);
    }
    return made;
}

TEST(AutomaticRule, EveryConditionMustHold) {
    const auto both = rule({{"原因", {"购房", "租房"}}, {"户籍", {}}});
    EXPECT_TRUE(fulfils(both, filed({{"原因", "租房"}, {"户籍", "济宁"}})));
    EXPECT_FALSE(fulfils(both, filed({{"原因", "其他"}, {"户籍", "济宁"}})));
    EXPECT_FALSE(fulfils(both, filed({{"原因", "租房"}, {"户籍", ""}}))) << "any value, but one";
    EXPECT_FALSE(fulfils(both, filed({{"原因", "租房"}})));
    EXPECT_FALSE(fulfils(both, filed({})));
}

TEST(AutomaticRule, AFieldGivenTwiceMustHoldTwice) {
    const auto one = rule({{"原因", {"租房"}}});
    EXPECT_TRUE(fulfils(one, filed({{"原因", "租房"}, {"原因", "租房"}})));
    EXPECT_FALSE(fulfils(one, filed({{"原因", "租房"}, {"原因", "其他"}})));
    EXPECT_FALSE(fulfils(one, filed({{"原因", "其他"}, {"原因", "租房"}})));
}

TEST(AutomaticRule, AMaterialIsThereWithAFileOrALicence) {
    const auto needed = rule({{"material:CL001", {}}});
    v1::Dossier dossier;
    EXPECT_FALSE(fulfils(needed, dossier));
    auto& material = *dossier.add_materials();
    material.set_code("CL001");
    EXPECT_FALSE(fulfils(needed, dossier)) << "named, but nothing of it is there";
    material.set_licence_ref("1.2.156.3005.2.x");
    EXPECT_TRUE(fulfils(needed, dossier));
    material.clear_licence_ref();
    material.add_files()->set_file_id("A1");
    EXPECT_TRUE(fulfils(needed, dossier));
    material.set_code("CL002");
    EXPECT_FALSE(fulfils(needed, dossier));
}

TEST(AutomaticRule, NoConditionApprovesNothing) {
    EXPECT_FALSE(fulfils({}, filed({{"原因", "租房"}})));
}

} // namespace
} // namespace tongban::cases
