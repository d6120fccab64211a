// Runs the rules of one event over one place of a document.
#pragma once

#include "connectors/dialects/reader.hpp"

#include <google/protobuf/message.h>

namespace tongban::dialects {

class rule_reader {
public:
    rule_reader(const dialect_plan& plan, document& doc, node_index root, translated_event& out,
                reading_stats& stats, std::vector<trace_row>* trace, std::uint32_t event_number);

    void run(const rule_list& list, node_index scope, google::protobuf::Message& target);

private:
    class frame;
    // Entry of a list that is being filled: names are spelt out only when something is to be told.
    struct entry_name {
        const entry_name* up{};
        const field_rule* list{};
        std::uint32_t index{};
    };
    static std::string spell(const entry_name* name);
    bool run(const rule_list& list, node_index scope, google::protobuf::Message& target,
             const entry_name* name, std::size_t depth);
    struct origin {
        node_index node{no_node}; // where the value stood
        std::string_view raw;
    };

    static transform_buffers& thread_buffers();
    bool reached(const rule_list& list, const rule_probe& probe, const path_base& base);
    bool scalar(const field_rule& rule, frame& f);
    bool gather(const field_rule& rule, frame& f, flowing_value& value, origin& from);
    bool usable(const field_rule& rule, node_index i, std::string_view& text);
    void know_sources(const field_rule& rule, const path_base& base);
    bool assign(const field_rule& rule, frame& f, const flowing_value& value, const origin& from);
    bool assign_text(const field_rule& rule, google::protobuf::Message& m, std::string_view text,
                     const origin& from, const frame& f);
    bool assign_integer(const field_rule& rule, google::protobuf::Message& m, std::int64_t number,
                        const origin& from, const frame& f);
    void check_agreement(const field_rule& rule, frame& f, std::string_view canonical);
    bool repeated(const field_rule& rule, frame& f);
    void element(const field_rule& rule, frame& f, node_index at, std::uint32_t& count, bool keep_place);
    bool others_map(const field_rule& rule, const frame& f, node_index at);
    void pieces(const field_rule& rule, node_index at, std::vector<node_index>& out);
    void note(const field_rule& rule, const frame& f, const origin& from, const flowing_value* value,
              const std::string& problem);
    void complain(const field_rule& rule, const frame& f, const origin& from, std::string_view kind,
                  std::string zh, std::string en);

    const dialect_plan& plan_;
    document& doc_;
    node_index root_;
    translated_event& out_;
    reading_stats& stats_;
    std::vector<trace_row>* trace_;
    std::uint32_t event_number_;
    bool takes_rest_{};          // in a rule for what the others do not map
    transform_buffers& buffers_; // no value flows while another does
};

} // namespace tongban::dialects
