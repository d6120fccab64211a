// Published and worked vectors, every made-up number of the project's samples, and the property all check
// characters are for: no single changed character goes unnoticed.
#include "gateway/cases/check_digits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tongban::cases {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::year_month_day today = 2026y / 11 / 22;

TEST(CheckDigits, IdentityVectors) {
    EXPECT_EQ(identity_check_char("37089919850615001"), '0');
    EXPECT_EQ(identity_check_char("34052419800101001"), 'X') << "the published vector";
    EXPECT_EQ(identity_check_char("12019919660412009"), 'X');
    EXPECT_EQ(identity_check_char("3708991985061500"), '\0');
    EXPECT_EQ(identity_check_char("3708991985061500A"), '\0');
    for (const char* number :
         {"370899198506150010", "370299198808082225", "140499197903021045", "14049920100517003X",
          "12019919660412009X", "120199199211203314", "320399195501011150", "320399194101110112",
          "320399194202120221", "320399194303130330", "32039919440414044X", "320399194505150559",
          "320399194606160668"}) {
        EXPECT_EQ(check_identity(number, today), identity_fault::none) << number;
    }
}

TEST(CheckDigits, IdentityFaultsAreTold) {
    EXPECT_EQ(check_identity("370899198506150011", today), identity_fault::check_digit);
    EXPECT_EQ(check_identity("370899850615001", today), identity_fault::old_15);
    EXPECT_EQ(check_identity("37089919850615001", today), identity_fault::length);
    EXPECT_EQ(check_identity("", today), identity_fault::length);
    EXPECT_EQ(check_identity("3.2E+17", today), identity_fault::exponent);
    EXPECT_EQ(check_identity("3.70899198506e17", today), identity_fault::exponent);
    EXPECT_EQ(check_identity("12019919660412009x", today), identity_fault::characters);
    EXPECT_EQ(check_identity("12019919660412009Y", today), identity_fault::characters);
    EXPECT_EQ(check_identity("990899198506150010", today), identity_fault::region);
    EXPECT_EQ(check_identity("370899198502300010", today), identity_fault::birth_date) << "30 February";
    EXPECT_EQ(check_identity("370899198513150010", today), identity_fault::birth_date);
    EXPECT_EQ(check_identity("370899180001010010", today), identity_fault::birth_date);
    EXPECT_EQ(check_identity("370899202611230010", today), identity_fault::birth_date) << "tomorrow";
    const auto born_today = std::string("37089920261122001");
    EXPECT_EQ(check_identity(born_today + identity_check_char(born_today), today), identity_fault::none);
    EXPECT_EQ(identity_birth_date("370899198506150010"), 1985y / 6 / 15);
    EXPECT_EQ(identity_birth_date("370899198502300010"), std::nullopt);
}

TEST(CheckDigits, UsccVectors) {
    EXPECT_EQ(uscc_check_char("91370899TT0000015"), 'Q');
    EXPECT_EQ(uscc_check_char("91350100M000100Y4"), '3') << "the published vector";
    EXPECT_EQ(organisation_check_char("TT000001"), '5');
    EXPECT_EQ(uscc_check_char("91370899TT000001I"), '\0') << "I is not in the alphabet";
    for (const char* number :
         {"91370899TT0000015Q", "91120103TT0004016G", "11370800TT000012XL", "11140400TT00003143",
          "11120103TT00004100", "11120103TT0000437P", "11120103TT0000445J", "11370800TT0000146F",
          "11370200TT00002264", "11370800TT0000138L", "11370800TT0000111W"}) {
        EXPECT_EQ(check_uscc(number), uscc_fault::none) << number;
    }
}

TEST(CheckDigits, UsccFaultsAreTold) {
    EXPECT_EQ(check_uscc("91370899TT0000015R"), uscc_fault::check_digit);
    EXPECT_EQ(check_uscc("91370899TT000001Q"), uscc_fault::length);
    EXPECT_EQ(check_uscc("91370899TT0000015I"), uscc_fault::characters);
    EXPECT_EQ(check_uscc("91370899tt0000015Q"), uscc_fault::characters);
    EXPECT_EQ(check_uscc("9137089ATT0000015Q"), uscc_fault::characters) << "a region is digits";
    const std::string wrong_inside = "91370899TT0000016";
    EXPECT_EQ(check_uscc(wrong_inside + uscc_check_char(wrong_inside)), uscc_fault::organisation);
}

