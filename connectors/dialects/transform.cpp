// The steps themselves.
#include "connectors/dialects/transform.hpp"

#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tongban::dialects {

void code_table::index() {
    by_source_.resize(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        by_source_[i] = i;
    }
    std::stable_sort(by_source_.begin(), by_source_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return entries[a].first < entries[b].first; });
}

const std::string* code_table::canonical(std::string_view source) const noexcept {
    const auto found =
        std::lower_bound(by_source_.begin(), by_source_.end(), source,
                         [&](std::uint32_t i, std::string_view s) { return entries[i].first < s; });
    return found != by_source_.end() && entries[*found].first == source ? &entries[*found].second : nullptr;
}

const std::string* code_table::source(std::string_view canonical_code) const noexcept {
    for (const auto& [code, text] : writes) {
        if (code == canonical_code) {
            return &text;
        }
    }
    for (const auto& [text, code] : entries) {
        if (code == canonical_code) {
            return &text;
        }
    }
    return nullptr;
}

namespace {

constexpr std::array<std::string_view, 22> kind_names{
    "half_width", "upper",  "lower",   "strip", "strip_prefix", "strip_suffix", "add_prefix", "phone",
    "id",         "number", "width",   "table", "date",         "time",         "amount",     "limit",
    "base64",     "json",   "between", "part",  "id_gender",    "id_birth"};

step_outcome fail(transform_fault& fault, std::string_view rule, std::string zh, std::string en) {
    fault = {rule, std::move(zh), std::move(en)};
    return step_outcome::failed;
}

template <class Change>
std::string_view mapped(std::string_view text, std::string& out, Change change) {
    out.resize(text.size());
    std::transform(text.begin(), text.end(), out.begin(),
                   [&](char c) { return static_cast<char>(change(static_cast<unsigned char>(c))); });
    return out;
}

std::string_view clean_id(std::string_view text, std::string& out) {
    std::string folded;
    const auto narrow = half_width(text, folded);
    out.clear();
    for (const char c : narrow) {
        if (c != ' ' && c != '\'' && c != '\t' && c != '"' && c != '`') {
            out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return out;
}

std::string_view fit(std::string_view text, std::size_t width, char fill, std::string& out) {
    if (text.size() == width) {
        return text;
    }
    out = text.substr(0, width);
    out.resize(width, fill);
    return out;
}

step_outcome look_up(const transform& t, flowing_value& value, transform_fault& fault) {
    if (const auto* code = t.table->canonical(value.text)) {
        value.text = *code;
        return step_outcome::ok;
    }
    switch (t.table->other) {
    case code_table::otherwise::keep:
        return step_outcome::ok;
    case code_table::otherwise::drop:
        return step_outcome::absent;
    case code_table::otherwise::value:
        value.text = t.table->other_value;
        return step_outcome::ok;
    case code_table::otherwise::refuse:
        break;
    }
    const auto known = known_values(t.table->entries);
    const std::string name = t.table->is_named ? t.table->name : ""; // our file's path says nothing to the sender
    return fail(fault, "code", "不在代码表" + (name.empty() ? "" : "“" + name + "”") + "中" + known.zh,
                "not in the code table" + (name.empty() ? "" : " '" + name + "'") + known.en);
}

step_outcome to_time(const transform& t, flowing_value& value, transform_buffers& buffers,
                     transform_fault& fault) {
    for (const auto& format : t.formats) {
        if (parse_time(format, value.text, t.zone_minutes, value.time)) {
            if (t.kind == transform_kind::date) {
                static const time_format iso_date = [] {
                    time_format f;
                    parse_time_format("yyyy-MM-dd", f);
                    return f;
                }();
                auto& out = buffers.other(value.text);
                out.clear();
                print_time(iso_date, value.time, t.zone_minutes, out);
                value.text = out;
            } else {
                value.kind = transform::result::time;
            }
            return step_outcome::ok;
        }
    }
    const std::string& wanted = t.formats.front().text;
    return fail(fault, "date", "不是有效的日期或时间，应为 " + wanted,
                "not a valid date or time; expected " + wanted);
}

step_outcome to_amount(const transform& t, flowing_value& value, std::string_view unit,
                       transform_fault& fault) {
    int power = t.amount.unit_power;
    if (!t.unit_from.empty() && !unit.empty()) {
        const auto* named = t.table ? t.table->canonical(unit) : nullptr;
        power = money_unit(named ? std::string_view(*named) : unit);
        if (power < 0) {
            return fail(fault, "code", "金额单位不在代码表中", "unknown unit of money");
        }
    }
    if (!parse_amount(value.text, power, value.integer)) {
        return fail(fault, "number", "不是金额，或小于一分",
                    "not an amount of money, or smaller than one fen");
    }
    value.kind = transform::result::integer;
    return step_outcome::ok;
}

step_outcome split_part(const transform& t, flowing_value& value) {
    std::string_view rest = value.text;
    for (std::size_t i = 1; i < t.in; ++i) {
        const auto at = rest.find(t.text);
        if (at == std::string_view::npos) {
            return step_outcome::absent;
        }
        rest.remove_prefix(at + t.text.size());
    }
    value.text = trim(rest.substr(0, rest.find(t.text)));
    return value.text.empty() ? step_outcome::absent : step_outcome::ok;
}

step_outcome between(const transform& t, flowing_value& value) {
    const auto begin = t.text.empty() ? 0 : value.text.find(t.text);
    if (begin == std::string_view::npos) {
        return step_outcome::absent;
    }
    const auto rest = value.text.substr(begin + t.text.size());
    const auto end = t.text2.empty() ? rest.size() : rest.find(t.text2);
    value.text = trim(rest.substr(0, end));
    return end == std::string_view::npos || value.text.empty() ? step_outcome::absent : step_outcome::ok;
}

step_outcome from_id(const transform& t, flowing_value& value, transform_buffers& buffers,
                     transform_fault& fault) {
    if (value.text.size() != 18 || !is_digits(value.text.substr(0, 17))) {
        return fail(fault, "length", "不是18位身份证号码", "not an 18-digit identity number");
    }
    if (t.kind == transform_kind::id_gender) {
        value.text = (value.text[16] - '0') % 2 == 1 ? "MALE" : "FEMALE";
        return step_outcome::ok;
    }
    auto& out = buffers.other(value.text);
    std::string date(value.text.substr(6, 4));
    date += '-';
    date += value.text.substr(10, 2);
    date += '-';
    date += value.text.substr(12, 2);
    out = date;
    value.text = out;
    return step_outcome::ok;
}

void strip_one(const std::vector<std::string>& words, bool front, std::string_view& text) {
    for (const auto& word : words) {
        if (!word.empty() && (front ? text.starts_with(word) : text.ends_with(word))) {
            front ? text.remove_prefix(word.size()) : text.remove_suffix(word.size());
            text = trim(text);
            return;
        }
    }
}

} // namespace

std::string_view transform::name() const noexcept {
    return kind_names[static_cast<std::size_t>(kind)];
}

transform::result transform::makes() const noexcept {
    switch (kind) {
    case transform_kind::time:
        return result::time;
    case transform_kind::limit:
        return result::limit;
    case transform_kind::amount:
    case transform_kind::number:
        return result::integer;
    case transform_kind::base64:
        return result::bytes;
    default:
        return result::text;
    }
}

step_outcome apply(const transform& t, flowing_value& value, std::string_view unit,
                   transform_buffers& buffers, transform_fault& fault) {
    auto& out = buffers.other(value.text);
    switch (t.kind) {
    case transform_kind::half_width:
        value.text = half_width(value.text, out);
        break;
    case transform_kind::upper:
        value.text = mapped(value.text, out, [](int c) { return c < 128 ? std::toupper(c) : c; });
        break;
    case transform_kind::lower:
        value.text = mapped(value.text, out, [](int c) { return c < 128 ? std::tolower(c) : c; });
        break;
    case transform_kind::strip:
        value.text = without(value.text, t.text, out);
        break;
    case transform_kind::strip_prefix:
        strip_one(t.texts, true, value.text);
        break;
    case transform_kind::strip_suffix:
        strip_one(t.texts, false, value.text);
        break;
    case transform_kind::add_prefix:
        out.assign(t.text).append(value.text);
        value.text = out;
        break;
    case transform_kind::phone:
        value.text = clean_phone(value.text, out);
        break;
    case transform_kind::id:
        value.text = clean_id(value.text, out);
        break;
    case transform_kind::number:
        if (!parse_count(value.text, value.integer)) {
            return fail(fault, "number", "不是整数", "not a whole number");
        }
        value.kind = transform::result::integer;
        break;
    case transform_kind::width:
        value.text = fit(value.text, t.in, t.fill, out);
        break;
    case transform_kind::table:
        return look_up(t, value, fault);
    case transform_kind::date:
    case transform_kind::time:
        return to_time(t, value, buffers, fault);
    case transform_kind::amount:
        return to_amount(t, value, unit, fault);
    case transform_kind::limit: {
        std::int32_t count = 0;
        if (!parse_limit(value.text, t.bare, count, value.unit)) {
            return fail(fault, "number", "不是时限（如 15个工作日）", "not a limit such as 15个工作日");
        }
        value.integer = count;
        value.kind = transform::result::limit;
        break;
    }
    case transform_kind::base64:
        if (!decode_base64(value.text, out)) {
            return fail(fault, "encoding", "不是 base64", "not base64");
        }
        value.text = out;
        value.kind = transform::result::bytes;
        break;
    case transform_kind::json:
        break; // done where the node is known
    case transform_kind::between:
        return between(t, value);
    case transform_kind::part:
        return split_part(t, value);
    case transform_kind::id_gender:
    case transform_kind::id_birth:
        return from_id(t, value, buffers, fault);
    }
    return value.kind == transform::result::text && value.text.empty() ? step_outcome::absent
                                                                       : step_outcome::ok;
}

bool invert(const transform& t, const flowing_value& value, std::string& out) {
    switch (t.kind) {
    case transform_kind::strip_prefix:
        out = (t.texts.empty() ? "" : t.texts.front()) + std::string(value.text);
        return true;
    case transform_kind::strip_suffix:
        out = std::string(value.text) + (t.texts.empty() ? "" : t.texts.front());
        return true;
    case transform_kind::add_prefix:
        out = value.text.starts_with(t.text) ? value.text.substr(t.text.size()) : value.text;
        return value.text.starts_with(t.text);
    case transform_kind::number:
        out = std::to_string(value.integer);
        return true;
    case transform_kind::width: {
        std::string fitted;
        const bool loses = value.text.size() > t.out &&
                           value.text.substr(t.out).find_first_not_of(t.fill) != std::string_view::npos;
        out = loses ? value.text : fit(value.text, t.out, t.fill, fitted);
        return true;
    }
    case transform_kind::table: {
        const auto* source = t.table->source(value.text);
        if (source) {
            out = *source;
        } else if (t.table->other == code_table::otherwise::keep) {
            out = value.text;
        } else {
            return false;
        }
        return true;
    }
    case transform_kind::date: {
        instant when;
        if (!parse_date(value.text, t.zone_minutes, when)) {
            return false;
        }
        std::string printed;
        print_time(t.formats.front(), when, t.zone_minutes, printed);
        out = printed;
        return true;
    }
    case transform_kind::time:
        out.clear();
        print_time(t.formats.front(), value.time, t.zone_minutes, out);
        return true;
    case transform_kind::amount:
        out.clear();
        print_amount(value.integer, t.amount, out);
        return true;
    case transform_kind::limit:
        out.clear();
        if (value.unit == t.bare) {
            out = std::to_string(value.integer);
        } else {
            print_limit(static_cast<std::int32_t>(value.integer), value.unit, out);
        }
        return true;
    case transform_kind::base64: {
        std::string encoded;
        encode_base64(value.text, encoded);
        out = std::move(encoded);
        return true;
    }
    case transform_kind::between:
    case transform_kind::id_gender:
    case transform_kind::id_birth:
        return false;
    default:
        out = std::string(value.text);
        return true; // cleaned once, clean for ever
    }
}

sentence not_invertible(const transform& t) {
    switch (t.kind) {
    case transform_kind::between:
        return {"写出时不知道该值周围原来的内容", "what stood around the value is not known when writing"};
    case transform_kind::id_gender:
    case transform_kind::id_birth:
        return {"不能由证件号码的一部分得出整个号码", "an identity number cannot be made from a part of it"};
    default:
        return {};
    }
}

} // namespace tongban::dialects
