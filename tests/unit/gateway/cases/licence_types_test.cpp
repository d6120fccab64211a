// Which licences of its applicant a case may be asked about.
#include "gateway/cases/licence_types.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <gmock/gmock.h>

namespace tongban::cases::sample {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

v1::CaseState under(const std::string& version) {
    v1::CaseState state;
    state.set_dest_region("140400");
    state.set_item_impl_code(housing);
    state.mutable_terms()->set_item_version(version);
    return state;
}

TEST(LicenceTypes, AreThoseThatTheCasesVersionOfTheItemAsksFor) {
    catalogue_contents contents;
    const auto ask_for = [](v1::CatalogueItem& item, const char* name, const char* licence_type) {
        auto& material = *item.add_materials();
        material.set_name(name);
        material.set_licence_type(licence_type);
    };
    auto& first = add_item(contents, "140400", housing, "1");
    ask_for(first, "身份证明", "居民身份证");
    ask_for(first, "户口簿", "户口簿");
    ask_for(first, "购房合同", "");
    ask_for(add_item(contents, "140400", housing, "2"), "结婚证", "结婚证");
    ask_for(add_item(contents, "370800", pension, "1"), "护照", "护照");
    const auto known = catalogue::build(std::move(contents));
    EXPECT_THAT(licence_types_of(*known, under("1")), Optional(ElementsAre("身份证明", "居民身份证", "户口簿", "购房合同")));
    EXPECT_THAT(licence_types_of(*known, under("2")), Optional(ElementsAre("结婚证")));
    EXPECT_THAT(licence_types_of(*known, under("3")), Optional(IsEmpty())) << "gone: nothing says that it asks for any";
    EXPECT_FALSE(licence_types_of(*known, under(""))) << "no catalogue gave the case its terms";
}

} // namespace
} // namespace tongban::cases::sample
