// What is told of a rule: a line of the trace, a violation for the sender.
#include "connectors/dialects/rule_frame.hpp"
#include "connectors/dialects/schema_field.hpp"

namespace tongban::dialects {

std::string rule_reader::spell(const entry_name* name) {
    if (name == nullptr) {
        return {};
    }
    auto text = spell(name->up);
    text += text.empty() ? "" : ".";
    return text + name->list->name + '[' + std::to_string(name->index) + ']';
}

void rule_reader::note(const field_rule& rule, const frame& f, const origin& from, const flowing_value* value,
                       const std::string& problem) {
    if (trace_ == nullptr) {
        return;
    }
    trace_row row;
    row.event = event_number_;
    row.field = f.name(rule);
    row.problem = problem;
    if (from.node != no_node) {
        row.source = doc_.place(from.node);
        row.raw =
            doc_.at(from.node).binary ? std::to_string(from.raw.size()) + " bytes" : std::string(from.raw);
    }
    for (const auto& step : rule.steps) {
        row.steps += (row.steps.empty() ? "" : ", ") + std::string(step.name());
    }
    if (value != nullptr) {
        switch (value->kind) {
        case transform::result::text:
            row.value = value->text;
            break;
        case transform::result::bytes:
            row.value = std::to_string(value->text.size()) + " bytes";
            break;
        case transform::result::integer:
            row.value = std::to_string(value->integer);
            break;
        case transform::result::limit:
            print_limit(static_cast<std::int32_t>(value->integer), value->unit, row.value);
            break;
        case transform::result::time: {
            time_format iso;
            parse_time_format("iso", iso);
            print_time(iso, value->time, plan_.zone_minutes, row.value);
        }
        }
    }
    if (rule.target == target_kind::bytes && value != nullptr) {
        row.value = std::to_string(value->text.size()) + " bytes";
    }
    trace_->push_back(std::move(row));
}

void rule_reader::complain(const field_rule& rule, const frame& f, const origin& from, std::string_view kind,
                           std::string zh, std::string en) {
    std::string place;
    if (from.node != no_node) {
        place = doc_.place(from.node);
    } else if (out_.plan != nullptr) {
        place = place_of_field(out_, f.name(rule), &rule);
    }
    note(rule, f, from, nullptr, std::string(kind) + ": " + en);
    auto field = f.name(rule);
    if (out_.plan != nullptr) {
        field = schema_name(*out_.plan->body, std::move(field));
    }
    out_.violations.push_back(
        violation(std::move(place), std::move(field), kind, std::move(zh), std::move(en)));
}

} // namespace tongban::dialects
