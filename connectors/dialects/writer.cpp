// Choosing the message, building the tree, printing and encoding it, and reading it again.
#include "connectors/dialects/writer.hpp"

#include "connectors/dialects/event_diff.hpp"
#include "connectors/dialects/framing.hpp"
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/reader.hpp"
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/schema_field.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

const google::protobuf::FieldDescriptor* body_of(const v1::CaseEvent& event) {
    return event.GetReflection()->GetOneofFieldDescriptor(
        event, v1::CaseEvent::descriptor()->FindOneofByName("body"));
}

struct said_status {
    const status_column* column{}; // null: no column has the event
    const std::string* text{};
};

// How the message says the event: by the last column that has it, which is the most general one.
said_status status_of(const message_plan& message, const event_plan& event) {
    for (auto column = message.statuses.rbegin(); column != message.statuses.rend(); ++column) {
        for (const auto& [text, name] : column->table->entries) {
            if (event_body(name) == event.body) {
                return {&*column, &text};
            }
        }
    }
    return {};
}

class message_writer {
public:
    message_writer(const dialect_plan& plan, const message_plan& message)
        : plan_(plan), message_(message), wire_(plan.wires.front()) {}

    void add(const v1::CaseEvent& event, const event_plan& rules) {
        rule_writer writer(plan_, wire_, event, tree_);
        if (!begun_) {
            begin_header();
        }
        out_tree::base base{nullptr, root(wire_.root)};
        if (!begun_) {
            writer.send(wire_.sends, {base.root, base.root}, 0);
        }
        const bool early = message_.fields_line == 0 || message_.sends.empty() ||
                           message_.sends.front().line < message_.fields_line;
        base.scope = message_.has_rows && early ? base.root : nullptr;
        out_node* start = nullptr;
        const auto scope =
            [&]() -> out_node* { // made when first needed, so that what is sent before stands before
            if (start == nullptr) {
                start = message_.at ? tree_.reach(*message_.at, {base.root, base.root}) : base.root;
            }
            return start;
        };
        if (!begun_ && early) {
            send_absolute_first(writer, base.root, scope);
        }
        if (!begun_) {
            writer.assert_condition(message_.match, {scope_for_match(scope), base.root});
        }
        out_node* at = message_.has_rows
                           ? writer.new_entry(message_.each, {scope(), base.root}, false, !begun_, rows_)
                           : nullptr;
        run(writer, event, rules, at, base.root, scope);
        if (!begun_ && !early) {
            writer.send(message_.sends, {scope(), base.root}, 0);
        }
        begun_ = true;
    }

    boost::system::result<dialect::writing, refusal> finish() { return print_message(plan_, wire_, tree_); }

private:
    // SOAP wants the header of an envelope before its body, wherever the file says what is sent in it.
    void begin_header() {
        for (const auto& one : wire_.sends) {
            const auto& steps = one.where.steps;
            if (wire_.format.kind == format_kind::xml && one.where.origin == path_origin::document && steps.size() > 2 &&
                steps[0].name == "Envelope" && steps[1].name == "Header") {
                path header = one.where;
                header.steps.resize(2);
                tree_.reach(header, {&tree_.root(), &tree_.root()});
                return;
            }
        }
    }

    out_node* root(const std::optional<path>& p) {
        return p ? tree_.reach(*p, {&tree_.root(), &tree_.root()}) : &tree_.root();
    }

    // Texts that are sent from the root come before the message's own scope exists.
    template <class Scope>
    void send_absolute_first(rule_writer& writer, out_node* top, Scope& scope) {
        for (const auto& one : message_.sends) {
            const bool relative = one.where.origin == path_origin::scope;
            writer.send({one}, {relative ? scope() : top, top}, 0);
        }
    }

    template <class Scope>
    out_node* scope_for_match(Scope& scope) {
        return message_.match.is.empty() ? nullptr : scope();
    }

    template <class Scope>
    void run(rule_writer& writer, const v1::CaseEvent& event, const event_plan& rules, out_node* row,
             out_node* top, Scope& scope) {
        // Rules from the root first grow what stands above the scope: heads before bodies.
        if (row == nullptr && message_.at) {
            rule_list head;
            head.message = rules.rules.message;
            head.slots = rules.rules.slots;
            for (const auto& rule : rules.rules.rules) {
                if (rule->repeats || rule->from.empty() || rule->from.front().origin != path_origin::root) {
                    break;
                }
                head.rules.push_back(rule);
            }
            writer.run(head, event, {top, top});
        }
        out_node* at = row != nullptr ? row : scope();
        say_status(writer, rules, {at, top});
        writer.assert_condition(rules.when, {at, top});
        writer.run(rules.rules, event, {at, top});
        writer.send(rules.sends, {at, top}, 0);
    }

