// Reads a sample with every step written down, compares two dialects by what they make of it, and lists the
// schema fields that no rule can write.
#include "connectors/dialects/trace.hpp"

#include "connectors/dialects/event_diff.hpp"
#include "connectors/dialects/loaded_dialect.hpp"
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/reader.hpp"
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/specimen.hpp"
#include "connectors/dialects/text.hpp"
#include "connectors/dialects/writer.hpp"
#include "schemas/canonical_json.hpp"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <set>

namespace tongban::dialects {

namespace pb = google::protobuf;

namespace {

const dialect_plan& plan_of(const dialect& d) {
    return static_cast<const loaded_dialect&>(d).plan();
}

std::string event_text(const v1::CaseEvent& event) {
    const auto* body = event.GetReflection()->GetOneofFieldDescriptor(
        event, v1::CaseEvent::descriptor()->FindOneofByName("body"));
    return body == nullptr ? "" : event_name(*body);
}

void list_unmapped(const document& doc, trace_report& report) {
    for (node_index i = 1; i < doc.size(); ++i) {
        if (is_unmapped(doc, i)) {
            const auto text = doc.at(i).binary ? std::to_string(doc.at(i).text.size()) + " bytes"
                                               : std::string(trim(doc.at(i).text));
            report.unmapped.push_back({doc.place(i), text});
        }
    }
}

// Whether something can be written where the rule reads: `lists` when the message has JSON in it.
bool has_place(const field_rule& rule, bool lists) {
    if (rule.repeats) {
        path above = rule.each;
        if (!above.steps.empty()) { // any number of entries
            above.steps.pop_back();
        }
        return is_one_place(above, lists);
    }
    const auto count = rule.joins ? rule.from.size() : std::min<std::size_t>(rule.from.size(), 1);
    return std::all_of(rule.from.begin(), rule.from.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const path& p) { return is_one_place(p, lists); });
}

// Fields of the shared schema that rules write, by name; a written "body.promise" covers its parts.
void written_fields(const rule_list& list, bool lists, const std::string& prefix, std::set<std::string>& names) {
    for (const auto& rule : list.all()) {
        const bool backwards = std::all_of(rule.steps.begin(), rule.steps.end(),
                                           [](const transform& t) { return not_invertible(t).empty(); });
        if (!rule.writes || rule.constant || !backwards || rule.cannot_part || !has_place(rule, lists)) {
            continue;
        }
        const std::string name = prefix + rule.name;
        names.insert(name);
        if (rule.repeats && rule.inner && rule.target == target_kind::message) {
            written_fields(*rule.inner, lists, name + ".", names);
        }
    }
}

// Codes of an enum field that a rule's table has no text for.
void unwritable_codes(const rule_list& list, const std::string& prefix, const std::string& event,
                      std::vector<unsayable>& out) {
    for (const auto& rule : list.all()) {
        if (rule.repeats && rule.inner && rule.target == target_kind::message) {
            unwritable_codes(*rule.inner, prefix + rule.name + ".", event, out);
        }
        if (!rule.writes || rule.target != target_kind::code || rule.steps.empty() ||
            !rule.steps.back().table) {
            continue;
        }
        const auto& table = *rule.steps.back().table;
        std::string lacking;
        for (const auto& [code, number] : rule.codes) {
            if (table.source(code) == nullptr && table.other != code_table::otherwise::keep) {
                lacking += (lacking.empty() ? "" : ", ") + code;
            }
        }
        if (!lacking.empty()) {
            out.push_back({event, prefix + rule.name, {"代码表中没有对应的文本：" + lacking, "the table has no text for: " + lacking}});
        }
    }
}

// Values that a reader adds or takes away.
void readings(const rule_list& list, const std::string& event, const std::set<std::string>& written,
              std::vector<unsayable>& out) {
    for (const auto& rule : list.all()) {
        if (rule.constant && !written.contains(rule.name)) {
            out.push_back({event, rule.name,
                           {"读入时总是“" + *rule.constant + "”", "always reads as '" + *rule.constant + "'"}});
        }
        if (rule.fallback) {
            out.push_back({event, rule.name,
                           {"缺少时读作“" + *rule.fallback + "”", "when absent it reads as '" + *rule.fallback + "'"}});
        }
        if (!rule.writes && !rule.from.empty() && written.contains(rule.name)) {
            out.push_back({event, rule.name,
                           {"缺少时从 " + rule.from.front().text + " 读取",
                            "when absent it is read from " + rule.from.front().text}});
        }
        if (std::any_of(rule.steps.begin(), rule.steps.end(),
                        [](const transform& t) { return t.kind == transform_kind::strip; })) {
            out.push_back({event, rule.name,
                           {"strip 去掉的字符不会恢复", "the characters that strip takes away do not come back"}});
        }
    }
}

class schema_walk {
public:
    schema_walk(const event_plan& event, const std::set<std::string>& written, std::vector<unsayable>& out)
        : event_(event), written_(written), out_(out) {}

