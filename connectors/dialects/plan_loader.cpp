// The file as a whole: head, tables, blocks, messages, answer.
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/schema_field.hpp"
#include "security/strict_yaml.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

// A field of a group that several events share must suit at least one of them.
void check_shared(const yaml_place& group, const message_plan& message) {
    for (const auto& [name, place] : group.members()) {
        const bool fits =
            !name.starts_with("body.") || std::any_of(message.events.begin(), message.events.end(),
                                                      [&, field = std::string_view(name)](const auto& e) {
                                                          return has_field(*e->body, field);
                                                      });
        if (fits || message.events.empty()) {
            continue;
        }
        rule_list scratch;
        scratch.message = v1::CaseEvent::descriptor();
        std::uint16_t slot = 0;
        sentence wrong;
        resolve_field(scratch, message.events.front()->body, name, slot, wrong);
        place.wrong(message.events.size() == 1
                        ? wrong
                        : sentence{"该报文的事件都没有字段“" + name + "”",
                                   "no event of this message has the field '" + name + "'"});
    }
}

class message_loader {
public:
    message_loader(load_context& context, const std::string& name, const yaml_place& at)
        : context_(context), at_(at), message_(std::make_unique<message_plan>()) {
        message_->name = name;
        message_->line = at.line();
        message_->column = at.column();
        message_->yaml_field = at.field();
    }

    std::unique_ptr<message_plan> run() {
        at_.only({"match", "at", "each", "event", "events", "include", "fields", "send", "write"});
        if (at_["at"].present()) {
            message_->at = load_path(context_, at_["at"]);
        }
        message_->match = load_condition(context_, at_["match"]);
        if (at_["each"].present()) {
            message_->has_rows = true;
            message_->each = load_path(context_, at_["each"]);
        }
        message_->sends = load_sends(context_, at_["send"]);
        message_->fields_line = at_["fields"].present() ? at_["fields"].line() : 0;
        message_->writes = at_["write"].flag(true);
        groups_ = shared_groups();
        load_events();
        for (const auto& group : groups_) {
            if (any_unknown_) {
                check_fields(context_, group, !message_->events.empty());
            } else {
                check_shared(group, *message_);
            }
        }
        return std::move(message_);
    }

private:
    std::vector<yaml_place> shared_groups() {
        std::vector<yaml_place> groups;
        for (const auto& name : at_["include"].items()) {
            const auto block = context_.blocks.find(name.text());
            if (block == context_.blocks.end()) {
                name.wrong("没有块“" + name.text() + "”", "no block '" + name.text() + "'");
            } else {
                groups.push_back(block->second);
                context_.used_blocks.insert(block->first);
            }
        }
        if (at_["fields"].present()) {
            groups.push_back(at_["fields"]);
        }
        return groups;
    }

    void load_events() {
        const auto event = at_["event"];
        if (event.is_map() || event.is_list()) {
            for (const auto& column : event.items()) {
                load_status(column);
            }
        } else if (event.present()) {
            add_event(event, yaml_place(at_["none"]));
        }
        for (const auto& item : at_["events"].items()) {
            item.only({"event", "when", "fields", "send"});
            add_event(item["event"], item);
        }
        for (std::size_t i = 0; i < message_->statuses.size(); ++i) {
            add_table_events(*message_->statuses[i].table, status_places_[i]);
        }
        if (message_->events.empty() && !any_unknown_ && !at_["events"].present()) {
            any_unknown_ = true;
            at_.wrong("报文须有 event: 名称、event: {from, table} 或 events: [...]", "a message needs event: NAME, event: {from, table} or events: [...]");
        }
    }

    void load_status(const yaml_place& at) {
        at.only({"from", "join", "table", "when"});
        status_column column;
        column.from = load_paths(context_, at["from"]);
        column.table = load_table(context_, at["table"]);
        column.when = load_condition(context_, at["when"]);
        if (at["join"].present()) {
            column.join = at["join"].text();
        }
        if (!column.table) {
            any_unknown_ = true;
            return;
        }
        message_->statuses.push_back(std::move(column));
        status_places_.push_back(at["table"]);
    }

    void add_table_events(const code_table& table, const yaml_place& at) {
        for (const auto& [source, name] : table.entries) {
            const auto* body = event_body(name);
            if (body == nullptr) {
                unknown_event(at, name);
                continue;
            }
            const bool listed = std::any_of(message_->events.begin(), message_->events.end(),
                                            [&](const auto& e) { return e->body == body; });
            if (!listed) {
                add(body, at_["none"]);
            }
        }
    }

    void unknown_event(const yaml_place& at, const std::string& name) {
        any_unknown_ = true;
        std::vector<std::string> names;
        for (const auto* body : event_bodies()) {
            names.push_back(event_name(*body));
        }
        at.wrong(sentence{"未知事件“" + name + "”", "unknown event '" + name + "'"} +
                 did_you_mean(name, {names.begin(), names.end()}));
    }

    void add_event(const yaml_place& name, const yaml_place& own) {
        if (const auto* body = event_body(name.text())) {
            add(body, own);
        } else {
            unknown_event(name, name.text());
            (void)load_condition(context_, own["when"]);
            (void)load_sends(context_, own["send"]);
            check_fields(context_, own["fields"], false);
        }
    }

    void add(const google::protobuf::FieldDescriptor* body, const yaml_place& own) {
        auto event = std::make_unique<event_plan>();
        event->name = event_name(*body);
        event->body = body;
        event->dialect = &context_.plan;
        event->message = message_.get();
        event->when = load_condition(context_, own["when"]);
        event->sends = load_sends(context_, own["send"]);
        if (!shared_) {
            shared_.emplace(context_, groups_, body);
        }
        auto groups = groups_;
        groups.push_back(own["fields"]);
        load_event_fields(context_, groups, *shared_, *event);
        message_->events.push_back(std::move(event));
    }

