// Runs the rules of one event backwards into the tree.
#pragma once

#include "connectors/dialects/out_tree.hpp"

#include <google/protobuf/message.h>

#include <set>

namespace tongban::dialects {

class rule_writer {
public:
    rule_writer(const dialect_plan& plan, const wire_plan& wire, const v1::CaseEvent& event, out_tree& tree)
        : plan_(plan), wire_(wire), event_(event), tree_(tree) {}

    void run(const rule_list& list, const google::protobuf::Message& from, out_tree::base base);
    // What is sent before (`after` false) or after the fields.
    void send(const std::vector<send_rule>& sends, out_tree::base base, std::size_t index);
    // Makes `is` conditions hold where nothing says otherwise.
    void assert_condition(const condition& c, out_tree::base base);
    // A new entry of a repeated place; null when there can be no other. `holder`: what held the one before, null at first.
    out_node* new_entry(const path& each, out_tree::base base, bool named_later, bool first, out_node*& holder);
    // `rule`: whose text it is, if one's.
    void put(const path& where, out_tree::base base, std::string_view text, node_kind kind, bool raw_json,
             const field_rule* rule = nullptr);

private:
    bool scalar(const rule_list& list, const field_rule& rule, const google::protobuf::Message& from,
                out_tree::base base);
    void place(const field_rule& rule, out_tree::base base, std::string text, node_kind kind);
    void repeated(const rule_list& list, const field_rule& rule, const google::protobuf::Message& from,
                  out_tree::base base, std::vector<bool>& said);
    // Names of the nodes beside the entries of one list: those that came from the data must differ.
    struct names_beside {
        bool known{};
        std::set<std::string, std::less<>> names;
    };
    bool entry(const field_rule& rule, const rule_list& list, const google::protobuf::Message& holder, int i,
               out_node& at, out_tree::base base, names_beside& beside);
    bool may_be_named(const field_rule& rule, const rule_list& list, const out_node& at, names_beside& beside) const;
    static bool stands_beside(const out_node& at, names_beside& beside);
    std::string pieces(const field_rule& rule, const rule_list& list, const google::protobuf::Message& holder,
                       std::vector<bool>& said);
    void pack(const field_rule& rule, out_tree::base base, std::string& text);
    void tell(const field_rule& rule, std::string_view separator);
    bool allowed(const condition& c, out_tree::base base);
    // The node of a path, or null: made where it is missing unless it is only looked for, as entries of a list where the place
    // is in JSON.
    out_node* reach(const path& p, out_tree::base base, bool make = true);
    // What holds the entries of a repeated place.
    out_node* holder_of(const path& each, out_tree::base base);
    bool can_be_name(const out_node& at) const;
    const embed_spec* embed_at(const out_node& at) const;
    const format_spec& format_at(const out_node& at) const;

    const dialect_plan& plan_;
    const wire_plan& wire_;
    const v1::CaseEvent& event_;
    out_tree& tree_;
    const written_entry* in_{}; // the list's entry that is being written
};

// True when the path names one place, so that something can be written there. `*[2]` does where `lists` has entries: JSON.
bool is_one_place(const path& p, bool lists);
// Whether a message that is sent so has JSON in it.
bool has_json(const wire_plan& wire);

// ${…} of what is sent.
std::string fill_template(const dialect_plan& plan, const std::string& text, const v1::CaseEvent& event,
                          std::size_t index);
std::string random_uuid();
// While one lives, what this thread writes has one time for ${now} and one ${uuid}: two dialects can be compared by it.
class fixed_sends {
public:
    fixed_sends();
    ~fixed_sends();
    fixed_sends(const fixed_sends&) = delete;
    fixed_sends& operator=(const fixed_sends&) = delete;
};
// Nodes that a path matches in the tree, wildcards included.
void match_nodes(out_node& root, const path& p, std::vector<out_node*>& out);

} // namespace tongban::dialects
