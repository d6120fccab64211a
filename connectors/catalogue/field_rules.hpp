// The fields of items, materials and agreements as people write them: the key in YAML, the headers in tables, and how a
// text becomes the value and back. One list each for all readers and writers.
#pragma once

#include "connectors/catalogue/tables.hpp"
#include "connectors/dialects/sentence.hpp"
#include "tongban/v1/catalogue.pb.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::catalogue {

enum class value_kind {
    text,
    code,    // half-width, without spaces
    region,  // 6 digits, or 12 of which the last 6 are zeros
    day,     // 2026-11-22, 2026/11/22, 20261122, 2026年11月22日, a day number of Excel; 长期: none
    word,    // one of an enumeration's words
    limit,   // 15个工作日, 45日, 当日, 2小时, 3个月; a plain number is working days
    flag,    // 是 / 否
    count,   // whole number
    yuan,    // 12.50元 → fen
    hours,   // 09:00-17:00
    codes,   // a list
    regions, // a list
    words,   // a list
    situations,  // code|name; …
    materials,   // code|name|必要|容缺5个工作日|告知承诺|2份; …
    conditions,  // field=value,value; material:code; …
    delegations, // uscc|name|code,code; …
};

struct field_rule {
    std::string_view key;  // in YAML
    std::string_view path; // in the message: "owner.uscc"
    value_kind kind;
    std::vector<std::string_view> headers; // in tables; the first is written
};

std::span<const field_rule> item_rules();
std::span<const field_rule> material_rules();
std::span<const field_rule> agreement_rules();

// The rule with this key or header; null when there is none.
const field_rule* rule_by_key(std::span<const field_rule> rules, std::string_view key);
const field_rule* rule_by_header(std::span<const field_rule> rules, std::string_view header);

// An empty text, 无, -, — and the like: nothing is said.
bool is_nothing(std::string_view text);
// False, with `why`, when the text is no such value. An empty text and 无 leave the field as it is. `days`: what the text
// counts from when it is the bare number of a day.
bool set_field(google::protobuf::Message& message, const field_rule& rule, std::string_view text, dialects::sentence& why,
               day_count days = day_count::since_1900);
// As it is written in a table; empty when the field is not set.
std::string field_text(const google::protobuf::Message& message, const field_rule& rule);

// 工作日 and the like, for people.
std::string limit_text(const v1::Limit& limit);

} // namespace tongban::catalogue