    void run(const pb::Descriptor& type, const std::string& prefix, bool top) {
        for (int i = 0; i < type.field_count(); ++i) {
            const auto& field = *type.field(i);
            if (top && (field.name() == "occurred_text" || field.name() == "fencing_token" ||
                        (field.real_containing_oneof() != nullptr && &field != event_.body))) {
                continue;
            }
            visit(field, prefix + (top && &field == event_.body ? "body" : field.name()));
        }
    }

private:
    void visit(const pb::FieldDescriptor& field, const std::string& name) {
        const auto& own = field.name();
        if (written_.contains(name) || own == "code_raw" || own == "code_text_conflict" ||
            name == "dossier.extra") {
            if (!(field.is_repeated() && field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)) {
                return;
            }
        }
        const bool message = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
                             field.message_type() != pb::Timestamp::descriptor();
        if (!message) {
            lacks(name);
            return;
        }
        const auto below = written_.lower_bound(name + ".");
        if (below == written_.end() || !below->starts_with(name + ".")) {
            if (name != "body" && name != "dossier.extra") {
                lacks(name); // as a whole
            }
            if (name == "body") {
                run(*field.message_type(), "body.", false);
            }
            return;
        }
        run(*field.message_type(), name + ".", false);
    }

    void lacks(const std::string& name) {
        const auto& rules = event_.rules.rules;
        const auto found = std::ranges::find_if(rules, [&](const auto& rule) { return rule->name == name; });
        if (found != rules.end() && (*found)->constant) {
            return; // told as a constant
        }
        out_.push_back({event_.name, name,
                        found == rules.end() ? sentence{"没有规则写出它", "no rule writes it"}
                                             : sentence{"它的规则不能反向执行", "its rule cannot be run backwards"}});
    }

    const event_plan& event_;
    const std::set<std::string>& written_;
    std::vector<unsayable>& out_;
};

} // namespace

trace_report trace(const dialect& d, const wire_message& sample) {
    trace_report report;
    pb::Arena arena;
    document doc;
    auto read = read_message(plan_of(d), sample, arena, doc, &report.rows);
    if (!read) {
        report.refused = read.error();
        return report;
    }
    report.readable = true;
    report.message_name = read->message_name;
    report.stats = read->stats;
    report.violations = read->violations;
    for (const auto& one : read->events) {
        report.events.push_back(event_text(*one.event));
        report.canonical.push_back(v1::to_json(*one.event));
        report.violations.insert(report.violations.end(), one.violations.begin(), one.violations.end());
    }
    list_unmapped(doc, report);
    return report;
}

namespace {

written_back write_one(const dialect_plan& plan, std::span<const v1::CaseEvent* const> events) {
    written_back one;
    for (const auto* event : events) {
        one.events.push_back(event_text(*event));
    }
    auto out = write_message(plan, events);
    if (!out) {
        one.refused = out.error();
        return one;
    }
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    if (to_utf8(plan.wires.front().bytes, out->body, scratch, text, bad)) {
        one.text = text;
    }
    one.content_type = std::move(out->content_type);
    one.body = std::move(out->body);
    one.lost = std::move(out->lost);
    return one;
}

} // namespace

namespace {

// One message for all events where that can be said, else one for each.
std::vector<written_back> write_events(const dialect& d, const reading& read) {
    std::vector<written_back> all;
    std::vector<const v1::CaseEvent*> events;
    for (const auto& one : read.events) {
        if (one.plan != nullptr) {
            events.push_back(one.event);
        }
    }
    if (events.size() > 1) {
        if (auto together = write_one(plan_of(d), events); !together.refused) {
            all.push_back(std::move(together));
            return all;
        }
    }
    for (const auto* event : events) {
        all.push_back(write_one(plan_of(d), {&event, 1}));
    }
    return all;
}

// What is told of a message that is written, in one text.
std::string written_text(const written_back& one) {
    if (one.refused) {
        return one.refused->code.message() + ": " + one.refused->message_en;
    }
    std::string text = one.content_type + "\n" + one.body;
    for (const auto& lost : one.lost) {
        text += "\nlost " + lost.field() + ": " + lost.message_en();
    }
    return text;
}

// The text from shortly before `at`, where a character begins.
std::string from_about(const std::string& text, std::size_t at) {
    constexpr std::size_t before = 16;
    at = std::min(at, text.size());
    at -= std::min(at, before);
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
        --at;
    }
    return (at > 0 ? "…" : "") + text.substr(at);
}

} // namespace

