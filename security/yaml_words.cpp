// By the first words, since some messages go on with a name or a number.
#include "security/yaml_words.hpp"

#include <array>
#include <utility>

namespace tongban::security {

std::string_view chinese_of(std::string_view message) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> words{{
        {"no such file", "文件不存在"},
        {"cannot be read", "无法读取"},
        {"larger than", "文件过大"},
        {"is empty", "文件是空的"},
        {"not YAML", "不是有效的 YAML"},
        {"must be a mapping", "应为“键: 值”的映射"},
        {"a key must be a plain word", "键须为普通文字"},
        {"given twice", "重复"},
        {"missing", "缺少必填项"},
        {"must be a text", "应为文本"},
        {"must be a list", "应为列表"},
        {"more than", "条目过多"},
        {"every entry must be a text", "每一条都应为文本"},
        {"unknown key", "未知的键"},
        {"is longer than", "过长"},
    }};
    for (const auto& [english, chinese] : words) {
        if (message.starts_with(english)) {
            return chinese;
        }
    }
    return {};
}

std::string in_both_languages(const std::string& message) {
    const auto chinese = chinese_of(message);
    return chinese.empty() ? message : std::string(chinese) + " / " + message;
}

} // namespace tongban::security