TEST(CheckDigits, LicenceVectors) {
    const std::string root = "1.2.156.3005.2.";
    for (const char* id : {"11100000000013338W011.11370800TT0000111W.370800TT2024000001.001.C",
                           "11100000MB03271699001.11370200TT00002264.370200TT2024000045.001.D",
                           "11100000MB0143028R001.11120103TT0000437P.120103TT2024000401.001.J"}) {
        EXPECT_EQ(check_licence(root + id), licence_fault::none) << id;
    }
    EXPECT_EQ(check_licence(root + "11100000000013338W011.11370800TT0000111W.370800TT2024000001.001.D"),
              licence_fault::check_char);
    for (const char* id : {"", "a", "A.B.C.001", "A.B.C.001.", "A.B.C.001.XY", "A.B.C.1.X", "A..C.001.X",
                           "a.B.C.001.X", "A.B.C.001.x", "A.B.C.001.X.Y"}) {
        EXPECT_EQ(check_licence(root + id), licence_fault::shape) << id;
    }
    EXPECT_EQ(check_licence("1.2.156.3005.3.A.B.C.001.X"), licence_fault::shape);
    EXPECT_EQ(check_licence(root + std::string(300, 'A') + ".B.C.001.X"), licence_fault::shape);
}

TEST(CheckDigits, ProvincesAreKnownByTheirFirstTwoDigits) {
    EXPECT_TRUE(is_province("37"));
    EXPECT_TRUE(is_province("11"));
    EXPECT_TRUE(is_province("82"));
    for (const char* wrong : {"00", "10", "16", "38", "47", "55", "66", "99", "", "3", "370", "3a", "a3"}) {
        EXPECT_FALSE(is_province(wrong)) << wrong;
    }
}

// Changes each character in turn to each other one of the alphabet: the number must not pass.
template <typename Passes>
void expect_every_single_change_noticed(const std::string& number, std::string_view alphabet,
                                        const Passes& passes) {
    ASSERT_TRUE(passes(number)) << number;
    for (std::size_t place = 0; place < number.size(); ++place) {
        for (const char other : alphabet) {
            auto changed = number;
            changed[place] = other;
            if (changed != number && number[place] != '.') {
                ASSERT_FALSE(passes(changed)) << number << " became " << changed;
            }
        }
    }
}

TEST(CheckDigits, ANumberInsideAStaffNumberIsSeen) {
    for (const auto* holds : {"370899198506150010", "张三370899198506150010", "37089919850615001x-1", "0-12019919660412009X"}) {
        EXPECT_TRUE(has_identity_shape(holds)) << holds;
    }
    for (const auto* other : {"", "0042", "37089919850615001", "3708991985061500101", "JN-0042-2026"}) {
        EXPECT_FALSE(has_identity_shape(other)) << other;
    }
}

TEST(CheckDigits, AnySingleChangedCharacterIsNoticed) {
    const auto seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&random](std::string_view from) {
        return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(random)];
    };
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view uscc = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int round = 0; round < 200; ++round) {
        std::string person = "3708991985";
        person += round % 2 != 0 ? "0615" : "1130";
        for (int i = 0; i < 3; ++i) {
            person += pick(digits);
        }
        person += identity_check_char(person);
        expect_every_single_change_noticed(person, digits, [](const std::string& number) {
            return identity_check_char(std::string_view(number).substr(0, 17)) == number.back();
        });

        std::string organisation = "91370899";
        for (int i = 0; i < 8; ++i) {
            organisation += pick(uscc);
        }
        organisation += organisation_check_char(std::string_view(organisation).substr(8));
        organisation += uscc_check_char(organisation);
        expect_every_single_change_noticed(organisation, uscc, [](const std::string& number) {
            return check_uscc(number) == uscc_fault::none;
        });

        std::string licence = "1.2.156.3005.2.";
        std::string joined;
        for (int i = 0; i < 12; ++i) {
            joined += pick(letters);
        }
        licence += joined.substr(0, 4) + "." + joined.substr(4, 4) + "." + joined.substr(8, 4) + ".001.";
        licence += licence_check_char(joined + "001");
        expect_every_single_change_noticed(
            licence, letters, [](const std::string& id) { return check_licence(id) == licence_fault::none; });
    }
}

} // namespace
} // namespace tongban::cases
