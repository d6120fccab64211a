// `fields:` one rule for each schema field, checked against the schema.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/schema_field.hpp"

#include <algorithm>
#include <set>

namespace tongban::dialects {

namespace pb = google::protobuf;

namespace {

sentence cannot_fill(const std::string& field) {
    return {"没有规则能填写“" + field + "”", "no rule can fill '" + field + "'"};
}

class rule_loader {
public:
    rule_loader(load_context& context, const pb::FieldDescriptor* body) : context_(context), body_(body) {}

    void load_into(rule_list& list, const std::string& name, const yaml_place& at) {
        if (at.is_list()) {
            const auto items = at.items();
            for (std::size_t i = 0; i < items.size(); ++i) {
                load_one(list, name, items[i], i > 0, items.size() > 1);
            }
        } else {
            load_one(list, name, at, false, false);
        }
    }

private:
    void load_one(rule_list& list, const std::string& name, const yaml_place& at, bool alternative, bool several) {
        field_rule rule;
        sentence wrong;
        rule.field = resolve_field(list, body_, name, rule.slot, wrong);
        if (rule.field == nullptr || !target_of(*rule.field, rule.target)) {
            at.wrong(wrong.empty() ? cannot_fill(name) : wrong);
            return;
        }
        rule.reflection = reflection_of(*rule.field);
        rule.access = access_to(*rule.field);
        if (rule.access.make == nullptr && rule.access.set_text == nullptr &&
            rule.access.set_number == nullptr) {
            at.wrong(cannot_fill(name));
            return;
        }
        rule.name = name;
        rule.line = at.line();
        rule.column = at.column();
        rule.yaml_field = at.field();
        rule.alternative = alternative && !rule.field->is_repeated(); // rules for a list add up
        rule.several_places = several;
        rule.empty = context_.plan.empty;
        if (rule.field->is_repeated()) {
            load_repeated(rule, at);
        } else {
            load_scalar(rule, at);
        }
        std::erase(rule.empty, ""); // a blank is nothing before this is asked
        rule.conditional = !rule.when.empty();
        list.rules.push_back(std::make_shared<const field_rule>(std::move(rule)));
    }

    void load_shared_keys(field_rule& rule, const yaml_place& at) {
        rule.when = load_condition(context_, at["when"]);
        const auto direction = at["direction"].text("both");
        rule.reads = direction != "out";
        rule.writes = direction != "in";
        if (direction != "both" && direction != "in" && direction != "out") {
            at["direction"].wrong("应为 both、in 或 out", "expected both, in or out");
        }
    }

    void load_scalar(field_rule& rule, const yaml_place& at) {
        if (rule.target == target_kind::message) {
            const auto one = rule.name + "." + rule.field->message_type()->field(0)->name();
            at.wrong("“" + rule.name + "”是消息：请写它的字段，如 " + one,
                     "'" + rule.name + "' is a message: name its fields, as in " + one);
            return;
        }
        load_source(rule, at, false);
        rule.several_places = rule.several_places || (rule.from.size() > 1 && !rule.joins);
        finish(rule, at);
    }

    // Keys of a rule for one value; those of a repeated scalar stand beside each: and split:.
    void load_source(field_rule& rule, const yaml_place& at, bool element) {
        if (!at.is_map()) {
            rule.from.push_back(load_path(context_, at));
            return;
        }
        if (element) {
            at.only({"each", "split", "except", "from", "do", "table", "empty", "when", "direction"});
        } else {
            at.only({"from", "value", "do", "table", "empty", "default", "required", "when", "direction",
                     "json", "join", "agrees_with"});
            load_shared_keys(rule, at);
        }
        rule.from = load_paths(context_, at["from"]);
        if (element && rule.from.empty()) {
            path self;
            parse_path(".", context_.plan.names, {}, self);
            rule.from.push_back(self);
        }
        if (at["value"].present()) {
            rule.constant = at["value"].text();
        }
        if (rule.from.empty() == !rule.constant) {
            at.wrong("规则须有 from:（路径）或 value:（常量），二者取一", "a rule needs from: a path, or value: a constant");
        }
        rule.joins = at["join"].present();
        rule.join = at["join"].text("");
        rule.steps = load_steps(context_, at["do"]);
        if (at["table"].present()) {
            transform t;
            t.kind = transform_kind::table;
            t.table = load_table(context_, at["table"]);
            rule.steps.push_back(std::move(t));
        }
        if (at["default"].present()) {
            rule.fallback = at["default"].text();
        }
        if (at["empty"].present()) {
            rule.empty = load_empty(at["empty"]);
        }
        rule.required = at["required"].flag(false);
        load_json_type(rule, at["json"]);
        load_agreement(rule, at["agrees_with"]);
    }

