// Every way a catalogue can be wrong, one at a time; the figures by hand; the index against a linear search.
#include "gateway/cases/catalogue_figures.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <gmock/gmock.h>

#include <random>

namespace tongban::cases {
namespace {

using sample::contents;
using sample::first_agreement;
using sample::first_item;
using testing::ElementsAre;
using testing::IsEmpty;

struct broken {
    const char* name;
    void (*change)(catalogue_contents&);
    std::vector<std::string> told;
};

void set_limit(v1::Limit* limit, int value, v1::LimitUnit unit = v1::LIMIT_UNIT_WORKDAY) {
    limit->set_value(value);
    limit->set_unit(unit);
}

void delegate(catalogue_contents& in, const char* uscc, const std::string& item) {
    auto& delegation = *first_agreement(in).add_delegations();
    delegation.mutable_deciding()->set_uscc(uscc);
    if (!item.empty()) {
        delegation.add_items(item);
    }
}

class CatalogueCheck : public testing::TestWithParam<broken> {};

TEST_P(CatalogueCheck, NamesWhatIsWrong) {
    auto made = contents();
    GetParam().change(made);
    EXPECT_EQ(sample::faults(std::move(made)), GetParam().told);
}

using C = catalogue_contents;
INSTANTIATE_TEST_SUITE_P(
    , CatalogueCheck,
    testing::Values(
        broken{"Nothing", [](C&) {}, {}},
        broken{"NegativeLimit", [](C& c) { set_limit(first_item(c).mutable_promise(), -1); }, {"i0 promise"}},
        broken{"AbsurdLimit", [](C& c) { set_limit(first_item(c).mutable_promise(), 9999); }, {"i0 promise"}},
        broken{"NoticeLongerThanTheLaw", [](C& c) { first_item(c).set_notice_days(6); }, {"i0 notice_days (warning)"}},
        broken{"NoticeAsTheLaw", [](C& c) { first_item(c).set_notice_days(5); }, {}},
        broken{"ArchivesAfterMoreThanAYear", [](C& c) { first_item(c).set_archive_days(366); }, {"i0 archive_days"}},
        broken{"ArchivesWithinAYear", [](C& c) { first_item(c).set_archive_days(365); }, {}},
        broken{"CommitmentOfNoTime", [](C& c) { set_limit(first_item(c).mutable_promise(), 0); }, {"i0 promise (warning)"}},
        broken{"NoUnit", [](C& c) { set_limit(first_item(c).mutable_statutory(), 9, v1::LIMIT_UNIT_UNSPECIFIED); },
               {"i0 statutory"}},
        broken{"PromiseLongerThanStatutory", [](C& c) { set_limit(first_item(c).mutable_statutory(), 2); }, {"i0 promise"}},
        broken{"ShorterInAnotherUnit",
               [](C& c) { set_limit(first_item(c).mutable_statutory(), 2, v1::LIMIT_UNIT_MONTH); }, {}},
        broken{"LongerThanTwentyWorkingDaysOnAnyDay",
               [](C& c) {
                   set_limit(first_item(c).mutable_promise(), 45, v1::LIMIT_UNIT_CALENDAR_DAY);
                   set_limit(first_item(c).mutable_statutory(), 20);
               },
               {"i0 promise"}},
        broken{"MonthsLongerThanHours",
               [](C& c) {
                   set_limit(first_item(c).mutable_promise(), 3, v1::LIMIT_UNIT_MONTH);
                   set_limit(first_item(c).mutable_statutory(), 2, v1::LIMIT_UNIT_HOUR);
               },
               {"i0 promise"}},
        broken{"LongerWhenHolidaysFall",
               [](C& c) {
                   set_limit(first_item(c).mutable_promise(), 20);
                   set_limit(first_item(c).mutable_statutory(), 30, v1::LIMIT_UNIT_CALENDAR_DAY);
               },
               {"i0 promise (warning)"}},
        broken{"SameDayWithinAnyLimit",
               [](C& c) {
                   first_item(c).set_case_type(v1::CASE_TYPE_IMMEDIATE);
                   set_limit(first_item(c).mutable_promise(), 0);
                   set_limit(first_item(c).mutable_statutory(), 1, v1::LIMIT_UNIT_CALENDAR_DAY);
               },
               {}},
        broken{"CommitmentWithoutPromise", [](C& c) { first_item(c).clear_promise(); }, {"i0 promise"}},
        broken{"ImmediateWithDays", [](C& c) { first_item(c).set_case_type(v1::CASE_TYPE_IMMEDIATE); }, {"i0 promise"}},
        broken{"NoCaseType", [](C& c) { first_item(c).clear_case_type(); }, {"i0 case_type"}},
        broken{"CheckDigit", [](C& c) { first_item(c).set_impl_code("11140400TT000031443002017003000"); }, {"i0 impl_code"}},
        broken{"SmallLetters", [](C& c) { first_item(c).set_impl_code("11140400tt000031433002017003000"); }, {"i0 impl_code"}},
        broken{"ShortCode", [](C& c) { first_item(c).set_impl_code("11140400TT00003143300201700"); }, {"i0 impl_code"}},
        broken{"LegacyCode", [](C& c) { first_item(c).set_impl_code("GJJ-0031"); }, {"i0 impl_code (warning)"}},
        broken{"LevelDiffers", [](C& c) { first_item(c).set_level(v1::AUTHORITY_LEVEL_COUNTY); }, {"i0 level (warning)"}},
        broken{"BasicDiffers", [](C& c) { first_item(c).set_basic_code("002017003001"); }, {"i0 basic_code"}},
        broken{"HandlingDiffers", [](C& c) { first_item(c).set_handle_item_code("x"); }, {"i0 handle_item_code"}},
        broken{"Region", [](C& c) { first_item(c).set_region("990400"); }, {"i0 region"}},
        broken{"Name", [](C& c) { first_item(c).clear_name(); }, {"i0 name"}},
        broken{"Version", [](C& c) { first_item(c).clear_version(); }, {"i0 version"}},
        broken{"NoDay", [](C& c) { first_item(c).set_valid_from("2026-02-30"); }, {"i0 valid_from"}},
        broken{"DaysReversed",
               [](C& c) {
                   first_item(c).set_valid_from("2026-02-02");
                   first_item(c).set_valid_to("2026-02-01");
               },
               {"i0 valid_to"}},
        broken{"UnknownClass", [](C& c) { first_item(c).set_item_class("other"); }, {"i0 item_class"}},
        broken{"Visits", [](C& c) { first_item(c).set_onsite_visits(21); }, {"i0 onsite_visits"}},
        broken{"Fee", [](C& c) { first_item(c).set_fee_fen(-1); }, {"i0 fee_fen"}},
        broken{"Hours",
               [](C& c) {
                   first_item(c).set_opens_minute(1020);
                   first_item(c).set_closes_minute(540);
               },
               {"i0 opens_minute"}},
        broken{"MaterialTwice",
               [](C& c) {
                   auto& again = *first_item(c).add_materials();
                   again.set_code("CL002");
                   again.set_name("又一份");
               },
               {"i0 materials[1].code"}},
        broken{"MaterialNamedTwice",
               [](C& c) {
                   auto& again = *first_item(c).add_materials();
                   again.set_code("CL003");
                   again.set_name("购房合同");
               },
               {"i0 materials[1].name"}},
        broken{"ToleranceLimitWithoutTolerance",
               [](C& c) { set_limit(first_item(c).mutable_materials(0)->mutable_tolerance_limit(), 5); },
               {"i0 materials[0].tolerance_limit"}},
        broken{"OwnerUscc", [](C& c) { first_item(c).mutable_owner()->set_uscc("91370899TT0000015X"); }, {"i0 owner.uscc"}},
        broken{"CodeAndVersionTwice", [](C& c) { sample::add_item(c, "140400", sample::housing); }, {"i1 version"}},
        broken{"VersionsOverlap", [](C& c) { sample::add_item(c, "140400", sample::housing, "2"); }, {"i1 valid_from"}},
        broken{"TooManyClasses",
               [](C& c) {
                   for (int i = 0; i < 20; ++i) {
                       c.header.add_classes()->set_code("c" + std::to_string(i));
                   }
               },
               {"- classes"}},
        broken{"ClassTwice", [](C& c) { c.header.add_classes()->set_code("housing"); }, {"- classes"}},
        broken{"AgreementTwice", [](C& c) { sample::add_agreement(c, "JN-CZ", "370200", "140400"); }, {"a1 id"}},
        broken{"AgreementWithoutItems", [](C& c) { first_agreement(c).set_all_items(false); }, {"a0 items"}},
        broken{"AgreementWithUnknownItem",
               [](C& c) {
                   first_agreement(c).set_all_items(false);
                   first_agreement(c).add_items("002014008000");
               },
               {"a0 items[0]"}},
        broken{"AgreementWithUnknownClass",
               [](C& c) {
                   first_agreement(c).set_all_items(false);
                   first_agreement(c).add_item_classes("x");
               },
               {"a0 classes"}},
        broken{"AgreementRegion", [](C& c) { first_agreement(c).add_origins("37"); }, {"a0 origins[1]"}},
        broken{"AgreementExpired", [](C& c) { first_agreement(c).set_valid_to("2025-12-31"); }, {"a0 valid_to (warning)"}},
        broken{"AgreementDelegate",
               [](C& c) { first_agreement(c).add_delegations()->mutable_deciding()->set_uscc("11370800TT000012XX"); },
               {"a0 delegations[0].uscc"}},
        broken{"AgreementWithoutRules", [](C& c) { first_agreement(c).clear_rules_version(); },
               {"a0 rules_version (warning)"}},
        broken{"AgreementWithoutFirstDay", [](C& c) { first_agreement(c).clear_valid_from(); },
               {"a0 valid_from (warning)"}},
        broken{"AgreementOfAllItemsAndSome", [](C& c) { first_agreement(c).add_items("002017003000"); }, {"a0 all_items"}},
        broken{"AgreementWithItself", [](C& c) { first_agreement(c).set_origins(0, "140400"); }, {"a0 destinations"}},
        broken{"AgreementRegionTwice", [](C& c) { first_agreement(c).add_origins("370800"); }, {"a0 origins[1]"}},
        broken{"DelegatedToTwoBodies",
               [](C& c) {
                   delegate(c, "11140400TT00003143", "002017003000");
                   delegate(c, "11370800TT000012XL", sample::housing);
               },
               {"a0 delegations[1].items"}},
        broken{"DelegatedBehindAll",
               [](C& c) {
                   delegate(c, "11140400TT00003143", "");
                   delegate(c, "11370800TT000012XL", sample::housing);
               },
               {"a0 delegations[1].items"}},
        broken{"DelegatedBeforeAll",
               [](C& c) {
                   delegate(c, "11370800TT000012XL", sample::housing);
                   delegate(c, "11140400TT00003143", "");
               },
               {}},
        broken{"AgreementsContradict",
               [](C& c) { sample::add_agreement(c, "OTHER", "370800", "140400").set_rules_version("2023"); },
               {"a1 id"}},
        broken{"AgreementsRepeat",
               [](C& c) { sample::add_agreement(c, "SAME", "370800", "140400").set_rules_version("2022"); },
               {"a1 id (warning)"}},
        broken{"AgreementsOneAfterTheOther",
               [](C& c) {
                   first_agreement(c).set_valid_to("2026-12-31");
                   sample::add_agreement(c, "NEXT", "370800", "140400").set_valid_from("2027-01-01");
               },
               {}}),
    [](const testing::TestParamInfo<broken>& row) { return std::string(row.param.name); });

TEST(CatalogueCheckWhole, RegionsThatNobodyActsForAreToldOnlyWhenAsked) {
    const auto built = catalogue::build(contents());
    const auto found = check_catalogue(*built, {sample::day, [](std::string_view region) { return region == "370800"; }});
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0].field, "destinations[0]");
    EXPECT_TRUE(found[0].warning);
}

