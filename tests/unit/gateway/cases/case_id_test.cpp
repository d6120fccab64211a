// Case ids: fixed vectors (computed apart with Python's hashlib), shape, and what is none.
#include "gateway/cases/case_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tongban::cases {
namespace {

TEST(CaseId, MatchesVectorsMadeElsewhere) {
    EXPECT_EQ(case_id("370800", "370800241018000127"), "TB3708002BWCT9F249PYFCCXQ1C9PM8DED");
    EXPECT_EQ(case_id("140400", "140400202410210031"), "TB1404003SYN6XRHES5PQWG8KNV9779XXW");
    EXPECT_EQ(case_id("320300", "徐州-2024-一号"), "TB3203007PWZ784SY1KKR3P1R1FWKXTYYW");
}

TEST(CaseId, DigestDoesNotDependOnTheOrigin) {
    const auto digest = case_number_digest("370800241018000127");
    EXPECT_EQ(digest.size(), 26u);
    EXPECT_EQ(case_id("370800", "370800241018000127"), "TB370800" + digest);
    EXPECT_EQ(case_id("140400", "370800241018000127"), "TB140400" + digest);
}

TEST(CaseId, DiffersByNumberAndIsRecognised) {
    std::set<std::string> ids;
    for (int i = 0; i < 2000; ++i) {
        const auto id = case_id("370800", "NO" + std::to_string(i));
        EXPECT_TRUE(is_case_id(id)) << id;
        EXPECT_TRUE(ids.insert(id).second) << id;
    }
}

TEST(CaseId, IsStrictAboutWhatItRecognises) {
    const auto id = case_id("370800", "1");
    EXPECT_FALSE(is_case_id(""));
    EXPECT_FALSE(is_case_id(id.substr(0, 33)));
    EXPECT_FALSE(is_case_id(id + "0"));
    for (const auto& [place, c] : {std::pair{0u, 't'},
                                   {1u, 'A'},
                                   {2u, 'X'},
                                   {7u, ' '},
                                   {8u, '8'},
                                   {9u, 'I'},
                                   {10u, 'L'},
                                   {11u, 'O'},
                                   {12u, 'U'},
                                   {33u, 'a'},
                                   {20u, '\0'},
                                   {21u, '/'}}) {
        auto wrong = id;
        wrong[place] = c;
        EXPECT_FALSE(is_case_id(wrong)) << place;
    }
}

} // namespace
} // namespace tongban::cases