    static void load_json_type(field_rule& rule, const yaml_place& at) {
        const auto type = at.text("");
        rule.written_as = type == "string"    ? json_type::string
                          : type == "number"  ? json_type::number
                          : type == "boolean" ? json_type::boolean
                                              : json_type::automatic;
        if (!type.empty() && rule.written_as == json_type::automatic) {
            at.wrong("应为 string、number 或 boolean", "expected string, number or boolean");
        }
    }

    void load_agreement(field_rule& rule, const yaml_place& at) {
        if (!at.present()) {
            return;
        }
        at.only({"from", "table"});
        rule.agrees.push_back({load_path(context_, at["from"]), {}});
        rule.agrees_table = load_table(context_, at["table"]);
        if (!rule.agrees_table) {
            rule.agrees.clear();
        }
    }

    void load_repeated(field_rule& rule, const yaml_place& at) {
        rule.repeats = true;
        rule.inner = std::make_shared<rule_list>();
        const bool messages = rule.target == target_kind::message;
        if (messages) {
            at.only({"each", "split", "except", "fields", "send", "when", "direction", "empty"});
        }
        if (at.is_map()) {
            load_shared_keys(rule, at);
            rule.split = at["split"].text("");
            load_except(rule, at["except"]);
            if (at["empty"].present()) {
                rule.empty = load_empty(at["empty"]);
            }
        }
        if (at.is_text()) {
            rule.each = load_path(context_, at);
        } else if (at["each"].present()) {
            rule.each = load_path(context_, at["each"]);
        } else {
            parse_path(".", context_.plan.names, {}, rule.each);
            rule.in_place = true;
        }
        if (rule.each.indexed && !rule.each.steps.empty()) {
            const auto& s = rule.each.steps.front();
            rule.each_head = context_.plan.names.paths.add(0, s.name_id, s.namespace_id, s.has_predicate ? &s.predicate : nullptr);
        }
        if (messages) {
            load_elements(rule, at);
        } else {
            field_rule element;
            element.name = rule.name;
            element.yaml_field = rule.yaml_field;
            element.line = rule.line;
            element.column = rule.column;
            element.target = rule.target;
            element.field = rule.field;
            element.reflection = rule.reflection;
            element.access = rule.access;
            element.empty = rule.empty;
            load_source(element, at.is_map() ? at : at["none"], true);
            finish(element, at);
            std::erase(element.empty, "");
            element.name.clear(); // told as the list's own name and position
            rule.inner->slots.push_back({});
            rule.inner->rules.push_back(std::make_shared<const field_rule>(std::move(element)));
        }
        rule.inner->index();
    }

    void load_elements(field_rule& rule, const yaml_place& at) {
        rule.inner->message = rule.field->message_type();
        rule.inner->slots.push_back({});
        const auto fields = at["fields"];
        if (!fields.is_map()) {
            const auto& element = rule.field->message_type()->name();
            at.wrong("“" + rule.name + "”是 " + element + " 的列表：须有 fields:",
                     "'" + rule.name + "' is a list of " + element + ": it needs fields:");
            return;
        }
        rule_loader inner(context_, nullptr);
        for (const auto& [name, place] : fields.members()) {
            inner.load_into(*rule.inner, name, place);
        }
        rule.sends = load_sends(context_, at["send"]);
    }

    static void load_except(field_rule& rule, const yaml_place& at) {
        rule.except = at.texts();
        const auto mapped = std::find(rule.except.begin(), rule.except.end(), "mapped");
        if (mapped != rule.except.end()) {
            rule.except_mapped = true;
            rule.except.erase(mapped);
        }
    }