TEST(CatalogueCheckWhole, AHandlerThatTheDestinationDoesNotHaveIsToldOnlyWhenAsked) {
    auto made = contents();
    first_item(made).mutable_automatic()->set_handler("nowhere");
    const auto built = catalogue::build(std::move(made));
    EXPECT_THAT(check_catalogue(*built, {sample::day, {}, {}}), IsEmpty());
    const auto found = check_catalogue(*built, {sample::day, {}, [](std::string_view region, std::string_view name) {
                                                    return region == "140400" && name == "rules";
                                                }});
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0].field, "automatic.handler");
    EXPECT_TRUE(found[0].warning);
}

TEST(CatalogueCheckWhole, TwoBodiesThatDecideAreTold) {
    constexpr const char* bureau = "12140400000000001Y";
    constexpr const char* other = "121404000000000027";
    auto made = contents();
    first_item(made).mutable_deciding()->set_uscc(bureau);
    delegate(made, bureau, "");
    EXPECT_THAT(sample::faults(std::move(made)), testing::Not(testing::Contains("a0 delegations (warning)")));
    auto two = contents();
    first_item(two).mutable_deciding()->set_uscc(bureau);
    delegate(two, other, sample::housing);
    EXPECT_THAT(sample::faults(std::move(two)), testing::Contains("a0 delegations (warning)"));
}

