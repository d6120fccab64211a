#include "gateway/cases/deciding_body.hpp"

#include <string_view>

namespace tongban::cases {

namespace {

constexpr std::size_t uscc_characters = 18;
constexpr std::size_t impl_code_characters = 31; // the owner's code, level, 基本编码

// Empty where the code is a legacy one, which names nobody.
std::string_view owner_of(const v1::CaseState& state) noexcept {
    const std::string_view code = state.item_impl_code();
    return code.size() == impl_code_characters ? code.substr(0, uscc_characters) : std::string_view();
}

} // namespace

std::optional<bilingual> foreign_decision(const v1::CaseState& state, const v1::CaseClosed& closed) {
    const std::string_view said = closed.deciding_org().uscc();
    const auto owner = owner_of(state);
    const std::string_view delegate = state.terms().deciding_uscc();
    if (said.empty() || said == owner || said == delegate || (owner.empty() && delegate.empty())) {
        return std::nullopt;
    }
    bilingual told{"决定机构 " + std::string(said), "the deciding body " + std::string(said)};
    if (!owner.empty()) {
        told.zh += " 不是事项实施主体 " + std::string(owner);
        told.en += " is not the item's owner " + std::string(owner);
    }
    if (!delegate.empty()) {
        told.zh += (owner.empty() ? " 不是受委托的决定机构 " : "，也不是受委托的决定机构 ") + std::string(delegate);
        told.en += (owner.empty() ? " is not the body the decision is delegated to, " : ", nor the body the decision is delegated to, ") +
                   std::string(delegate);
    }
    return told;
}

} // namespace tongban::cases
