// Which bundles 一件事 a region is told of, and where their children go.
#include "gateway/inbox/bundle_listing.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <gmock/gmock.h>

namespace tongban::inbox {
namespace {

using cases::sample::day;
using cases::sample::housing;
using cases::sample::pension;
using testing::ElementsAre;

constexpr std::uint32_t jining = 370800;
constexpr std::uint32_t hexi = 120103;

// 住房 at 140400, always; 养老 at 370200, where the form asks for it; a third where the form says.
cases::catalogue_contents with_bundle() {
    auto made = cases::sample::contents();
    cases::sample::add_item(made, "370200", pension);
    cases::sample::add_agreement(made, "JN-QD", "370800", "370200");
    auto& bundle = made.add_bundle();
    bundle.set_code("CJR");
    bundle.add_origins("370800");
    bundle.add_origins("120103");
    auto& first = *bundle.add_children();
    first.set_item(housing);
    first.set_dest_region("140400");
    auto& second = *bundle.add_children();
    second.set_item(std::string(pension).substr(19));
    second.set_dest_region("370200");
    second.mutable_condition()->set_field("申请补贴");
    auto& third = *bundle.add_children();
    third.set_item(std::string(pension).substr(19));
    third.set_dest_field("参保地");
    third.mutable_condition()->set_field("参保地");
    cases::sample::add_item(made, "320300", std::string(pension).replace(2, 6, "320300"));
    return made;
}

v1::CatalogueBundle& bundle_of(cases::catalogue_contents& of) { return const_cast<v1::CatalogueBundle&>(*of.bundles.front()); }

std::optional<v1::CatalogueBundleEntry> entry(cases::catalogue_contents of, std::uint32_t origin = jining) {
    const auto known = cases::catalogue::build(std::move(of));
    return bundle_entry(*known, *known->bundles().front().bundle, origin, day);
}

std::vector<std::string> places(const v1::CatalogueBundleEntry& of) {
    std::vector<std::string> lines;
    for (const auto& place : of.places()) {
        lines.push_back(std::to_string(place.child()) + ' ' + place.dest_region() + ' ' + place.impl_code() + ' ' +
                        place.agreement());
    }
    return lines;
}

TEST(BundleListing, TellsEachFixedPlaceWithItsItemAndAgreement) {
    const auto told = entry(with_bundle());
    ASSERT_TRUE(told);
    EXPECT_EQ(told->origin_region(), "370800");
    EXPECT_EQ(told->bundle().children_size(), 3);
    EXPECT_THAT(places(*told), ElementsAre(std::string("1 140400 ") + housing + " JN-CZ",
                                           std::string("2 370200 ") + pension + " JN-QD",
                                           std::string("3 370200 ") + pension + " JN-QD"))
        << "the third may go where the item is handled and an agreement leads";
}

TEST(BundleListing, WithoutAgreementsEveryPlaceIsOpen) {
    auto of = with_bundle();
    of.agreements.clear();
    of.header.set_agreements_listed(false);
    const auto told = entry(std::move(of), hexi);
    ASSERT_TRUE(told);
    EXPECT_THAT(places(*told), ElementsAre(std::string("1 140400 ") + housing + ' ', std::string("2 370200 ") + pension + ' ',
                                           "3 320300 " + std::string(pension).replace(2, 6, "320300") + ' ',
                                           std::string("3 370200 ") + pension + ' '));
}

TEST(BundleListing, TellsNothingOfWhatThisOriginCouldNeverFile) {
    EXPECT_FALSE(entry(with_bundle(), hexi)) << "no agreement for the child that every filing has";
    EXPECT_FALSE(entry(with_bundle(), 320300)) << "not among its origins";
    auto of = with_bundle();
    cases::sample::first_agreement(of).set_valid_to("2026-11-21");
    EXPECT_FALSE(entry(std::move(of))) << "the agreement ended yesterday";
    of = with_bundle();
    cases::sample::first_item(of).set_valid_from("2026-11-23");
    EXPECT_FALSE(entry(std::move(of))) << "the item is in force from tomorrow";
    of = with_bundle();
    cases::sample::first_item(of).set_scope(v1::SERVICE_SCOPE_CROSS_CITY);
    EXPECT_FALSE(entry(std::move(of))) << "the item stays in its province";
    of = with_bundle();
    const_cast<v1::Agreement&>(*of.agreements.back()).set_valid_to("2026-11-21");
    bundle_of(of).mutable_children(2)->clear_condition();
    EXPECT_FALSE(entry(std::move(of))) << "nowhere to go, whatever the form says";
}

TEST(BundleListing, LeavesOutAPlaceThatOnlySomeFilingsNeed) {
    auto of = with_bundle();
    const_cast<v1::Agreement&>(*of.agreements.back()).set_valid_to("2026-11-21");
    const auto told = entry(std::move(of));
    ASSERT_TRUE(told);
    EXPECT_THAT(places(*told), ElementsAre(std::string("1 140400 ") + housing + " JN-CZ"));
}

TEST(BundleListing, IsFoundByRegionAndCode) {
    const auto told = *entry(with_bundle());
    EXPECT_TRUE(concerns(told, 0, ""));
    for (const auto* code : {"CJR", housing, pension}) {
        EXPECT_TRUE(concerns(told, 0, code)) << code;
    }
    EXPECT_TRUE(concerns(told, 140400, std::string(pension).substr(19)));
    EXPECT_FALSE(concerns(told, 0, "002014008999"));
    EXPECT_TRUE(concerns(told, 370200, ""));
    EXPECT_FALSE(concerns(told, 110000, "CJR"));
}

} // namespace
} // namespace tongban::inbox
