#include "gateway/cases/field_sources.hpp"

#include "gateway/cases/child_filing.hpp"
#include "gateway/cases/plain_text.hpp"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tongban::cases {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view form_prefix = "form.";

// "materials[2]": the name and the place; no place without brackets.
struct segment {
    std::string_view name;
    std::optional<int> index;
    bool is_sound = true;
};

segment segment_of(std::string_view text) noexcept {
    const auto open = text.find('[');
    if (open == std::string_view::npos) {
        return {text, {}, true};
    }
    segment one{text.substr(0, open), {}, text.ends_with(']')};
    const auto digits = text.substr(open + 1, one.is_sound ? text.size() - open - 2 : 0);
    int index = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    // One spelling of each place, or a field could be named twice.
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size() && index >= 0;
    one.is_sound = one.is_sound && is_number && digits.size() == std::to_string(index).size();
    one.index = index;
    return one;
}

bool is_filled(const Message& in, std::string_view path) {
    const auto dot = path.find('.');
    const auto rest = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    const auto step = segment_of(path.substr(0, dot));
    const auto* field = in.GetDescriptor()->FindFieldByName(std::string(step.name));
    if (!step.is_sound || field == nullptr || (dot != std::string_view::npos && rest.empty())) {
        return false;
    }
    const auto& access = *in.GetReflection();
    const bool goes_on = !rest.empty();
    if (goes_on && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        return false;
    }
    if (!field->is_repeated()) {
        return !step.index && access.HasField(in, field) && (!goes_on || is_filled(access.GetMessage(in, field), rest));
    }
    const int count = access.FieldSize(in, field);
    const int first = step.index.value_or(0);
    const int last = step.index ? std::min(first, count - 1) : count - 1;
    for (int at = first; at <= last; ++at) {
        if (!goes_on || is_filled(access.GetRepeatedMessage(in, field, at), rest)) {
            return true;
        }
    }
    return false;
}

// What every child gets as it was filed; of a list as such, what it gets some entries of.
bool is_whole(std::string_view path, const v1::Dossier& to) noexcept {
    constexpr std::string_view parts[] = {"applicant", "agent", "delivery", "contact", "operator", "identity_token", "priority_group"};
    const auto part = path.substr(0, path.find('.'));
    return std::ranges::find(parts, part) != std::end(parts) || (part == "materials" && to.materials_size() > 0) ||
           (part == "certificates" && to.certificates_size() > 0);
}

// The place in the child of what `path` names, when `was` is it or holds it; nullopt: neither.
std::optional<std::string> moved_to(std::string_view path, std::string_view was, std::string_view now) {
    if (was.starts_with(form_prefix)) {
        const bool same = path.starts_with(form_prefix) &&
                          means_same(path.substr(form_prefix.size()), was.substr(form_prefix.size()));
        return same ? std::optional(std::string(now)) : std::nullopt;
    }
    const bool held = path.starts_with(was) && (path.size() == was.size() || path[was.size()] == '.');
    return held ? std::optional(std::string(now) + std::string(path.substr(was.size()))) : std::nullopt;
}

} // namespace

bool has_value(const v1::Dossier& dossier, std::string_view path) {
    return path.starts_with(form_prefix) ? form_value(dossier, path.substr(form_prefix.size())) != nullptr
                                         : is_filled(dossier, path);
}

void check_field_sources(rules& rules, const place& in, const v1::Dossier& dossier) {
    static constexpr field field_name{"field", "数据项", "field"};
    const auto& sources = dossier.field_sources();
    rules.count(in, {"field_sources", "数据来源", "sources of fields"}, sources.size(), max_field_sources);
    const int looked_at = std::min(sources.size(), max_field_sources);
    for (int i = 0; i < looked_at; ++i) {
        const auto& one = sources[i];
        const place at{&in, "field_sources", i};
        rules.required_text(at, field_name, one.field(), 100);
        rules.required_text(at, {"source", "数源", "source"}, one.source(), 100);
        rules.text(at, {"standard", "数据标准", "data standard"}, one.standard(), 50);
        if (one.has_taken_at()) {
            rules.instant(at, {"taken_at", "取数时间", "time at which it was taken"}, one.taken_at());
        }
        if (one.field().empty()) {
            continue;
        }
        // At most 200: looking back is cheaper than a set.
        const auto before = sources.begin() + i;
        if (std::any_of(sources.begin(), before, [&](const v1::FieldSource& other) { return other.field() == one.field(); })) {
            rules.found().add(at, field_name, "unique", "已有数据来源；一数一源，每项只写一次",
                              "has a source already: each field is named once");
        } else if (!has_value(dossier, one.field())) {
            rules.found().add(at, field_name, "no_such_field", "在本报文中没有值；来源已照收，请核对数据项名称",
                              "has no value in this message: the source is taken as it is, please check the field's name",
                              severity::warn);
        }
    }
}

void hand_on_sources(const v1::Dossier& from, const moved_parts& moved, v1::Dossier& to) {
    const auto add = [&to](const v1::FieldSource& one, std::string field) {
        if (to.field_sources_size() < max_field_sources) {
            auto& same = *to.add_field_sources();
            same = one;
            same.set_field(std::move(field));
        }
    };
    for (const auto& one : from.field_sources()) {
        if (is_whole(one.field(), to)) {
            add(one, one.field());
            continue;
        }
        for (const auto& [was, now] : moved) {
            if (auto place = moved_to(one.field(), was, now)) {
                add(one, *std::move(place));
            }
        }
    }
}

} // namespace tongban::cases
