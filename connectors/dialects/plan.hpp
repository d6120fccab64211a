// What a dialect file compiles to: paths as numbered steps, schema fields as descriptors, codes as tables.
// Built once by the loader, read by all threads; docs/dialects.md is its grammar.
#pragma once

#include "connectors/dialects/charset.hpp"
#include "connectors/dialects/dialect.hpp"
#include "connectors/dialects/field_access.hpp"
#include "connectors/dialects/transform.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

namespace tongban::dialects {

// has, lacks, is, not: all must hold.
struct path_values {
    path where;
    std::vector<std::string> values;
};
struct condition {
    std::vector<path> has;
    std::vector<path> lacks;
    std::vector<path_values> is;
    std::vector<path_values> isnt;

    bool empty() const { return has.empty() && lacks.empty() && is.empty() && isnt.empty(); }
};

// A text that is written at a path: constants, and ${…} of the event, the time or a counter.
struct send_rule {
    path where;
    std::string text;
    bool number{}; // a JSON number or boolean as it stands
    int line{};
};

enum class target_kind : std::uint8_t { string, bytes, boolean, integer, code, timestamp, limit, message };
enum class json_type : std::uint8_t { automatic, string, number, boolean };

struct rule_list;

// One schema field and where it comes from. What reading touches for every message stands first.
struct field_rule {
    const google::protobuf::FieldDescriptor* field{};
    const google::protobuf::Reflection* reflection{}; // of the message that holds it
    field_access access;
    std::vector<path> from;
    std::vector<transform> steps;
    std::vector<std::string> empty; // texts that mean nothing; a blank always does
    std::uint16_t slot{};           // message that holds the field
    target_kind target{};
    bool reads{true};
    bool conditional{}; // `when` is not empty
    bool alternative{}; // only when the rule before it for the same field gave nothing
    bool repeats{};
    bool joins{};
    bool cannot_part{}; // joins, and what was put together cannot be taken apart again: never written
    bool several_places{}; // of its field: which of them was read is kept for violations
    bool takes_json{}; // the node's subtree as JSON text
    bool required{};
    bool is_event_time{};  // occurred_at: keeps the source's text
    bool is_person_name{}; // lost characters are refused
    bool writes{true};
    json_type written_as{json_type::automatic};
    std::optional<std::string> constant;
    std::optional<std::string> fallback;
    std::vector<std::pair<std::string, int>> codes; // names of an enum target

    condition when;
    std::string join;
    std::vector<path_values> agrees; // text that should say the same: path; table below
    std::shared_ptr<const code_table> agrees_table;

    // Repetition.
    path each;
    std::uint32_t each_head{}; // its first step in the trie of the dialect's paths, when it is indexed
    bool in_place{}; // no each: one entry from the same place, be it a list or not
    std::string split; // one text holds many, joined by this
    std::vector<std::string> except;
    bool except_mapped{};
    std::shared_ptr<rule_list> inner;
    std::vector<send_rule> sends; // written into each element

    std::string name; // as written: dossier.applicant.id_no
    int line{};
    int column{};
    std::string yaml_field; // messages[0].fields.…
};

struct message_slot {
    std::uint16_t parent{};
    const google::protobuf::FieldDescriptor* field{}; // null for slot 0, the message itself
    field_access access;
};

// What decides, without touching the rule itself, that a message says nothing to it: most rules of a dialect
// are about things that one message lacks.
struct rule_probe {
    struct place {
        std::uint32_t trie{};
        bool from_root{};
    };
    std::uint32_t first{}; // of rule_list::places
    std::uint32_t last{};  // none: the rule must be run
    bool reads{};
    bool alternative{};
};

struct rule_list {
    const google::protobuf::Descriptor* message{};
    std::vector<message_slot> slots;
    // What the events of a message have in common stands once in memory: a platform with one status message says fifty
    // events by it.
    std::vector<std::shared_ptr<const field_rule>> rules;
    std::vector<rule_probe> probes; // one for each rule
    std::vector<rule_probe::place> places;