    void say_status(rule_writer& writer, const event_plan& rules, out_tree::base base) {
        const auto [column, status] = status_of(message_, rules);
        if (column == nullptr) {
            return;
        }
        std::string_view rest = *status;
        for (std::size_t i = 0; i < column->from.size(); ++i) {
            const bool whole = !column->join || i + 1 == column->from.size();
            const auto end = whole ? std::string_view::npos : rest.find(*column->join);
            if (const auto piece = rest.substr(0, end); !piece.empty()) {
                writer.put(column->from[i], base, piece, node_kind::text, false);
            }
            if (end == std::string_view::npos) {
                break;
            }
            rest = rest.substr(end + column->join->size());
        }
        writer.assert_condition(column->when, base);
    }

    const dialect_plan& plan_;
    const message_plan& message_;
    const wire_plan& wire_;
    out_tree tree_;
    out_node* rows_{}; // what holds them
    bool begun_{};
};

// Rules for each event in one message, or nothing.
std::vector<const event_plan*> rules_for(const message_plan& message,
                                         std::span<const v1::CaseEvent* const> events) {
    std::vector<const event_plan*> all;
    if (!message.writes || (events.size() > 1 && !message.has_rows)) {
        return all;
    }
    for (const auto* event : events) {
        const auto found = std::find_if(message.events.begin(), message.events.end(), [&](const auto& e) {
            return e->body == body_of(*event) && (message.statuses.empty() || status_of(message, *e).column != nullptr);
        });
        if (found == message.events.end()) {
            return {};
        }
        all.push_back(found->get());
    }
    return all;
}

v1::Violation lost_field(const event_difference& d) {
    auto one = violation("", d.field, "lost", d.after.empty() ? "本格式无处填写" : "本格式只能写成：" + d.after,
                         d.after.empty() ? "the format has no place for it" : "the format can only say: " + d.after);
    one.set_warning(true);
    return one;
}

refusal not_read_back(refusal why) {
    why.message_zh = "写出的报文本格式自己无法读回：" + why.message_zh;
    why.message_en = "what was written cannot be read by the dialect itself: " + why.message_en;
    return why;
}

// Why what was read back is not the event that was written.
refusal other_event(const v1::CaseEvent& written, const reading& again) {
    const std::string name = event_name(*body_of(written));
    for (const auto& one : again.events) {
        if (one.plan == nullptr && !one.violations.empty()) {
            const auto& why = one.violations.front();
            return {errc::unknown_message, why.source_path(), why.message_zh(), why.message_en()};
        }
    }
    std::string zh = "读回的不是 " + name;
    std::string en = "it is not read as " + name;
    if (!again.events.empty() && again.events.front().plan != nullptr) {
        zh += "，而是 " + again.events.front().plan->name;
        en += " but as " + again.events.front().plan->name;
    }
    return {errc::unknown_message, "", std::move(zh), std::move(en)};
}

// Reads what was written: a field that does not come back equal is lost, and what does not come back as the event that it
// was is not sent at all.
boost::system::result<void, refusal> read_back(const dialect_plan& plan, std::span<const v1::CaseEvent* const> events,
                                               dialect::writing& out) {
    google::protobuf::Arena arena;
    thread_local document doc;
    const auto again = read_message(plan, {out.content_type, out.body}, arena, doc, nullptr);
    if (!again) {
        return not_read_back(again.error());
    }
    std::size_t next = 0; // one row may be several events
    for (const auto* event : events) {
        const auto* body = body_of(*event);
        while (next < again->events.size() && (again->events[next].plan == nullptr || body_of(*again->events[next].event) != body)) {
            ++next;
        }
        if (next == again->events.size()) {
            return not_read_back(other_event(*event, *again));
        }
        for (const auto& d : event_diff(*event, *again->events[next++].event, false)) {
            out.lost.push_back(lost_field(d));
        }
    }
    return {};
}

} // namespace

boost::system::result<dialect::writing, refusal> write_message(const dialect_plan& plan,
                                                               std::span<const v1::CaseEvent* const> events) {
    for (const auto& message : plan.messages) {
        const auto rules = rules_for(*message, events);
        if (rules.empty()) {
            continue;
        }
        message_writer writer(plan, *message);
        for (std::size_t i = 0; i < events.size(); ++i) {
            writer.add(*events[i], *rules[i]);
        }
        auto out = writer.finish();
        if (!out) {
            return out;
        }
        if (const auto same = read_back(plan, events, *out); !same) {
            return same.error();
        }
        return out;
    }
    const auto* body = events.empty() ? nullptr : body_of(*events.front());
    const std::string name = body == nullptr ? "" : event_name(*body);
    return refusal{errc::unknown_message, "", "本格式没有可以表达该事件的报文：" + name,
                   "the dialect has no message that says this event: " + name};
}

} // namespace tongban::dialects
