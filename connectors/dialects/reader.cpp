// Which message it is, which events it carries, and what nobody mapped.
#include "connectors/dialects/reader.hpp"

#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/rule_reader.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <unordered_map>

namespace tongban::dialects {

v1::Violation violation(std::string source_path, std::string field, std::string_view rule, std::string zh,
                        std::string en) {
    v1::Violation v;
    v.set_source_path(std::move(source_path));
    v.set_field(std::move(field));
    v.set_rule(std::string(rule));
    v.set_message_zh(std::move(zh));
    v.set_message_en(std::move(en));
    return v;
}

namespace {

class message_reader {
public:
    message_reader(const dialect_plan& plan, google::protobuf::Arena& arena, document& doc,
                   std::uint32_t wire, std::vector<trace_row>* trace)
        : plan_(plan), arena_(arena), doc_(doc), wire_(wire), trace_(trace) {}

    boost::system::result<reading, refusal> run() {
        refusal refused;
        const message_plan* message = recognise(refused);
        if (message == nullptr) {
            return refused;
        }
        out_.message_name = message->name;
        for (const auto& told : message->match.is) { // what says which message it is, is not its content
            if (const node_index i = find_first(doc_, told.where, base(start_)); i != no_node) {
                doc_.at(i).mapped = true;
            }
        }
        if (message->has_rows) {
            if (!rows(*message, refused)) {
                return refused;
            }
        } else {
            for (const auto* faults : {&doc_.failures, &doc_.orphans}) {
                if (!faults->empty()) {
                    const auto& first = faults->front();
                    return refusal{errc::malformed, doc_.place(first.at), first.message_zh, first.message_en};
                }
            }
            scope(*message, start_, 0);
            if (auto grown = outgrown(start_)) {
                return std::move(*grown);
            }
        }
        know_sends(*message);
        capture();
        count_unmapped();
        return std::move(out_);
    }

private:
    path_base base(node_index scope) { return base_at(doc_, plan_, scope, root_, 1); }

    const message_plan* recognise(refusal& refused) {
        const auto& wire = plan_.wires[wire_];
        root_ = wire.root ? find_first(doc_, *wire.root, {0, 0}) : 0;
        for (const auto& message : plan_.messages) {
            if (root_ == no_node) {
                break;
            }
            start_ = message->at ? find_first(doc_, *message->at, {root_, root_}) : root_;
            if (start_ != no_node && condition_holds(doc_, message->match, base(start_))) {
                return message.get();
            }
        }
        if (!doc_.failures.empty()) {
            const auto& first = doc_.failures.front();
            refused = {errc::malformed, doc_.place(first.at), first.message_zh, first.message_en};
            return nullptr;
        }
        refused = {errc::unknown_message, root_ == no_node ? wire.root->text : "", "无法识别的报文，本格式定义的报文有：",
                   "no rule recognises this message; the dialect knows: "};
        constexpr std::size_t reasons_max = 5;
        for (std::size_t m = 0; m < plan_.messages.size(); ++m) {
            const auto& message = *plan_.messages[m];
            const auto why = m < reasons_max ? why_not(message) : sentence{};
            refused.message_zh += (m == 0 ? "" : ", ") + message.name + (why.empty() ? "" : "（" + why.zh + "）");
            refused.message_en += (m == 0 ? "" : ", ") + message.name + (why.empty() ? "" : " (" + why.en + ')');
        }
        return nullptr;
    }

    sentence why_not(const message_plan& message) {
        if (root_ == no_node) {
            return {};
        }
        const auto at = message.at ? find_first(doc_, *message.at, {root_, root_}) : root_;
        return at == no_node ? sentence{"没有 " + message.at->text, "no " + message.at->text}
                             : first_failing(doc_, message.match, base(at));
    }

