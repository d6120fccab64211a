// CLI11 speaks English only: its kinds of mistakes have their Chinese here, before its own words.
#include "gateway/app/option_checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace tongban::app {

namespace {

// By a part of what CLI11 says, the first that is there.
constexpr std::pair<std::string_view, std::string_view> terms[] = {
    {"A subcommand is required", "缺少子命令"},
    {" is required", "缺少必需的参数"},
    {"not expected", "不认识的参数"},
    {"Could not convert", "取值无法识别"},
    {"File does not exist", "文件不存在"},
    {"Directory does not exist", "目录不存在"},
    {"File is actually a directory", "应为文件，给出的是目录"},
    {"Directory is actually a file", "应为目录，给出的是文件"},
    {" not in range ", "取值超出范围"},
    {" not in {", "取值不在可选范围内"},
    {" excludes ", "不能同时给出"},
    {" requires ", "须同时给出另一选项"},
    {" required ", "取值个数不符"},
};

// What a check of our own says has both languages already.
std::string in_both(const std::string& said) {
    if (said.find(" / ") != std::string::npos) {
        return said;
    }
    const auto* term = std::ranges::find_if(
        terms, [&](const auto& each) { return said.find(each.first) != std::string::npos; });
    return (term == std::end(terms) ? "参数有误" : std::string(term->second)) + " / " + said;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string unknown_word(const std::string& word) {
    return word.starts_with('-') ? "没有这个选项：" + word + " / no such option: " + word
                                 : "没有这个子命令：" + word + " / no such subcommand: " + word;
}

} // namespace

CLI::Validator region_check() {
    return {[](const std::string& text) {
                return text.size() == 6 && all_digits(text) ? std::string() : text + ": 应为六位区划代码 / must be a region code of six digits";
            },
            "REGION"};
}

CLI::Validator whole_number_check(std::uint64_t least) {
    return {[least](const std::string& text) {
                constexpr std::size_t longest = 19; // every such number is one of 64 bits
                if (all_digits(text) && text.size() <= longest && std::strtoull(text.c_str(), nullptr, 10) >= least) {
                    return std::string();
                }
                const auto from = std::to_string(least);
                return text + ": 应为不小于 " + from + " 的整数 / must be a whole number, " + from + " or more";
            },
            ""};
}

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
    std::string command = app->get_name();
    std::string unknown;
    for (const auto* at = app; at != nullptr;) {
        const auto words = at->remaining();
        unknown = words.empty() || at->get_require_subcommand_min() == 0 ? "" : words.front();
        const auto parsed = at->get_subcommands();
        at = parsed.empty() ? nullptr : parsed.front();
        command += at == nullptr ? "" : " " + at->get_name();
    }
    const auto said = unknown.empty() ? in_both(error.what()) : unknown_word(unknown);
    return "用法有误 / usage: " + said + "\n用法见 / see: " + command + " --help\n";
}

} // namespace tongban::app
