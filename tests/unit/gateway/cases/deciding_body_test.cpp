// 2号章: who may decide an item, and what is told of anybody else.
#include "gateway/cases/deciding_body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tongban::cases {
namespace {

constexpr const char* owner = "11140400TT00003143";
constexpr const char* delegate = "11370800TT000012XL";
constexpr const char* stranger = "91370899TT0000015Q";
const std::string impl_code = std::string(owner) + "3002017003000";
const std::string legacy_code = "XZ-2017-003";

struct row {
    const char* what;
    std::string item;
    std::string delegated_to;
    std::string said;
    const char* zh; // empty: nothing is told
};

TEST(DecidingBody, IsTheOwnerOrItsDelegateOrToldOf) {
    const row rows[] = {
        {"the owner", impl_code, "", owner, ""},
        {"nobody is named", impl_code, delegate, "", ""},
        {"the delegate", impl_code, delegate, delegate, ""},
        {"the owner itself, though it delegated", impl_code, delegate, owner, ""},
        {"another", impl_code, "", stranger, "决定机构 91370899TT0000015Q 不是事项实施主体 11140400TT00003143"},
        {"another than both", impl_code, delegate, stranger,
         "决定机构 91370899TT0000015Q 不是事项实施主体 11140400TT00003143，也不是受委托的决定机构 11370800TT000012XL"},
        {"a legacy code names no owner", legacy_code, "", stranger, ""},
        {"it does not, but there is a delegate", legacy_code, delegate, stranger,
         "决定机构 91370899TT0000015Q 不是受委托的决定机构 11370800TT000012XL"},
    };
    for (const auto& [what, item, delegated_to, said, zh] : rows) {
        v1::CaseState state;
        state.set_item_impl_code(item);
        state.mutable_terms()->set_deciding_uscc(delegated_to);
        v1::CaseClosed closed;
        closed.mutable_deciding_org()->set_uscc(said);
        const auto told = foreign_decision(state, closed);
        EXPECT_EQ(told ? told->zh : "", zh) << what;
        EXPECT_EQ(told.has_value(), told && told->en.find(said) != std::string::npos) << what;
    }
}

TEST(DecidingBody, IsToldOfInEnglishToo) {
    v1::CaseState state;
    state.set_item_impl_code(impl_code);
    state.mutable_terms()->set_deciding_uscc(delegate);
    v1::CaseClosed closed;
    closed.mutable_deciding_org()->set_uscc(stranger);
    EXPECT_EQ(foreign_decision(state, closed)->en,
              "the deciding body 91370899TT0000015Q is not the item's owner 11140400TT00003143, nor the body the decision is "
              "delegated to, 11370800TT000012XL");
}

} // namespace
} // namespace tongban::cases