    // After what was read at `at`; nothing while the message is within its bounds.
    std::optional<refusal> outgrown(node_index at) const {
        if (doc_.ran_out()) {
            auto fault = too_many_nodes(doc_);
            return refusal{fault.code, doc_.place(at), std::move(fault.message_zh), std::move(fault.message_en)};
        }
        if (!doc_.took_too_much()) {
            return std::nullopt;
        }
        const auto limit = std::to_string(plan_.limits.taken);
        return refusal{errc::too_large, doc_.place(at),
                       "报文读入后比报文本身大出 " + limit + " 字节以上：记录之外的内容，每条记录都会取用一次",
                       "read, the message grows by more than " + limit + " bytes: what stands beside the rows is taken by each of them"};
    }

    bool rows(const message_plan& message, refusal& refused) {
        std::vector<node_index> found;
        find_all(doc_, message.each, {start_, root_}, found);
        if (const auto* outside = failures_by_row(found)) {
            refused = {errc::malformed, doc_.place(outside->at), outside->message_zh, outside->message_en};
            return false;
        }
        if (found.size() + doc_.orphans.size() > plan_.limits.rows) {
            const auto limit = std::to_string(plan_.limits.rows);
            refused = {errc::too_large, message.each.text, "记录数超过上限 " + limit,
                       "more rows than the limit of " + limit};
            return false;
        }
        if (found.empty()) {
            out_.violations.push_back(
                violation(message.each.text, "", "required", "报文中没有记录", "the message has no rows"));
        }
        for (std::size_t i = 0; i < found.size(); ++i) {
            doc_.at(found[i]).used = true;
            row_place_ = is_plain_entry(doc_, message.each, found, i) ? std::string() : doc_.place(found[i]);
            scope(message, found[i], static_cast<std::uint32_t>(i + 1));
            if (auto grown = outgrown(found[i])) {
                refused = std::move(*grown);
                return false;
            }
        }
        row_place_.clear();
        for (std::size_t i = 0; i < doc_.orphans.size(); ++i) {
            orphan(doc_.orphans[i], static_cast<std::uint32_t>(found.size() + i + 1));
        }
        return true;
    }

    // Each row gets the faults that lie in it. Null, or the first that lies in none.
    const embed_failure* failures_by_row(const std::vector<node_index>& found) {
        if (doc_.failures.empty()) {
            return nullptr;
        }
        std::vector<bool> is_row(doc_.size());
        for (const node_index row : found) {
            is_row[row] = true;
        }
        for (const auto& failure : doc_.failures) {
            node_index row = failure.at;
            while (row != no_node && !is_row[row]) {
                row = doc_.at(row).parent;
            }
            if (row == no_node) {
                return &failure;
            }
            failures_of_[row].push_back(&failure);
        }
        return nullptr;
    }

    // A row of a joined file that belongs to none: told as a row of its own after all others, which it does not hold up.
    void orphan(const embed_failure& lost, std::uint32_t row) {
        auto& event = begin(row, nullptr);
        scopes_.back() = lost.at;
        know_subtree(doc_, lost.at);
        event.violations.push_back(violation(doc_.place(lost.at), "", "malformed", lost.message_zh, lost.message_en));
    }

    // The events of one row, or of a message without rows.
    void scope(const message_plan& message, node_index at, std::uint32_t row) {
        const path_base here = base(at);
        if (message.statuses.empty()) {
            bool any = false;
            for (const auto& event : message.events) {
                if (condition_holds(doc_, event->when, here)) {
                    read_event(*event, at, row);
                    any = true;
                }
            }
            if (!any) {
                undecided(at, row, at, {"没有符合条件的事件", "no event's condition holds"});
            }
            return;
        }
        node_index where = at;
        const auto* name = event_named(message, here, where);
        bool any = false;
        for (const auto& event : message.events) {
            if (name != nullptr && names_event(*name, event->name) &&
                condition_holds(doc_, event->when, here)) {
                read_event(*event, at, row);
                any = true;
            }
        }
        if (!any) {
            std::vector<std::string_view> known;
            for (const auto& column : message.statuses) {
                for (const auto& [code, event] : column.table->entries) {
                    known.emplace_back(code);
                }
            }
            undecided(at, row, where, sentence{"未知的状态代码", "unknown status code"} + known_values(known));
        }
    }