// What is taken today starts again on any later day: nobody edits a file at midnight.
TEST(CatalogueCheckWhole, ADayThatComesIsNoMistakeOfABundle) {
    auto made = contents();
    first_agreement(made).set_valid_to("2026-12-31");
    auto& bundle = made.add_bundle();
    bundle.set_code("MOVE");
    bundle.set_name("搬迁");
    bundle.set_version("1");
    bundle.add_origins("370800");
    auto& child = *bundle.add_children();
    child.set_item(sample::housing);
    child.set_dest_region("140400");
    auto& material = *bundle.add_materials();
    material.set_code("CL002");
    material.set_name("购房合同");
    material.set_required(true);
    child.add_materials()->set_from("CL002");
    const auto built = catalogue::build(std::move(made));
    const auto told_on = [&](std::int32_t day) {
        std::vector<std::string> told;
        for (const auto& one : check_catalogue(*built, {day, {}})) {
            if (one.of == catalogue_fault::subject::bundle) {
                told.push_back(one.field + ": " + one.en + (one.warning ? " (warning)" : ""));
            }
        }
        return told;
    };
    EXPECT_THAT(told_on(sample::day), IsEmpty());
    EXPECT_THAT(told_on(*day_of("2027-01-01")),
                ElementsAre("children[0].destination: every agreement 370800 to 140400 that covers the item has ended (warning)"));
}