    auto all() const {
        return rules | std::views::transform([](const auto& rule) -> const field_rule& { return *rule; });
    }
    void index(); // after filling
};

struct dialect_plan;
struct message_plan;

struct event_plan {
    std::string name; // CASE_SUBMITTED
    const google::protobuf::FieldDescriptor* body{};
    condition when;
    rule_list rules;
    std::vector<send_rule> sends;
    const dialect_plan* dialect{};
    const message_plan* message{};
};

// One way in which a message says what event it is: a status column, or several that are joined.
struct status_column {
    std::vector<path> from;
    std::optional<std::string> join;
    std::shared_ptr<const code_table> table;
    condition when;
};

struct message_plan {
    std::string name;
    int line{};
    int column{};
    std::string yaml_field;
    std::optional<path> at; // scope of its paths, below the wire's root
    condition match;
    bool has_rows{};
    path each;
    std::vector<status_column> statuses; // the first that names an event says it
    std::vector<std::unique_ptr<event_plan>> events;
    std::vector<send_rule> sends;
    int fields_line{}; // what is sent stands before or after the fields, as in the file
    bool writes{true};
};

enum class codec_kind : std::uint8_t { charset, base64, gzip, json_string };
struct codec_step {
    codec_kind kind{};
    charset from{};
};

struct format_spec {
    format_kind kind{format_kind::none};
    csv_options csv;
    form_options form;
    bool declaration{true}; // XML
    bool strings_only{};    // JSON: numbers and booleans are written as strings
};

struct embed_spec {
    path at;
    std::vector<codec_step> codecs; // outermost first
    format_spec format;
    bool cdata{};
};

struct join_spec {
    path each;
    std::string key;
    path with;
    std::string match;
    std::string as;
};

struct concat_spec {
    std::vector<path> parts;
    std::string into;
};

enum class digest_kind : std::uint8_t { md5, sha1, sha256, sm3, hmac_sha256, hmac_sm3 };
struct signature_spec {
    path field;
    digest_kind digest{};
    std::vector<std::string> over; // names in this order; empty: all fields sorted by name
    std::vector<std::string> except;
    std::string join = "&";
    std::string pair = "=";
    bool skip_empty{true};
    bool values_only{};
    std::string key;
    std::string key_prefix; // text before the signed string, ${key} stands for the key
    std::string key_suffix;
    bool upper{};
    bool base64{};
    charset bytes{charset::utf8}; // that names and values are signed in
};

struct wire_plan {
    std::vector<std::string> content_types;
    std::vector<std::string> media_types; // of these, lower case
    charset bytes{charset::utf8};
    std::vector<codec_step> codecs;
    format_spec format;
    std::vector<concat_spec> concats;
    std::vector<embed_spec> embeds;
    std::vector<join_spec> joins;
    std::optional<path> root;
    std::vector<send_rule> sends;
    std::optional<signature_spec> signature;
};

// ${name}, ${name|filter} between literal texts.
struct template_piece {
    std::string literal;
    std::string name;
    std::string filter;
};
struct text_template {
    std::vector<template_piece> pieces;
};

struct answer_plan {
    format_kind escape{format_kind::none};
    charset bytes{charset::utf8};
    std::string content_type;
    std::map<std::string, int, std::less<>> statuses;
    std::map<std::string, std::string, std::less<>> codes;
    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, text_template, std::less<>> bodies; // by outcome; "else" for the rest
    std::map<std::string, text_template, std::less<>> parts;  // named pieces: ${part.NAME}
    std::optional<text_template> row;
    std::string row_separator;
    std::string violation_separator = "; ";
};

// What the platform answers when it is called.
struct push_answer_plan {
    wire_plan framing;      // without format for `text`
    bool is_soap{};         // a Fault in the body has its code
    condition taken;
    condition duplicate;
    condition retry;
    condition refused;
    std::optional<path> code;
};

struct push_plan {
    push_call call;
    std::optional<push_answer_plan> answer;
};

struct dialect_plan {
    std::string name;
    std::string version;
    std::string title;
    std::string file;
    name_table names;
    std::vector<xml_namespace> namespaces;
    document_limits limits;
    int zone_minutes{480};
    std::vector<std::string> empty{""};
    std::map<std::string, std::shared_ptr<const code_table>, std::less<>> tables;
    std::vector<wire_plan> wires;
    std::vector<std::unique_ptr<message_plan>> messages;
    std::vector<std::pair<std::string, path>> captures;
    std::vector<path> ignores;
    bool keep_unmapped{};
    std::optional<answer_plan> answer;
    push_plan push;
};

// Compiles YAML text. Null when there are mistakes that are not warnings.
std::shared_ptr<const dialect_plan> compile_dialect(std::string_view yaml, const std::string& file_name,
                                                    std::vector<mistake>& mistakes);

} // namespace tongban::dialects