    // Tables may spell an event's name in any case.
    static bool names_event(std::string_view said, std::string_view name) {
        return said == name || std::equal(said.begin(), said.end(), name.begin(), name.end(),
                                          [](unsigned char a, unsigned char b) {
                                              return std::toupper(a) == std::toupper(b);
                                          });
    }

    // The event that the first status column names which names one; null when none does.
    const std::string* event_named(const message_plan& message, const path_base& base, node_index& where) {
        for (const auto& column : message.statuses) {
            const auto* name = condition_holds(doc_, column.when, base) ? event_named(column, base, where) : nullptr;
            if (name != nullptr) {
                return name;
            }
        }
        return nullptr;
    }

    // A joined status is looked up with all its parts, then without those that are empty.
    const std::string* event_named(const status_column& column, const path_base& base, node_index& where) {
        std::string whole;
        std::string said;
        bool any = false;
        for (const auto& from : column.from) {
            const node_index i = find_first(doc_, from, base);
            std::string_view text;
            if (i != no_node) {
                doc_.at(i).used = doc_.at(i).mapped = true;
                where = i;
                text = from.takes_name ? doc_.at(i).name : doc_.trimmed(i);
            }
            doc_.take(text.size());
            if (!column.join && !text.empty()) {
                return column.table->canonical(text);
            }
            if (column.join) {
                (whole += any ? *column.join : "") += text;
                (said += said.empty() || text.empty() ? "" : *column.join) += text;
                any = true;
            }
        }
        const auto* name = column.table->canonical(whole);
        return name == nullptr ? column.table->canonical(said) : name;
    }

    translated_event& begin(std::uint32_t row, const event_plan* plan) {
        auto& event = out_.events.emplace_back();
        event.event = google::protobuf::Arena::CreateMessage<v1::CaseEvent>(&arena_);
        event.row = row;
        event.plan = plan;
        event.wire = wire_;
        if (!row_place_.empty()) {
            event.read_places.push_back({"", nullptr, row_place_});
        }
        scopes_.push_back(no_node);
        return event;
    }

    void read_event(const event_plan& plan, node_index at, std::uint32_t row) {
        auto& event = begin(row, &plan);
        scopes_.back() = at;
        event.event->GetReflection()->MutableMessage(event.event, plan.body);
        const auto number = static_cast<std::uint32_t>(out_.events.size() - 1);
        if (const auto failed = failures_of_.find(at); failed != failures_of_.end()) {
            for (const auto* failure : failed->second) {
                event.violations.push_back(
                    violation(doc_.place(failure->at), "", "malformed", failure->message_zh, failure->message_en));
            }
        }
        rule_reader(plan_, doc_, root_, event, out_.stats, trace_, number).run(plan.rules, at, *event.event);
    }

    void undecided(node_index at, std::uint32_t row, node_index where, sentence why) {
        auto& event = begin(row, nullptr);
        scopes_.back() = at;
        event.violations.push_back(violation(doc_.place(where), "body", "code", std::move(why.zh), std::move(why.en)));
    }

    void know_sends(const message_plan& message) {
        const auto know = [&](const std::vector<send_rule>& sends, node_index at) {
            for (const auto& one : sends) {
                if (const node_index i = find_first(doc_, one.where, base(at)); i != no_node) {
                    doc_.at(i).used = true;
                }
            }
        };
        know(message.sends, start_);
        for (std::size_t e = 0; e < out_.events.size(); ++e) {
            if (out_.events[e].plan != nullptr) {
                know(out_.events[e].plan->sends, scopes_[e]);
            }
        }
    }

    void capture() {
        for (const auto& [name, from] : plan_.captures) {
            if (const node_index i = find_first(doc_, from, base(start_)); i != no_node) {
                doc_.at(i).used = true;
                out_.echo.emplace_back(name, std::string(trim(doc_.at(i).text)));
            }
        }
    }