TEST(CatalogueCheckWhole, AWrongColumnDoesNotFillADisk) {
    auto made = contents();
    for (int i = 0; i < 3000; ++i) {
        sample::add_item(made, "140400", sample::housing, std::to_string(i + 2)).set_region("x");
    }
    EXPECT_EQ(sample::faults(std::move(made)).size(), catalogue_faults_max + 1);
    auto old = contents();
    for (int i = 0; i < 3000; ++i) {
        sample::add_item(old, "140400", sample::housing, "1").set_impl_code("LEGACY-" + std::to_string(i));
    }
    old.add_item(); // wrong behind all warnings
    const auto told = sample::faults(std::move(old));
    EXPECT_THAT(told, testing::Contains("i3001 name"));
    EXPECT_EQ(std::count_if(told.begin(), told.end(), [](const auto& line) { return line.ends_with("(warning)"); }),
              catalogue_warnings_max + 1);
}

TEST(CatalogueFigures, AsReckonedByHand) {
    catalogue_contents made;
    auto& slow = sample::add_item(made, "140400", sample::housing); // 3 of 20 working days
    set_limit(slow.mutable_statutory(), 20);
    slow.set_onsite_visits(1);
    slow.set_online_depth(v1::ONLINE_DEPTH_FILING);
    auto& at_once = sample::add_item(made, "370800", sample::pension); // 0 of 10
    at_once.set_case_type(v1::CASE_TYPE_IMMEDIATE);
    set_limit(at_once.mutable_promise(), 0);
    set_limit(at_once.mutable_statutory(), 10);
    at_once.set_online_depth(v1::ONLINE_DEPTH_FULL);
    auto& months = sample::add_item(made, "370200", "11370200TT000022643000715005000"); // other units: left out
    set_limit(months.mutable_statutory(), 3, v1::LIMIT_UNIT_MONTH);
    sample::add_item(made, "370200", "11370200TT000022643000715006000").set_valid_to("2020-01-01"); // not in force
    const auto built = catalogue::build(std::move(made));
    const auto figures = figures_of(*built, sample::day);
    EXPECT_EQ(figures.items, 3);
    EXPECT_DOUBLE_EQ(figures.compress_ratio.value().value(), 27.0 / 30.0);
    EXPECT_EQ(figures.compared, 2);
    EXPECT_EQ(figures.other_units, 1);
    EXPECT_DOUBLE_EQ(figures.immediate_share.value().value(), 1.0 / 3.0);
    EXPECT_DOUBLE_EQ(figures.zero_visit.value().value(), 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(figures.online_rate.value().value(), 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(figures.full_online_rate.value().value(), 1.0 / 3.0);
    EXPECT_EQ(figures_of(*built, sample::day, 370800).items, 1);
    EXPECT_FALSE(figures_of(*built, sample::day, 110000).immediate_share.value().has_value());
}

// Few regions, codes and days, so that neighbours, versions and gaps are common.
TEST(CatalogueIndex, EqualsALinearSearch) {
    std::mt19937 random(20261122);
    const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 200; ++round) {
        catalogue_contents made;
        const auto region = [&] { return region_text(370000 + below(6)); };
        const auto code = [&] { return "C" + std::to_string(below(12)); };
        for (unsigned i = below(60); i > 0; --i) {
            auto& item = made.add_item();
            item.set_region(region());
            item.set_impl_code(code());
            item.set_basic_code("B" + std::to_string(below(12)));
            item.set_version(std::to_string(i));
            item.set_valid_from(day_text(static_cast<int>(20000 + below(40))));
            item.set_valid_to(day_text(static_cast<int>(20010 + below(40))));
        }
        for (unsigned i = below(12); i > 0; --i) {
            auto& agreement = made.add_agreement();
            agreement.set_id(std::to_string(i));
            agreement.add_origins(region());
            agreement.add_origins(region());
            agreement.add_destinations(region());
            agreement.set_mutual(below(2) == 0);
            agreement.add_items(below(2) == 0 ? code() : "B" + std::to_string(below(12)));
        }
        const auto built = catalogue::build(std::move(made));
        for (int look = 0; look < 100; ++look) {
            const auto at = region();
            const auto wanted = code();
            std::vector<const v1::CatalogueItem*> expected;
            for (const auto* item : built->contents().items) {
                if (item->region() == at && item->impl_code() == wanted) {
                    expected.push_back(item);
                }
            }
            const auto found = built->versions(at, wanted);
            ASSERT_EQ(found.size(), expected.size());
            for (const auto& row : found) {
                EXPECT_THAT(expected, testing::Contains(row.item));
            }
            const auto today = static_cast<std::int32_t>(20000 + below(60));
            const auto* now = in_force(found, today);
            const bool any = std::any_of(expected.begin(), expected.end(), [&](const auto* item) {
                return day_of(item->valid_from()) <= today && today <= day_of(item->valid_to());
            });
            EXPECT_EQ(now != nullptr, any);

            const auto other = region();
            std::vector<std::uint32_t> open;
            for (std::uint32_t i = 0; i < built->agreements().size(); ++i) {
                const auto& a = *built->agreements()[i].agreement;
                const auto has = [](const auto& list, const std::string& r) {
                    return std::find(list.begin(), list.end(), r) != list.end();
                };
                const bool forth = has(a.origins(), at) && has(a.destinations(), other);
                const bool back = a.mutual() && has(a.origins(), other) && has(a.destinations(), at);
                if (at != other && (forth || back)) {
                    open.push_back(i);
                }
            }
            std::vector<std::uint32_t> ways;
            for (const auto& way : built->ways(region_number(at), region_number(other))) {
                ways.push_back(way.agreement);
            }
            EXPECT_EQ(ways, open);
        }
    }
}

TEST(CatalogueDays, AreReadAndWritten) {
    EXPECT_EQ(day_of("1970-01-01"), 0);
    EXPECT_EQ(day_text(day_of("2026-11-22").value()), "2026-11-22");
    for (const auto* wrong : {"", "2026-11-31", "2026-1-01", "20261122", "2026-11-22 ", "-026-11-22"}) {
        EXPECT_EQ(day_of(wrong), std::nullopt) << wrong;
    }
}

} // namespace
} // namespace tongban::cases