    load_context& context_;
    const yaml_place& at_;
    std::unique_ptr<message_plan> message_;
    std::vector<yaml_place> groups_;
    std::vector<yaml_place> status_places_; // of the tables of message_->statuses
    std::optional<shared_rules> shared_; // from the first event on
    bool any_unknown_{};                 // an event's name is none: its fields may be any event's
};

void load_limits(const yaml_place& at, document_limits& limits) {
    if (at.present()) {
        at.only({"nodes", "depth", "rows", "inflated_bytes", "taken_bytes"});
    }
    limits.nodes = static_cast<std::uint32_t>(at["nodes"].number(limits.nodes, 10, 5'000'000));
    limits.depth = static_cast<std::uint32_t>(at["depth"].number(limits.depth, 2, 256));
    limits.rows = static_cast<std::uint32_t>(at["rows"].number(limits.rows, 1, 100'000));
    limits.inflated = static_cast<std::size_t>(
        at["inflated_bytes"].number(static_cast<long>(limits.inflated), 1024, 1L << 30));
    limits.taken =
        static_cast<std::size_t>(at["taken_bytes"].number(static_cast<long>(limits.taken), 1024, 1L << 30));
}

void load_head(load_context& context, const yaml_place& top) {
    auto& plan = context.plan;
    plan.name = top["dialect"].text();
    plan.version = top["version"].text();
    plan.title = top["title"].text("");
    if (plan.name.empty()) {
        top["dialect"].wrong("dialect: 须有名称", "dialect: a name is needed");
    }
    if (plan.version.empty()) {
        top["version"].wrong("须有 version:", "version: is needed");
    }
    for (const auto& [prefix, uri] : top["namespaces"].members()) {
        plan.namespaces.push_back({prefix, uri.text()});
    }
    if (const auto zone = top["zone"]; zone.present() && !parse_zone(zone.text(), plan.zone_minutes)) {
        zone.wrong("应为时区，如 +08:00", "expected a zone such as +08:00");
    }
    load_limits(top["limits"], plan.limits);
    if (top["empty"].present()) {
        plan.empty = load_empty(top["empty"]);
    }
    const auto unmapped = top["unmapped"].text("drop");
    plan.keep_unmapped = unmapped == "keep";
    if (unmapped != "keep" && unmapped != "drop") {
        top["unmapped"].wrong("应为 keep 或 drop", "expected keep or drop");
    }
}

// A block that no message includes is checked all the same, as far as any event could have its fields.
void check_unused_blocks(load_context& context) {
    for (const auto& [name, block] : context.blocks) {
        if (!context.used_blocks.contains(name)) {
            block.warn("没有报文引用块“" + name + "”", "no message includes the block '" + name + "'");
            check_fields(context, block, false);
        }
    }
}

void load_all(load_context& context, const yaml_place& top) {
    top.only({"dialect", "version", "title", "namespaces", "zone", "limits", "empty", "unmapped", "wire",
              "tables", "blocks", "capture", "ignore", "messages", "answer", "push"});
    load_head(context, top);
    for (const auto& [name, table] : top["tables"].members()) {
        if (auto loaded = load_table(context, table)) {
            auto named = std::make_shared<code_table>(*loaded);
            named->name = name;
            named->is_named = true;
            context.plan.tables.emplace(name, std::move(named));
        }
    }
    for (const auto& [name, block] : top["blocks"].members()) {
        context.blocks.emplace(name, block);
    }
    load_wires(context, top["wire"]);
    for (const auto& [name, where] : top["capture"].members()) {
        context.plan.captures.emplace_back(name, load_path(context, where));
    }
    for (const auto& item : top["ignore"].items()) {
        context.plan.ignores.push_back(load_path(context, item));
    }
    load_messages(context, top["messages"]);
    check_unused_blocks(context);
    check_unused_tables(context, top["tables"]);
    check_unreachable(context, top["messages"]);
    check_captures(context, top["capture"]);
    load_answer(context, top["answer"]);
    load_push(context, top["push"]);
}

} // namespace

void load_messages(load_context& context, const yaml_place& at) {
    for (const auto& [name, place] : at.members()) {
        context.plan.messages.push_back(message_loader(context, name, place).run());
    }
    if (context.plan.messages.empty()) {
        at.wrong("messages: 至少要有一种报文", "messages: at least one message is needed");
    }
}

std::shared_ptr<const dialect_plan> compile_dialect(std::string_view yaml, const std::string& file_name,
                                                    std::vector<mistake>& mistakes) {
    mistake_list list(file_name, mistakes);
    auto plan = std::make_shared<dialect_plan>();
    plan->file = file_name;
    if (const auto at = security::first_not_utf8(yaml)) {
        const auto why = security::not_utf8();
        list.add(at->line, at->column, "", {why.zh, why.en}, false);
        return nullptr;
    }
    try {
        const YAML::Node node = YAML::Load(std::string(yaml));
        load_context context{*plan, list};
        load_all(context, yaml_place(node, "", list));
    } catch (const YAML::Exception& e) {
        list.add(e.mark, "", {"不是 YAML：" + e.msg, "not YAML: " + e.msg});
    }
    std::stable_sort(mistakes.begin(), mistakes.end(), [](const mistake& a, const mistake& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    return list.any_wrong() ? nullptr : plan;
}

} // namespace tongban::dialects
