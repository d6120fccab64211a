// Rules for the item 事项 that a filing names: the codes of GB/T 39046 and those in practice, with what stands inside them.
#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/validate_parts.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr field impl_code{"impl_code", "实施编码", "implementation code"};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, is_digit);
}

constexpr std::string_view code_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

bool in_code_alphabet(std::string_view text) noexcept {
    return text.find_first_not_of(code_alphabet) == std::string_view::npos;
}

// 基本编码: 2 digits region, 2 digits type, 5 main item, 3 digits sub-item (fewer in GB/T 39046's an..10).
bool is_basic_code(std::string_view code) noexcept {
    return code.size() >= 10 && code.size() <= 12 && all_digits(code.substr(0, 4)) &&
           in_code_alphabet(code.substr(4, 5)) && all_digits(code.substr(9));
}

bool is_alphanumeric(std::string_view code) noexcept {
    return std::ranges::all_of(code, [](char c) {
        return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

// 31 = USCC of the body in charge, level, basic code.
bool is_impl_code(std::string_view code) noexcept {
    return code.size() == 31 && in_code_alphabet(code.substr(0, 18)) && all_digits(code.substr(2, 6)) &&
           code[18] >= '1' && code[18] <= '7' && is_basic_code(code.substr(19));
}

void check_impl_code(rules& rules, const place& in, std::string_view code) {
    rules.text(in, impl_code, code, 50);
    if (code.empty()) {
        return;
    }
    if (is_impl_code(code)) {
        if (check_uscc(code.substr(0, 18)) != uscc_fault::none) {
            rules.found().add(in, impl_code, "check_digit", "其中统一社会信用代码校验位不符",
                              "the social credit code inside has a wrong check digit", severity::warn);
        }
    } else if (code.size() <= 24 && is_alphanumeric(code)) {
        rules.found().add(in, impl_code, "format", "为24位以内旧编码，请尽快改用31位实施编码",
                          "is a legacy code of up to 24 characters; 31 are due", severity::warn);
    } else {
        rules.found().add(in, impl_code, "format",
                          "应为31位：18位统一社会信用代码、1位行使层级、12位基本编码",
                          "must be 31 characters: social credit code, level, basic code");
    }
}

} // namespace

void check_item(rules& rules, const place& event, const v1::Item& item) {
    const place in{&event, "item", -1};
    static constexpr field basic{"basic_code", "基本编码", "basic code"};
    static constexpr field handle{"handle_item_code", "业务办理项编码", "handling item code"};
    rules.text(in, basic, item.basic_code(), 50);
    if (!item.basic_code().empty() && !is_basic_code(item.basic_code())) {
        rules.found().add(in, basic, "format", "应为10至12位基本编码",
                          "must be a basic code of 10 to 12 characters");
    }
    check_impl_code(rules, in, item.impl_code());
    if (is_basic_code(item.basic_code()) && is_impl_code(item.impl_code()) &&
        !std::string_view(item.impl_code()).substr(19).starts_with(item.basic_code())) {
        rules.found().add(in, basic, "consistent", "与实施编码中的基本编码不符", "is not the one inside the implementation code",
                          severity::warn);
    }
    const std::string_view handling = item.handle_item_code();
    rules.text(in, handle, handling, 50);
    if (!handling.empty() && (handling.size() != 33 || !is_impl_code(handling.substr(0, 31)) ||
                              !in_code_alphabet(handling.substr(31)))) {
        rules.found().add(in, handle, "format", "应为33位：31位实施编码加2位",
                          "must be the implementation code and two characters");
    }
    rules.text(in, {"name", "事项名称", "item name"}, item.name(), 200, text_kind::prose);
    rules.text(in, {"version", "事项版本", "item version"}, item.version(), 50);
    rules.text(in, {"situation_code", "情形编码", "situation code"}, item.situation_code(), 100);
    rules.code(in, {"type", "事项类型", "item type"}, v1::ItemType_IsValid(item.type()));
    rules.code(in, {"level", "行使层级", "level of authority"}, v1::AuthorityLevel_IsValid(item.level()));
    rules.code(in, {"scope", "通办范围", "service scope"}, v1::ServiceScope_IsValid(item.scope()));
}

} // namespace tongban::cases
