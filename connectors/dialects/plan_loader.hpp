// The parts of the loader: each reads one section of a dialect file into the plan and tells every mistake it
// finds.
#pragma once

#include "connectors/dialects/plan.hpp"
#include "connectors/dialects/yaml_source.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tongban::dialects {

struct load_context {
    dialect_plan& plan;
    mistake_list& mistakes;
    std::map<std::string, yaml_place> blocks{}; // named groups of fields
    std::set<std::string> used_blocks{};
    std::set<std::string> used_tables{};
};

path load_path(load_context& context, const yaml_place& at);
std::vector<path> load_paths(load_context& context, const yaml_place& at);
// Texts that mean nothing. An unquoted null is the text "null", as it is as the key of a table.
std::vector<std::string> load_empty(const yaml_place& at);
condition load_condition(load_context& context, const yaml_place& at);
// A table's name, or a table written in place.
std::shared_ptr<const code_table> load_table(load_context& context, const yaml_place& at);
std::vector<transform> load_steps(load_context& context, const yaml_place& at);
// Why what the rule joins cannot be taken apart when it is written; empty when it can, or when it joins nothing.
sentence not_taken_apart(const field_rule& rule);
std::vector<send_rule> load_sends(load_context& context, const yaml_place& at);
text_template load_template(const yaml_place& at);
sentence parse_template(std::string_view text, text_template& out);

void load_wires(load_context& context, const yaml_place& at);
void load_messages(load_context& context, const yaml_place& at);
void load_answer(load_context& context, const yaml_place& at);
void load_push(load_context& context, const yaml_place& at);
// charset, format, embed, root. With `formatless`, a missing format is no mistake.
void load_framing(load_context& context, const yaml_place& at, wire_plan& wire, bool formatless);

// Rules that all events of a message have in common: of the groups that they share, what is not in the event's own body.
class shared_rules {
public:
    // `body`: of any of the events, for what is told of a mistake.
    shared_rules(load_context& context, const std::vector<yaml_place>& groups, const google::protobuf::FieldDescriptor* body);

    const std::vector<message_slot>& slots() const { return list_.slots; }
    // Null when the name is not in that group, or is the body's.
    const std::vector<std::shared_ptr<const field_rule>>* find(std::size_t group, const std::string& name) const {
        const auto found = by_name_[group].find(name);
        return found == by_name_[group].end() ? nullptr : &found->second;
    }

private:
    rule_list list_;
    std::vector<std::map<std::string, std::vector<std::shared_ptr<const field_rule>>>> by_name_; // one for each group
};

// Fields of one event: the event's own (the last group), its message's, and those of included blocks; the most specific
// rule for a schema field stands.
void load_event_fields(load_context& context, const std::vector<yaml_place>& groups, const shared_rules& shared,
                       event_plan& event);

// The mistakes in fields of an event that is not known: told where no event that has the field could take its rule. With
// `body_only`, fields of the event's own message alone.
void check_fields(load_context& context, const yaml_place& fields, bool body_only);

// Warnings of tables that no rule uses, and of what is wrong in them.
void check_unused_tables(load_context& context, const yaml_place& tables);

// Warnings of captures that begin at a message's `at`, and name what stands above it.
void check_captures(load_context& context, const yaml_place& captures);

// Warnings of messages that are never read, because one before them takes all that they would.
void check_unreachable(load_context& context, const yaml_place& messages);

// Every event's body.
std::vector<const google::protobuf::FieldDescriptor*> event_bodies();
// The event's body descriptor by name (CASE_SUBMITTED or case_submitted); null when there is none.
const google::protobuf::FieldDescriptor* event_body(std::string_view name);
std::string event_name(const google::protobuf::FieldDescriptor& body);
// True when the event has the field: body.… is the event's own message.
bool has_field(const google::protobuf::FieldDescriptor& body, std::string_view name);
// Names and numbers of an enum without its prefix.
std::vector<std::pair<std::string, int>> short_codes(const google::protobuf::EnumDescriptor& type);

} // namespace tongban::dialects
