// Which reader a file gets is seen from its first bytes; its name decides only between YAML and CSV.
#include "connectors/catalogue/load.hpp"

#include "connectors/catalogue/draft.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>

namespace tongban::catalogue {

namespace {

constexpr std::size_t file_bytes_max = 1UL << 30;
constexpr std::size_t yaml_bytes_max = 16UL << 20;

void read_one(const std::string& file, const std::string& bytes, draft& into) {
    const auto refuse = [&](std::string zh, std::string en) {
        into.mistakes.push_back({file, 1, 1, "", {std::move(zh), std::move(en)}, false});
    };
    if (is_compiled(bytes)) {
        read_compiled(bytes, file, into);
    } else if (bytes.starts_with("\xD0\xCF\x11\xE0")) {
        refuse("是旧版 Excel（.xls）：请另存为 .xlsx 或 CSV", "is an old Excel file (.xls): save it as .xlsx or CSV");
    } else if (is_workbook(bytes)) {
        read_tables(bytes.size() > table_bytes_max ? std::vector<table>{} : read_workbook(bytes, file, into.mistakes), into);
    } else if (file.ends_with(".csv") || file.ends_with(".CSV") || file.ends_with(".txt")) {
        if (bytes.size() > table_bytes_max) {
            refuse("文件过大", "the file is too large");
        } else {
            read_tables(read_csv(bytes, file, into.mistakes), into);
        }
    } else if (file.ends_with(".yaml") || file.ends_with(".yml")) {
        if (bytes.size() > yaml_bytes_max) {
            refuse("YAML 文件过大，请改用 CSV、Excel 或编译后的目录", "too large for YAML: use CSV, Excel or a compiled catalogue");
        } else {
            read_yaml(bytes, file, into);
        }
    } else {
        refuse("不是事项目录：应为 .yaml、.csv、.xlsx 或编译后的目录", "no catalogue: .yaml, .csv, .xlsx or a compiled one");
    }
}

// Classes nobody listed are those the items name.
void list_classes(draft& read) {
    if (read.classes_listed) {
        return;
    }
    std::set<std::string> codes;
    for (const auto* item : read.contents.items) {
        if (!item->item_class().empty() && codes.size() <= cases::item_classes_max) {
            codes.insert(item->item_class());
        }
    }
    for (const auto& code : codes) {
        auto& made = *read.contents.header.add_classes();
        made.set_code(code);
        made.set_name_zh(code);
    }
}

std::string hex(std::string_view bytes, std::size_t count) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char c : bytes.substr(0, count)) {
        text += digits[c >> 4U];
        text += digits[c & 15U];
    }
    return text;
}

load_result finish(draft&& read, const cases::check_settings& settings) {
    load_result result;
    list_classes(read);
    complete_items(read);
    if (read.contents.header.version().empty()) {
        read.contents.header.set_version("sha256:" + hex(read.contents.header.digest(), 6));
    }
    if (read.contents.items.empty() && !read.any_wrong()) {
        read.mistakes.push_back({read.files.empty() ? "" : read.files.front(), 1, 1, "items",
                                 {"没有任何事项", "holds no item"}, false});
    }
    // Even when something could not be read, what could is checked: all mistakes at once.
    auto contents = std::exchange(read.contents, {});
    const auto made = cases::catalogue::build(std::move(contents));
    read.contents.items = made->contents().items;
    read.contents.agreements = made->contents().agreements;
    read.contents.bundles = made->contents().bundles;
    const auto unreadable = read.mistakes.size();
    for (const auto& fault : cases::check_catalogue(*made, settings)) {
        auto told = read.placed(fault);
        // A value that could not be read is told once, not again as missing.
        const auto end = read.mistakes.begin() + static_cast<std::ptrdiff_t>(unreadable);
        const bool known = std::any_of(read.mistakes.begin(), end, [&told](const dialects::mistake& one) {
            return !one.warning && one.line == told.line && one.column == told.column && one.file == told.file;
        });
        if (!known) {
            read.mistakes.push_back(std::move(told));
        }
    }
    if (!read.any_wrong()) {
        result.loaded = made;
    }
    result.mistakes = std::move(read.mistakes);
    return result;
}

} // namespace

void complete_items(draft& read) {
    for (const auto* const_item : read.contents.items) {
        auto& item = const_cast<v1::CatalogueItem&>(*const_item); // of this reader still
        if (item.basic_code().empty() && item.impl_code().size() == 31) {
            item.set_basic_code(item.impl_code().substr(19));
        }
        if (item.case_type() == v1::CASE_TYPE_IMMEDIATE && !item.has_promise()) {
            item.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
        }
        if (item.other_versions() == v1::VERSION_RULE_UNSPECIFIED) {
            item.set_other_versions(v1::VERSION_RULE_REJECT);
        }
    }
}

load_result load_catalogue_bytes(const std::vector<std::pair<std::string, std::string>>& files,
                                 const cases::check_settings& settings) {
    draft read;
    std::string digests;
    std::size_t bytes = 0;
    for (const auto& [file, content] : files) {
        read_one(file, content, read);
        digests += sha256(content);
        bytes += content.size();
    }
    read.contents.header.set_digest(sha256(digests));
    auto result = finish(std::move(read), settings);
    result.bytes = bytes;
    return result;
}

load_result load_catalogue(const std::vector<std::filesystem::path>& files, const cases::check_settings& settings) {
    std::vector<std::pair<std::string, std::string>> contents;
    load_result unreadable;
    for (const auto& file : files) {
        std::error_code failure;
        const auto size = std::filesystem::file_size(file, failure);
        std::string bytes(failure || size > file_bytes_max ? 0 : size, '\0');
        std::ifstream in(file, std::ios::binary);
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (failure || size > file_bytes_max || !in) {
            unreadable.mistakes.push_back({file.string(), 1, 1, "", {"无法读取或过大", "cannot be read, or is too large"}, false});
            continue;
        }
        contents.emplace_back(file.string(), std::move(bytes));
    }
    return unreadable.mistakes.empty() ? load_catalogue_bytes(contents, settings) : unreadable;
}

std::string compile(const cases::catalogue& known) { return compiled_bytes(known); }

std::int32_t china_day() {
    const auto now = std::chrono::system_clock::now() + std::chrono::hours{8};
    return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
}

} // namespace tongban::catalogue