    // The last step and the field must be of one kind.
    void finish(field_rule& rule, const yaml_place& at) {
        std::erase_if(rule.steps, [&](const transform& t) {
            rule.takes_json = rule.takes_json || t.kind == transform_kind::json;
            return t.kind == transform_kind::json;
        });
        rule.is_event_time = rule.name == "occurred_at" && rule.target == target_kind::timestamp;
        rule.is_person_name =
            rule.field->name() == "name" && (rule.field->containing_type() == v1::Applicant::descriptor() ||
                                             rule.field->containing_type() == v1::Person::descriptor() ||
                                             rule.field->containing_type() == v1::Contact::descriptor() ||
                                             rule.field->containing_type() == v1::Operator::descriptor());
        if (rule.target == target_kind::code) {
            rule.codes = short_codes(*rule.field->enum_type());
        }
        const auto made = rule.steps.empty() ? transform::result::text : rule.steps.back().makes();
        using result = transform::result;
        if (rule.target == target_kind::timestamp && made == result::text && !rule.constant) {
            at.wrong("“" + rule.name + "”是时间：须有步骤 {time: [格式]}",
                     "'" + rule.name + "' is a time: it needs a step {time: [formats]}");
        } else if (rule.target == target_kind::limit && made != result::limit) {
            at.wrong("“" + rule.name + "”是时限：须有步骤 limit，或分别为 " + rule.name + ".value 和 " + rule.name +
                         ".unit 写规则",
                     "'" + rule.name + "' is a limit: it needs the step limit, or rules for " + rule.name +
                         ".value and " + rule.name + ".unit");
        } else if ((made == result::time && rule.target != target_kind::timestamp) ||
                   (made == result::limit && rule.target != target_kind::limit) ||
                   (made == result::bytes && rule.target != target_kind::bytes) ||
                   (made == result::integer && rule.target != target_kind::integer &&
                    rule.target != target_kind::string)) {
            const std::string step(rule.steps.back().name());
            at.wrong("“" + step + "”与“" + rule.name + "”不匹配", "'" + step + "' does not fit '" + rule.name + "'");
        }
        rule.cannot_part = !not_taken_apart(rule).empty();
        check_codes(rule, at);
        check_inverse(rule, at);
    }

    void check_codes(const field_rule& rule, const yaml_place& at) const {
        std::vector<std::string_view> known;
        if (rule.target == target_kind::code) {
            for (const auto& [name, number] : rule.codes) {
                known.emplace_back(name);
            }
        } else if (rule.target == target_kind::boolean) {
            known = {"true", "false"};
        } else {
            return;
        }
        const auto check = [&](const std::string& code, const sentence& where) {
            if (std::find(known.begin(), known.end(), code) == known.end()) {
                at.wrong(where + sentence{"“" + code + "”不是 " + rule.name + " 的值",
                                          "'" + code + "' is no value of " + rule.name} +
                         did_you_mean(code, known) + known_values(known));
            }
        };
        if (!rule.steps.empty() && rule.steps.back().kind == transform_kind::table &&
            rule.steps.back().table) {
            const auto& table = *rule.steps.back().table;
            for (const auto& [source, code] : table.entries) {
                check(code, {"代码表 " + table.name + "：", "table " + table.name + ": "});
            }
            for (const auto& [code, text] : table.writes) {
                check(code, {"代码表 " + table.name + "，write：", "table " + table.name + ", write: "});
            }
            if (table.other == code_table::otherwise::value) {
                check(table.other_value, {"代码表 " + table.name + "，else：", "table " + table.name + ", else: "});
            }
        }
        if (rule.constant) {
            check(*rule.constant, {});
        }
        if (rule.fallback) {
            check(*rule.fallback, {"default：", "default: "});
        }
    }

    void check_inverse(const field_rule& rule, const yaml_place& at) const {
        if (!rule.writes || rule.constant) {
            return;
        }
        for (const auto& step : rule.steps) {
            if (const auto why = not_invertible(step); !why.empty()) {
                at.warn("无法写出：" + why.zh + "；请写 direction: in",
                        "cannot be written: " + why.en + "; say direction: in");
            }
        }
        if (const auto why = not_taken_apart(rule); !why.empty()) {
            at.warn("无法写出：" + why.zh + "；请写 direction: in，或给 join 一个" + (rule.join.empty() ? "" : "另外的") + "分隔符",
                    "cannot be written: " + why.en + "; say direction: in or give join " + (rule.join.empty() ? "a" : "another") + " separator");
        }
        const auto& wires = context_.plan.wires;
        if (!rule.from.empty() && !is_one_place(rule.from.front(), !wires.empty() && has_json(wires.front()))) {
            at.warn("无法写出：“*”不指明位置；请写 direction: in", "cannot be written: '*' names no place; say direction: in");
        }
    }