std::vector<written_back> write_back(const dialect& d, const wire_message& sample) {
    pb::Arena arena;
    const auto read = d.read(sample, arena);
    return read ? write_events(d, *read) : std::vector<written_back>();
}

std::vector<trace_difference> diff(const dialect& before, const dialect& after, const wire_message& sample) {
    std::vector<trace_difference> all;
    pb::Arena arena;
    const auto a = before.read(sample, arena);
    const auto b = after.read(sample, arena);
    const auto note = [&](std::uint32_t event, std::string field, std::string from, std::string to) {
        if (from != to) {
            all.push_back({event, std::move(field), std::move(from), std::move(to)});
        }
    };
    const auto refused = [](const auto& r) {
        return r ? std::string()
                 : r.error().code.message() + ": " + r.error().place + ": " + r.error().message_en;
    };
    note(0, "refused", refused(a), refused(b));
    if (!a || !b) {
        return all;
    }
    const auto complaints = [](const translated_event& e) {
        std::string text;
        for (const auto& v : e.violations) {
            text += (text.empty() ? "" : "; ") + v.field() + ": " + v.rule();
        }
        return text;
    };
    for (std::size_t i = 0; i < std::max(a->events.size(), b->events.size()); ++i) {
        const v1::CaseEvent none;
        const auto number = static_cast<std::uint32_t>(i);
        const auto* ea = i < a->events.size() ? &a->events[i] : nullptr;
        const auto* eb = i < b->events.size() ? &b->events[i] : nullptr;
        note(number, "event", ea ? event_text(*ea->event) : "", eb ? event_text(*eb->event) : "");
        note(number, "violations", ea ? complaints(*ea) : "", eb ? complaints(*eb) : "");
        for (auto& d : event_diff(ea ? *ea->event : none, eb ? *eb->event : none, true)) {
            note(number, std::move(d.field), std::move(d.before), std::move(d.after));
        }
    }
    const fixed_sends fixed;
    const auto wa = write_events(before, *a); // the same events by both: what is read otherwise is told already
    const auto wb = write_events(after, *a);
    for (std::size_t i = 0; i < std::max(wa.size(), wb.size()); ++i) {
        const auto from = i < wa.size() ? written_text(wa[i]) : "";
        const auto to = i < wb.size() ? written_text(wb[i]) : "";
        const auto differs = std::ranges::mismatch(from, to).in1 - from.begin();
        if (from != to) {
            note(static_cast<std::uint32_t>(i), "written", from_about(from, static_cast<std::size_t>(differs)),
                 from_about(to, static_cast<std::size_t>(differs)));
        }
    }
    return all;
}

std::vector<unsayable> cannot_say(const dialect& d) {
    const auto& plan = plan_of(d);
    std::vector<unsayable> all;
    const auto& oneof = *v1::CaseEvent::descriptor()->FindOneofByName("body");
    for (int i = 0; i < oneof.field_count(); ++i) {
        const event_plan* writes = nullptr;
        for (const auto& message : plan.messages) {
            for (const auto& event : message->events) {
                if (message->writes && writes == nullptr && event->body == oneof.field(i)) {
                    writes = event.get();
                }
            }
        }
        if (writes == nullptr) {
            all.push_back({event_name(*oneof.field(i)), "",
                           {"该方言没有报文表示此事件", "no message of the dialect says this event"}});
            continue;
        }
        const auto filled = specimen(*oneof.field(i));
        const v1::CaseEvent* const out = &filled;
        if (const auto once = write_message(plan, {&out, 1}); !once) {
            all.push_back({writes->name, "", {once.error().message_zh, once.error().message_en}});
        }
        std::set<std::string> written;
        written_fields(writes->rules, has_json(plan.wires.front()), "", written);
        readings(writes->rules, writes->name, written, all);
        unwritable_codes(writes->rules, "", writes->name, all);
        schema_walk(*writes, written, all).run(*v1::CaseEvent::descriptor(), "", true);
    }
    return all;
}

} // namespace tongban::dialects
