// Turns findings into violations.
#include "gateway/cases/findings.hpp"

namespace tongban::cases {

namespace {

void append_path(const place& at, std::string& path) {
    if (at.parent != nullptr) {
        append_path(*at.parent, path);
    }
    if (at.name.empty()) {
        return;
    }
    path += path.empty() ? "" : ".";
    path += at.name;
    if (at.index >= 0) {
        path += '[' + std::to_string(at.index) + ']';
    }
}

} // namespace

void findings::add(const place& in, const field& what, std::string_view rule, std::string_view zh,
                   std::string_view en, severity how) {
    if (found_.size() >= max_violations) {
        return;
    }
    std::string path;
    append_path({&in, what.name, -1}, path);
    auto& violation = found_.emplace_back();
    if (source_path_) {
        violation.set_source_path(source_path_(path));
    }
    violation.set_field(std::move(path));
    violation.set_rule(std::string(rule));
    violation.set_message_zh(std::string(what.zh) + "：" + std::string(zh) + "。");
    violation.set_message_en(std::string(what.en) + ": " + std::string(en) + ".");
    violation.set_warning(how == severity::warn);
}

void findings::missing(const place& in, const field& what, severity how) {
    add(in, what, "required", how == severity::warn ? "建议填写" : "必填",
        how == severity::warn ? "should be given" : "is required", how);
}

} // namespace tongban::cases