    load_context& context_;
    const pb::FieldDescriptor* body_;
};

} // namespace

shared_rules::shared_rules(load_context& context, const std::vector<yaml_place>& groups, const pb::FieldDescriptor* body) {
    list_.message = v1::CaseEvent::descriptor();
    list_.slots.push_back({});
    rule_loader loader(context, body);
    for (const auto& group : groups) {
        auto& rules = by_name_.emplace_back();
        for (const auto& [name, place] : group.members()) {
            if (name.starts_with("body.")) {
                continue; // another field for each event
            }
            list_.rules.clear();
            loader.load_into(list_, name, place);
            rules.emplace(name, std::move(list_.rules));
        }
    }
}

void load_event_fields(load_context& context, const std::vector<yaml_place>& groups, const shared_rules& shared,
                       event_plan& event) {
    auto& list = event.rules;
    list.message = v1::CaseEvent::descriptor();
    list.slots = shared.slots();
    rule_loader loader(context, event.body);
    for (std::size_t g = 0; g < groups.size(); ++g) {
        for (const auto& [name, place] : groups[g].members()) {
            const bool overridden =
                std::any_of(groups.begin() + static_cast<std::ptrdiff_t>(g) + 1, groups.end(),
                            [&](const yaml_place& later) { return later[name].present(); });
            const bool own = g + 1 == groups.size();
            if (overridden || (!own && name.starts_with("body.") && !has_field(*event.body, name))) {
                continue;
            }
            if (const auto* rules = own ? nullptr : shared.find(g, name)) {
                list.rules.insert(list.rules.end(), rules->begin(), rules->end());
            } else {
                loader.load_into(list, name, place);
            }
        }
    }
    // "all children but those that are mapped" can only be told when the others have run.
    std::ranges::stable_partition(list.rules, [](const auto& rule) { return !rule->except_mapped; });
    list.rules.shrink_to_fit();
    event.rules.index();
}

namespace {

// Events that have the field, or else the message that it should be in; `name` begins with "body.".
std::vector<const pb::FieldDescriptor*> events_with(std::string name) {
    for (; name.find('.') != std::string::npos; name.resize(name.rfind('.'))) {
        auto all = event_bodies();
        std::erase_if(all, [&](const auto* body) { return !has_field(*body, name); });
        if (!all.empty()) {
            return all;
        }
    }
    return {};
}

} // namespace

void check_fields(load_context& context, const yaml_place& fields, bool body_only) {
    for (const auto& [name, place] : fields.members()) {
        const bool of_body = name.starts_with("body.");
        const auto meant = of_body ? events_with(name) : event_bodies();
        if (!of_body && body_only) {
            continue;
        }
        if (meant.empty()) {
            place.wrong("没有事件有字段“" + name + "”", "no event has the field '" + name + "'");
            continue;
        }
        const auto before = context.mistakes.count();
        const auto is_good = [&](const pb::FieldDescriptor* body) {
            context.mistakes.forget_after(before);
            rule_list scratch;
            scratch.message = v1::CaseEvent::descriptor();
            scratch.slots.push_back({});
            rule_loader(context, body).load_into(scratch, name, place);
            return context.mistakes.count() == before;
        };
        if (std::ranges::none_of(meant, is_good)) {
            (void)is_good(meant.front()); // its mistakes stand for all
        }
    }
}

void rule_list::index() {
    for (const auto& rule : all()) {
        rule_probe probe{static_cast<std::uint32_t>(places.size()), 0, rule.reads, rule.alternative};
        const bool speaks_anyway =
            rule.reads && (rule.conditional || rule.constant || rule.fallback || rule.required);
        const auto is_indexed = [](const path& p) { return p.indexed; };
        if (rule.repeats && !speaks_anyway && rule.each.indexed) { // further down, any entry of a list on the way may have some
            places.push_back({rule.each_head, rule.each.origin == path_origin::root});
        } else if (!rule.repeats && !speaks_anyway && std::ranges::all_of(rule.from, is_indexed)) {
            for (const auto& p : rule.from) {
                places.push_back({p.trie, p.origin == path_origin::root});
            }
        }
        probe.last = static_cast<std::uint32_t>(places.size());
        probes.push_back(probe);
    }
}

} // namespace tongban::dialects
