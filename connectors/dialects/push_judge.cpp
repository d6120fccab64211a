// The answer becomes a document like any message; then conditions decide. Nothing is taken on trust: an answer in
// which no rule finds its place is unreadable, and `taken` needs an HTTP status that does not contradict it.
#include "connectors/dialects/push_judge.hpp"

#include "connectors/dialects/framing.hpp"
#include "connectors/dialects/reader.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

bool fill(const dialect_plan& plan, const wire_message& answer, document& doc) {
    const auto& framing = plan.push.answer->framing;
    if (framing.format.kind != format_kind::none) {
        parse_fault fault;
        return decode_as(plan, framing, answer, doc, fault) && doc.failures.empty();
    }
    doc.clear(plan.names, plan.limits);
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    if (!to_utf8(framing.bytes, answer.body, scratch, text, bad)) {
        return false;
    }
    doc.at(0).kind = node_kind::text;
    doc.at(0).text = doc.keep(trim(text));
    return true;
}

// True when one of the condition's places is there at all.
bool concerns(document& doc, const condition& c, const path_base& base) {
    const auto is_there = [&](const path& p) { return find_first(doc, p, base) != no_node; };
    const auto is_value = [&](const path_values& each) { return is_there(each.where); };
    return std::any_of(c.has.begin(), c.has.end(), is_there) || std::any_of(c.is.begin(), c.is.end(), is_value) ||
           std::any_of(c.isnt.begin(), c.isnt.end(), is_value);
}

std::string code_text(std::string_view text) {
    text = trim(text);
    return is_code(text) ? std::string(text) : std::string();
}

// SOAP 1.1: Fault/faultcode, 1.2: Fault/Code/Value. By local name: prefixes are the sender's choice.
std::optional<std::string> fault_code(const document& doc, node_index body) {
    const auto child = [&](node_index of, std::string_view name) {
        for (node_index c = doc.at(of).first_child; c != no_node; c = doc.at(c).next) {
            const auto full = doc.at(c).name;
            const auto colon = full.find(':');
            if ((colon == std::string_view::npos ? full : full.substr(colon + 1)) == name) {
                return c;
            }
        }
        return no_node;
    };
    const auto fault = child(body, "Fault");
    if (fault == no_node) {
        return std::nullopt;
    }
    auto code = child(fault, "faultcode");
    if (code == no_node && (code = child(fault, "Code")) != no_node) {
        code = child(code, "Value");
    }
    return code == no_node ? std::string() : code_text(doc.at(code).text);
}

} // namespace

judgement judge_answer(const dialect_plan& plan, int http_status, const wire_message& answer) {
    thread_local document doc;
    const auto& rules = *plan.push.answer;
    if (!fill(plan, answer, doc)) {
        return {};
    }
    const auto root = rules.framing.root ? find_first(doc, *rules.framing.root, {0, 0}) : 0;
    if (root == no_node) {
        return {};
    }
    const path_base base{root, root};
    judgement judged;
    const auto place = rules.code ? find_first(doc, *rules.code, base) : no_node;
    if (place != no_node) {
        judged.target_code = code_text(doc.at(place).text);
    }
    const auto holds = [&](const condition& c) { return !c.empty() && condition_holds(doc, c, base); };
    if (holds(rules.duplicate)) {
        judged.verdict = push_verdict::taken;
    } else if (holds(rules.refused)) {
        judged.verdict = push_verdict::refused;
    } else if (holds(rules.retry)) {
        judged.verdict = push_verdict::retry;
    } else if (holds(rules.taken)) {
        const bool agrees = http_status >= 200 && http_status < 300;
        judged.verdict = agrees ? push_verdict::taken : push_verdict::retry;
    } else if (const auto fault = rules.is_soap ? fault_code(doc, root) : std::nullopt) {
        judged = {push_verdict::retry, judged.target_code.empty() ? *fault : judged.target_code};
    } else if (place != no_node || concerns(doc, rules.taken, base)) {
        judged.verdict = push_verdict::retry; // it says something else than `taken`
    }
    return judged;
}

} // namespace tongban::dialects