    void count_unmapped() {
        for (const auto& ignored : plan_.ignores) {
            std::vector<node_index> found;
            find_all(doc_, ignored, {start_, root_}, found);
            if (const node_index whole = find_first(doc_, ignored, base(start_)); whole != no_node) {
                found.push_back(whole);
            }
            for (const node_index i : found) {
                know_subtree(doc_, i);
            }
        }
        for (node_index i = 1; i < doc_.size(); ++i) {
            if (is_unmapped(doc_, i)) {
                ++out_.stats.unmapped_fields;
                if (plan_.keep_unmapped) {
                    keep(i);
                }
            }
        }
    }

    // An unmapped field goes to the event of its row, or to the only event there is.
    void keep(node_index i) {
        constexpr int extra_max = 200;
        if (doc_.at(i).binary) {
            return;
        }
        const auto takes = [&](std::size_t e) {
            auto& dossier = *out_.events[e].event->mutable_dossier();
            if (dossier.extra_size() >= extra_max) {
                return false;
            }
            auto& field = *dossier.add_extra();
            field.set_name(doc_.place(i));
            field.set_value(std::string(trim(doc_.at(i).text)));
            return true;
        };
        if (out_.events.size() == 1) {
            takes(0);
            return;
        }
        for (std::size_t e = first_event_of_row(i); e < out_.events.size() && !takes(e); ++e) {
            if (e + 1 < out_.events.size() && scopes_[e + 1] != scopes_[e]) {
                return;
            }
        }
    }

    // The first event of the row that a node stands in; behind the last when it stands in none.
    std::size_t first_event_of_row(node_index i) {
        if (events_of_.empty()) {
            for (std::size_t e = 0; e < out_.events.size(); ++e) {
                if (out_.events[e].row > 0) {
                    events_of_.emplace(scopes_[e], e); // the first stays
                }
            }
        }
        for (node_index at = i; at != no_node; at = doc_.at(at).parent) {
            if (const auto found = events_of_.find(at); found != events_of_.end()) {
                return found->second;
            }
        }
        return out_.events.size();
    }

    const dialect_plan& plan_;
    google::protobuf::Arena& arena_;
    document& doc_;
    std::uint32_t wire_;
    std::vector<trace_row>* trace_;
    node_index root_{no_node}; // of the wire
    node_index start_{};       // of the message
    reading out_;
    std::string row_place_;          // of the row that is being read, where its number alone does not say it
    std::vector<node_index> scopes_; // of each event
    std::unordered_map<node_index, std::vector<const embed_failure*>> failures_of_; // by row
    std::unordered_map<node_index, std::size_t> events_of_;                         // the first of each row
};

} // namespace

void know_subtree(document& doc, node_index i) {
    std::vector<node_index> open{i};
    while (!open.empty()) {
        const node_index now = open.back();
        open.pop_back();
        doc.at(now).used = true;
        for (node_index c = doc.at(now).first_child; c != no_node; c = doc.at(c).next) {
            open.push_back(c);
        }
    }
}

bool is_unmapped(const document& doc, node_index i) {
    const node& n = doc.at(i);
    if (n.used || n.kind == node_kind::null || n.kind == node_kind::list || trim(n.text).empty()) {
        return false;
    }
    // What stands in a text that a rule took went with it; an attribute does not stand in it.
    for (node_index above = n.parent; above != no_node && !n.name.starts_with('@'); above = doc.at(above).parent) {
        if (doc.at(above).mixed && doc.at(above).mapped) {
            return false;
        }
    }
    return true;
}

boost::system::result<reading, refusal> read_message(const dialect_plan& plan, const wire_message& message,
                                                     google::protobuf::Arena& arena, document& doc,
                                                     std::vector<trace_row>* rows) {
    std::uint32_t wire = 0;
    parse_fault fault;
    if (!decode_message(plan, message, doc, wire, fault)) {
        return refusal{fault.code, std::move(fault.place), std::move(fault.message_zh),
                       std::move(fault.message_en)};
    }
    return message_reader(plan, arena, doc, wire, rows).run();
}

} // namespace tongban::dialects
