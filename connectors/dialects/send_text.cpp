// What is written but not read: constants with ${…} of the event, the time, a counter.
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/schema_field.hpp"
#include "connectors/dialects/text.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>

namespace tongban::dialects {

namespace {
thread_local bool fixed = false;
} // namespace

fixed_sends::fixed_sends() {
    fixed = true;
}

fixed_sends::~fixed_sends() {
    fixed = false;
}

std::string random_uuid() {
    if (fixed) {
        return "00000000-0000-4000-8000-000000000000";
    }
    unsigned char bytes[16];
    RAND_bytes(bytes, sizeof bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    constexpr char hex[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < sizeof bytes; ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += hex[bytes[i] >> 4];
        text += hex[bytes[i] & 0xF];
    }
    return text;
}

std::string fill_template(const dialect_plan& plan, const std::string& text, const v1::CaseEvent& event,
                          std::size_t index) {
    text_template t;
    parse_template(text, t);
    std::string out;
    for (const auto& piece : t.pieces) {
        out += piece.literal;
        if (piece.name == "uuid") {
            out += random_uuid();
        } else if (piece.name == "index") {
            out += std::to_string(index + (is_digits(piece.filter) ? std::stoul(piece.filter) : 1));
        } else if (piece.name == "now") {
            using namespace std::chrono;
            const auto ms = fixed ? 0 : duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
            time_format format;
            parse_time_format(piece.filter.empty() ? "iso" : piece.filter, format);
            print_time(format, {ms / 1000, static_cast<std::int32_t>(ms % 1000) * 1'000'000},
                       plan.zone_minutes, out);
        } else if (!piece.name.empty()) {
            out += field_text(event, piece.name, piece.filter, plan.zone_minutes);
        }
    }
    return out;
}

namespace {

// The children that one step names, of a node or of the entries of a list: an entry is no level of its own.
void follow_step(out_node& at, const path_step& s, std::vector<out_node*>& out) {
    std::uint32_t position = 0;
    const auto take = [&](out_node* n) {
        if (satisfies(*n, s) && (s.index == 0 || ++position == s.index)) {
            out.push_back(n);
        }
    };
    for (auto* child : at.children) {
        if (s.kind == step_kind::any ? !child->name.starts_with('@') : child->name == s.name) {
            if (child->kind == node_kind::list && (s.has_predicate || s.index > 0)) {
                std::for_each(child->children.begin(), child->children.end(), take);
            } else {
                take(child);
            }
        } else if (child->name.empty()) {
            follow_step(*child, s, out);
        }
    }
}

} // namespace

void match_nodes(out_node& root, const path& p, std::vector<out_node*>& out) {
    std::vector<out_node*> level{&root};
    for (const auto& s : p.steps) {
        std::vector<out_node*> next;
        for (auto* n : level) {
            follow_step(*n, s, next);
        }
        level = std::move(next);
    }
    out.insert(out.end(), level.begin(), level.end());
}

} // namespace tongban::dialects
