// A bare number in a source's words means nothing here: each city counts its own way, and its dialect can say which class it is.
#include "gateway/cases/return_reasons.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace tongban::cases {

namespace {

struct reason_words {
    v1::ReturnReason reason;
    std::string_view name;
    std::array<std::string_view, 4> words; // the first is the term
};

constexpr reason_words reasons[] = {
    {v1::RETURN_REASON_MATERIALS_MISSING, "MATERIALS_MISSING", {"材料不齐", "材料不齐全", "材料不全", "材料缺失"}},
    {v1::RETURN_REASON_MATERIALS_UNREADABLE, "MATERIALS_UNREADABLE", {"材料不清", "材料不清晰", "材料模糊", "影像不清"}},
    {v1::RETURN_REASON_NOT_IN_LEGAL_FORM, "NOT_IN_LEGAL_FORM", {"不符合法定形式", "材料不符合法定形式"}},
    {v1::RETURN_REASON_NOT_HANDLED_HERE, "NOT_HANDLED_HERE", {"不属本地办理", "不属于本地办理", "非本地办理", "不属本地受理范围"}},
    {v1::RETURN_REASON_APPLICATION_WRONG, "APPLICATION_WRONG", {"申请信息有误", "申请人信息有误", "信息有误", "信息不一致"}},
    {v1::RETURN_REASON_DUPLICATE_FILING, "DUPLICATE_FILING", {"重复申报", "重复申请", "重复提交"}},
    {v1::RETURN_REASON_DAMAGED_IN_TRANSFER, "DAMAGED_IN_TRANSFER", {"传输缺损", "传输错误", "数据缺损", "文件损坏"}},
    {v1::RETURN_REASON_OTHER, "OTHER", {"其他", "其它", "其他原因"}},
};

const reason_words* words_of(v1::ReturnReason reason) noexcept {
    const auto* found = std::ranges::find(reasons, reason, &reason_words::reason);
    return found == std::end(reasons) ? nullptr : found;
}

} // namespace

v1::ReturnReason reason_of(const v1::Returned& returned) noexcept {
    if (words_of(returned.reason()) != nullptr) {
        return returned.reason();
    }
    const std::string_view own = returned.reason_class();
    const auto* found = own.empty() ? std::end(reasons) : std::ranges::find_if(reasons, [own](const reason_words& each) {
        return own == each.name || std::ranges::find(each.words, own) != each.words.end();
    });
    return found == std::end(reasons) ? v1::RETURN_REASON_OTHER : found->reason;
}

std::string_view name(v1::ReturnReason reason) noexcept {
    const auto* words = words_of(reason);
    return words == nullptr ? std::string_view() : words->name;
}

std::string_view term(v1::ReturnReason reason) noexcept {
    const auto* words = words_of(reason);
    return words == nullptr ? std::string_view() : words->words.front();
}

} // namespace tongban::cases
